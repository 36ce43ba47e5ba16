"""Reads one file: takes its bytes, reads its format, finds its columns, keeps the filled cells."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from importer.errors import UnclearColumn, UnreadableInput
from importer.excel_limits import SHEET_COLUMNS
from importer.file_names import list_stem
from importer.model import Rows, Source
from importer.reading.forms import Form, form_of
from importer.reading.layout.find import find_layout
from importer.reading.layout.layouts import Layout, NoLayout, UnclearCountry, Wishes
from importer.reading.layout.sheet_names import ensure_of_region
from importer.reading.layout.table import is_empty
from importer.reading.limits import (
    MANY_PHONE_COLUMNS,
    RESULT_CELLS,
    RESULT_CELLS_OF_MANY,
    SMALL_FILE_BYTES,
)
from importer.reading.options import ReadOptions
from importer.reading.snapshot import ensure_same, take
from importer.reading.tables import column_frames, frames, own_results
from importer.reading.tables.columnar import width
from importer.reading.tables.sheets import letters
from importer.reading.tables.workbooks import ensure_no_other_sheet
from importer.reading.unpack import unpack
from importer.results_columns import RESULTS_FORM, NumbersColumn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reading.layout.layouts import Candidate
    from importer.reading.tables.frames import Taken
    from importer.reading.tables.sheets import Advance, Sheet, Workbook

    Found = tuple[Sheet, Layout]
    Unclear = tuple[Sheet, NoLayout]


_DEFAULTS = ReadOptions()
_MOST_OFFERED = 30
"""Columns, where the operator chooses from all."""
_REJECTED = (("Rejected", "Original", ""),)
_OF_RESULTS = frozenset({NumbersColumn.NUMBER.value, NumbersColumn.ORIGINAL.value})
"""Columns by which an operator asks for a results workbook to be read as any other list."""


def read_rows(
    path: Path,
    options: ReadOptions = _DEFAULTS,
    progress: Advance = lambda count: None,
    opened: BinaryIO | None = None,
) -> Rows:
    """Read a spreadsheet's phone columns, with the row numbers that Excel shows.

    `progress` is called with the number of rows that were read since its last call. Where the
    caller has opened the file already, `opened` is that file, and `path` is only its name.

    Raises:
        UnclearColumn: the operator has to say which column holds the phone numbers or countries.
        UnreadableInput: no such file, not a spreadsheet, more than can be read, or no phone column;
            the text says which, where, and what to do.
    """
    workbook = open_workbook(path, options, progress, opened)
    _ensure_width(path, workbook)
    if own_results.is_own(workbook) and not _OF_RESULTS.intersection(options.columns):
        return _own_results(path, workbook, options)
    found, said = find_columns(path, workbook, options)
    _ensure_size(path, found)
    taken = [
        column_frames.take(sheet, layout, visible_only=options.visible_only)
        or frames.take(sheet, layout, visible_only=options.visible_only)
        for sheet, layout in found
    ]
    columns = tuple(one for sheet, layout in found for one in columns_note_of(sheet, layout))
    notes = (*workbook.notes, *said, *(note for one in taken for note in one.notes))
    return _rows(taken, Source(path, workbook.form, columns, notes))


def open_workbook(
    path: Path,
    options: ReadOptions,
    progress: Advance = lambda count: None,
    opened: BinaryIO | None = None,
) -> Workbook:
    """Read a file's sheets. `opened` is the file where the caller has opened it already.

    Raises:
        UnreadableInput: it can't be read.
    """
    snapshot = take(path, opened)
    raw, compression = unpack(path.name, snapshot.raw)
    try:
        workbook = _read_form(path, raw, options, progress)
    except UnreadableInput:
        raise
    except Exception as error:  # A reader of others' code may raise anything at a damaged file.
        raise UnreadableInput(
            f"{path.name} can't be read ({type(error).__name__}): open it in Excel and save it as "
            ".xlsx."
        ) from error
    ensure_same(path, snapshot, opened)
    return replace(workbook, form=f"{workbook.form}, {compression}") if compression else workbook


def _ensure_width(path: Path, workbook: Workbook) -> None:
    for sheet in workbook.sheets:
        if width(sheet.lines) > SHEET_COLUMNS:
            raise UnreadableInput(
                f"{path.name} has a row of more than {SHEET_COLUMNS:,} columns, which no "
                "spreadsheet has: check its delimiter, or name it with --delimiter."
            )


def _ensure_size(path: Path, found: Sequence[Found]) -> None:
    """Make sure that the rows of the results have room: one for each phone column of a row."""
    cells = sum(
        len(layout.phones) * len(sheet.lines) * width(sheet.lines) for sheet, layout in found
    )
    most = max(len(layout.phones) for _, layout in found)
    if cells > (RESULT_CELLS_OF_MANY if most > MANY_PHONE_COLUMNS else RESULT_CELLS):
        raise UnreadableInput(
            f"{path.name} has a sheet with {most:,} phone columns, and with each of their numbers "
            "the other columns of its row, which is more than can be read: name the columns to "
            "read with --column, or copy them into a list of their own."
        )


def _read_form(path: Path, raw: bytes, options: ReadOptions, progress: Advance) -> Workbook:
    """Read a file in the format that its bytes show, whatever its name ends in.

    A reader is imported where a file needs it: to import them all takes a twentieth of a second.
    """
    name = path.name
    # A file's name may hold bytes that are no text; the name of a sheet may not.
    sheet = list_stem(path).encode(errors="replace").decode()
    form = form_of(name, raw)
    if form is Form.XLSX:
        from importer.reading.xlsx.workbook import read_excel

        return read_excel(name, raw, options, progress)
    if form in {Form.ODS, Form.XLS, Form.XLSB}:
        from importer.reading.bounded.caller import read_in_worker

        return read_in_worker(name, raw, form, options, progress)
    ensure_no_other_sheet(name, sheet, options.sheets)
    if form is Form.PARQUET:
        from importer.reading.tables.parquet import read_parquet

        return read_parquet(name, sheet, raw, progress)
    if form is Form.HTML and len(raw) > SMALL_FILE_BYTES:
        from importer.reading.bounded.caller import read_in_worker

        return read_in_worker(name, raw, form, options, progress, title=sheet)
    if form is Form.HTML:
        from importer.reading.text.html import read_webpage

        return read_webpage(name, sheet, raw, options.encoding, progress)
    from importer.reading.text.delimited import read_delimited

    return read_delimited(name, sheet, raw, options, progress)


def _own_results(path: Path, workbook: Workbook, options: ReadOptions) -> Rows:
    facts = own_results.facts_of(workbook)
    taken = own_results.take_corrected(workbook, facts, visible_only=options.visible_only)
    read = (
        "nothing of it was sent before, so all rows of its list were read"
        if facts.is_whole
        else "only the rows of its sheet Rejected were read"
    )
    note = (
        f"{path.name} is a results workbook: {read}. Of a rejected row, the Number and the "
        "Country typed into it count, or its Original where no Number was typed. What was changed "
        "in other cells was not read."
    )
    source = Source(
        path,
        RESULTS_FORM,
        facts.columns or _REJECTED,
        (*workbook.notes, note),
        corrects=facts.batch,
        region=facts.region,
        strict=facts.strict,
    )
    return _rows(taken, source)


def _rows(taken: Sequence[Taken], source: Source) -> Rows:
    cells, extras = frames.join(taken)
    return Rows(cells, extras, source)


def find_columns(
    path: Path, workbook: Workbook, options: ReadOptions
) -> tuple[list[Found], list[str]]:
    """Find each sheet's columns; what a header says counts for more than what cells look like.

    Where one sheet's header names its phone column, other sheets are read without a header's word
    only if their cells leave no doubt.
    """
    wishes = Wishes(options.columns, options.country_column, options.region)
    layouts = [(sheet, find_layout(sheet, wishes)) for sheet in workbook.sheets]
    clear = [(sheet, one) for sheet, one in layouts if isinstance(one, Layout)]
    unclear = [(sheet, one) for sheet, one in layouts if isinstance(one, NoLayout)]
    asked = [(sheet, one) for sheet, one in layouts if isinstance(one, UnclearCountry)]
    headed = any(not one.by_content for _, one in clear) or any(
        not one.layout.by_content for _, one in asked
    )
    doubtful = [
        (sheet, one) for sheet, one in unclear if one.candidates and not (headed and one.by_content)
    ]
    if doubtful:
        raise _ask_phones(path, *doubtful[0])
    if asked:
        raise _ask_country(path, *asked[0])
    left_out = [sheet for sheet, layout in clear if headed and not layout.sure]
    found = [(sheet, layout) for sheet, layout in clear if sheet not in left_out]
    if not found or any(one.missing for _, one in unclear):
        hints = (*workbook.notes, *_delimiter_hint(workbook))
        text = _on_one_line(_no_column(path, unclear, options, hints))
        raise _ask_for_any(path, unclear, text) or UnreadableInput(text)
    if len(found) > 1 and options.country_column is None:
        ensure_of_region(path.name, found, options.region)
    left_out += [sheet for sheet, _ in unclear if not all(map(is_empty, sheet.lines))]
    notes = [f"Sheet '{sheet.name}' has no phone column and was left out." for sheet in left_out]
    notes += [note for sheet, one in found for note in _notes(sheet, one)]
    return found, [_on_one_line(note) for note in notes]


def _delimiter_hint(workbook: Workbook) -> list[str]:
    """Say which option parts a text of one column, where a sign stands in each of its lines."""
    from importer.reading.text.delimited import unusual_delimiter

    [lines, *others] = [sheet.lines for sheet in workbook.sheets] or [[]]
    if others or not isinstance(lines, list) or width(lines) != 1:
        return []
    sign = unusual_delimiter(lines)
    return [f"If '{sign}' parts its columns, add --delimiter \"{sign}\"."] if sign else []


def _notes(sheet: Sheet, layout: Layout) -> list[str]:
    """Say of a sheet which columns were taken, and what was left out."""
    names = [_called(layout, at) for at in layout.phones]
    said = []
    if layout.by_content:
        said += [
            f"no header says which column holds the numbers; '{name}' was taken because its cells "
            "look like them."
            for name in names
        ]
    if len(names) > 1:
        said.append(
            f"the numbers of {len(names)} columns were read, {_quoted(names)}; --column "
            f'"{names[0]}" reads one alone.'
        )
    return [f"Sheet '{sheet.name}': {one}" for one in (*said, *layout.notes)]


def columns_note_of(sheet: Sheet, layout: Layout) -> tuple[tuple[str, str, str], ...]:
    """Return what `Source.columns` says of a sheet."""
    return tuple(
        (sheet.name, _name(layout, phone), _country_name(layout, phone)) for phone in layout.phones
    )


def _name(layout: Layout, at: int) -> str:
    return layout.names[at] if at < len(layout.names) else ""


def _called(layout: Layout, at: int) -> str:
    """Return a column's header, or its letter if it has none or another column has the same."""
    name = _name(layout, at)
    return name if name and layout.names.count(name) == 1 else letters(at)


def _country_name(layout: Layout, phone: int) -> str:
    countries = layout.countries_of(phone)
    return _name(layout, countries[0]) if countries else ""


def _ask_phones(path: Path, sheet: Sheet, layout: NoLayout) -> UnclearColumn:
    several = len(layout.candidates) > 1
    shown = " or ".join(_with_samples(candidate) for candidate in layout.candidates[:4])
    name = layout.candidates[0].name
    what = "name the right one" if several else "if that is right, say so"
    return UnclearColumn(
        _on_one_line(
            f"{path.name}, sheet '{sheet.name}': the phone numbers could be in {shown}; {what}, as "
            f'in --column "{name}".'
        ),
        "column",
        tuple(one.name for one in layout.candidates),
        _on_one_line(f"{path.name}, sheet '{sheet.name}': which column holds the phone numbers?"),
        _listed(layout.candidates),
    )


def _ask_country(path: Path, sheet: Sheet, unclear: UnclearCountry) -> UnclearColumn:
    shown = " and ".join(_with_samples(candidate) for candidate in unclear.candidates[:4])
    name = unclear.candidates[0].name
    return UnclearColumn(
        _on_one_line(
            f"{path.name}, sheet '{sheet.name}': {shown} {unclear.why}; say which column counts, "
            f'as in --country-column "{name}", or --country-column none for no such column.'
        ),
        "country_column",
        (*(one.name for one in unclear.candidates), "none"),
        _on_one_line(f"{path.name}, sheet '{sheet.name}': which column says the countries?"),
        (*_listed(unclear.candidates), "none of them"),
    )


def _listed(candidates: Sequence[Candidate]) -> tuple[str, ...]:
    return tuple(_on_one_line(_with_samples(one)) for one in candidates)


def _with_samples(candidate: Candidate) -> str:
    samples = ", ".join(candidate.samples) or "empty"
    return f"'{candidate.name[:40]}' ({samples})"


def _ask_for_any(path: Path, unclear: Sequence[Unclear], text: str) -> UnclearColumn | None:
    """Offer all columns of the only sheet that has some, where none is known to be meant."""
    sheets = [(sheet, one) for sheet, one in unclear if one.columns]
    if len(sheets) != 1 or sheets[0][1].sideways:
        return None
    sheet, layout = sheets[0]
    what = "says the countries" if layout.missing else "holds the phone numbers"
    columns = tuple(one for one in layout.columns if one.name)[:_MOST_OFFERED]
    none = ("none",) if layout.missing else ()
    return UnclearColumn(
        text,
        "country_column" if layout.missing else "column",
        (*(one.name for one in columns), *none),
        _on_one_line(f"{path.name}, sheet '{sheet.name}': which column {what}?"),
        (*_listed(columns), *(f"{one} of them" for one in none)),
    )


def _no_column(
    path: Path, unclear: Sequence[Unclear], options: ReadOptions, notes: Sequence[str]
) -> str:
    without = [(sheet, one) for sheet, one in unclear if one.missing]
    if without:
        unclear, what = without, f"no column '{options.country_column}'"
        option = "country column with --country-column, none for none"
    else:
        names = " or ".join(options.columns)
        what, option = f"no column '{names}'" if names else "no phone column", _PHONE_OPTION
    there = "; ".join(
        f"sheet '{sheet.name}' has {_columns(layout)}"
        for sheet, layout in unclear
        if layout.columns
    )
    if not there:
        return " ".join([f"{path.name} is empty: {what} was found in it.", *notes])
    sideways = next(((sheet, one) for sheet, one in unclear if one.sideways), None)
    if sideways and not options.columns:
        sheet, layout = sideways
        return (
            f"{path.name}, sheet '{sheet.name}': the phone numbers stand side by side in row "
            f"{layout.sideways}; copy the table and paste it with Paste Special, Transpose, so "
            "that they stand below each other."
        )
    return " ".join([f"{path.name} has {what}: {there}.", *notes, f"Name the {option}."])


_PHONE_OPTION = "phone column with --column"


def _on_one_line(sentence: str) -> str:
    """Return a sentence with spaces for the line breaks of headers and cells that it quotes.

    A header is found by its name whichever of the two the operator types.
    """
    return " ".join(sentence.split())


def _columns(layout: NoLayout) -> str:
    """Return the columns that a sheet has: by their headers, else by letter and first cells."""
    if not layout.headed:
        return ", ".join(_with_samples(one) for one in layout.columns[:30])
    return _quoted([one.name for one in layout.columns])


def _quoted(names: Sequence[str]) -> str:
    shown = [f"'{name[:40]}'" for name in names if name]
    return ", ".join(shown[:30]) + (" and others" if len(shown) > 30 else "")
