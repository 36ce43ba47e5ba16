"""One file to rows: take its bytes, read its form, find its columns, keep what held something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.model import Rows, Source
from importer.reading.forms import Form, form_of
from importer.reading.layout.find import Layout, NoLayout, find_layout, is_empty
from importer.reading.options import ReadOptions
from importer.reading.snapshot import ensure_same, take
from importer.reading.tables import column_frames, frames, own_results

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reading.layout.find import Candidate
    from importer.reading.tables.frames import Taken
    from importer.reading.tables.sheets import Advance, Sheet, Workbook

    Found = tuple[Sheet, Layout]
    Unclear = tuple[Sheet, NoLayout]


_DEFAULTS = ReadOptions()


def read_rows(
    path: Path,
    options: ReadOptions = _DEFAULTS,
    progress: Advance = lambda count: None,
) -> Rows:
    """Read a spreadsheet's phone columns, with the row numbers that Excel shows.

    `progress` is told how many more rows have been read.

    Raises:
        UnreadableInput: no such file, not a spreadsheet, more than can be read, or the phone column
            is not certain; the text says which, where, and what to do.
    """
    workbook = _open(path, options, progress)
    if own_results.is_own(workbook) and not options.columns:
        return _own_results(path, workbook, options)
    found, said = _find_columns(path, workbook, options)
    taken = [
        column_frames.take(sheet, layout)
        or frames.take(sheet, layout, visible_only=options.visible_only)
        for sheet, layout in found
    ]
    columns = tuple(
        (sheet.name, phone, _country_name(layout))
        for sheet, layout in found
        for phone in _phone_names(layout)
    )
    notes = (*workbook.notes, *said, *(note for one in taken for note in one.notes))
    return _rows(taken, Source(path, workbook.form, columns, notes))


def _open(path: Path, options: ReadOptions, progress: Advance) -> Workbook:
    taken = take(path)
    workbook = _read_form(path, taken.raw, options, progress)
    ensure_same(path, taken)
    return workbook


def _read_form(path: Path, raw: bytes, options: ReadOptions, progress: Advance) -> Workbook:
    """Read a file as what its bytes say it is.

    What reads a form is imported by who has a file of it: all of them take a twentieth of a second.
    """
    name = path.name
    # A file's name may hold bytes that are no text; the name of a sheet may not.
    sheet = path.stem.encode(errors="replace").decode()
    form = form_of(name, raw)
    if form is Form.XLSX:
        from importer.reading.xlsx.workbook import read_excel

        return read_excel(name, raw, options, progress)
    if form is Form.ODS:
        from importer.reading.other.opendocument import read_opendocument

        return read_opendocument(name, raw, options, progress)
    if form in {Form.XLS, Form.XLSB}:
        from importer.reading.other.subprocess_reader import read_apart

        return read_apart(name, raw, form, options, progress)
    if form is Form.HTML:
        from importer.reading.text.html import read_webpage

        return read_webpage(name, sheet, raw, options, progress)
    from importer.reading.text.delimited import read_delimited

    return read_delimited(name, sheet, raw, options, progress)


def _own_results(path: Path, workbook: Workbook, options: ReadOptions) -> Rows:
    taken = own_results.take_rejected(workbook, visible_only=options.visible_only)
    note = (
        f"{path.name} is a results workbook: the rows of its sheet Rejected were read, from Number "
        "where something was typed in there, else from Original; the other sheets were left alone."
    )
    columns = (("Rejected", "Original", ""),)
    notes = (*workbook.notes, note)
    corrects = own_results.batch_of(workbook)
    return _rows(taken, Source(path, "results workbook", columns, notes, corrects))


def _rows(taken: Sequence[Taken], source: Source) -> Rows:
    cells, extras = frames.join(taken)
    return Rows(cells, extras, source)


def _find_columns(
    path: Path, workbook: Workbook, options: ReadOptions
) -> tuple[list[Found], list[str]]:
    """Find each sheet's columns; what a header says counts for more than what cells look like.

    Where one sheet's header names its phone column, other sheets are read without a header's word
    only if their cells leave no doubt.
    """
    layouts = [(sheet, find_layout(sheet, options.columns)) for sheet in workbook.sheets]
    found = [(sheet, one) for sheet, one in layouts if isinstance(one, Layout)]
    unclear = [(sheet, one) for sheet, one in layouts if isinstance(one, NoLayout)]
    headed = any(not layout.by_content for _, layout in found)
    doubtful = [
        (sheet, one) for sheet, one in unclear if one.candidates and not (headed and one.by_content)
    ]
    if doubtful:
        raise UnreadableInput(_ask(path, *doubtful[0]))
    left_out = [sheet for sheet, layout in found if headed and not layout.sure]
    found = [(sheet, layout) for sheet, layout in found if sheet not in left_out]
    if not found:
        raise UnreadableInput(_no_column(path, unclear, options.columns))
    left_out += [sheet for sheet, _ in unclear if not all(map(is_empty, sheet.lines))]
    notes = [f"Sheet '{sheet.name}' has no phone column and was left out." for sheet in left_out]
    return found, [*notes, *_content_notes(found)]


def _content_notes(found: Sequence[Found]) -> list[str]:
    return [
        f"Sheet '{sheet.name}': no header says which column holds the numbers; "
        f"'{name}' was taken because its cells look like them."
        for sheet, layout in found
        if layout.by_content
        for name in _phone_names(layout)
    ]


def _phone_names(layout: Layout) -> list[str]:
    return [layout.names[at] if at < len(layout.names) else "" for at in layout.phones]


def _country_name(layout: Layout) -> str:
    return "" if layout.country is None else layout.names[layout.country]


def _ask(path: Path, sheet: Sheet, layout: NoLayout) -> str:
    several = len(layout.candidates) > 1
    shown = " or ".join(_with_samples(candidate) for candidate in layout.candidates[:4])
    name = layout.candidates[0].name
    what = "name the right one" if several else "if that is right, say so"
    return (
        f"{path.name}, sheet '{sheet.name}': the phone numbers could be in {shown}; {what}, as in "
        f'--column "{name}".'
    )


def _with_samples(candidate: Candidate) -> str:
    samples = ", ".join(candidate.samples) or "empty"
    return f"'{candidate.name}' ({samples})"


def _no_column(path: Path, unclear: Sequence[Unclear], columns: Sequence[str]) -> str:
    what = f"no column '{' or '.join(columns)}'" if columns else "no phone column"
    there = "; ".join(
        f"sheet '{sheet.name}' has {_quoted(layout.names)}"
        for sheet, layout in unclear
        if any(layout.names)
    )
    if not there:
        return f"{path.name} is empty: {what} was found in it."
    return f"{path.name} has {what}: {there}. Name the phone column with --column."


def _quoted(names: Sequence[str]) -> str:
    shown = [f"'{name[:40]}'" for name in names if name]
    return ", ".join(shown[:30]) + (" and others" if len(shown) > 30 else "")
