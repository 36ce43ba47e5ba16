"""What keeps a file from being sent, and the advice that comes with it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.batch.planning.gates import gate
from importer.model import Reason, Rows, Source, Status
from importer.settings import Settings

PLANNED, DUPLICATE, REJECTED = (
    Status.PLANNED.value,
    Status.DUPLICATE.value,
    Status.REJECTED.value,
)


def _file(lines: list[tuple[str, str, str]], country: str = "") -> tuple[Rows, pd.DataFrame]:
    """Return rows and lines of (original, status, reason)."""
    originals, statuses, reasons = zip(*lines, strict=True) if lines else ((), (), ())
    source = Source(Path("a.csv"), "CSV", (("a", "Phone", country),))
    cells = pd.DataFrame({"sheet": "a", "row": range(len(lines)), "original": originals})
    frame = pd.DataFrame({"status": statuses, "reason": reasons, "country": ""}, dtype="str")
    return Rows(cells, pd.DataFrame(index=cells.index), source), frame


def _gate(lines: list[tuple[str, str, str]], country: str = "", **settings: float) -> str:
    return gate(*_file(lines, country), Settings(**settings))  # type: ignore[arg-type]


def test_accidents_that_repeat_do_not_hide_rejects() -> None:
    """A few numbers 3,000 times each beside 1,500 rejects: the rejects are most of the numbers."""
    accidents = [(f"{n % 21}", PLANNED if n < 21 else DUPLICATE, "") for n in range(3_000)]
    rejects = [(f"x{n}", REJECTED, Reason.LETTERS.value) for n in range(1_500)]
    assert "99 % of the different numbers are rejected" in _gate([*accidents, *rejects])


def test_one_text_that_repeats_is_counted_by_rows() -> None:
    """A list most of whose rows say `n/a` is stopped as well, though that is one text."""
    lines = [*[("n/a", REJECTED, Reason.LETTERS.value)] * 60, ("1", PLANNED, "")]
    assert "98 % of the rows are rejected" in _gate(lines)


@pytest.mark.parametrize(("rejects", "closed"), [(4, False), (5, False), (6, True)])
def test_the_limit_itself_is_allowed(rejects: int, closed: bool) -> None:
    """Above --max-rejects nothing is sent; at it, all that is accepted."""
    lines = [(f"{n}", REJECTED, Reason.LETTERS.value) for n in range(rejects)]
    lines += [(f"p{n}", PLANNED, "") for n in range(10 - rejects)]
    assert bool(_gate(lines)) == closed


@given(st.lists(st.sampled_from([PLANNED, DUPLICATE, REJECTED])), st.integers(0, 100))
def test_the_gate_is_never_laxer_than_the_share_of_rows(statuses: list[str], most: int) -> None:
    """Whatever repeats: where more rows are rejected than is allowed, nothing is sent."""
    lines = [(f"{n}", status, "") for n, status in enumerate(statuses)]
    share = statuses.count(REJECTED) / max(1, len(statuses))
    if share * 100 > most:
        assert _gate(lines, max_rejects=most)
    if REJECTED not in statuses and statuses:
        assert not _gate(lines, max_rejects=most)


def test_a_list_without_its_country_is_told_which_it_would_be() -> None:
    """Numbers of Hong Kong without a country: the gate names the country and the option."""
    texts = [f"{first}{n}34 {n}67{n}" for first in (5, 6, 9) for n in range(1, 9)]
    said = _gate([(text, REJECTED, Reason.NO_COUNTRY.value) for text in texts])
    assert said.endswith("different rejects would be valid as Hong Kong: --region HK?")


def test_several_regions_are_all_named_and_that_one_is_right() -> None:
    """Numbers that would be Austria's and Serbia's alike: neither is given out as the one."""
    texts = [f"06{n:08}" for n in range(50_000_000, 99_000_000, 1_234_567)]
    said = _gate([(text, REJECTED, Reason.NO_COUNTRY.value) for text in texts])
    assert "as Austria: --region AT, 40 as Serbia: --region RS?" in said
    assert said.endswith("Only one of these countries can be right.")


def test_the_region_that_was_named_is_not_advised_again() -> None:
    """Rejects of a list with --region HK are not advised to take --region HK."""
    texts = [f"{first}{n}34 {n}67{n}" for first in (5, 6, 9) for n in range(1, 9)]
    lines = [(text, REJECTED, Reason.NOT_VALID.value) for text in texts]
    assert "--region HK?" in _gate(lines, region="SG")  # type: ignore[arg-type]
    assert "--region HK" not in _gate(lines, region="HK")  # type: ignore[arg-type]


def test_rows_with_a_country_are_not_advised_another_one() -> None:
    """Where a column says the countries, a region would change nothing."""
    texts = [f"{first}{n}34 {n}67{n}" for first in (5, 6, 9) for n in range(1, 9)]
    lines = [(text, REJECTED, Reason.NOT_VALID.value) for text in texts]
    assert "--region HK" not in _gate(lines, country="Country")


def test_an_empty_column_sends_nothing() -> None:
    """A file without a phone cell says so."""
    assert "the phone column is empty" in _gate([])
