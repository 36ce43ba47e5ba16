"""Columns of which a spreadsheet has rounded the last digits away."""

import random

import pandas as pd
import pytest

from importer.model import Reason
from importer.phones import PhoneOptions, normalize
from tests.phones.damage_corpus import REGIONS
from tests.phones.damaged_lists import code_of, drawn
from tests.phones.operator_lists import _written as written
from tests.phones.operator_lists import numbers_of

WHOLE = [f"852{one}" for one in numbers_of("HK")[:100]]


def decided(texts: list[str]) -> list[tuple[str, str]]:
    """Return what each text of a Hong Kong column comes to."""
    cells = pd.DataFrame({"original": texts, "kind": "text", "region": ""})
    lines = normalize(cells, PhoneOptions("HK")).lines
    return list(zip(lines["number"], lines["reason"], strict=True))


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("end", ["", ".0"])
def test_rounded_column_gives_no_number(region: str, end: str) -> None:
    """`8.52912E+11` that became 852912000000 is no number, though it may be a valid one."""
    rng = random.Random(region)
    codes = (written(code_of(region), one, "code") for one in drawn(region, 10, rng))
    rounded = [f"{float(f'{float(digits):.5E}'):.0f}" for digits in codes if len(digits) >= 11]
    answers = decided([f"{digits}{end}" for digits in rounded])
    assert [number for number, _ in answers] == [""] * len(rounded)


@pytest.mark.parametrize(
    ("zeros", "read"),
    [
        (["85291200000"], True),
        (["85291200000", "85291200000"], True),
        (["+852 9120 0000", "+852 9130 0000"], True),
        (["85291200000", "85291300000"], False),
        (["85291200000.0", "85291300000.0"], False),
    ],
    ids=["one", "one twice", "written with plus", "two", "two of a decimal column"],
)
def test_few_zeros_in_a_whole_column(zeros: list[str], read: bool) -> None:
    """One number that is easy to remember is read; two that end in five zeros are no accident."""
    answers = decided([*WHOLE, *zeros])
    assert [bool(number) for number, _ in answers[: len(WHOLE)]] == [True] * len(WHOLE)
    for number, reason in answers[len(WHOLE) :]:
        assert bool(number) == read
        assert read or reason.startswith(f"{Reason.SCIENTIFIC.value}: the zeros at the end")


def test_long_column_has_some_by_chance() -> None:
    """Of hundreds of numbers two may end in five zeros by chance, and are read."""
    chance = ["85291200000", "85291300000"]
    whole = [f"852{one}" for one in numbers_of("HK")[:400]]
    assert all(number for number, _ in decided([*whole, *chance]))
