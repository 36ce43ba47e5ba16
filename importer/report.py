"""The results workbook: Summary, Groups, Numbers, Rejected. Written whole, or not at all."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import rustpy_xlsxwriter
from rustpy_xlsxwriter import Format

from importer.errors import OutputError
from importer.model import Reason, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    from importer.model import Rows, Tally

SHEET_ROWS = 1_048_576
"""Rows of a sheet, and characters of a cell: Microsoft's *Excel specifications and limits*."""
CELL_CHARACTERS = 32_767

_WIDTHS = {
    "Sheet": 14,
    "Row": 8,
    "Original": 22,
    "Number": 18,
    "Country": 10,
    "Type": 20,
    "Status": 12,
    "Reason": 34,
    "What To Do": 60,
    "Group Name": 30,
    "Group ID": 24,
    "Numbers": 10,
    "Code": 8,
    "Message": 60,
    "Request ID": 24,
    "Attempts": 10,
    "Created At": 20,
}
_OTHER_WIDTH = 18
_TEXT_NUMBERS = ("Original", "Number", "Group ID", "Request ID")
_COLOURS = {
    Status.CREATED: "#C6EFCE",
    Status.PLANNED: "#DDEBF7",
    Status.DUPLICATE: "#EDEDED",
    Status.REJECTED: "#FFEB9C",
    Status.REFUSED: "#FFC7CE",
    Status.IN_DOUBT: "#F8CBAD",
}
_MEANINGS = {
    Status.CREATED: "is in a group at the vendor",
    Status.PLANNED: "waits to be sent: run the same command again",
    Status.DUPLICATE: "stands in an earlier row or in an earlier batch",
    Status.REJECTED: "gave no certain number: see the sheet Rejected",
    Status.REFUSED: "was refused by the vendor: see the sheet Groups",
    Status.IN_DOUBT: "may be in a group, no clear answer came: see the sheet Groups",
}


@dataclass(frozen=True, slots=True)
class Content:
    """All that a results workbook tells."""

    headline: str
    facts: Sequence[tuple[str, str]]
    """Label and value of what was assumed and used."""
    tally: Tally
    rows: Rows
    lines: pd.DataFrame
    """`number`, `country` and `type` of each line."""
    settled: pd.DataFrame
    """`status`, `reason`, `group_name` and `group_id` of each line."""
    groups: pd.DataFrame
    """The sheet Groups as it is shown."""


def target_path(source: Path, out: Path | None, suffix: str) -> Path:
    """Return where a workbook goes: `out` if it names a file, else NAME + suffix in a folder."""
    if out is not None and out.suffix.lower() == ".xlsx":
        return out
    return (out or source.parent) / f"{source.stem}{suffix}"


def check_target(path: Path) -> None:
    """Make sure before anything is sent that a workbook can be written there.

    Raises:
        OutputError: the folder is missing, or nothing may be written in it.
    """
    folder = path.parent
    if not folder.is_dir():
        raise OutputError(f"The folder {folder} does not exist: make it, or name another by --out.")
    if not os.access(folder, os.W_OK):
        raise OutputError(f"Nothing can be written in {folder}: name another folder by --out.")


def write(path: Path, content: Content) -> Path:
    """Write the workbook beside its place and rename it; return where it is.

    Where the place is taken by a file that can't be replaced, such as one open in Excel, the
    workbook goes to `NAME (2).xlsx` and so on.

    Raises:
        OutputError: it can't be written anywhere in that folder.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        os.close(os.open(beside, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        _write_sheets(beside, content)
        return _rename(beside, path)
    except (OSError, RuntimeError) as error:
        beside.unlink(missing_ok=True)
        raise OutputError(
            f"The results can't be written to {path} ({error}). Nothing is lost: run the same "
            "command again with --out and another place; no group is made twice."
        ) from error


def _rename(beside: Path, path: Path) -> Path:
    for place in _places(path):
        try:
            beside.replace(place)
        except PermissionError:
            continue
        return place
    raise OSError("the file and its replacements are open in another program")


def _places(path: Path) -> Iterator[Path]:
    yield path
    for count in range(2, 10):
        yield path.with_name(f"{path.stem} ({count}){path.suffix}")


def _write_sheets(path: Path, content: Content) -> None:
    numbers = _numbers_table(content)
    rejected = _rejected_table(content, numbers)
    sheets: list[tuple[str, pa.Table]] = [
        ("Summary", _outcome_table(content.tally)),
        ("Groups", _fit_cells(pa.Table.from_pandas(content.groups, preserve_index=False))),
        *_paged("Numbers", numbers),
        *_paged("Rejected", rejected),
    ]
    lists = [name for name, _ in sheets[1:]]
    rustpy_xlsxwriter.write_worksheets(
        sheets,
        str(path),
        datetime_format="yyyy-mm-dd hh:mm:ss",
        freeze_panes={name: {"row": 1} for name in lists},
        autofilter=dict.fromkeys(lists, True),
        header_format=dict.fromkeys([name for name, _ in sheets], _header()),
        column_widths={
            "Summary": [16.0, 14.0, 10.0, 70.0],
            **{name: _widths(table) for name, table in sheets[1:]},
        },
        conditional_formats={name: {"Status": _status_rules()} for name in lists},
        ignore_errors={name: _present(table, _TEXT_NUMBERS) for name, table in sheets[1:]},
        page_setup={name: _page() for name, _ in sheets},
        **_summary_layout(content),
    )


def _outcome_table(tally: Tally) -> pa.Table:
    counts = {status: getattr(tally, status.name.lower()) for status in Status}
    return pa.table(
        {
            "Outcome": [*(status.value for status in Status)],
            "Numbers": [*counts.values()],
            "Share": [f"{count * 100 / max(tally.rows, 1):.1f} %" for count in counts.values()],
            "A number of this kind": [_MEANINGS[status] for status in Status],
        }
    )


def _summary_layout(content: Content) -> dict[str, Any]:
    """Place the headline and the facts above the table of outcomes, and a chart below it."""
    top = 3
    facts = [
        cells
        for at, (label, value) in enumerate(content.facts)
        for cells in (
            (top + at, 0, top + at, 1, _text(label), _label()),
            (top + at, 2, top + at, 3, _text(value), _value()),
        )
    ]
    headline = (0, 0, 1, 3, _text(content.headline), _headline())
    header_row = top + len(content.facts) + 2
    intro = (header_row - 1, 0, header_row - 1, 3, _rows_line(content.tally), _label())
    chart = {
        "type": "bar",
        "series": [{"values": "Numbers"}],
        "categories": "Outcome",
        "title": "What became of the rows",
        "row": header_row + len(Status) + 2,
        "col": 0,
        "legend": False,
        "width": 700,
        "height": 260,
    }
    return {
        "merge_ranges": {"Summary": [headline, *facts, intro]},
        "header_row": {"Summary": header_row},
        "charts": {"Summary": [chart]},
        "sheet_view": {"Summary": {"gridlines": False, "selected": True}},
    }


def _rows_line(tally: Tally) -> str:
    return f"{tally.rows:,} rows held a phone cell; this is what became of them:"


def _numbers_table(content: Content) -> pa.Table:
    cells, lines, settled = content.rows.cells, content.lines, content.settled
    fixed = {
        "Sheet": cells["sheet"],
        "Row": cells["row"],
        "Original": cells["original"],
        "Number": lines["number"],
        "Country": lines["country"],
        "Type": lines["type"],
        "Status": settled["status"],
        "Reason": settled["reason"],
        "Group Name": settled["group_name"],
        "Group ID": settled["group_id"],
    }
    extras = content.rows.extras
    arrays = [pa.Array.from_pandas(values) for values in fixed.values()]
    others = [pa.Array.from_pandas(extras[name]) for name in extras]
    # A table, unlike a frame on its way to the workbook, may have two columns of one name.
    return _fit_cells(pa.Table.from_arrays([*arrays, *others], [*fixed, *extras.columns]))


def _rejected_table(content: Content, numbers: pa.Table) -> pa.Table:
    chosen = content.settled["status"] == Status.REJECTED.value
    rejected = numbers.filter(pa.array(chosen.to_numpy()))
    advice = [_advice(reason.as_py()) for reason in rejected.column(_REASON_AT)]
    return rejected.add_column(_REASON_AT + 1, "What To Do", pa.array(advice, pa.string()))


_REASON_AT = 7


def _advice(reason: str) -> str:
    return Reason(reason.partition(":")[0]).advice


def _fit_cells(table: pa.Table) -> pa.Table:
    """Leave empty texts out, and cut those that no cell can hold."""
    for at, name in enumerate(table.column_names):
        column = table.column(at)
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        empty = pc.equal(column, "")
        column = pc.if_else(empty, pa.scalar(None, column.type), column)
        if (pc.max(pc.binary_length(column)).as_py() or 0) > CELL_CHARACTERS:
            # Excel counts UTF-16 units, of which a character has two at the most.
            column = pc.utf8_slice_codeunits(column, 0, CELL_CHARACTERS // 2)
        table = table.set_column(at, name, column)
    return table


def _text(value: str) -> str:
    return value[: CELL_CHARACTERS // 2]


def _paged(name: str, table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Cut a long table into sheets: `Numbers`, `Numbers 2`, each with its header."""
    page = SHEET_ROWS - 1
    for count, start in enumerate(range(0, max(table.num_rows, 1), page), 1):
        yield (name if count == 1 else f"{name} {count}", table.slice(start, page))


def _widths(table: pa.Table) -> list[float]:
    return [float(_WIDTHS.get(name, _OTHER_WIDTH)) for name in table.column_names]


def _present(table: pa.Table, names: Sequence[str]) -> list[str]:
    return [name for name in names if name in table.column_names]


def _status_rules() -> list[dict[str, Any]]:
    return [
        {
            "type": "text",
            "criteria": "contains",
            "value": status.value,
            "format": Format().set_background_color(colour),
        }
        for status, colour in _COLOURS.items()
    ]


def _page() -> dict[str, Any]:
    return {"landscape": True, "paper_size": 9, "fit_to_pages": (1, 0), "footer": "&C&P of &N"}


def _headline() -> Format:
    return Format().set_bold().set_font_size(14).set_text_wrap().set_align("vcenter")


def _header() -> Format:
    return Format().set_bold().set_background_color("#1F4E78").set_font_color("#FFFFFF")


def _label() -> Format:
    return Format().set_font_color("#595959").set_align("left").set_align("top")


def _value() -> Format:
    return Format().set_align("left").set_align("top").set_text_wrap()
