"""The fast way through an .xlsx sheet: plain rows go from the XML into columns, without calamine.

calamine, as `excel` calls it, is the one definition of what a workbook holds; it gives a Python
object for each cell. This goes before it, and takes only sheets of which it can prove what calamine
says. A plain sheet is written as Excel and its kin write lists: rows in order, each cell in its
place, and in it a text, or a number that is no date. One pattern describes such a row, and finds a
whole block of them at once.

The proof is that nothing is left over. A `<` never stands in a text as it is; so where a block has
as many of them as the rows that were found, it holds those rows and nothing else. Every other sheet
(formulas, dates, errors, booleans, rich texts, XML of another make) is left to calamine as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.parsers import expat

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from python_calamine import CalamineError

from importer.reading.columnar import Column, ColumnarLines, Others
from importer.reading.limits import GRID_CELLS, SHEET_ROWS
from importer.reading.plaintexts import (
    INLINE,
    TEXT,
    NotPlainError,
    as_texts,
    ensure_nothing_between,
    ensure_plain,
)
from importer.reading.sheets import column_of, letters
from importer.reading.sheetxml import row_blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from importer.reading.columnar import Flags
    from importer.reading.package import Package
    from importer.reading.plaintexts import SharedTexts
    from importer.reading.sheets import Cell, Place

    Ints = np.ndarray[tuple[int], np.dtype[np.int64]]

_WIDEST = 60
"""Columns of a sheet that is read here; the pattern of a row grows with each."""
_ROW = rb'<row r="([1-9]\d{0,6})"([^<>/]*+)(?:(/)>|>%b</row>)'
"""A row: its number, its other attributes, whether it has no cells; then its cells."""
_CELL = (
    rb'(?:<c r="%b\1"([^<>/]*+)(?:(?<!inlineStr")(?<!inlineStr" )/>'
    rb"|>(?:<v>([^<]*+)</v>|<is>" + INLINE.replace(b"%", b"%%") + rb"</is>)</c>))?+"
)
"""A cell of one column: its other attributes, its value, its inline text; all "" without it."""
_REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})\d')
_STYLE_AND_TYPE = re.compile(rb'(?: s="(\d{1,5})")?(?: t="(s|str|inlineStr|n)")? ?')
_ATTRIBUTES = re.compile(rb'(?: [A-Za-z][\w:]*="[^"<>&]*")* ?')
_NAME = re.compile(rb' ([A-Za-z][\w:]*)="')
_NUMBER = r"^-?(?:0|[1-9][0-9]{0,24})(?:\.[0-9]{1,25})?(?:[Ee][+-]?[0-9]{1,2})?$"
_EMPTY, _NUMERIC, _SHARED, _STRING, _INLINE, _ASKED = range(6)
_KINDS = {None: _NUMERIC, b"n": _NUMERIC, b"s": _SHARED, b"str": _STRING, b"inlineStr": _INLINE}
_VALUE_MARKS, _INLINE_MARKS = 4, 6
"""How many `<` a cell has that holds a value, or an inline text; one without either has one."""
_RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})")
_DIMENSION = re.compile(r"[A-Z]{1,3}[1-9]\d{0,6}(?::[A-Z]{1,3}[1-9]\d{0,6})?")
_DECLARATION = re.compile(rb'<\?xml version="1.0"(?: encoding="[Uu][Tt][Ff]-8")?[^<>]*\?>')


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """A sheet read the fast way."""

    lines: ColumnarLines
    merged: tuple[tuple[Place, Place], ...]
    tells: bool
    """Whether the sheet has anything that `sheetxml.look` could find."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a sheet's cells need of the rest of the workbook."""

    shared: SharedTexts
    numbers: Collection[bytes]
    """The styles that leave a number a number for certain."""
    formats: Collection[bytes]
    """The styles that show a number otherwise than by its digits."""
    ask: Callable[[Sequence[tuple[str, str]]], Sequence[Cell]]
    """Says what numbers are, by their style and what is written; for those of other styles."""


def read_plain(package: Package, part: str, beside: Beside) -> PlainSheet | None:
    """Read a sheet if it is plain.

    Raises:
        UnreadableInput: the part is broken, or has a row longer than any can be.
    """
    reader = _Reader(beside)
    try:
        for block in row_blocks(package, part):
            reader.take(block)
        return reader.sheet()
    except NotPlainError:
        return None


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some rows of one column."""

    texts: pa.Array
    numbers: Flags | None
    asked: Flags | None
    """Numbers under a style that may make dates of them; their texts begin with the style."""
    held: int
    """How many rows there are down to the last cell that holds something."""


@dataclass(slots=True)
class _Reader:
    beside: Beside
    frame: bytes = b""
    """All of the part's XML but what is inside of `sheetData`."""
    began: bool = False
    ended: bool = False
    tells: bool = False
    rows: list[Ints] = field(default_factory=list)
    columns: list[list[_Chunk]] = field(default_factory=list)

    def take(self, block: bytes) -> None:
        """Take the next piece of the sheet's XML, which is never cut inside a row."""
        if not self.began:
            before, mark, block = block.partition(b"<sheetData>")
            self.frame += before + mark
            self.began = bool(mark)
        if self.ended or not self.began:
            self.frame += block
            return
        data, end, after = block.partition(b"</sheetData>")
        self.ended = bool(end)
        self.frame += end + after
        if data.strip():
            self._take_rows(data)

    def sheet(self) -> PlainSheet:
        """Put the columns together."""
        merged = _merged(self.frame) if self.ended else ()
        held = [_held(chunks) for chunks in self.columns]
        count = max(held, default=0)
        if not self.ended or not count:
            raise NotPlainError  # A sheet without a value costs nothing the careful way.
        width = max(at + 1 for at, one in enumerate(held) if one)
        rows = np.concatenate(self.rows)[:count]
        height = int(rows[-1])
        if height > SHEET_ROWS or height * max(width, 26) > GRID_CELLS:
            raise NotPlainError
        columns = [self._whole(self.columns.pop(0), rows) for _ in range(width)]
        return PlainSheet(ColumnarLines(columns), merged, self.tells)

    def _whole(self, chunks: Sequence[_Chunk], rows: Ints) -> Column:
        """Join a column's chunks; rows that the file leaves out are empty."""
        texts = pa.concat_arrays([*(chunk.texts for chunk in chunks), _nothing(1)])
        at = np.full(int(rows[-1]), len(texts) - 1)
        at[rows - 1] = np.arange(len(rows))
        texts = texts[: len(rows)] if len(rows) == len(at) else texts.take(pa.array(at))
        numbers = _joined([chunk.numbers for chunk in chunks], chunks, at)
        asked = _joined([chunk.asked for chunk in chunks], chunks, at)
        column = Column(texts, numbers)
        return column if asked is None or not asked.any() else self._ask(column, asked)

    def _ask(self, column: Column, asked: Flags) -> Column:
        """Let it be said what the numbers are that may be dates; numbers after all stay numbers."""
        coded = _where(column.texts, asked).dictionary_encode()
        pairs = [tuple(text.split(" ")) for text in coded.dictionary.to_pylist()]
        try:
            values = self.beside.ask(pairs)
        except CalamineError as error:
            raise NotPlainError from error
        if len(values) != len(pairs):
            raise NotPlainError
        codes = np.full(len(column), -1, dtype=np.int32)
        codes[asked] = coded.indices.to_numpy()
        plainly = np.array([isinstance(value, float) for value in values])
        if not plainly.any():
            return replace(column, others=Others(values, codes))
        numeric = asked & plainly[codes]
        digits = pa.array([value for _, value in pairs], TEXT).take(pa.array(codes[numeric]))
        texts = pc.replace_with_mask(column.texts, pa.array(numeric), digits)
        numbers = numeric if column.numbers is None else numeric | column.numbers
        codes[numeric] = -1
        return Column(texts, numbers, None if plainly.all() else Others(values, codes))

    def _take_rows(self, block: bytes) -> None:
        ensure_plain(block)
        entities = b"&" in block
        numbers, attributes, closed, *cells = self._found(block)
        if entities:
            ensure_nothing_between(_row(len(self.columns)), block)
        self._note_rows(numbers)
        for text in set(attributes):
            if not _are_attributes(text):
                raise NotPlainError
            self.tells = self.tells or b"hidden" in text
        marks = 2 * len(numbers) - sum(map(bool, closed))
        for at, chunks in enumerate(self.columns):
            chunk, more = self._cells(*cells[3 * at : 3 * at + 3], entities=entities)
            chunks.append(chunk)
            marks += more
        if marks != block.count(b"<"):
            raise NotPlainError

    def _found(self, block: bytes) -> list[tuple[bytes, ...]]:
        """Find all rows of a block, and return each part of them as a column."""
        found = _row(len(self.columns)).findall(block)
        if len(found) != block.count(b"<row "):
            self._widen(block)
            found = _row(len(self.columns)).findall(block)
        if not found or len(found) != block.count(b"<row "):
            raise NotPlainError
        return list(zip(*found, strict=True))

    def _widen(self, block: bytes) -> None:
        width = max(
            (column_of(name.decode()) + 1 for name in set(_REFERENCE.findall(block))), default=0
        )
        if not len(self.columns) < width <= _WIDEST:
            raise NotPlainError
        before = sum(map(len, self.rows))
        while len(self.columns) < width:
            self.columns.append([_Chunk(_nothing(before), None, None, 0)])

    def _note_rows(self, numbers: Sequence[bytes]) -> None:
        rows = pc.cast(pa.array(numbers, pa.string()), pa.int64()).to_numpy()
        last = self.rows[-1][-1] if self.rows else 0
        if rows[0] <= last or (np.diff(rows) <= 0).any():
            raise NotPlainError
        self.rows.append(rows)

    def _cells(
        self,
        attributes: Sequence[bytes],
        values: Sequence[bytes],
        inline: Sequence[bytes],
        *,
        entities: bool,
    ) -> tuple[_Chunk, int]:
        """Return one column's cells, and how many `<` they have."""
        kinds = {text: _kind(text) for text in set(attributes)}
        self._note_styles(kinds)
        if set(kinds.values()) == {_INLINE}:
            if any(values):
                raise NotPlainError
            texts = as_texts(pa.array(inline, pa.large_binary()), entities=entities)
            return _Chunk(texts, None, None, len(texts)), _INLINE_MARKS * len(texts)
        return self._mixed(kinds, attributes, values, inline, entities=entities)

    def _note_styles(self, kinds: Mapping[bytes, int]) -> None:
        for text in kinds:
            style = _style(text)
            self.tells = self.tells or (style or b"0") in self.beside.formats

    def _mixed(
        self,
        kinds: Mapping[bytes, int],
        attributes: Sequence[bytes],
        values: Sequence[bytes],
        inline: Sequence[bytes],
        *,
        entities: bool,
    ) -> tuple[_Chunk, int]:
        """Return a column's cells that are of several kinds, or values all, or not all there."""
        raw = pa.array(values, pa.large_binary())
        valued = pc.binary_length(raw).to_numpy() > 0
        kind = _each(kinds, attributes)
        if ((kind > _NUMERIC) & (kind < _INLINE) & ~valued).any() or (
            valued & (kind == _INLINE)
        ).any():
            raise NotPlainError
        bare = ~valued & (kind == _NUMERIC)
        kind = np.where(bare, _EMPTY, kind)
        marks = _VALUE_MARKS * int(valued.sum()) + _INLINE_MARKS * int((kind == _INLINE).sum())
        if bare.any():
            marks += int(_each({text: bool(text) for text in kinds}, attributes)[bare].sum())
        _ensure_digits(_where(raw, kind == _NUMERIC))
        unsure = {text: _style(text) not in {None, *self.beside.numbers} for text in kinds}
        if any(unsure.values()):
            kind[(_each(unsure, attributes) > 0) & (kind == _NUMERIC)] = _ASKED
            raw = _with_styles(raw, kind == _ASKED, attributes)
        texts = self._texts(raw, inline, kind, entities=entities)
        held = np.flatnonzero(kind)
        last = int(held[-1]) + 1 if len(held) else 0
        return _Chunk(texts, _flags(kind == _NUMERIC), _flags(kind == _ASKED), last), marks

    def _texts(
        self, raw: pa.Array, inline: Sequence[bytes], kind: Ints, *, entities: bool
    ) -> pa.Array:
        """Return what each cell holds; of numbers, their digits as they are written."""
        if any(inline):
            written = pa.array(inline, pa.large_binary())
            if (pc.binary_length(written).to_numpy()[kind != _INLINE] > 0).any():
                raise NotPlainError
            raw = pc.if_else(pa.array(kind == _INLINE), written, raw)
        texts = as_texts(raw, entities=entities)
        pointers = kind == _SHARED
        if pointers.all():
            return self.beside.shared.take(texts)
        if pointers.any():
            shared = self.beside.shared.take(_where(texts, pointers))
            return pc.replace_with_mask(texts, pa.array(pointers), shared)
        return texts


@lru_cache(maxsize=_WIDEST)
def _row(width: int) -> re.Pattern[bytes]:
    """Match a plain row of so many columns, or fewer."""
    return re.compile(_ROW % b"".join(_CELL % letters(at).encode() for at in range(width)))


@lru_cache(maxsize=1000)
def _are_attributes(text: bytes) -> bool:
    names = _NAME.findall(text)
    return bool(_ATTRIBUTES.fullmatch(text)) and len({*names, b"r"}) == len(names) + 1


@lru_cache(maxsize=1000)
def _kind(attributes: bytes) -> int:
    said = _STYLE_AND_TYPE.fullmatch(attributes)
    if not said:
        raise NotPlainError
    return _KINDS[said[2]]


@lru_cache(maxsize=1000)
def _style(attributes: bytes) -> bytes | None:
    said = _STYLE_AND_TYPE.fullmatch(attributes)
    return said[1] if said else None


def _each(facts: Mapping[bytes, int], attributes: Sequence[bytes]) -> Ints:
    """Return for each cell what is known of its attributes."""
    if len(set(facts.values())) == 1:
        return np.full(len(attributes), next(iter(facts.values())), dtype=np.int64)
    return np.fromiter(map(facts.__getitem__, attributes), np.int64, len(attributes))


def _with_styles(raw: pa.Array, asked: Flags, attributes: Sequence[bytes]) -> pa.Array:
    """Put the style before the number, where that has to be asked about."""
    styles = pa.array([_style(text) for text in attributes], pa.large_binary())
    styled = pc.binary_join_element_wise(styles, raw, pa.scalar(b" ", pa.large_binary()))
    return pc.if_else(pa.array(asked), styled, raw)


def _ensure_digits(numbers: pa.Array) -> None:
    """Make sure that numbers are written as calamine and Python read them alike."""
    if not pc.all(pc.match_substring_regex(numbers, _NUMBER), min_count=0).as_py():
        raise NotPlainError


def _where(texts: pa.Array, flags: Flags) -> pa.Array:
    return texts if flags.all() else texts.filter(pa.array(flags))


def _flags(flags: Flags) -> Flags | None:
    return flags if flags.any() else None


def _nothing(count: int) -> pa.Array:
    return pa.repeat(pa.scalar("", TEXT), count)


def _held(chunks: Sequence[_Chunk]) -> int:
    """Return how many rows there are down to a column's last cell that holds something."""
    held = before = 0
    for chunk in chunks:
        held = before + chunk.held if chunk.held else held
        before += len(chunk.texts)
    return held


def _joined(flags: Sequence[Flags | None], chunks: Sequence[_Chunk], at: Ints) -> Flags | None:
    """Join the chunks' flags and put them where their rows are; None where there are none."""
    if all(one is None for one in flags):
        return None
    parts = [
        np.zeros(len(chunk.texts), dtype=np.bool_) if one is None else one
        for one, chunk in zip(flags, chunks, strict=True)
    ]
    return np.append(np.concatenate(parts), False)[at]


def _merged(frame: bytes) -> tuple[tuple[Place, Place], ...]:
    """Return the merged ranges, out of a sheet's XML without its rows.

    Raises:
        NotPlainError: that XML is not well-formed, or not of the usual make.
    """
    declared = _DECLARATION.match(frame)
    body = frame[declared.end() :] if declared else frame
    if b"<!" in body or b"<?" in body:
        raise NotPlainError
    elements: list[tuple[str, dict[str, str]]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda *element: elements.append(element)
    try:
        parser.Parse(frame, True)
    except expat.ExpatError as error:
        raise NotPlainError from error
    names = [name for name, _ in elements]
    if names[0] != "worksheet" or names.count("sheetData") != 1:
        raise NotPlainError
    for name, attributes in elements:
        if name == "dimension" and not _DIMENSION.fullmatch(attributes.get("ref", "")):
            raise NotPlainError
    return tuple(_range(attributes) for name, attributes in elements if name == "mergeCell")


def _range(attributes: Mapping[str, str]) -> tuple[Place, Place]:
    found = _RANGE.fullmatch(attributes.get("ref", ""))
    if not found:
        raise NotPlainError
    left, top, right, bottom = found.groups()
    return (int(top) - 1, column_of(left)), (int(bottom) - 1, column_of(right))
