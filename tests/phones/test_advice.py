"""Which country a list without one is advised to be."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.phones.advice import likely_regions


def _numbers(region: str, *starts: str) -> list[str]:
    """Return valid numbers of a region as its people write them, made by counting up."""
    found: list[str] = []
    example = phonenumbers.example_number(region)
    assert example is not None
    size = len(phonenumbers.national_significant_number(example))
    for start in starts:
        for tail in range(0, 10_000, 97):
            digits = start + f"{tail * 7919}".rjust(size - len(start), "1")[: size - len(start)]
            number = phonenumbers.parse(digits, region)
            if phonenumbers.is_valid_number_for_region(number, region):
                style = phonenumbers.PhoneNumberFormat.NATIONAL
                found.append(phonenumbers.format_number(number, style))
    return found


@pytest.mark.parametrize(
    ("region", "starts"),
    [
        ("HK", ("51", "62", "93")),
        ("US", ("212", "415", "303")),
        ("IN", ("98", "70", "63")),
        ("GB", ("74", "77", "20")),
    ],
)
def test_numbers_written_at_home_name_their_country(region: str, starts: tuple[str, ...]) -> None:
    """Cells of one country, grouped as its people do, are advised to be its."""
    found = likely_regions(_numbers(region, *starts))
    assert found[0].region == region
    assert found[0].valid >= 0.8 * found[0].cells > 0


def test_what_the_list_holds_already_counts_more() -> None:
    """Of several plans that fit, the one whose numbers stand in the list is named first."""
    texts = [f"9{n}23 456{n}" for n in range(1, 9)]
    assert likely_regions(texts, {"SG"})[0].region == "SG"
    assert likely_regions(texts, {"HK"})[0].region == "HK"


@given(st.lists(st.text(max_size=80), max_size=20))
def test_any_texts(texts: list[str]) -> None:
    """Whatever stands there: no error, at most three regions, each valid in four of five cells."""
    found = likely_regions(texts)
    assert len(found) <= 3
    assert all(one.cells >= one.valid for one in found)


def test_likeliest_of_many_that_fit() -> None:
    """Where many plans take all numbers, those are named that they fit best."""
    texts = [f"06{7 + at % 3}{(at * 7_654_321 + 2_345_678) % 10**7:07}" for at in range(30)]
    found = likely_regions(texts)
    assert 1 <= len(found) <= 3
    assert all(one.valid == 30 for one in found)


def test_digits_of_other_scripts_are_no_error() -> None:
    """Full-width digits are valid for phonenumbers, but are no ASCII digits."""
    texts = [f"\uff15\uff11\uff12\uff13\uff14\uff15\uff16{chr(0xFF10 + at)}" for at in range(9)]
    assert len(likely_regions(texts)) <= 3


def test_nothing_fits_nothing() -> None:
    """Words and no cells at all name no country."""
    assert likely_regions([]) == ()
    assert likely_regions(["call me", "n/a"]) == ()
