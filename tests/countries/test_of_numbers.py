"""The country that numbers have in common."""

from __future__ import annotations

import phonenumbers
import pytest

from importer.countries.of_numbers import country_of


@pytest.mark.parametrize("region", ["HK", "CN", "US", "CA", "GB", "RU", "KZ", "DE"])
def test_a_country_is_that_of_its_example_number(region: str) -> None:
    """An example number of a country is of that country, also where several share a code."""
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    assert example is not None
    number = f"{example.country_code}{example.national_number}"
    assert country_of([number]) == region
    assert country_of([number, "85251000001"]) == (region if region == "HK" else "mixed")


@pytest.mark.parametrize("numbers", [[], [""], ["x"], ["0"], ["1212****567"], ["80012345678"]])
def test_no_country(numbers: list[str]) -> None:
    """What has no country, or none that is known, gives none."""
    assert country_of(numbers) == ""


def test_masked_number() -> None:
    """A number whose middle is hidden shows its country where the code is one country's alone."""
    assert country_of(["8525****001"]) == "HK"
