"""Lists that make strangers' numbers easily, in figures, beside plain phonenumbers."""

from collections.abc import Sequence

import pytest

from tests.phones import operator_lists
from tests.phones.damage_corpus import REGIONS
from tests.phones.damaged_lists import (
    REGION_KINDS,
    SIZES,
    UNSETTLED,
    DamagedList,
    damaged_lists,
    measure,
    ours,
    plainly,
    table,
)

READ = 0.93
"""The least share of numbers with a country that is read; measured, less a little."""
STRANGERS = 0.08
"""The most of the numbers that a wrong region takes as its own in lists of 30: see `likelihood`."""
DOUBTED = 0.1
"""The most of a list with its own region that is rejected; measured, plus a little."""
MOST_WRONG = 3_000
"""Of a million cells whose country is given rightly, or not at all, where a list has ten or more.
They come of slips in open plans: a digit lost or doubled leaves another number of the same town."""


def checked(some: Sequence[DamagedList], capsys: pytest.CaptureFixture[str]) -> None:
    mine = measure(some, ours(some))
    with capsys.disabled():
        print(f"\n{table(mine, measure(some, plainly(some)))}")
    wrong = {kind: one.examples for kind, one in mine.items() if one.wrong}
    assert {
        kind: examples for kind, examples in wrong.items() if not kind.startswith(UNSETTLED)
    } == {}
    for kind, one in mine.items():
        if kind.startswith("country"):
            assert one.recovered >= READ * one.recoverable, kind


def test_small_lists(capsys: pytest.CaptureFixture[str]) -> None:
    """Of every kind and country no stranger's number comes, and what has a country is read.

    But for the kinds where no digit tells; their figure is printed.
    """
    assert len(REGIONS) >= 60
    checked(list(damaged_lists(sizes=SIZES[:4], leave_out=REGION_KINDS)), capsys)


def test_wrong_region_that_fits_is_doubted(capsys: pytest.CaptureFixture[str]) -> None:
    """A region whose plan takes all numbers is noticed by how they begin; a right one is believed.

    But for lists of one operator or one town, which begin alike in their own country too.
    """
    some = [one for kind in REGION_KINDS for one in damaged_lists(sizes=(30,), begin=kind)]
    mine = measure(some, ours(some))
    with capsys.disabled():
        print(f"\n{table(mine, measure(some, plainly(some)))}")
    for what in ("mobile numbers", "fixed lines", "both"):
        figures = mine[f"another region that fits: {what}"]
        assert figures.wrong <= STRANGERS * figures.cells, what
    for kind, figures in mine.items():
        if kind.startswith("the region"):
            assert figures.recovered >= (1 - DOUBTED) * figures.recoverable, kind


@pytest.mark.slow
def test_lists_of_every_size(capsys: pytest.CaptureFixture[str]) -> None:
    """The same with lists of 300 cells among them."""
    checked(list(damaged_lists()), capsys)


def test_operators_lists(capsys: pytest.CaptureFixture[str]) -> None:
    """Lists of 1 to 5,000 cells as operators have them: wrong numbers stay as rare as they are."""
    found = operator_lists.measure(50_000, operator_lists.ours)
    with capsys.disabled():
        print(f"\n{operator_lists.table(found)}")
    for said in ("country right", "country missing"):
        one = found[said, "10 and more"]
        assert one.per_million <= MOST_WRONG, said
