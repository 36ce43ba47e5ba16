"""The sheets of a workbook as a file, in one go, straight from columns."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, TypeAlias

import rustpy_xlsxwriter

from importer.columns import memory
from importer.report import styles
from importer.report.fast import long_sheets
from importer.results_columns import ResultsSheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from importer.report.summary_parts import Finish

    Page: TypeAlias = tuple[str, pa.Table]
    """A sheet's name and its lines."""


def write_pages(
    part: Path, pages: Sequence[Page], options: dict[str, Any], finish: Finish | None = None
) -> None:
    """Write sheets, those that are long and plain in bulk.

    `options` are those of the library, `{option: {sheet: value}}`; `finish` is what is still to be
    done to the sheet Summary, the first one.

    Raises:
        OSError: they can't be written.
    """
    try:
        _write_in_bulk(part, pages, options, finish)
    except (long_sheets.UnlikeSampleError, long_sheets.TooLargeError):
        _write_by_cells(part, pages, options, finish)


def _write_in_bulk(
    part: Path, pages: Sequence[Page], options: dict[str, Any], finish: Finish | None
) -> None:
    """Write all sheets, the lines of the long ones in bulk where they are plain."""
    long = {
        at: page
        for at, (name, page) in enumerate(pages)
        if name != ResultsSheet.SUMMARY and long_sheets.is_plain(page)
    }
    if any(page.num_rows >= long_sheets.FEWEST_LINES for _, page in pages) and not long:
        _write_by_cells(part, pages, options, finish)
        return
    begun = io.BytesIO()
    begun_pages = [
        (name, long_sheets.sample(page) if at in long else page)
        for at, (name, page) in enumerate(pages)
    ]
    _write(begun, begun_pages, options)
    memory.give_back()
    long_sheets.put_in(begun, part, long, finish)


def _write_by_cells(
    part: Path, pages: Sequence[Page], options: dict[str, Any], finish: Finish | None
) -> None:
    """Write all sheets by the library alone: slower, and of any size."""
    begun = part.with_name(f"{part.name}.begun")
    try:
        _write(str(begun), pages, options)
        long_sheets.put_in(begun, part, {}, finish)
    finally:
        begun.unlink(missing_ok=True)


def _write(target: str | io.BytesIO, pages: Sequence[Page], options: dict[str, Any]) -> None:
    rustpy_xlsxwriter.write_worksheets(
        list(pages), target, datetime_format=styles.MOMENT, **options
    )
