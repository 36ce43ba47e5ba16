"""Sums, means and medians pasted under a column of phone numbers."""

import random
from statistics import median

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from importer.phones import PhoneOptions, normalize
from importer.phones.totals import sums_at_end
from tests.phones.damage_corpus import REGIONS
from tests.phones.damaged_lists import code_of, drawn

BELOW = {
    "sum": lambda some: [sum(some)],
    "mean": lambda some: [round(sum(some) / len(some))],
    "mean, rounded down": lambda some: [sum(some) // len(some)],
    "median": lambda some: [int(median(some))],
    "sum and mean": lambda some: [sum(some), round(sum(some) / len(some))],
    "mean, median and sum": lambda some: [
        round(sum(some) / len(some)),
        int(median(some)),
        sum(some),
    ],
}


def found(numbers: list[int]) -> list[int]:
    texts = pa.array(list(map(str, numbers)), pa.large_string())
    return sums_at_end(texts, [np.arange(len(numbers))])


def numbers_of_list(region: str, count: int) -> list[int]:
    rng = random.Random(f"{region}{count}")
    return [int(f"{code_of(region)}{one}") for one in drawn(region, count, rng)]


@pytest.mark.parametrize("what", BELOW)
@pytest.mark.parametrize("region", REGIONS[::6])
@pytest.mark.parametrize("count", [4, 12, 30])
def test_below_a_column(region: str, what: str, count: int) -> None:
    """What sums up the numbers above is found, however many of such lines there are."""
    some = numbers_of_list(region, count)
    below = [one for one in BELOW[what](some) if one < 10**15]
    expected = [len(some) + at for at, one in enumerate(below) if one not in some]
    assert found([*some, *below]) == expected


@pytest.mark.parametrize("region", REGIONS)
def test_no_number_of_a_list_is_its_mean(region: str) -> None:
    """The last numbers of a list are none of these, whatever its order."""
    for count in (2, 3, 5, 10, 100):
        some = numbers_of_list(region, count)
        for ordered in (some, sorted(some), sorted(some, reverse=True)):
            assert found(ordered) == []


def test_numbers_of_one_company_are_read() -> None:
    """Extensions of one switchboard are each other's means by chance."""
    assert found([85235750001, 85235750005, 85235750006, 85235750004]) == []


def test_the_reason_says_total() -> None:
    """A mean under mobile numbers of Hong Kong is valid there, and is no number."""
    some = numbers_of_list("HK", 12)
    texts = [str(one) for one in (*some, round(sum(some) / len(some)))]
    frame = pd.DataFrame({"original": texts, "kind": "text", "region": ""}, dtype="str")
    lines = normalize(frame, PhoneOptions(region="HK")).lines
    assert lines["number"].tolist() == [*texts[:-1], ""]
    assert lines["reason"].iloc[-1] == "a total, no phone number"
