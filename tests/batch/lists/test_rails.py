"""What a sync may not remove, and what is said of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.batch.lists.rails import Change, rail


def change(removed: int, rows: int = 100, rows_before: int = 100, before: int = 100) -> Change:
    return Change("customers-hk", before, removed, rows, rows_before)


@pytest.mark.parametrize(
    ("removed", "max_remove", "is_closed"),
    [(0, 0.0, False), (1, 0.0, True), (10, 10.0, False), (11, 10.0, True), (99, 100.0, False)],
)
def test_no_more_than_the_share(removed: int, max_remove: float, is_closed: bool) -> None:
    """As many percent as are allowed may go, and not one number more."""
    assert (rail(change(removed), max_remove, is_said=True) is not None) == is_closed


@given(st.integers(1, 10**6), st.floats(0, 100), st.booleans())
def test_never_all(count: int, max_remove: float, is_said: bool) -> None:
    """No word lets a list lose all of its numbers."""
    found = rail(change(count, before=count), max_remove, is_said=is_said)
    assert found is not None
    assert not found.question


@given(st.integers(1, 10**6), st.integers(1, 10**6))
def test_the_share_that_is_named_is_enough(removed: int, more: int) -> None:
    """Who does what the sentence says, is not stopped again."""
    asked = change(removed, before=removed + more)
    closed = rail(asked, 0.0, is_said=False)
    assert closed is not None
    named = float(closed.problem.partition("--max-remove ")[2].rstrip("."))
    assert rail(asked, named, is_said=True) is None
    assert named - 100 * removed / (removed + more) <= 0.11


def test_a_file_of_half_the_rows() -> None:
    """Less than half of last time's rows needs a word, where anything would be removed."""
    short = change(5, rows=49)
    found = rail(short, 10.0, is_said=False)
    assert found is not None
    assert "the file has 49 rows, and the last one had 100" in found.problem
    assert rail(short, 10.0, is_said=True) is None
    assert rail(change(5, rows=50), 10.0, is_said=False) is None
    assert rail(change(0, rows=10), 10.0, is_said=False) is None


def test_the_sentence_says_count_and_share() -> None:
    """Both are said, and what to type."""
    found = rail(change(25, before=200), 10.0, is_said=False)
    assert found is not None
    assert "25 of the 200 numbers of the list customers-hk (12.5 %) are not in" in found.problem
    assert found.problem.endswith("--max-remove 12.5.")
