"""Digits that are no part of a number by their look: footnotes, and those struck through. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.model import CellKind
from importer.reading.tables.cells import describe
from importer.reading.tables.sheets import Mark

if TYPE_CHECKING:
    from importer.reading.tables.sheets import Cell

STRUCK = "struck"
_STROKE = "\u0336"
_RAISED = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
_LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")


_STRUCK = {ord(sign): sign + _STROKE for sign in "0123456789+-()"}


def as_struck(cell: Cell | Mark) -> Cell | Mark:
    """Return the mark of a cell with a line through all of it; what is no number stays as it is."""
    text, kind = describe(cell)
    struck = text and kind in {CellKind.TEXT, CellKind.NUMBER}
    return Mark(text, CellKind.STRUCK) if struck else cell


def with_look(text: str, look: str) -> str:
    """Return a text with its digits as raised, lowered or struck characters, as its look says.

    `look` is `superscript`, `subscript`, `STRUCK`, or anything else.
    """
    if look == STRUCK:
        return text.translate(_STRUCK)
    if look == "superscript":
        return text.translate(_RAISED)
    return text.translate(_LOWERED) if look == "subscript" else text
