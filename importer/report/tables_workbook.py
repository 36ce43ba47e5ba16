"""A workbook of a few figures and plain tables, such as all groups at the vendor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from importer.report import output_paths, tables
from importer.report.option_table import by_option, plain_options
from importer.report.pages import write_pages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pyarrow as pa

FIGURES = "Summary"
"""The name of the first sheet."""


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
    options = by_option({name: plain_options(table) for name, table in pages})

    return output_paths.put_tables(
        path, [FIGURES, *sheets], lambda part: write_pages(part, pages, options)
    )
