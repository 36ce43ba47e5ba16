"""Reads one column of a block of plain rows: the value and the kind of each cell."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.xlsx.careful import as_total, boolean_or_error
from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.fast.texts import as_texts
from importer.reading.xlsx.texts import SPACE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.budget import Budget
    from importer.reading.tables.columnar import Codes, Flags, Places
    from importer.reading.tables.sheets import Cell, Mark
    from importer.reading.xlsx.book import Styles
    from importer.reading.xlsx.fast.texts import SharedTexts

_STYLE_AND_TYPE = re.compile(rb'(?: s="(\d{1,5})")?(?: t="(s|str|inlineStr|n|b|e)")? ?')
_NUMBER = r"^-?(?:0|[1-9][0-9]{0,24})(?:\.[0-9]{1,25})?(?:[Ee][+-]?[0-9]{1,2})?$"
_EMPTY, _NUMERIC, _ASKED, _SHARED, _STRING, _INLINE, _WORD = range(7)
_TEXTS = frozenset([_SHARED, _STRING, _INLINE])
_KINDS = {None: _NUMERIC, b"n": _NUMERIC, b"s": _SHARED, b"str": _STRING, b"inlineStr": _INLINE}
_KINDS |= {b"b": _WORD, b"e": _WORD}


class Form:
    """How a cell holds something."""

    NOTHING = 0
    VALUE = 1
    INLINE = 2


@dataclass(frozen=True, slots=True)
class WorkbookParts:
    """The parts of a workbook that are needed to read the cells of its sheets."""

    texts: SharedTexts
    styles: Styles
    budget: Budget


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one column."""

    texts: pa.Array
    numbers: Flags | None = None
    asked: Flags | None = None
    """Numbers under a style that changes what is shown; their texts begin with the style."""
    held: int = 0
    """How many rows there are down to the last cell that holds something."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One column's cells of some rows, one for each; a missing one looks like an empty one."""

    attributes: Sequence[bytes]
    """The distinct attributes of the block's cells, without their references."""
    codes: Codes
    """Which of the attributes each cell has."""
    forms: Places
    contents: pa.Array
    """The content of each cell in bytes; empty where it has none."""
    totals: Flags
    """Which are formulas that give a total."""

    def read(self, book: WorkbookParts, *, entities: bool) -> Chunk:
        """Return what the cells hold.

        Raises:
            NotPlainError: some cell isn't plain.
        """
        raw = self.contents
        kind = self._each_kind()
        _ensure_digits(_where(raw, kind == _NUMERIC))
        if (self.totals & (kind != _NUMERIC)).any() or self._has_styled_texts(book.styles):
            raise NotPlainError
        sure = book.styles.leaves_digits
        unsure = self._each([not sure(_style_text(text)) for text in self.attributes]) > 0
        unsure = (kind == _NUMERIC) & (unsure | self.totals) | (kind == _WORD)
        if unsure.any():
            kind[unsure] = _ASKED
            raw = self._with_prefixes(raw, unsure)
        texts = _texts(raw, kind, book.texts, entities=entities)
        held = int(np.flatnonzero(kind).max(initial=-1)) + 1
        return Chunk(texts, _flags(kind == _NUMERIC), _flags(kind == _ASKED), held)

    @property
    def has_bare_numbers(self) -> bool:
        """Whether a number has no style of its own."""
        bare = [_kind(text) == _NUMERIC and _style(text) is None for text in self.attributes]
        return bool(((self._each(bare) > 0) & (self.forms == Form.VALUE)).any())

    def _has_styled_texts(self, styles: Styles) -> bool:
        """Whether a text has a style that adds something to it."""
        styled = [
            _kind(text) in _TEXTS and not styles.shows_texts(_style_text(text))
            for text in self.attributes
        ]
        return any(styled) and bool(self._each(styled).any())

    def _each(self, facts: Sequence[int]) -> Places:
        """Return for each cell what is known of its attributes."""
        return np.array(facts).take(self.codes)

    def _each_kind(self) -> Places:
        kind = self._each([_kind(text) for text in self.attributes])
        nothing = self.forms == Form.NOTHING
        form = np.where(kind == _INLINE, Form.INLINE, Form.VALUE)
        form[nothing & (kind == _NUMERIC)] = Form.NOTHING
        without = pc.binary_length(self.contents).to_numpy() == 0
        without &= (self.forms == Form.VALUE) & (kind != _STRING)
        if (self.forms != form).any() or without.any():
            raise NotPlainError
        kind[nothing] = _EMPTY
        return kind

    def _with_prefixes(self, raw: pa.Array, asked: Flags) -> pa.Array:
        """Put the prefix before each value that `other_cell` reads it by."""
        space = pa.scalar(b" ", pa.large_binary())
        prefixes = pa.array([_prefix(text) for text in self.attributes], pa.large_binary())
        each = prefixes.take(pa.array(self.codes))
        if self.totals.any():
            total = pc.binary_join_element_wise(
                pa.scalar(b"T", pa.large_binary()), each, pa.scalar(b"", pa.large_binary())
            )
            each = pc.if_else(pa.array(self.totals), total, each)
        styled = pc.binary_join_element_wise(each, raw, space)
        return pc.if_else(pa.array(asked), styled, raw)


def other_cell(text: str, styles: Styles) -> Cell | Mark:
    """Return what a cell holds that is no plain number, as `careful` says.

    `text` is its value, and before it `b` of a boolean, `e` of an error, the style of a number, or
    that with a `T` before it, of a number that is a total.
    """
    prefix, _, value = text.partition(" ")
    if prefix in {"b", "e"}:
        return boolean_or_error(prefix, value.strip(SPACE))
    if prefix.startswith("T"):
        return as_total(styles.cell(float(value), prefix[1:]))
    return styles.cell(float(value), prefix)


def _texts(raw: pa.Array, kind: Places, shared: SharedTexts, *, entities: bool) -> pa.Array:
    """Return what each cell holds; of numbers, their digits as they are written."""
    texts = as_texts(raw, entities=entities)
    pointers = kind == _SHARED
    if pointers.all():
        return shared.take(texts)
    if pointers.any():
        pointed_to = shared.take(_where(texts, pointers))
        return pc.replace_with_mask(texts, pa.array(pointers), pointed_to)
    return texts


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


def _style_text(attributes: bytes) -> str:
    """Return the style of a cell; those without one have the first."""
    return (_style(attributes) or b"0").decode()


def _prefix(attributes: bytes) -> bytes:
    said = _STYLE_AND_TYPE.fullmatch(attributes)
    return said[2] if said and said[2] in {b"b", b"e"} else (_style(attributes) or b"0")


def _ensure_digits(numbers: pa.Array) -> None:
    """Make sure that numbers are written so that every program reads them alike."""
    if not pc.all(pc.match_substring_regex(numbers, _NUMBER), min_count=0).as_py():
        raise NotPlainError


def _where(texts: pa.Array, flags: Flags) -> pa.Array:
    return texts if flags.all() else texts.filter(pa.array(flags))


def _flags(flags: Flags) -> Flags | None:
    return flags if flags.any() else None
