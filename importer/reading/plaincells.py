"""One column of some plain rows of an .xlsx: what each cell holds, and of what kind it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.plaintexts import NotPlainError, as_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from importer.reading.columnar import Flags, Places
    from importer.reading.plaintexts import SharedTexts
    from importer.reading.sheets import Cell

_STYLE_AND_TYPE = re.compile(rb'(?: s="(\d{1,5})")?(?: t="(s|str|inlineStr|n)")? ?')
_NUMBER = r"^-?(?:0|[1-9][0-9]{0,24})(?:\.[0-9]{1,25})?(?:[Ee][+-]?[0-9]{1,2})?$"
_EMPTY, _NUMERIC, _ASKED, _SHARED, _STRING, _INLINE = range(6)
_KINDS = {None: _NUMERIC, b"n": _NUMERIC, b"s": _SHARED, b"str": _STRING, b"inlineStr": _INLINE}
_VALUE_MARKS, _INLINE_MARKS = 4, 6
"""How many `<` a cell has that holds a value, or an inline text; one without either has one."""


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


@dataclass(frozen=True)
class Cells:
    """What the pattern of a row finds of one column: for each row a piece, "" where there is none.

    A cell that is missing looks like one without anything; either is empty.
    """

    attributes: Sequence[bytes]
    values: Sequence[bytes]
    inline: Sequence[bytes]

    @cached_property
    def kinds(self) -> Mapping[bytes, int]:
        """The kind that goes with each of the different attributes."""
        return {text: _kind(text) for text in set(self.attributes)}

    def styles(self) -> set[bytes]:
        """Return the styles of the cells; those without one have the first."""
        return {_style(text) or b"0" for text in self.kinds}

    def read(self, beside: Beside, *, entities: bool) -> tuple[Chunk, int]:
        """Return what the cells hold, and how many `<` they have.

        Raises:
            NotPlainError: some cell isn't plain.
        """
        if set(self.kinds.values()) == {_INLINE} and not any(self.values):
            texts = as_texts(_binary(self.inline), entities=entities)
            return Chunk(texts, held=len(texts)), _INLINE_MARKS * len(texts)
        raw = _binary(self.values)
        kind = self._each_kind(raw)
        marks = self._marks(kind)
        _ensure_digits(_where(raw, kind == _NUMERIC))
        unsure = {text: _style(text) not in {None, *beside.numbers} for text in self.kinds}
        if any(unsure.values()):
            kind[(self._each(unsure) > 0) & (kind == _NUMERIC)] = _ASKED
            raw = self._with_styles(raw, kind == _ASKED)
        texts = self._texts(raw, kind, beside.shared, entities=entities)
        held = int(np.flatnonzero(kind).max(initial=-1)) + 1
        return Chunk(texts, _flags(kind == _NUMERIC), _flags(kind == _ASKED), held), marks

    def _each(self, facts: Mapping[bytes, int]) -> Places:
        """Return for each cell what is known of its attributes."""
        if len(set(facts.values())) == 1:
            return np.full(len(self.attributes), next(iter(facts.values())), dtype=np.int64)
        each = map(facts.__getitem__, self.attributes)
        return np.fromiter(each, np.int64, len(self.attributes))

    def _each_kind(self, raw: pa.Array) -> Places:
        kind = self._each(self.kinds)
        valued = pc.binary_length(raw).to_numpy() > 0
        if (valued == (kind == _INLINE))[kind != _NUMERIC].any():
            raise NotPlainError
        return np.where(valued | (kind != _NUMERIC), kind, _EMPTY)

    def _marks(self, kind: Places) -> int:
        inline, empty = int((kind == _INLINE).sum()), kind == _EMPTY
        there = self._each({text: bool(text) for text in self.kinds})[empty].sum()
        valued = len(kind) - inline - int(empty.sum())
        return _VALUE_MARKS * valued + _INLINE_MARKS * inline + int(there)

    def _with_styles(self, raw: pa.Array, asked: Flags) -> pa.Array:
        """Put the style before the number, where that has to be asked about."""
        styles = _binary([_style(text) or b"" for text in self.attributes])
        styled = pc.binary_join_element_wise(styles, raw, pa.scalar(b" ", pa.large_binary()))
        return pc.if_else(pa.array(asked), styled, raw)

    def _texts(
        self, raw: pa.Array, kind: Places, shared: SharedTexts, *, entities: bool
    ) -> pa.Array:
        """Return what each cell holds; of numbers, their digits as they are written."""
        if any(self.inline):
            raw = pc.if_else(pa.array(kind == _INLINE), _binary(self.inline), raw)
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


def _binary(pieces: Sequence[bytes]) -> pa.Array:
    return pa.array(pieces, pa.large_binary())


def _where(texts: pa.Array, flags: Flags) -> pa.Array:
    return texts if flags.all() else texts.filter(pa.array(flags))


def _flags(flags: Flags) -> Flags | None:
    return flags if flags.any() else None
