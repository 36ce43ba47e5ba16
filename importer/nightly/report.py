"""What the operator finds in the morning, in `outbox/DATE/`: a workbook, and lines of JSON."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from importer.atomic_files import written_beside
from importer.errors import Exit
from importer.journal.lock import open_own
from importer.log import Level, level_of
from importer.masking import masked
from importer.model import Status
from importer.nightly.folders import moving
from importer.nightly.outcome import FileState
from importer.report import styles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from openpyxl.worksheet.worksheet import Worksheet

    from importer.log import Log
    from importer.nightly.config import NightConfig
    from importer.nightly.outcome import FileOutcome, Night

JSON_LINES = "night.jsonl"
WORKBOOK = "night.xlsx"

_COLUMNS = (
    ("File", 36),
    ("Outcome", 11),
    ("What happened", 60),
    ("What to do", 60),
    ("Rows", 10),
    ("Created", 10),
    ("Planned", 10),
    ("Duplicate", 10),
    ("Rejected", 10),
    ("Refused", 10),
    ("In doubt", 10),
    ("Groups", 10),
    ("Batch", 12),
    ("Results", 40),
    ("File is now", 40),
)
_COUNTS = ("rows", "created", "planned", "duplicate", "rejected", "refused", "in_doubt", "groups")
_COLOURS = {
    FileState.DONE: styles.COLOURS[Status.CREATED],
    FileState.FAILED: styles.COLOURS[Status.REFUSED],
    FileState.CONTINUES: styles.COLOURS[Status.PLANNED],
    FileState.WAITS: styles.COLOURS[Status.REJECTED],
}


def write_report(night: Night, night_config: NightConfig, log: Log) -> Night:
    """Write the night's report, and return the night with what that came to."""
    date = night.begun.date().isoformat()
    share_group, outbox = night_config.share_group, night_config.outbox
    try:
        share_group.make_folder(outbox / date, outbox)
        written = write_workbook(outbox / date, night)
        share_group.publish(written)
        log.event("report written", str(written))
    except OSError as error:
        why = f"The night's report can't be written ({error.strerror or error})."
        night = replace(night, notes=(*night.notes, why), exits=(*night.exits, Exit.USAGE))
    write_line(night_config, date, night.as_json(), log)
    log.event("night ended", night.headline, level_of(night.exit), exit=int(night.exit))
    return night


def write_line(night_config: NightConfig, date: str, result: Mapping[str, Any], log: Log) -> None:
    """Add a line to the JSON of the night of a date; a failure is logged, the night goes on."""
    path = night_config.outbox / date / JSON_LINES
    try:
        night_config.share_group.make_folder(path.parent, night_config.outbox)
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = open_own(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(json.dumps(result) + "\n")
            file.flush()
            os.fsync(file.fileno())
        night_config.share_group.publish(path)
    except OSError as error:
        log.event("record failed", f"{path}: {error.strerror or error}", Level.ERROR)


def write_workbook(folder: Path, night: Night) -> Path:
    """Write the night's workbook to a free place in a folder, and return where it is.

    Raises:
        OSError: it can't be written.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    _night_sheet(book.create_sheet("Night"), night)
    _files_sheet(book.create_sheet("Files"), night.files)
    folder.mkdir(parents=True, exist_ok=True)
    place = moving.free_place(folder / WORKBOOK)
    with written_beside(place) as part:
        book.save(part)
    return place


def _night_sheet(sheet: Worksheet, night: Night) -> None:
    _widths(sheet, (24, 90))
    tally = night.tally
    lines: list[tuple[str, str | int]] = [
        ("Night", night.headline),
        ("Begun", f"{night.begun:%Y-%m-%d %H:%M:%S %Z}"),
        ("Ended", f"{night.ended:%Y-%m-%d %H:%M:%S %Z}"),
        *((f"Files: {state}", night.count(state)) for state in FileState),
        *((_title(name), getattr(tally, name)) for name in _COUNTS),
        ("Groups made tonight", night.made),
        ("Batches forgotten", night.forgotten),
        ("Old folders removed", night.removed),
        ("Exit code", int(night.exit)),
    ]
    for line in lines:
        _add(sheet, line)
    for row in range(1, len(lines) + 1):
        sheet[f"A{row}"].font = Font(bold=True)
        sheet[f"B{row}"].alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")


def _title(name: str) -> str:
    return {"rows": "Rows", "groups": "Groups"}.get(name, f"Numbers {name.replace('_', ' ')}")


def _files_sheet(sheet: Worksheet, files: Sequence[FileOutcome]) -> None:
    _widths(sheet, [width for _, width in _COLUMNS])
    _add(sheet, [title for title, _ in _COLUMNS])
    for column in range(1, len(_COLUMNS) + 1):
        cell = sheet.cell(1, column)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_argb(styles.NAVY))
    for row, result in enumerate(files, 2):
        _add(sheet, _cells(result))
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor=_argb(_COLOURS[result.state]))
        for column in (3, 4):
            sheet.cell(row, column).alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_COLUMNS))}{len(files) + 1}"


def _cells(result: FileOutcome) -> list[str | int]:
    return [
        str(result.file),
        result.state.value,
        masked(result.message),
        masked(result.advice),
        *(getattr(result.tally, name) for name in _COUNTS),
        result.batch or "",
        "" if result.results is None else str(result.results),
        "" if result.moved is None else str(result.moved),
    ]


def _widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width


def _add(sheet: Worksheet, values: Sequence[str | int]) -> None:
    """Add a line in which a text is a text, whatever it begins with."""
    sheet.append([_clean(value) if isinstance(value, str) else value for value in values])
    for cell in sheet[sheet.max_row]:
        if isinstance(cell.value, str):
            cell.data_type = "s"


def _clean(text: str) -> str:
    """Replace what no cell can hold: control characters, and names that are no text."""
    return ILLEGAL_CHARACTERS_RE.sub("?", text.encode("utf-8", "replace").decode())


def _argb(colour: str) -> str:
    """Return a colour as openpyxl wants it: without its `#`."""
    return colour.removeprefix("#")
