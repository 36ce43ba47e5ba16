"""One column of some plain rows of an .xlsx: what each cell holds, and of what kind it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.fast.texts import as_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from importer.reading.tables.columnar import Codes, Flags, Places
    from importer.reading.tables.sheets import Cell
    from importer.reading.xlsx.fast.texts import SharedTexts

_STYLE_AND_TYPE = re.compile(rb'(?: s="(\d{1,5})")?(?: t="(s|str|inlineStr|n)")? ?')
_NUMBER = r"^-?(?:0|[1-9][0-9]{0,24})(?:\.[0-9]{1,25})?(?:[Ee][+-]?[0-9]{1,2})?$"
_EMPTY, _NUMERIC, _ASKED, _SHARED, _STRING, _INLINE = range(6)
_KINDS = {None: _NUMERIC, b"n": _NUMERIC, b"s": _SHARED, b"str": _STRING, b"inlineStr": _INLINE}


class Form:
    """How a cell holds something."""

    NOTHING = 0
    VALUE = 1
    INLINE = 2


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


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of one column."""

    texts: pa.Array
    numbers: Flags | None = None
    asked: Flags | None = None
    """Numbers under a style that may make dates of them; their texts begin with the style."""
    held: int = 0
    """How many rows there are down to the last cell that holds something."""


@dataclass(frozen=True, slots=True)
class Cells:
    """One column's cells of some rows, one for each; a missing one looks like an empty one."""

    attributes: Sequence[bytes]
    """The different ones, apart from references, that cells of the block have."""
    codes: Codes
    """Which of the attributes each cell has."""
    forms: Places
    contents: pa.Array
    """What each holds in either form, as bytes; none where it holds nothing."""

    def read(self, beside: Beside, *, entities: bool) -> Chunk:
        """Return what the cells hold.

        Raises:
            NotPlainError: some cell isn't plain.
        """
        raw = self.contents
        kind = self._each_kind()
        _ensure_digits(_where(raw, kind == _NUMERIC))
        sure = {None, *beside.numbers}
        unsure = self._each([_style(text) not in sure for text in self.attributes]) > 0
        unsure &= kind == _NUMERIC
        if unsure.any():
            kind[unsure] = _ASKED
            raw = self._with_styles(raw, unsure)
        texts = _texts(raw, kind, beside.shared, entities=entities)
        held = int(np.flatnonzero(kind).max(initial=-1)) + 1
        return Chunk(texts, _flags(kind == _NUMERIC), _flags(kind == _ASKED), held)

    def _each(self, facts: Sequence[int]) -> Places:
        """Return for each cell what is known of its attributes."""
        return np.array(facts).take(self.codes)

    def _each_kind(self) -> Places:
        kind = self._each([_kind(text) for text in self.attributes])
        nothing = self.forms == Form.NOTHING
        form = np.where(kind == _INLINE, Form.INLINE, Form.VALUE)
        form[nothing & (kind == _NUMERIC)] = Form.NOTHING
        without = pc.binary_length(self.contents).to_numpy() == 0
        if (self.forms != form).any() or (without & (self.forms == Form.VALUE)).any():
            raise NotPlainError
        kind[nothing] = _EMPTY
        return kind

    def _with_styles(self, raw: pa.Array, asked: Flags) -> pa.Array:
        """Put the style before the number, where that has to be asked about."""
        styles = pa.array([_style(text) or b"" for text in self.attributes], pa.large_binary())
        each = styles.take(pa.array(self.codes))
        styled = pc.binary_join_element_wise(each, raw, pa.scalar(b" ", pa.large_binary()))
        return pc.if_else(pa.array(asked), styled, raw)


def styles_of(attributes: Sequence[bytes]) -> set[bytes]:
    """Return the styles of cells of such attributes; those without one have the first."""
    return {_style(text) or b"0" for text in attributes}


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


def _ensure_digits(numbers: pa.Array) -> None:
    """Make sure that numbers are written as calamine and Python read them alike."""
    if not pc.all(pc.match_substring_regex(numbers, _NUMBER), min_count=0).as_py():
        raise NotPlainError


def _where(texts: pa.Array, flags: Flags) -> pa.Array:
    return texts if flags.all() else texts.filter(pa.array(flags))


def _flags(flags: Flags) -> Flags | None:
    return flags if flags.any() else None
