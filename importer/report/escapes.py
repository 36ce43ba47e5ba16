"""Which special characters a column's texts have, found in their bytes. Pure.

To look through bytes takes a hundredth of what a pattern takes for each text; so a pattern is asked
only where the bytes leave it open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import lengths, offsets_of, signs_of

if TYPE_CHECKING:
    from importer.columns.buffers import Bytes

_ODD = r"[\x00-\x08\x0B-\x1F\x{FFFE}\x{FFFF}]|_x[0-9A-Fa-f]{4}_"
"""What no XML may hold, or would be taken for an escape of it: ECMA-376 part 1, 22.9.2.19."""
_SPACE = r"^[ \t\n]|[ \t\n]$|\n"
_FIRST_BYTE_OF_FFFE = 0xEF
"""In UTF-8, where it begins U+F000 and all after it."""


def bytes_of(texts: pa.Array) -> Bytes:
    """Return the bytes of all texts, one after the other, where they lie.

    Texts that are null may have bytes as well.
    """
    ends = offsets_of(texts)
    return signs_of(texts)[ends[0] : ends[-1]]


def longest(column: pa.ChunkedArray) -> int:
    """Return the most bytes that a text of a column has, in numpy's memory, which is used again."""
    return max((int(lengths(texts).max(initial=0)) for texts in column.chunks), default=0)


def holds(texts: pa.Array, sign: str) -> bool:
    """Whether some text has a sign of ASCII."""
    return bool((bytes_of(texts) == ord(sign)).any())


def has_odd(column: pa.ChunkedArray) -> bool:
    """Whether some text of a column can't stand in XML as it is, but for `&`, `<` and `>`."""
    return any(map(_has_odd, column.chunks))


def _has_odd(texts: pa.Array) -> bool:
    signs = bytes_of(texts)
    if not len(signs):
        return False
    may_have = signs.min() < ord(" ") or signs.max() >= _FIRST_BYTE_OF_FFFE or holds(texts, "_")
    return may_have and bool(pc.any(pc.match_substring_regex(texts, _ODD)).as_py())


def has_space(column: pa.ChunkedArray) -> bool:
    """Whether some text of a column begins or ends with space, or has several lines.

    XML else may drop what is space there.
    """
    return any(map(_has_space, column.chunks))


def _has_space(texts: pa.Array) -> bool:
    signs = bytes_of(texts)
    least = signs.min(initial=ord("!"))
    if least < ord(" "):
        return bool(pc.any(pc.match_substring_regex(texts, _SPACE)).as_py())
    return least == ord(" ") and any(
        pc.any(found(texts, " ")).as_py() for found in (pc.starts_with, pc.ends_with)
    )
