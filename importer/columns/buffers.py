"""A column's texts as the bytes that they are, without a Python object for each. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Ints = NDArray[np.int64]
    Cells = NDArray[np.int32]
    """Places of cells in the frame: a file has no more than fit."""
    Bytes = NDArray[np.uint8]


_NO_TEXTS = pa.array([], pa.large_string())


def flags_of(found: pa.BooleanArray) -> Flags:
    """Return Arrow's bits as numpy's."""
    return np.asarray(found.to_numpy(zero_copy_only=False))


def texts_of(values: pd.Series) -> pa.Array:
    """Return a column's texts as one array, which as a rule copies nothing."""
    texts = pa.Array.from_pandas(values)
    pieces = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    # A column without a text may be of any type.
    large = [piece.cast(pa.large_string()) for piece in pieces]
    return large[0] if len(large) == 1 else pa.concat_arrays([*large, _NO_TEXTS])


def offsets_of(texts: pa.Array) -> Ints:
    """Return where each text begins in `signs_of`, and where the last one ends."""
    _, offsets, _ = texts.buffers()
    if not len(texts):
        return np.zeros(1, dtype=np.int64)
    size = np.dtype(np.int64 if pa.types.is_large_string(texts.type) else np.int32)
    ends: Ints = np.frombuffer(offsets, size)[texts.offset :][: len(texts) + 1]
    return ends


def signs_of(texts: pa.Array) -> Bytes:
    """Return the bytes that `offsets_of` points into, which may hold other texts as well."""
    _, _, signs = texts.buffers()
    return np.frombuffer(signs or b"", dtype=np.uint8)


def lengths(texts: pa.Array) -> NDArray[np.int32]:
    """Return how many bytes each text has, which for digits is how many there are."""
    return np.diff(offsets_of(texts)).astype(np.int32)


def digit_at(digits: pa.Array, at: int | NDArray[np.integer]) -> NDArray[np.int16]:
    """Return the digit at a place of each text; a text must be so long."""
    signs = signs_of(digits)[offsets_of(digits)[:-1] + at]
    return signs.astype(np.int16) - np.int16(ord("0"))


def digits_alone(texts: pa.Array) -> pa.Array:
    """Return the texts without all that is no digit from 0 to 9."""
    offsets = offsets_of(texts)
    signs = signs_of(texts)[offsets[0] : offsets[-1]]
    # What lies before 0 wraps round to the top, so that one comparison is enough.
    is_digit = signs - np.uint8(ord("0")) <= 9
    begins = offsets - offsets[0]
    # Other signs are few: to count them before each text is less than to count the digits.
    begins -= np.searchsorted(np.flatnonzero(~is_digit), begins)
    return pa.LargeStringArray.from_buffers(
        len(texts), pa.py_buffer(begins), pa.py_buffer(signs[is_digit])
    )
