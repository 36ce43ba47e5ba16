"""Reads an .xlsx's table of contents: sheets, their parts, and the formats of cell styles."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from importer.model import CellKind
from importer.reading.limits import SIDE_PART_BYTES
from importer.reading.tables.looks import as_struck
from importer.reading.tables.number_formats import BUILTIN_DATES, cell_of, is_plain, may_add
from importer.reading.tables.sheets import Mark
from importer.reading.tables.text_formats import shows_texts, text_of
from importer.reading.tables.workbooks import SheetTitle
from importer.reading.xlsx.package import XmlReader
from importer.reading.xlsx.texts import is_on

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from importer.reading.tables.sheets import Cell
    from importer.reading.xlsx.package import Package

_DATE, _SPAN = "yyyy-mm-dd", "[h]:mm"
_UNSHOWN = ";;;"
"""A format that shows nothing, under which no cell is certain."""
_SPANS = frozenset([46])
_PERCENTAGES = frozenset([9, 10])
_TRUE = frozenset(["1", "true", "on"])


@dataclass(frozen=True, slots=True)
class Relation:
    """One of a part's relations to other parts."""

    id: str
    kind: str
    """The last word of its type, such as `worksheet`."""
    target: str


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook's table of contents."""

    titles: tuple[SheetTitle, ...]
    parts: dict[str, str]
    """The part of each worksheet, by its title."""
    texts: str | None
    """The part of the shared texts."""
    styles: Styles


class Styles:
    """The number formats of cell styles. A style is named by the text of a cell's attribute `s`."""

    def __init__(
        self,
        codes: list[str] | None,
        *,
        epoch_1904: bool,
        conditional: Sequence[str | None] = (),
        struck: Collection[int] = (),
    ) -> None:
        """Take the format of each style; None where the workbook has no styles at all.

        `conditional` has the format of each style that a condition puts on a cell, where it has one
        (`dxf`). `struck` are the styles that put a line through what their cells hold.
        """
        self._codes = codes
        self._struck = frozenset(struck)
        self._epoch_1904 = epoch_1904
        self._conditional = conditional
        self._cached = lru_cache(maxsize=1000)(self._code)

    def _code(self, style: str) -> str | None:
        if self._codes is None:
            return "General"
        at = _index(style)
        return self._codes[at] if 0 <= at < len(self._codes) else None

    def leaves_digits(self, style: str) -> bool:
        """Whether every number under this style shows its digits as they are."""
        code = self._cached(style)
        return code is not None and is_plain(code) and _index(style) not in self._struck

    def shows_texts(self, style: str) -> bool:
        """Whether every text under this style is shown as it is."""
        code = self._cached(style)
        return code is not None and shows_texts(code) and _index(style) not in self._struck

    def shows_alike(self, style: str) -> bool:
        """Whether numbers and texts under this style, if there is one, are shown as under none."""
        code = self._cached(style)
        return code is None or (is_plain(code) and shows_texts(code))

    def condition_shows_alike(self, dxf: str) -> bool:
        """Whether a condition that puts this `dxf` on cells leaves what they show."""
        at = _index(dxf)
        code = self._conditional[at] if 0 <= at < len(self._conditional) else None
        return code is None or (not may_add(code) and shows_texts(code))

    def text(self, text: str, style: str) -> Cell | Mark:
        """Return what a text under a style is shown as."""
        code = self._cached(style)
        shown = Mark(text, CellKind.FORMAT) if code is None else text_of(text, code)
        return as_struck(shown) if _index(style) in self._struck else shown

    def cell(self, value: float, style: str) -> Cell | Mark:
        """Return what a number under a style holds and shows."""
        code = self._cached(style)
        if code is None:
            return Mark(str(value), CellKind.FORMAT)
        cell = cell_of(value, code, epoch_1904=self._epoch_1904)
        return as_struck(cell) if _index(style) in self._struck else cell


def _index(written: str) -> int:
    """Return the place in a table that a cell names, -1 where it names none."""
    known = written.isascii() and written.isdigit() and len(written) < 7
    return int(written) if known else -1


def read_book(package: Package, main: str = "xl/workbook.xml") -> Book:
    """Read the table of contents.

    Raises:
        UnreadableInput: it is broken, or names two parts where one is meant.
    """
    book = _single(package, relations(package, ""), "officeDocument") or main
    if not package.has(book):
        raise package.broken("no workbook in it")
    related = relations(package, book)
    reader = _BookReader(package)
    reader.read(book)
    worksheets = {one.id: one.target for one in related if one.kind == "worksheet"}
    titles = tuple(title for title, id_ in reader.sheets if id_ in worksheets)
    part = _single(package, related, "styles")
    styles = _StylesReader(package).read(part) if part else None
    return Book(
        titles,
        _parts_of(package, reader.sheets, {one.id for one in related}, worksheets),
        _single(package, related, "sharedStrings"),
        Styles(
            styles.codes if styles else None,
            epoch_1904=reader.epoch_1904,
            conditional=styles.conditional if styles else (),
            struck=styles.struck if styles else (),
        ),
    )


def _parts_of(
    package: Package,
    sheets: Sequence[tuple[SheetTitle, str]],
    ids: Collection[str],
    worksheets: Mapping[str, str],
) -> dict[str, str]:
    """Return the part of each worksheet by its title.

    `sheets` are titles and ids of all sheets, `ids` those of all related parts, and `worksheets`
    the parts of worksheets by their ids.

    Raises:
        UnreadableInput: a sheet has no part, or two have one.
    """
    parts = {
        title.name: worksheets[id_]
        for title, id_ in sheets
        if id_ in worksheets and package.has(worksheets[id_])
    }
    lost = (title for title, id_ in sheets if id_ in worksheets and title.name not in parts)
    if any(id_ not in ids for _, id_ in sheets) or any(lost):
        raise package.broken("a sheet that is not in it")
    if len({part.lower() for part in parts.values()}) != len(parts):
        raise package.broken("two sheets in one part")
    return parts


def relations(package: Package, part: str) -> list[Relation]:
    """Return a part's relations to other parts of the package.

    Raises:
        UnreadableInput: two have one id, so that programs differ in which they follow.
    """
    folder, name = posixpath.split(part)
    listed = posixpath.join(folder, "_rels", f"{name}.rels")
    if not package.has(listed):
        return []
    found: list[Relation] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship" and attributes.get("TargetMode") != "External":
            kind = attributes.get("Type", "").rpartition("/")[2]
            target = attributes.get("Target", "").replace("\\", "/")
            path = posixpath.normpath(posixpath.join("/", folder, target))[1:]
            found.append(Relation(attributes.get("Id", ""), kind, path))

    XmlReader(package, start).parse(listed, SIDE_PART_BYTES)
    if len({one.id for one in found}) != len(found):
        raise package.broken("two relations of one name")
    return found


def _single(package: Package, related: list[Relation], kind: str) -> str | None:
    """Return the one part of a kind, if there is one."""
    found = {one.target for one in related if one.kind == kind and package.has(one.target)}
    if len(found) > 1:
        raise package.broken(f"two parts {kind}")
    return next(iter(found), None)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


class _BookReader:
    """Reads the titles of the sheets and the first day of the calendar, in 1900 or 1904."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self.sheets: list[tuple[SheetTitle, str]] = []
        self.epoch_1904 = False
        self._inside: list[str] = []

    def read(self, part: str) -> None:
        """Read the workbook's main part."""
        XmlReader(self._package, self._start, self._end).parse(part, SIDE_PART_BYTES)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._inside.append(_local(name))
        if self._inside == ["workbook", "sheets", "sheet"]:
            ids = [value for key, value in attributes.items() if key.endswith(" id")]
            if len(ids) != 1:
                raise self._package.broken("a sheet that is not in it")
            visible = attributes.get("state", "visible") == "visible"
            self.sheets.append((SheetTitle(attributes.get("name", ""), visible), ids[0]))
        elif self._inside == ["workbook", "workbookPr"]:
            self.epoch_1904 = attributes.get("date1904") in _TRUE

    def _end(self, name: str) -> None:
        self._inside.pop()


class _StylesReader:
    """Reads the number format of each cell style."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._custom: dict[str, str] = {}
        self._used: list[str] = []
        self._fonts: list[str] = []
        """The font of each style, by its place among the fonts."""
        self._struck_fonts: set[str] = set()
        self._font_count = 0
        self.conditional: list[str | None] = []
        """The format of each `dxf`, None where it has none."""
        self._inside: list[str] = []

    def read(self, part: str) -> _StylesReader:
        """Read the part of the styles."""
        XmlReader(self._package, self._start, self._end).parse(part, SIDE_PART_BYTES)
        return self

    @property
    def codes(self) -> list[str]:
        """The format of each style by its index."""
        return [format_code(id_, self._custom) for id_ in self._used]

    @property
    def struck(self) -> list[int]:
        """The styles whose font has a line through it."""
        return [at for at, font in enumerate(self._fonts) if font in self._struck_fonts]

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._inside.append(_local(name))
        match self._inside:
            case ["styleSheet", "fonts", "font"]:
                self._font_count += 1
            case ["styleSheet", "fonts", "font", "strike"] if is_on(attributes):
                self._struck_fonts.add(str(self._font_count - 1))
            case ["styleSheet", "numFmts", "numFmt"]:
                self._note_format(attributes.get("numFmtId", ""), attributes.get("formatCode", ""))
            case ["styleSheet", "cellXfs", "xf"]:
                self._used.append(attributes.get("numFmtId", "0"))
                self._fonts.append(attributes.get("fontId", "0").strip())
            case ["styleSheet", "dxfs", "dxf"]:
                self.conditional.append(None)
            case ["styleSheet", "dxfs", "dxf", "numFmt"]:
                self.conditional[-1] = attributes.get("formatCode", "")

    def _note_format(self, id_: str, code: str) -> None:
        """Note a number format; of two with one id, nobody can tell which is meant."""
        is_other = self._custom.get(id_, code) != code
        self._custom[id_] = _UNSHOWN if is_other else code

    def _end(self, name: str) -> None:
        self._inside.pop()


def format_code(id_: str, custom: dict[str, str]) -> str:
    """Return the code of a number format by its id: the workbook's own, or a built-in one.

    Built-in ones that leave digits as they are count as General: 18.8.30.
    """
    if id_ in custom:
        return custom[id_]
    number = int(id_) if id_.isascii() and id_.isdigit() and len(id_) < 7 else 0
    if number in BUILTIN_DATES:
        return _SPAN if number in _SPANS else _DATE
    if number in _PERCENTAGES:
        return "0%"
    return "General"
