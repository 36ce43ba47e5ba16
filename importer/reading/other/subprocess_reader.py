"""Old and binary workbooks, read in a process of their own.

Damaged ones can make calamine ask for any amount of memory, at which the whole process is ended:
no exception says so. Here that is one unreadable file, and the run goes on.
"""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
from functools import partial
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

from importer.errors import UnreadableInput
from importer.reading.forms import Form
from importer.reading.limits import APART_BYTES, APART_SECONDS, GRID_CELLS
from importer.reading.other.binary import NotUnderstoodError, inspect_xls, inspect_xlsb
from importer.reading.tables.sheets import Advance, Details, Sheet, Workbook
from importer.reading.tables.workbooks import choose, damaged, told
from importer.reading.xlsx.package import Package

if TYPE_CHECKING:
    from importer.reading.options import ReadOptions
    from importer.reading.other.binary import Inspected
    from importer.reading.tables.sheets import Cell, Place

    _Sheet = tuple[str, list[list[Cell]], tuple[tuple[Place, Place], ...]]

_FORMS = {Form.XLS: "Excel 97 workbook", Form.XLSB: "binary Excel workbook"}


def read_apart(
    name: str, raw: bytes, form: Form, options: ReadOptions, progress: Advance
) -> Workbook:
    """Read an .xls or .xlsb.

    Raises:
        UnreadableInput: it is broken, locked with a password, holds too much, or has no sheet of a
            name that is asked for.
    """
    try:
        beyond = inspect_xlsb(Package(name, raw)) if form is Form.XLSB else inspect_xls(raw)
    except NotUnderstoodError as error:
        raise damaged(name) from error
    values, notes = _ask(name, raw, options.sheets)
    sheets = []
    for title, lines, merged in values:
        if title not in beyond:
            raise damaged(name)
        progress(len(lines))
        ranges = (*merged, *beyond[title].merged)
        sheets.append(Sheet(title, lines, ranges, partial(_look, beyond[title])))
    return Workbook(_FORMS[form], tuple(sheets), notes)


def _look(inspected: Inspected, columns: frozenset[int]) -> Details:
    marks = {place: mark for place, mark in inspected.marks.items() if place[1] in columns}
    return Details(marks, frozenset(inspected.hidden))


_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from importer.reading.other.subprocess_reader import serve; serve()"
)


def _ask(name: str, raw: bytes, wanted: tuple[str, ...]) -> tuple[list[_Sheet], tuple[str, ...]]:
    """Start the process, hand it the file, take its answer; nothing else of it matters."""
    try:
        answer = subprocess.run(  # noqa: S603 - this interpreter, with its own module paths
            [sys.executable, "-c", _START, json.dumps(sys.path)],
            input=pickle.dumps((name, raw, wanted)),
            capture_output=True,
            timeout=APART_SECONDS,
            check=True,
        ).stdout
    except subprocess.TimeoutExpired as error:
        raise UnreadableInput(
            f"{name} could not be read within {APART_SECONDS} seconds: open it in Excel and save "
            "it as .xlsx."
        ) from error
    except (subprocess.CalledProcessError, OSError) as error:
        raise damaged(name) from error
    sentence, sheets, notes = pickle.loads(answer)  # noqa: S301 - written by `serve` below
    if sentence:
        raise UnreadableInput(sentence)
    return sheets, notes


def serve() -> None:
    """Read the workbook that stands on standard input, and write what it holds on output."""
    _bound_memory()
    name, raw, wanted = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by `_ask` above
    try:
        answer = ("", *_read(name, raw, wanted))
    except UnreadableInput as error:
        answer = (str(error), [], ())
    sys.stdout.buffer.write(pickle.dumps(answer))


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has no such bound; there the process alone is lost.
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > APART_BYTES:
        resource.setrlimit(resource.RLIMIT_AS, (APART_BYTES, hard))


def _read(name: str, raw: bytes, wanted: tuple[str, ...]) -> tuple[list[_Sheet], tuple[str, ...]]:
    sheets: list[_Sheet] = []
    with told(name), CalamineWorkbook.from_filelike(io.BytesIO(raw)) as book:
        titles, notes = choose(name, book.sheets_metadata, wanted)
        for title in titles:
            sheet = book.get_sheet_by_name(title)
            if sheet.total_height * sheet.total_width > GRID_CELLS:
                raise damaged(name)
            lines = sheet.to_python(skip_empty_area=False)
            sheets.append((title, lines, tuple(sheet.merged_cell_ranges or ())))
    return sheets, notes
