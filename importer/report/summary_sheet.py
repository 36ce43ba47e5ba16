"""The Summary: one page that answers whether it worked and what to do now. Pure.

The writer merges cells above one table only and its charts show whole columns of that table, so
the page is built in three bands: what happened in words, then charts beside what was assumed, then
a table of three blocks of which each adds up. The charts' own columns lie to the right of the
printed page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
from rustpy_xlsxwriter import Format

from importer.model import Status
from importer.report import styles
from importer.report.cell_values import cut, sound, text_width, wrapped_lines
from importer.report.tables import lines_of_a_sheet, sheet_name
from importer.results_columns import ResultsSheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from importer.model import Tally
    from importer.report.content import ResultsContent

_T = TypeVar("_T")
_Merge = tuple[int, int, int, int, str, Format]

_LINES = len(Status)
"""Of each block, before its total."""
_MEANINGS = {
    Status.CREATED: "in a group at the vendor",
    Status.PLANNED: "not sent yet",
    Status.DUPLICATE: "stands in an earlier row or batch",
    Status.REJECTED: "needs a correction, see Rejected",
    Status.REFUSED: "the vendor said no, see Groups",
    Status.IN_DOUBT: "no clear answer came, see Groups",
}
_COLUMNS = {
    "Outcome": 15.0,
    "Numbers": 10.0,
    "Share": 8.0,
    "What it means": 37.0,
    " ": 2.0,
    "Rejected because": 28.0,
    "Rows": 9.0,
    "  ": 2.0,
    "Country": 23.0,
    "Accepted": 10.0,
    "   ": 8.0,
    "Reason": 22.0,
    "Chart: outcome": 16.0,
    "Chart: numbers": 16.0,
    "Chart: country": 16.0,
    "Chart: accepted": 16.0,
}
_AT = {name: at for at, name in enumerate(_COLUMNS)}
_LAST = _AT["Accepted"]
"""The last column of the printed page."""
_LABEL = (_AT[" "], _AT["Rejected because"])
_VALUE = (_AT["Rows"], _LAST)
_LABEL_WIDTH, _VALUE_WIDTH = 31, 46
_HEADLINE_WIDTH = 92
"""Characters of a line of the headline, in its large letters."""
_MOST_LINES = 6
"""Of a fact: longer ones are cut, so that the page stays one."""
_FEWEST_BAND_ROWS = 24
_ROW_PIXELS, _CHART_PIXELS = 20, 500


@dataclass(frozen=True, slots=True)
class SummarySheet:
    """A table, and how the writer is to show it."""

    table: pa.Table
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of the table: what is counted, and its total below."""

    counts: Sequence[tuple[str, int]]
    """At most `_LINES`."""
    total: str

    @property
    def total_count(self) -> int:
        return sum(count for _, count in self.counts)

    @property
    def names(self) -> list[str | None]:
        return [*self._filled([name for name, _ in self.counts]), self.total]

    @property
    def numbers(self) -> list[int | None]:
        return [*self._filled([count for _, count in self.counts]), self.total_count]

    @property
    def bars(self) -> tuple[list[str | None], list[int | None]]:
        """Names and counts from the last to the first, since a bar chart begins at its bottom."""
        return [*self.names[-2::-1], None], [*self.numbers[-2::-1], None]

    @staticmethod
    def _filled(values: list[_T]) -> list[_T | None]:
        return [*values, *[None] * (_LINES - len(values))]


def build(content: ResultsContent, reasons: pd.DataFrame) -> SummarySheet:
    """Return the Summary. `reasons` has `count` and `first` line, as `lists.reasons_of` gives."""
    outcomes = _Block(_outcomes(content.tally), "Total")
    rejects = _Block(_commonest(reasons["count"], "other reasons"), "Total rejected")
    countries = _Block(_commonest(_countries(content), "other countries"), "Total accepted")
    title = _title(content)
    top = title[-1][2] + 2
    facts, fact_rows = _facts(content, top)
    band_rows = max(fact_rows, _FEWEST_BAND_ROWS)
    header_row = top + band_rows + 1
    return SummarySheet(
        _table(outcomes, rejects, countries, reasons),
        {
            "header_row": header_row,
            "merge_ranges": [*title, *facts],
            "charts": _charts(top, band_rows, countries),
            "column_widths": [*_COLUMNS.values()],
            "column_formats": [_form(name) for name in _COLUMNS],
            "header_format": styles.header(),
            "url_columns": {"Rejected because": "Reason"},
            "conditional_formats": _rules(outcomes, rejects, countries),
            "sheet_view": {"gridlines": False, "selected": True, "tab_color": styles.NAVY},
            "page_setup": styles.page(
                fit_to_pages=(1, 1),
                print_area=(0, 0, header_row + _LINES + 1, _LAST),
                center_horizontally=True,
            ),
        },
    )


def _outcomes(tally: Tally) -> list[tuple[str, int]]:
    return [(status.value, getattr(tally, status.name.lower())) for status in Status]


def _countries(content: ResultsContent) -> pd.Series:
    """Count the numbers that are, or should be, in a group by their country."""
    if content.long is not None:
        return content.long.countries
    left_out = [Status.DUPLICATE.value, Status.REJECTED.value]
    accepted = ~content.statuses["status"].isin(left_out)
    counts: pd.Series = content.lines["country"][accepted.to_numpy()].value_counts()
    return counts


def _commonest(counts: pd.Series, others: str) -> list[tuple[str, int]]:
    """Keep as many as a block has lines; the last one sums up the others."""
    listed = [(str(name) or "none", int(count)) for name, count in counts.items()]
    if len(listed) <= _LINES:
        return listed
    rest = listed[_LINES - 1 :]
    return [*listed[: _LINES - 1], (f"{len(rest)} {others}", sum(count for _, count in rest))]


def _title(content: ResultsContent) -> list[_Merge]:
    name = f"Results of {content.rows.source.path.name}"
    small = Format().set_font_color(styles.GREY).set_align("left").set_align("vcenter")
    large = (
        Format()
        .set_bold()
        .set_font_size(14)
        .set_text_wrap()
        .set_align("vcenter")
        .set_indent(1)
        .set_background_color(_mood(content.tally))
    )
    return [
        (0, 0, 0, _LAST, _text(name), small),
        (1, 0, 1 + _headline_lines(content), _LAST, _text(content.headline), large),
    ]


def _headline_lines(content: ResultsContent) -> int:
    """Count its lines; it takes a row more, as its letters are larger and need air."""
    return -(-text_width(content.headline) // _HEADLINE_WIDTH)


def _mood(tally: Tally) -> str:
    """Colour the headline by the worst that happened; its words say the same."""
    if tally.refused or not tally.balances:
        return styles.COLOURS[Status.REFUSED]
    if tally.in_doubt:
        return styles.COLOURS[Status.IN_DOUBT]
    if tally.planned or not tally.created:
        return styles.COLOURS[Status.PLANNED]
    return styles.COLOURS[Status.REJECTED if tally.rejected else Status.CREATED]


def _facts(content: ResultsContent, top: int) -> tuple[list[_Merge], int]:
    """Lay out the facts at the right; return them and the rows that they take."""
    merges: list[_Merge] = []
    row = top
    for title, facts in content.sections:
        if merges:
            row += 1
        merges.append((row, _LABEL[0], row, _VALUE[1], _text(title), _section()))
        row += 1
        for label, value in facts:
            last = row + _fact_lines(label, value) - 1
            merges.append((row, _LABEL[0], last, _LABEL[1], _text(label), _label()))
            merges.append((row, _VALUE[0], last, _VALUE[1], _shortened(value), _value()))
            row = last + 1
    return merges, row - top


def _fact_lines(label: str, value: str) -> int:
    needed = max(wrapped_lines(label, _LABEL_WIDTH), wrapped_lines(value, _VALUE_WIDTH))
    return min(needed, _MOST_LINES)


def _shortened(text: str) -> str:
    room = _VALUE_WIDTH * _MOST_LINES
    text = _text(text)
    if wrapped_lines(text, _VALUE_WIDTH) <= _MOST_LINES:
        return text
    while wrapped_lines(text, _VALUE_WIDTH) >= _MOST_LINES and text:
        text = text[: min(room, len(text) - 1)]
    return f"{text} …"


def _text(text: str) -> str:
    return cut(sound(text))


def _section() -> Format:
    return (
        Format()
        .set_bold()
        .set_font_color(styles.NAVY)
        .set_border_bottom("thin")
        .set_border_bottom_color(styles.LINE)
        .set_align("left")
    )


def _label() -> Format:
    return Format().set_font_color(styles.GREY).set_text_wrap().set_align("left").set_align("top")


def _value() -> Format:
    return Format().set_text_wrap().set_align("left").set_align("top")


def _table(outcomes: _Block, rejects: _Block, countries: _Block, reasons: pd.DataFrame) -> pa.Table:
    lines = _LINES + 1
    blank = pa.nulls(lines, pa.string())
    columns = {
        "Outcome": pa.array(outcomes.names, pa.string()),
        "Numbers": pa.array(outcomes.numbers, pa.int64()),
        "Share": pa.array(_shares(outcomes), pa.float64()),
        "What it means": pa.array([*_MEANINGS.values(), "cells that held something"]),
        " ": blank,
        "Rejected because": pa.array(_links(rejects.names, reasons), pa.string()),
        "Rows": pa.array(rejects.numbers, pa.int64()),
        "  ": blank,
        "Country": pa.array(countries.names, pa.string()),
        "Accepted": pa.array(countries.numbers, pa.int64()),
        "   ": blank,
        "Reason": pa.array(rejects.names, pa.string()),
        "Chart: outcome": pa.array(outcomes.bars[0], pa.string()),
        "Chart: numbers": pa.array(outcomes.bars[1], pa.int64()),
        "Chart: country": pa.array(countries.bars[0], pa.string()),
        "Chart: accepted": pa.array(countries.bars[1], pa.int64()),
    }
    return pa.table(columns)


def _shares(outcomes: _Block) -> list[float | None]:
    whole = max(outcomes.total_count, 1)
    return [None if count is None else count / whole for count in outcomes.numbers]


def _links(names: Sequence[str | None], reasons: pd.DataFrame) -> list[str | None]:
    """Link each reason to its first line in Rejected, and a sum to the sheet's beginning."""
    first = {str(reason): int(line) for reason, line in reasons["first"].dropna().items()}
    return [None if name is None else _link(first.get(name)) for name in names]


def _link(line: int | None) -> str:
    """Return a link to a line of Rejected, counted from 0, or to its beginning."""
    if line is None:
        return f"internal:{ResultsSheet.REJECTED}!A1"
    page, at = divmod(line, lines_of_a_sheet())
    return f"internal:'{sheet_name(ResultsSheet.REJECTED, page + 1)}'!A{at + 2}"


def _charts(top: int, band_rows: int, countries: _Block) -> list[dict[str, Any]]:
    charts = [("What became of the rows", "Chart: outcome", "Chart: numbers")]
    if countries.total_count:
        charts.append(("Accepted numbers by country", "Chart: country", "Chart: accepted"))
    rows = band_rows // len(charts)
    return [
        {
            "type": "bar",
            "series": [{"values": values}],
            "categories": names,
            "title": title,
            "row": top + at * rows,
            "col": 0,
            "legend": False,
            "width": _CHART_PIXELS,
            "height": rows * _ROW_PIXELS - 6,
        }
        for at, (title, names, values) in enumerate(charts)
    ]


def _form(name: str) -> Format | None:
    if name.startswith("Chart: ") or name == "Reason":
        return Format().set_font_color(styles.PALE)
    if name == "Rejected because":
        return Format().set_font_color(styles.LINK).set_underline()
    if name == "What it means":
        return Format().set_font_color(styles.GREY).set_indent(1)
    if name == "Share":
        return styles.number(styles.PERCENT)
    return styles.number(styles.WHOLE) if name in {"Numbers", "Rows", "Accepted"} else None


def _rules(outcomes: _Block, rejects: _Block, countries: _Block) -> dict[str, Any]:
    """Colour the outcomes, and set off the totals."""
    bold = styles.bold()
    total = styles.starts_with("Total", bold)
    return {
        "Outcome": [total, *styles.status_rules()],
        "Numbers": styles.equals(outcomes.total_count, bold),
        "Rejected because": total,
        "Rows": styles.equals(rejects.total_count, bold),
        "Country": total,
        "Accepted": styles.equals(countries.total_count, bold),
    }
