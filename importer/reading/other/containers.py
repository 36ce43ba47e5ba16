"""Microsoft's compound file, in which the records of an .xls are one stream: [MS-CFB].

xlrd can read it too, but follows a chain of sectors that goes round in a circle without end.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SHIFTS = frozenset([9, 12])
"""Sectors have 512 bytes, or 4,096 in version 4: 2.2."""
_MINI = 64
"""Bytes of a sector of the stream that holds all small streams."""
_LAST = 0xFFFFFFFA
"""Numbers from here on are no sectors: the end of a chain, or a free place."""
_ENTRY, _NAME, _STREAM, _ROOT = 128, 64, 2, 5
_NAMES = ("workbook", "book")
"""The streams of Excel 97 and of Excel 5, in small letters; a file may hold both."""


def workbook_stream(raw: bytes) -> bytes:
    """Return the records of the workbook in a compound file.

    Raises:
        ValueError: it is damaged, or has no such stream.
    """
    try:
        return _Container(raw).stream(_NAMES)
    except struct.error as error:
        raise ValueError("cut off") from error


class _Container:
    """A compound file: sectors of one size, behind a header as large as one."""

    def __init__(self, raw: bytes) -> None:
        order, shift, mini_shift = struct.unpack_from("<3H", raw, 28)
        if order != 0xFFFE or shift not in _SHIFTS or 1 << mini_shift != _MINI:
            raise ValueError("no header")
        fields = struct.unpack_from("<7I", raw, 48)
        first_folder, _, self._least, self._first_mini, _, first_more, count_more = fields
        self._raw, self._size = raw, 1 << shift
        self._count = -(-len(raw) // self._size) - 1
        # Some programs write a 0 for no sector, which is the number of the first one.
        more = first_more if first_more or count_more else _LAST
        self._next = self._numbers(self._allocation(more))
        folder = self._sectors(_chain(self._next, first_folder, self._count))
        self._entries = [folder[at : at + _ENTRY] for at in range(0, len(folder), _ENTRY)]

    def stream(self, names: Sequence[str]) -> bytes:
        """Return the stream of the first of these names that there is."""
        found = list(self._streams())
        for wanted in names:
            mine = [entry for name, entry in found if name == wanted]
            if len(mine) > 1:
                raise ValueError("two streams of one name")
            if mine:
                return self._content(mine[0])
        raise ValueError("no workbook in it")

    def _allocation(self, more: int) -> list[int]:
        """Return the sectors that say which sector follows each: 2.5."""
        listed = list(struct.unpack_from("<109I", self._raw, 76))
        per_sector = self._size // 4
        for _ in range(self._count):
            if more >= _LAST:
                break
            *others, more = self._numbers([more])[:per_sector]
            listed += others
        return [sector for sector in listed if sector < _LAST][: self._count]

    def _sectors(self, which: Sequence[int]) -> bytes:
        if any(sector >= self._count for sector in which):
            raise ValueError("a sector that is not there")
        starts = ((sector + 1) * self._size for sector in which)
        return b"".join(self._raw[start : start + self._size] for start in starts)

    def _numbers(self, which: Sequence[int]) -> tuple[int, ...]:
        raw = self._sectors(which)
        return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])

    def _streams(self) -> Iterator[tuple[str, bytes]]:
        """Give the streams of the root and their names; they are a tree of entries: 2.6.4."""
        if not self._entries or self._entries[0][_NAME + 2] != _ROOT:
            raise ValueError("no root")
        left = [*struct.unpack_from("<I", self._entries[0], 76)]
        seen: set[int] = set()
        while left:
            at = left.pop()
            if at >= len(self._entries) or at in seen:
                continue
            seen.add(at)
            entry = self._entries[at]
            left += struct.unpack_from("<2I", entry, 68)
            if entry[_NAME + 2] == _STREAM:
                (size,) = struct.unpack_from("<H", entry, _NAME)
                name = entry[: max(0, min(size, _NAME) - 2)].decode("utf-16-le", "replace")
                yield name.lower(), entry

    def _content(self, entry: bytes) -> bytes:
        start, size = struct.unpack_from("<2I", entry, 116)
        if size > len(self._raw):
            raise ValueError("a stream longer than the file")
        if size >= self._least or entry is self._entries[0]:
            which = _chain(self._next, start, -(-size // self._size), whole=False)
            return self._sectors(which)[:size]
        following = self._numbers(_chain(self._next, self._first_mini, self._count))
        which = _chain(following, start, -(-size // _MINI), whole=False)
        small = self._content(self._entries[0])
        return b"".join(small[at * _MINI : (at + 1) * _MINI] for at in which)[:size]


def _chain(following: Sequence[int], start: int, most: int, *, whole: bool = True) -> list[int]:
    """Return the sectors of a chain: all of them, or as many as are needed.

    Raises:
        ValueError: it goes round in a circle, leads to nowhere, or is shorter than needed.
    """
    found: dict[int, None] = {}
    at = start
    while at < _LAST and (whole or len(found) < most):
        if at in found or at >= len(following) or len(found) >= most:
            raise ValueError("a chain of sectors that does not end")
        found[at] = None
        at = following[at]
    if not whole and len(found) < most:
        raise ValueError("a chain of sectors that ends too soon")
    return list(found)
