"""How counts are said in sentences: `1 group`, `2,000 groups`. Pure."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun; `many` is the plural where it is not `one` and an s."""
    return f"{count:,} {plural(count, one, many or one + 's')}"


def plural(count: int, one: str, many: str) -> str:
    """Return the word that goes with a count: `is` or `are`, `batch` or `batches`."""
    return one if count == 1 else many
