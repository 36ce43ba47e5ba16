"""How wide a sheet's columns are, and which hold texts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from importer.report import cell_values

if TYPE_CHECKING:
    import pyarrow as pa

_NARROWEST, _WIDEST = 8, 60
_FILTER_ARROW = 3


def titled(table: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    """Return a table's columns with their headers."""
    return list(zip(table.column_names, table.columns, strict=True))


def width(title: str, column: pa.ChunkedArray) -> float:
    """Return a width that a column's header and all but its longest cells fit into."""
    shown = [_shown(value) for value in cell_values.sample(column)]
    held = cell_values.widest(shown) + 1
    needed = max(cell_values.widest([title]) + _FILTER_ARROW, held, _NARROWEST)
    return float(min(needed, _WIDEST))


def _shown(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def texts(table: pa.Table) -> list[str]:
    """Name the columns of text, whose digits are meant to be text: no green triangles."""
    named = [title for title, column in titled(table) if cell_values.is_text(column)]
    # The writer takes each name once, and means the first column of that name.
    return list(dict.fromkeys(named))
