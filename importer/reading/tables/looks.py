"""Superscript and subscript digits, which mark footnotes and are no part of a number. Pure."""

from __future__ import annotations

_RAISED = str.maketrans("0123456789+-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾")
_LOWERED = str.maketrans("0123456789+-()", "₀₁₂₃₄₅₆₇₈₉₊₋₍₎")


def with_look(text: str, look: str) -> str:
    """Return a text with its digits as raised or lowered characters, where its look is so.

    `look` is `superscript`, `subscript`, or anything else.
    """
    if look == "superscript":
        return text.translate(_RAISED)
    return text.translate(_LOWERED) if look == "subscript" else text
