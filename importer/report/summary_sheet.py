"""The Summary: one page that answers whether it worked and what to do now. Pure.

From top to bottom: the headline; what became of the rows, as a table and one stacked bar beside it;
what to do next; why rows were rejected, and the countries of the others; what was assumed and used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from rustpy_xlsxwriter import Format

from importer.countries import region_name
from importer.model import Status
from importer.plurals import counted
from importer.report import charts, styles
from importer.report import summary_looks as looks
from importer.report.cell_values import cut, sound
from importer.report.summary_parts import Band, Finish
from importer.report.tables import lines_of_a_sheet, sheet_name
from importer.results_columns import COMMAND_LABEL, ResultsSheet
from importer.text_lines import text_width, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from importer.model import Tally
    from importer.report.charts import Part
    from importer.report.content import ResultsContent

_Merge = tuple[int, int, int, int, str, Format]

_LINES = len(Status)
"""Of each block, before its total."""
_MEANINGS = {
    Status.CREATED: "in a group at the vendor",
    Status.PLANNED: "not sent",
    Status.DUPLICATE: "stands in an earlier row or batch",
    Status.REJECTED: "needs a correction, see Rejected",
    Status.REFUSED: "the vendor said no, see Groups",
    Status.IN_DOUBT: "no clear answer came, see Groups",
}
_COLUMNS = {
    "Outcome": 28.0,
    "Numbers": 10.0,
    "Share": 8.0,
    "What it means": 34.0,
    " ": 2.0,
    "  ": 28.0,
    "   ": 10.0,
    "    ": 8.0,
    "     ": 34.0,
}
"""The names of the columns, and their widths; below the outcomes stand reasons and countries."""
_LAST = len(_COLUMNS) - 1
_LEFT, _RIGHT = (0, 3), (5, _LAST)
"""The first and the last column of each half of the page."""
_LABEL, _VALUE = (0, 1), (2, _LAST)
_LABEL_WIDTH, _VALUE_WIDTH = 36, 120
_HEADLINE_WIDTH = 105
"""Characters of a line of the headline, in its large letters."""
_MOST_LINES = 4
"""Of a fact: longer ones are cut, so that the page stays one."""
_ROW_PIXELS = 20
_BAR_PIXELS, _COUNTRIES_PIXELS = 575, 225


@dataclass(frozen=True, slots=True)
class SummarySheet:
    """A table, how the writer is to show it, and what is to be done to it then."""

    table: pa.Table
    options: dict[str, Any]
    finish: Finish


@dataclass(frozen=True, slots=True)
class _Block:
    """A block of lines: what is counted, and its total below."""

    counts: Sequence[tuple[str, int]]
    """At most `_LINES`; none for a block that is left out."""
    total: str

    @property
    def total_count(self) -> int:
        return sum(count for _, count in self.counts)

    @property
    def names(self) -> list[str]:
        return [*(name for name, _ in self.counts), self.total] if self.counts else []

    @property
    def numbers(self) -> list[int]:
        return [*(count for _, count in self.counts), self.total_count] if self.counts else []

    @property
    def shares(self) -> list[float]:
        whole = max(self.total_count, 1)
        return [count / whole for count in self.numbers]


_NONE = _Block((), "")
_REJECTS, _ACCEPTED = "Total rejected", "Total accepted"
_TITLES = {_REJECTS: "Why rows were rejected", _ACCEPTED: "Accepted numbers by country"}


@dataclass(frozen=True, slots=True)
class _Blocks:
    """What stands below the outcomes, side by side: reasons and countries, or countries alone."""

    left: _Block
    right: _Block

    @property
    def height(self) -> int:
        """How many lines the longer one has."""
        return max(len(self.left.names), len(self.right.names))

    @property
    def countries(self) -> _Block:
        return self.left if self.left.total == _ACCEPTED else self.right


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which row of the page each thing begins in, from 0."""

    top: int
    """The table of outcomes, with its header."""
    following: int
    """What to do next."""
    blocks: int
    """Why rows were rejected, and the countries."""
    facts: int
    end: int
    """The row below all, from which on the library writes its table."""


def build(content: ResultsContent, reasons: pd.DataFrame) -> SummarySheet:
    """Return the Summary. `reasons` has `count` and `first` line, as `tables.reasons_of` gives."""
    outcomes = _Block(_outcomes(content.tally), "Total")
    rejects = _Block(_commonest(reasons["count"], "other reasons"), _REJECTS)
    countries = _Block(_commonest(_countries(content), "other countries"), _ACCEPTED)
    blocks = _Blocks(*((rejects, countries) if rejects.counts else (countries, _NONE)))
    merges, plan = _laid_out(content, blocks)
    begin = plan.end + 1
    bands = [Band(begin, _LINES + 2, to=plan.top + 1)]
    if blocks.height:
        bands.append(Band(begin + _LINES + 2, blocks.height, to=plan.blocks + 2))
    drawn = _charts(content, plan, outcomes, blocks)
    return SummarySheet(
        _table(outcomes, blocks),
        {
            "header_row": plan.end,
            "merge_ranges": merges,
            "charts": [place for place, _ in drawn],
            "column_widths": [*_COLUMNS.values()],
            "column_formats": [_form(name) for name in _COLUMNS],
            "header_format": styles.header(),
            "conditional_formats": _rules(rejects),
            "sheet_view": {"gridlines": False, "selected": True, "tab_color": styles.NAVY},
            "page_setup": styles.page(
                fit_to_pages=(1, 1),
                print_area=(0, 0, plan.end - 1, _LAST),
                center_horizontally=True,
            ),
        },
        Finish(bands, _links(rejects, reasons, plan.blocks + 2), [xml for _, xml in drawn]),
    )


def _laid_out(content: ResultsContent, found: _Blocks) -> tuple[list[_Merge], _Plan]:
    """Lay all out but the table; return the merged cells, and where things begin."""
    title = _title(content)
    top = title[-1][2] + 2
    following = top + _LINES + 3
    ahead, blocks = _section("What to do next", content.next_step, following)
    titles = [
        (blocks, *_across(blocks, columns), _TITLES[block.total], looks.heading())
        for block, columns in ((found.left, _LEFT), (found.right, _RIGHT))
        if block.counts
    ]
    facts = blocks + found.height + 2 if found.height else blocks
    row, told = facts, []
    for name, values in content.sections:
        merges, row = _section(name, values, row)
        told += merges
    return [*title, *ahead, *titles, *told], _Plan(top, following, blocks, facts, row)


def _across(row: int, columns: tuple[int, int]) -> tuple[int, int, int]:
    """Return the rest of a merged range in one row: its first column, its row, its last column."""
    return columns[0], row, columns[1]


def _section(title: str, facts: Sequence[tuple[str, str]], row: int) -> tuple[list[_Merge], int]:
    """Lay out facts under their title; return them, and the row where the next thing begins."""
    if not facts:
        return [], row
    merges: list[_Merge] = [(row, *_across(row, (0, _LAST)), _text(title), looks.heading())]
    row += 1
    for label, value in facts:
        last = row + _fact_lines(label, value) - 1
        form = looks.command() if label == COMMAND_LABEL else looks.value()
        merges.append((row, _LABEL[0], last, _LABEL[1], _text(label), looks.label()))
        merges.append((row, _VALUE[0], last, _VALUE[1], _shortened(label, value), form))
        row = last + 1
    return merges, row + 1


def _outcomes(tally: Tally) -> list[tuple[str, int]]:
    return [(status.value, getattr(tally, status.name.lower())) for status in Status]


def _countries(content: ResultsContent) -> pd.Series:
    """Count the numbers that are, or should be, in a group by their country's name."""
    if content.long is not None:
        return content.long.countries.rename(_country_name)
    left_out = [Status.DUPLICATE.value, Status.REJECTED.value]
    accepted = ~content.statuses["status"].isin(left_out)
    counts: pd.Series = content.lines["country"][accepted.to_numpy()].value_counts()
    return counts.rename(_country_name)


def _country_name(region: str) -> str:
    name = region_name(region)
    return f"{name} ({region})" if name != region else region


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
        .set_background_color(looks.mood(content.tally))
    )
    return [
        (0, 0, 0, _LAST, _text(name), small),
        (1, 0, 1 + _headline_lines(content), _LAST, _text(content.headline), large),
    ]


def _headline_lines(content: ResultsContent) -> int:
    """Count its lines; it takes a row more, as its letters are larger and need air."""
    return -(-text_width(content.headline) // _HEADLINE_WIDTH)


def _fact_lines(label: str, value: str) -> int:
    if label == COMMAND_LABEL:
        return 1
    needed = max(len(_wrapped(label, _LABEL_WIDTH)), len(_wrapped(value, _VALUE_WIDTH)))
    return min(needed, _MOST_LINES)


def _wrapped(text: str, width: int) -> list[str]:
    """Break a text as a cell does: words that are wider than a line are cut."""
    lines = [part for line in text.splitlines() or [""] for part in wrap(line, width)]
    return [line[at : at + width] for line in lines for at in range(0, max(len(line), 1), width)]


def _shortened(label: str, value: str) -> str:
    text = _text(value)
    lines = _wrapped(text, _VALUE_WIDTH)
    if label == COMMAND_LABEL or len(lines) <= _MOST_LINES:
        return text
    return f"{' '.join(lines[:_MOST_LINES])[: _VALUE_WIDTH * _MOST_LINES - 8]} …"


def _text(text: str) -> str:
    return cut(sound(text))


def _table(outcomes: _Block, blocks: _Blocks) -> pa.Table:
    """Return the outcomes, and below them the blocks; the charts stand in the last column."""
    left, right = blocks.left, blocks.right
    above: list[None] = [None] * (_LINES + 1)
    values: list[tuple[Sequence[Any], pa.DataType]] = [
        ([*outcomes.names, *left.names], pa.string()),
        ([*outcomes.numbers, *left.numbers], pa.int64()),
        ([*outcomes.shares, *left.shares], pa.float64()),
        ([*_MEANINGS.values(), "cells that held something"], pa.string()),
        ([], pa.string()),
        ([*above, *right.names], pa.string()),
        ([*above, *right.numbers], pa.int64()),
        ([*above, *right.shares], pa.float64()),
        ([], pa.string()),
    ]
    lines = _LINES + 1 + blocks.height
    filled = [pa.array([*one, *[None] * (lines - len(one))], kind) for one, kind in values]
    return pa.table(filled, names=[*_COLUMNS])


def _links(rejects: _Block, reasons: pd.DataFrame, row: int) -> dict[str, str]:
    """Link each reason to its first line in Rejected, and a sum to the sheet's beginning."""
    first = {str(reason): int(line) for reason, line in reasons["first"].dropna().items()}
    return {f"A{row + at}": _place(first.get(name)) for at, name in enumerate(rejects.names)}


def _place(line: int | None) -> str:
    """Return the place of a line of Rejected, counted from 0, or of its beginning."""
    if line is None:
        return f"'{ResultsSheet.REJECTED}'!A1"
    page, at = divmod(line, lines_of_a_sheet())
    return f"'{sheet_name(ResultsSheet.REJECTED, page + 1)}'!A{at + 2}"


def _charts(
    content: ResultsContent, plan: _Plan, outcomes: _Block, blocks: _Blocks
) -> list[tuple[dict[str, Any], bytes]]:
    """Return for each chart where the library places it, and its own XML."""
    rows = counted(content.tally.rows, "row")
    drawn = [
        (
            _chart_at(plan.top, _RIGHT[0], _LINES + 2, _BAR_PIXELS),
            charts.stacked_bar(
                f"What became of {rows}", _parts_of(outcomes, plan.top + 2, "A", "B")
            ),
        )
    ]
    countries = blocks.countries
    if len(countries.counts) > 1:
        at_left = countries is blocks.left
        column, cells = (_LEFT[1], ("A", "B")) if at_left else (_LAST, ("F", "G"))
        drawn.append(
            (
                _chart_at(plan.blocks + 1, column, len(countries.names), _COUNTRIES_PIXELS),
                charts.bars("", _parts_of(countries, plan.blocks + 2, *cells), styles.BLUE),
            )
        )
    return drawn


def _parts_of(block: _Block, row: int, names: str, numbers: str) -> list[Part]:
    """Return the parts of a chart of a block whose first line is in a row, counted from 1."""
    sheet = ResultsSheet.SUMMARY
    colours = {status.value: colour for status, colour in styles.COLOURS.items()}
    return [
        charts.Part(
            name,
            count,
            f"{sheet}!${names}${row + at}",
            f"{sheet}!${numbers}${row + at}",
            colours.get(name, ""),
        )
        for at, (name, count) in enumerate(block.counts)
    ]


def _chart_at(row: int, column: int, rows: int, width: int) -> dict[str, Any]:
    return {
        "type": "bar",
        "series": [{"values": "Numbers"}],
        "row": row,
        "col": column,
        "legend": False,
        "width": width,
        "height": rows * _ROW_PIXELS,
    }


def _form(name: str) -> Format | None:
    if name == "What it means":
        return Format().set_font_color(styles.GREY).set_indent(1)
    if name in {"Share", "    "}:
        return styles.number(styles.PERCENT)
    return styles.number(styles.WHOLE) if name in {"Numbers", "   "} else None


def _rules(rejects: _Block) -> dict[str, Any]:
    """Colour the outcomes, show links as links, and set off the totals."""
    total = styles.starts_with("Total", styles.bold())
    link = Format().set_font_color(styles.LINK).set_underline()
    links = [styles.starts_with(name, link) for name, _ in rejects.counts]
    return {"Outcome": [total, *styles.status_rules(), *links], "  ": total}
