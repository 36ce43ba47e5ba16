"""Options of sheets as the writer of workbooks wants them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.report import styles
from importer.report.column_widths import texts, titled, width

if TYPE_CHECKING:
    import pyarrow as pa

_PAGE_WIDTH = 210
"""Characters across a printed page that are still read with ease."""


def by_option(options: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Turn `{sheet: {option: value}}` into `{option: {sheet: value}}`."""
    turned: dict[str, dict[str, Any]] = {}
    for sheet, chosen in options.items():
        for option, value in chosen.items():
            turned.setdefault(option, {})[sheet] = value
    return turned


def plain_options(table: pa.Table) -> dict[str, Any]:
    """Return the options of a sheet that is a table and nothing more."""
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
