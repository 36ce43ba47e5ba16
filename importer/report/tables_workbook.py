"""A workbook of a few figures and plain tables, such as all groups at the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import rustpy_xlsxwriter

from importer.report import output_paths, styles, tables
from importer.report.column_widths import texts, titled, width
from importer.report.option_table import by_option

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

FIGURES = "Summary"
"""The name of the first sheet."""
_PAGE_WIDTH = 210


def write_tables(
    path: Path, figures: Sequence[tuple[str, str]], sheets: Mapping[str, pd.DataFrame]
) -> Path:
    """Write the figures and a sheet for each table; return where the workbook is.

    It replaces one that holds the same sheets, and goes to `NAME (2).xlsx` where anything else is
    at that place, or where it is open in a spreadsheet program. Long tables go on in `NAME 2`.

    Raises:
        OutputError: it can't be written in that folder.
    """
    summary = pd.DataFrame(figures, columns=["What", "Figure"], dtype="str")
    pages: list[tuple[str, pa.Table]] = [(FIGURES, tables.plain_table(summary))]
    for name, frame in sheets.items():
        pages += tables.paged(name, tables.plain_table(frame))
    options = by_option({name: _options(table) for name, table in pages})

    def fill(part: Path) -> None:
        rustpy_xlsxwriter.write_worksheets(
            pages, str(part), datetime_format=styles.MOMENT, **options
        )

    return output_paths.put_tables(path, [FIGURES, *sheets], fill)


def _options(table: pa.Table) -> dict[str, Any]:
    widths = [width(title, column) for title, column in titled(table)]
    return {
        "freeze_panes": {"row": 1, "col": 1},
        "autofilter": True,
        "header_format": styles.header(),
        "column_widths": widths,
        "ignore_errors": texts(table),
        "page_setup": styles.page(
            fit_to_pages=(max(1, round(sum(widths) / _PAGE_WIDTH)), 0), repeat_rows=0
        ),
    }
