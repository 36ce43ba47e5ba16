"""Numbers among numbers: as their texts compare, however they are compared."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.columns.buffers import texts_of
from importer.columns.matching import find, in_order, is_among, repeated

# So few that many are equal; and texts that integers would confuse, or can't hold.
common = st.integers(85250, 85260).map(str)
odd = st.sampled_from(["", "0", "085251", "8" * 19, "9" * 19, "9" * 20, "+85251", "85251 ", "x"])
numbers = st.lists(common, max_size=20) | st.lists(common | odd, max_size=20)


def texts(values: list[str]) -> pa.Array:
    return pa.array(values, pa.large_string())


@given(values=numbers)
def test_repeated(values: list[str]) -> None:
    """A number is repeated where the same text stands further up."""
    expected = [value in values[:at] for at, value in enumerate(values)]
    assert repeated(texts(values)).tolist() == expected


@given(wanted=numbers, others=numbers)
def test_find(wanted: list[str], others: list[str]) -> None:
    """A number is found where the same text stands first, and nowhere else."""
    expected = [others.index(one) if one in others else -1 for one in wanted]
    assert find(texts(wanted), texts(others)).tolist() == expected
    assert is_among(texts(wanted), texts(others)).tolist() == [at >= 0 for at in expected]


@given(values=numbers | st.lists(st.integers(1, 10**18).map(str)))
@example(values=["85200", "8520", "852", "8521", "86"])
def test_in_order(values: list[str]) -> None:
    """Numbers are ordered as texts are, of which the beginning of another comes first."""
    assert in_order(texts(values)).to_pylist() == sorted(values)


@pytest.mark.parametrize("parts", [[], ["1"], ["1", "22"]])
def test_columns_of_several_pieces(parts: list[str]) -> None:
    """A column is one array, also where it was put together of several, or of none."""
    columns = [pd.Series([part], dtype="str") for part in parts]
    joined = pd.concat([pd.Series([], dtype="str"), *columns], ignore_index=True)
    found = texts_of(joined)
    assert isinstance(found, pa.Array)
    assert found.to_pylist() == parts


@pytest.mark.parametrize("values", [pd.Series([], dtype="float"), pd.Series(["1"], dtype="object")])
def test_columns_of_other_types(values: pd.Series) -> None:
    """A column of no texts has any type in pandas, and still is one of Arrow's large texts."""
    found = texts_of(values)
    assert (found.type, found.to_pylist()) == (pa.large_string(), values.tolist())
