"""Which signs a column's texts have, told by their bytes as far as bytes can tell. Pure.

To look through bytes takes a hundredth of what a pattern takes for each text; so a pattern is asked
only where the bytes leave it open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Places = NDArray[np.int32] | NDArray[np.int64]

_ODD = r"[\x00-\x08\x0B-\x1F\x{FFFE}\x{FFFF}]|_x[0-9A-Fa-f]{4}_"
"""What no XML may hold, or would be taken for an escape of it: ECMA-376 part 1, 22.9.2.19."""
_SPACE = r"^[ \t\n]|[ \t\n]$|\n"
_FIRST_BYTE_OF_FFFE = 0xEF
"""In UTF-8, where it begins U+F000 and all after it."""


def ends_of(texts: pa.Array) -> Places:
    """Return where each text begins among the bytes of all, and where the last one ends."""
    _, offsets, _ = texts.buffers()
    if not len(texts):
        return np.zeros(1, np.int64)
    size = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    ends: Places = np.frombuffer(offsets, size)[texts.offset :][: len(texts) + 1]
    return ends


def bytes_of(texts: pa.Array) -> Bytes:
    """Return the bytes of all texts, one after the other, where they lie.

    Texts that are null may have bytes as well.
    """
    _, _, held = texts.buffers()
    ends = ends_of(texts)
    return np.frombuffer(held or b"", np.uint8)[ends[0] : ends[-1]]


def longest(column: pa.ChunkedArray) -> int:
    """Return the most bytes that a text of a column has, in numpy's memory, which is used again."""
    return max((int(np.diff(ends_of(texts)).max(initial=0)) for texts in column.chunks), default=0)


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
