"""Finds all tags of a block of XML in bulk, and proves that it holds nothing but known tags.

XML texts hold no `<`, so each `<` begins a tag. A block is plain if each of its tags is written
exactly as its kind is, and follows a tag that it may follow. Where no text may stand behind a tag,
the next `<` belongs to how its kind is written. Eight bytes of a tag are compared at once, as one
number, which is enough for all kinds but one.

Kinds are plain integers, and tables are looked up by `take`: numpy is several times slower with an
enum, and with small integers as an index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from importer.reading.tables.columnar import Flags, Places

    Bytes = np.ndarray[tuple[int], np.dtype[np.uint8]]


class NotPlainError(Exception):
    """The XML is not written in the plain way: the careful reader has to read it."""


class Kind:
    """The kinds of tags that plain parts have; 0 is none of them."""

    ROW = 1
    CELL = 2
    EMPTY_ROW = 3
    EMPTY_CELL = 4
    ROW_END = 5
    CELL_END = 6
    VALUE = 7
    VALUE_END = 8
    INLINE = 9
    INLINE_END = 10
    TEXT = 11
    KEPT_TEXT = 12
    TEXT_END = 13
    ENTRY = 14
    ENTRY_END = 15
    FORMULA = 16
    LONG_FORMULA = 17
    """One with attributes, such as `t="shared"`."""
    EMPTY_FORMULA = 18
    FORMULA_END = 19


_COUNT = 20
WORD = 8
"""Bytes of a word."""
_WRITTEN = {
    Kind.ROW: b'<row r="',
    Kind.CELL: b'<c r="',
    Kind.ROW_END: b"</row><",
    Kind.CELL_END: b"</c><",
    Kind.VALUE: b"<v>",
    Kind.VALUE_END: b"</v><",
    Kind.INLINE: b"<is><",
    Kind.INLINE_END: b"</is><",
    Kind.TEXT: b"<t>",
    Kind.KEPT_TEXT: b'<t xml:space="preserve">',
    Kind.TEXT_END: b"</t><",
    Kind.ENTRY: b"<si><",
    Kind.ENTRY_END: b"</si><",
    Kind.FORMULA: b"<f>",
    Kind.LONG_FORMULA: b"<f ",
    Kind.FORMULA_END: b"</f><",
}
_EMPTY = Kind.EMPTY_ROW - Kind.ROW
"""The difference between the kinds of an element without and with content."""


def word_of(text: bytes) -> int:
    """Return up to eight bytes as a number that compares with those of `Tags.words`."""
    return int.from_bytes(text[:WORD].ljust(WORD, b"\0"), "little", signed=True)


MASKS = np.array([word_of(b"\xff" * size) for size in range(WORD + 1)], np.int64)
"""Masks that keep the first 0 to 8 bytes of a word."""
_WORDS = np.array([word_of(_WRITTEN.get(kind, b"x")) for kind in range(_COUNT)], np.int64)
_WORD_MASKS = MASKS[[min(WORD, len(_WRITTEN.get(kind, b""))) for kind in range(_COUNT)]]
"""A kind that isn't written by itself, and 0, which is none, are like no word."""
_BY_LETTERS = np.zeros(256 * 256, np.uint8)
for _kind, _text in _WRITTEN.items():
    _BY_LETTERS[word_of(_text[1:3])] = _kind
"""The one kind whose tag has these two bytes after the `<`; 0 where none has."""
_IS_SPACE = np.isin(np.arange(256), list(b" \t\n"))


class Order:
    """Which kinds of tags may follow which, from the first tag of a block to its last."""

    def __init__(self, after: Mapping[int, Collection[int]], first: Collection[int]) -> None:
        """Take what may come after each kind, and what may be first; after the last, it again."""
        self._allowed = np.zeros(_COUNT * _COUNT, np.bool_)
        for before, kinds in after.items():
            self._allowed[[before * _COUNT + kind for kind in kinds]] = True
        self._first = first

    def allows(self, kinds: Bytes) -> bool:
        """Whether tags of these kinds may stand so."""
        pairs = kinds * np.uint16(_COUNT) + np.roll(kinds, -1)
        return kinds[0] in self._first and bool(self._allowed.take(pairs).all())


class Tags:
    """The tags of a block, by their places in it."""

    def __init__(self, block: bytes, order: Order) -> None:
        """Find all tags.

        Raises:
            NotPlainError: the block holds anything but tags in this order, and texts where those
                have their place.
        """
        # The end is like one more tag; words may be taken from any place before it.
        self.block = block
        padded = block + b"<" + bytes(4 * WORD)
        self.buffer = pa.py_buffer(padded)
        self.bytes: Bytes = np.frombuffer(padded, np.uint8)
        controls = int((self.bytes[: len(block)] < ord(" ")).sum())
        if controls and controls != block.count(b"\n") + block.count(b"\t"):
            raise NotPlainError
        self.words: Places = np.ndarray((len(padded) - WORD + 1,), "<i8", padded, strides=(1,))
        """The eight bytes from each place on."""
        starts = np.flatnonzero(self.bytes == ord("<"))
        if len(starts) == 1 or starts[0]:
            raise NotPlainError
        self.starts: Places = starts[:-1]
        self.ends: Places = starts[1:]
        """Where the next tag begins."""
        self.kinds = self._known()
        self._mark_empty()
        if not order.allows(self.kinds):
            raise NotPlainError

    def _known(self) -> Bytes:
        words = self.words[self.starts]
        kinds: Bytes = _BY_LETTERS.take((words >> 8) & 0xFFFF)
        if ((words & _WORD_MASKS.take(kinds)) != _WORDS.take(kinds)).any():
            raise NotPlainError
        kept, written = self.starts[kinds == Kind.KEPT_TEXT], _WRITTEN[Kind.KEPT_TEXT]
        for at in range(WORD, len(written), WORD):
            if (self.words[kept + at] != word_of(written[at:])).any():
                raise NotPlainError
        return kinds

    def _mark_empty(self) -> None:
        """Mark rows and cells without content as empty; no text may stand behind either."""
        opened = np.flatnonzero(self.kinds <= Kind.CELL)
        ends = self.ends[opened]
        if (self.bytes[ends - 1] != ord(">")).any():
            raise NotPlainError
        self.kinds[opened] += (self.bytes[ends - 2] == ord("/")) * np.uint8(_EMPTY)
        formulas = np.flatnonzero(self.kinds == Kind.LONG_FORMULA)
        ends = self.ends[formulas]
        closed = (self.bytes[ends - 1] == ord(">")) & (self.bytes[ends - 2] == ord("/"))
        self.kinds[formulas[closed]] = Kind.EMPTY_FORMULA

    def where(self, *kinds: int) -> Places:
        """Return which tags are of some kinds."""
        found: Flags = self.kinds == kinds[0]
        for kind in kinds[1:]:
            found |= self.kinds == kind
        return np.flatnonzero(found)

    def texts(self, tags: Places) -> tuple[Places, Places]:
        """Return where the texts behind some tags of texts begin and end.

        Raises:
            NotPlainError: one has space at an end where that would not count.
        """
        kept = self.kinds[tags] == Kind.KEPT_TEXT
        starts = self.starts[tags] + np.where(kept, len(_WRITTEN[Kind.KEPT_TEXT]), len(b"<t>"))
        ends = self.ends[tags]
        first, last = self.bytes[starts], self.bytes[ends - 1]
        spaced = _IS_SPACE.take(first) | _IS_SPACE.take(last)
        if (spaced & ~kept).any():
            raise NotPlainError
        return starts, ends

    def cut(self, starts: Places, ends: Places) -> pa.Array:
        """Return the bytes from some places to others; each begins where one before ended, or on.

        Arrow cuts a buffer in adjoining pieces, of which every second one is wanted.
        """
        cuts = np.empty(2 * len(starts), np.int64)
        cuts[::2], cuts[1::2] = starts, ends
        count = max(len(cuts) - 1, 0)
        buffers = [None, pa.py_buffer(cuts), self.buffer]
        pieces = pa.Array.from_buffers(pa.large_binary(), count, buffers)
        return pieces.take(pa.array(np.arange(0, count, 2)))
