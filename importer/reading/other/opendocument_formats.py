"""Translate the styles of an OpenDocument sheet into number formats.

Each data style becomes a format code of Excel, so that one module decides what formats show.
The format: OASIS OpenDocument 1.3, part 3, 16.29 (data styles) and 16.3 (conditions).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.model import CellKind
from importer.reading.tables.cells import describe
from importer.reading.tables.number_formats import cell_of, is_plain
from importer.reading.tables.sheets import Mark
from importer.reading.tables.text_formats import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.tables.sheets import Cell

PERCENTAGE = "0%"
_DATE, _EXPONENT, _FRACTION = "yyyy-mm-dd", "0.00E+00", "# ?/?"
_UNKNOWN = ";;;"
"""A format that shows nothing of what a cell holds, so that the cell is no certain number."""
_FAMILIES = frozenset(["number", "currency", "percentage", "text", "date", "time", "boolean"])
_CONDITION = re.compile(r"value\(\)(<=|>=|!=|<|>|=)(-?\d{1,15}(?:\.\d{1,9})?)", re.ASCII)
_DECIMALS = re.compile(r"[.,]0{1,30}(?=\D{0,30}$)")
_TESTS = {
    "<=": float.__le__,
    ">=": float.__ge__,
    "!=": float.__ne__,
    "<": float.__lt__,
    ">": float.__gt__,
    "=": float.__eq__,
}
_DEEPEST = 20
"""How many styles may be based on one another."""


@dataclass(slots=True)
class _DataStyle:
    """One data style: its format code, and conditional replacements (`style:map`)."""

    code: str = ""
    maps: list[tuple[str, str]] = field(default_factory=list)
    """Conditions as they are written, each with the name of a style."""


@dataclass(frozen=True, slots=True)
class _CellStyle:
    parent: str
    data_style: str
    conditional: list[str] = field(default_factory=list)
    """Styles that conditions put in its place."""


class Formats:
    """Collects the styles of a document, and says what cells show under them.

    Elements and attributes have short names, such as `number:text`.
    """

    def __init__(self) -> None:
        self._data_styles: dict[str, _DataStyle] = {}
        self._cell_styles: dict[str, _CellStyle] = {}
        self._default = ""
        self._open: _DataStyle | None = None
        self._family = ""
        self._conditional: list[str] = []
        """The conditional styles of the cell style that is being read."""
        self._in_text = False
        self._style = ""
        self._lines: dict[str, bool] = {}
        """By cell style that says so: whether a line goes through what its cells hold."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        space, _, local = name.partition(":")
        family = local.removesuffix("-style")
        if space == "number" and family in _FAMILIES and local != family:
            self._open, self._family = _DataStyle(), family
            self._data_styles[attributes.get("style:name", "")] = self._open
        elif self._open is not None:
            self._start_inside(name, attributes, self._open)
        elif name == "style:style" and attributes.get("style:family") == "table-cell":
            self._conditional = []
            self._style = attributes.get("style:name", "")
            self._cell_styles[self._style] = _CellStyle(
                attributes.get("style:parent-style-name", "Default"),
                attributes.get("style:data-style-name", ""),
                self._conditional,
            )
        elif name == "style:text-properties" and (line := line_through(attributes)) is not None:
            self._lines.setdefault(self._style, line)
        elif name == "style:map":
            self._conditional.append(attributes.get("style:apply-style-name", ""))
        elif name == "style:style":
            self._style = ""
        elif name == "style:default-style" and attributes.get("style:family") == "table-cell":
            self._default = attributes.get("style:data-style-name", "")

    def _start_inside(self, name: str, attributes: dict[str, str], style: _DataStyle) -> None:
        self._in_text = name in {"number:text", "number:currency-symbol"}
        if name == "style:map":
            condition = attributes.get("style:condition", "")
            style.maps.append((condition, attributes.get("style:apply-style-name", "")))
        elif name in _PARTS:
            style.code += _PARTS[name]
        elif name == "number:number":
            style.code += _digits(attributes)
        elif name == "number:embedded-text":
            style.code = _UNKNOWN
            self._open = None

    def add(self, text: str) -> None:
        """Take characters."""
        if self._open is not None and self._in_text:
            self._open.code += "".join(f"\\{char}" for char in text)

    def end(self, name: str) -> None:
        """Take the end of an element."""
        self._in_text = False
        if self._open is not None and name == f"number:{self._family}-style":
            self._open.code = _finished(self._family, self._open.code)
            self._open = None

    def cell(self, number: float, style: str, *, percentage: bool) -> Cell | Mark:
        """Return a number as a style shows it; a mark of the kind FORMAT where that is unknown."""
        code = self._code(style, number)
        known = self._cell_styles.get(style)
        if known and not all(map(self.shows_alike, known.conditional)):
            return Mark(describe(number)[0], CellKind.FORMAT)
        return cell_of(number, PERCENTAGE if percentage and "%" not in code else code)

    def is_struck(self, style: str) -> bool:
        """Whether a style, or one that it is based on, puts a line through what a cell holds."""
        return any(self._lines.get(one, False) for one in self._until_line(style or "Default"))

    def _until_line(self, style: str) -> Iterator[str]:
        """Give a style and those that it is based on, down to the first that says of a line."""
        for _ in range(_DEEPEST):
            yield style
            found = self._cell_styles.get(style)
            if found is None or style in self._lines or style == "Default":
                return
            style = found.parent

    def shows_alike(self, style: str) -> bool:
        """Whether a style leaves the digits of every number as they are."""
        data_style = self._data_style(style)
        return data_style is None or (is_plain(data_style.code) and not data_style.maps)

    def text(self, text: str, style: str) -> str | Mark:
        """Return what a text shows under a style."""
        data_style = self._data_style(style)
        return text_of(text, data_style.code) if data_style else text

    def _code(self, style: str, number: float) -> str:
        data_style = self._data_style(style)
        if data_style is None:
            return "General"
        for condition, other in data_style.maps:
            found = _CONDITION.fullmatch("".join(condition.split()))
            if not found:
                return _UNKNOWN
            if _TESTS[found[1]](number, float(found[2])):
                applied = self._data_styles.get(other)
                return applied.code if applied else _UNKNOWN
        return data_style.code

    def _data_style(self, style: str) -> _DataStyle | None:
        """Return the data style of a cell's style, or of one that this is based on."""
        style = style or "Default"
        for _ in range(_DEEPEST):
            found = self._cell_styles.get(style)
            if found is None:
                break
            if found.data_style:
                return self._data_styles.get(found.data_style, _DataStyle(_UNKNOWN))
            style = found.parent if style != "Default" else ""
        return self._data_styles.get(self._default)


_PARTS = {
    "number:scientific-number": _EXPONENT,
    "number:fraction": _FRACTION,
    "number:text-content": "@",
    "number:boolean": "General",
}


def line_through(attributes: dict[str, str]) -> bool | None:
    """Return whether text properties put a line through a text: 20.391; None: they don't say."""
    said = [
        attributes[name]
        for name in ("style:text-line-through-style", "style:text-line-through-type")
        if name in attributes
    ]
    return said != ["none"] * len(said) if said else None


def _digits(attributes: dict[str, str]) -> str:
    """Return the format code of a `number:number` element; grouping is left out."""
    if attributes.get("number:display-factor", "1") != "1":
        return f"{_EXPONENT},"
    least = _small(attributes.get("number:min-integer-digits", "1"))
    decimals = _small(attributes.get("number:decimal-places", "0"))
    return ("0" * least or "#") + ("." + "0" * decimals if decimals else "")


def _small(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 3 else 0


def _finished(family: str, code: str) -> str:
    if family in {"date", "time"}:
        return _DATE
    if family == "percentage":
        return PERCENTAGE
    if family == "text":
        return f"General;General;General;{code}"
    return code or _UNKNOWN


def agrees(shown: str, text: str) -> bool:
    """Whether the text that a document saves of a number says the same as what its style shows.

    Grouping and decimals are no difference, and neither is a column that was too narrow.
    """
    if "e" in text.lower() or not text.strip("#"):
        return True
    return _shown_digits(shown) in {_shown_digits(text), _shown_digits(_DECIMALS.sub("", text))}


def _shown_digits(text: str) -> str:
    """Return a text's digits and plus signs, by which numbers differ; a wide plus is a plus."""
    return "".join(char for char in text if char.isdigit() or char in "+＋").replace("＋", "+")


def disputed(text: str) -> Mark:
    """Return the mark of a cell whose saved text is another number than its style shows."""
    return Mark(text, CellKind.FORMAT)
