"""Numbers among numbers: which stand twice, and where each stands among others. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Places = NDArray[np.int64]


_PADDED = 17
"""Digits of nearly all numbers that there are; eighteen times as much is still an integer."""


def repeated(numbers: pa.Array) -> Flags:
    """Return which numbers stand further up already."""
    [keys] = _comparable(numbers)
    return pd.Series(keys).duplicated().to_numpy()


def find(wanted: pa.Array, others: pa.Array) -> Places:
    """Return where each number stands first among others, -1 where it doesn't."""
    keys, among = _comparable(wanted, others)
    first = ~pd.Series(among).duplicated().to_numpy()
    at = pd.Index(among[first]).get_indexer(pd.Index(keys))
    return np.append(np.flatnonzero(first), -1)[at]


def is_among(wanted: pa.Array, others: pa.Array) -> Flags:
    """Return which numbers stand among others."""
    if not len(wanted) or not len(others):
        return np.zeros(len(wanted), dtype=np.bool_)
    return find(wanted, others) >= 0


def in_order(numbers: pa.Array) -> pa.Array:
    """Return numbers in the order of their texts: 852 before 8521, and both before 86."""
    [keys] = _comparable(numbers)
    lengths = pc.binary_length(numbers).to_numpy().astype(np.int64)
    if keys.dtype == np.object_ or lengths.max(initial=0) > _PADDED:
        order = pc.array_sort_indices(numbers)
    else:
        # As integers they are sorted in a tenth of the time.
        order = pa.array(np.argsort(_text_keys(keys.astype(np.int64), lengths)))
    return numbers.take(order)


def text_keys(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return integers that stand in the order in which these stand as texts; see `in_order`.

    The numbers have 17 digits at most.
    """
    powers = 10 ** np.arange(_PADDED, dtype=np.int64)
    return _text_keys(numbers, np.searchsorted(powers, numbers, side="right"))


def _text_keys(numbers: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers filled up to one length with zeros behind, and then their own length."""
    padded = numbers * 10 ** (_PADDED - lengths)
    return np.asarray(padded * (_PADDED + 1) + lengths, dtype=np.int64)


def _comparable(*columns: pa.Array) -> list[NDArray[np.int64]] | list[NDArray[np.object_]]:
    """Return texts so that they are quickly compared: as integers, where that tells all apart."""
    if any(map(_begins_with_zero, columns)):
        return list(map(_as_objects, columns))
    try:
        return list(map(_as_integers, columns))
    except pa.ArrowInvalid:  # more digits than an integer has
        return list(map(_as_objects, columns))


def _begins_with_zero(texts: pa.Array) -> bool:
    return bool(pc.any(pc.starts_with(texts, "0")).as_py())


def _as_integers(texts: pa.Array) -> NDArray[np.int64]:
    """Return the integers that digits are; 0, which none of them is, for ""."""
    digits = pc.if_else(pc.equal(texts, ""), "0", texts)
    return np.asarray(pc.cast(digits, pa.int64()).to_numpy(zero_copy_only=False))


def _as_objects(texts: pa.Array) -> NDArray[np.object_]:
    return np.asarray(texts.to_numpy(zero_copy_only=False))
