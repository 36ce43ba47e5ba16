"""What a list, a batch and a group are known by: fingerprint, batch id and token. Pure."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.columns.buffers import texts_of
from importer.columns.matching import in_order

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

_TOKEN_LENGTH = 10


def fingerprint(numbers: pd.Series) -> str:
    """Return what a batch is known by: a hash of the set of its numbers, in any order."""
    ordered = in_order(texts_of(numbers))
    [text] = joined(ordered, np.array([0, len(ordered)]))
    return hashlib.sha256(text.encode()).hexdigest()


def batch_id(chance: bytes) -> str:
    """Return a batch's short name: eight letters and digits that can be read out over the phone.

    It comes from `chance`, five random bytes, and not from the numbers: those of a short list could
    be found from its name by trying, long after they were forgotten.
    """
    return base64.b32encode(chance).decode().lower()


def token(batch: str, seq: int) -> str:
    """Return the mark in a group's remark that makes the group findable at the vendor."""
    return f"#{_short_hash(f'{batch} {seq}', _TOKEN_LENGTH)}"


def _short_hash(text: str, length: int) -> str:
    """Hash into lowercase base 32, which has no 0, 1, 8 and 9 to take for letters."""
    digest = hashlib.sha256(text.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:length]


def joined(numbers: pa.Array, bounds: NDArray[np.int64]) -> list[str]:
    """Join the numbers between each two bounds by commas, with no object for each number."""
    lists = pa.LargeListArray.from_arrays(pa.array(bounds), numbers)
    texts: list[str] = pc.binary_join(lists, pa.scalar(",", numbers.type)).to_pylist()
    return texts
