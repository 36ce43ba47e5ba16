"""Which column says the countries of the numbers: header and cells together, else a question."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.reading.layout.find import find_layout
from importer.reading.layout.layouts import Layout, NoLayout, UnclearCountry, Wishes
from importer.reading.tables.sheets import Sheet

HONG_KONG = ["9123 4567", "6123 4568", "5123 4569", "9323 4560"]
AMERICAN = ["303-555-0123", "303-555-0187", "303-555-0145", "303-555-0199"]


def _find(
    headers: list[str], *columns: list[str], **wishes: str
) -> Layout | NoLayout | UnclearCountry:
    lines = [headers, *map(list, zip(*columns, strict=True))]
    return find_layout(Sheet("s", lines), Wishes(**wishes))  # type: ignore[arg-type]


def _country(found: Layout | NoLayout | UnclearCountry) -> int | None:
    """Return the column that was chosen, None for none."""
    assert isinstance(found, Layout)
    columns = found.countries_of(found.phones[0])
    return columns[0] if columns else None


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("Country", "Hong Kong"),
        ("Business Country/Region", "Hong Kong, China"),
        ("Mailing Country", "HK"),
        ("Staat", "Hongkong"),
        ("country_iso2", "hk"),
        ("Phone Country Code", "+852"),
        ("ISD Code", "852"),
        ("Region", "Hong Kong"),
        ("Prefix", "+852"),
        ("地区", "中国香港"),
    ],
)
def test_columns_of_countries(header: str, cell: str) -> None:
    """A header that can mean countries over cells that are countries is the country column."""
    assert _country(_find(["Phone", header], HONG_KONG, [cell] * 4)) == 1


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Region", ["CO", "TX", "IN", "NY"]),
        ("Region", ["EMEA", "APAC", "North", "South"]),
        ("地区", ["广东", "浙江", "四川", "广东"]),
        ("Prefix", ["Mr.", "Ms.", "Dr.", "Mr."]),
        ("Area Code", ["303", "720", "303", "720"]),
    ],
)
def test_columns_of_something_else(header: str, cells: list[str]) -> None:
    """States, sales regions, provinces and titles are no countries, and nobody is asked."""
    assert _country(_find(["Phone", header], AMERICAN, cells)) is None


@pytest.mark.parametrize(
    "header",
    ["Supplier country", "Company Country", "Land des Lieferanten", "Visited countries", "Origin"],
)
def test_the_country_of_somebody_else_is_asked_about(header: str) -> None:
    """Kenya's numbers are written and valid as Sweden's: a supplier's country decides nothing."""
    kenyan, swedish = ["0720 450135", "064 5104455", "0136 254951"], ["Sweden"] * 3
    assert isinstance(_find(["Mobile", header], kenyan, swedish), UnclearCountry)


DUTCH_OR_FRENCH = ["06 57815166", "06 41710610", "06 35486148"]
"""Mobile numbers of the Netherlands and of France; FR is Friesland, and France."""


@pytest.mark.parametrize("header", ["Nationality", "Country of birth", "ISO", "cc", "City/Country"])
def test_codes_of_countries_that_are_codes_of_provinces_too(header: str) -> None:
    """Under a header that can't mean provinces they contradict the region, and it is asked."""
    found = _find(["Phone", header], DUTCH_OR_FRENCH, ["FR"] * 3, region="NL")
    assert isinstance(found, UnclearCountry)


@pytest.mark.parametrize("header", ["", "Team", "Notes", "Column1", "Ship To"])
@pytest.mark.parametrize("headed", [True, False])
def test_calling_codes_with_a_plus(header: str, *, headed: bool) -> None:
    """Beside numbers that fit them they are nothing else, and a region that differs is doubted."""
    head = ["Phone" if headed else "", header]
    found = _find(head, DUTCH_OR_FRENCH, ["+33"] * 3, region="NL")
    assert isinstance(found, UnclearCountry)
    assert _country(_find(head, DUTCH_OR_FRENCH, ["+31"] * 3, region="NL")) is None
    assert _country(_find(head, DUTCH_OR_FRENCH, ["+1", "+2", "+9"], region="NL")) is None


@pytest.mark.parametrize("header", ["IP Country", "Launch country"])
def test_a_word_that_is_not_known_beside_country(header: str) -> None:
    """The numbers decide whether it is theirs; against a region that is given it is asked."""
    portuguese = ["938 054 197", "913 290 119", "966 405 462"]
    assert _country(_find(["Phone", header], portuguese, ["Portugal"] * 3)) == 1
    assert _country(_find(["Phone", header], portuguese, ["Malta"] * 3)) is None
    asked = _find(["Phone", header], portuguese, ["Spain"] * 3, region="PT")
    assert isinstance(asked, UnclearCountry)


FRENCH_OR_DUTCH = ["06 12345678", "06 23456789", "06 34567890", "06 45678901"]
HONG_KONG_OR_CHINESE = ["9123 4567", "138 1234 5678", "6123 4568", "139 8765 4321"]


@pytest.mark.parametrize(
    "header",
    ["Nationality", "Country of birth", "Tax country", "Geburtsland", "Country of citizenship"],
)
def test_a_persons_country_is_asked_about(header: str) -> None:
    """A French citizen in the Netherlands has a number there that France has as well."""
    for said in (["NL", "FR", "NL", "NL"], ["France"] * 4):
        assert isinstance(_find(["Phone", header], FRENCH_OR_DUTCH, said), UnclearCountry)


@pytest.mark.parametrize("header", ["Ship-from country", "Launch country", "Store", "Branch"])
def test_several_countries_under_a_word_that_is_not_known(header: str) -> None:
    """Countries whose numbers are written alike are asked about, however few rows have one."""
    for count in (1, 10):
        said = ["NL", "FR", "NL", "NL"] + ["NL"] * 4 * (count - 1)
        found = _find(["Phone", header], FRENCH_OR_DUTCH * count, said)
        assert isinstance(found, UnclearCountry)


@pytest.mark.parametrize("header", ["Nationality", "Ship-from country", "Launch country"])
def test_numbers_that_only_the_rows_country_has(header: str) -> None:
    """A column is believed, whatever its name, where the numbers of its countries differ."""
    said = ["HK", "CN", "HK", "CN"]
    assert _country(_find(["Phone", header], HONG_KONG_OR_CHINESE, said)) == 1


@pytest.mark.parametrize(
    "cells",
    [
        ["hk", "cn", "hk", "cn"],
        ["HKG", "CHN", "HKG", "CHN"],
        ["852", "86", "852", "86"],
        ["+852", "+86", "+852", "+86"],
    ],
)
def test_codes_under_a_header_that_is_not_known_are_asked_about(cells: list[str]) -> None:
    """Nothing else says the countries, and the question says how to name the column."""
    asked = _find(["Phone", "Wherefrom"], HONG_KONG_OR_CHINESE, cells)
    assert isinstance(asked, UnclearCountry)
    assert [one.name for one in asked.candidates] == ["Wherefrom"]


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("Language", ["de", "fr", "it", "de"]),
        ("Quantity", ["1"] * 4),
        ("Boxes", ["1", "7", "1", "1"]),
    ],
)
def test_languages_and_counts_are_not_asked_about(header: str, cells: list[str]) -> None:
    """What reads like codes of countries by accident."""
    assert _country(_find(["Phone", header], AMERICAN, cells)) is None


@pytest.mark.parametrize("named", ["Company Phone", "Company telephone number"])
def test_the_country_of_the_same_party(named: str) -> None:
    """A company's phone numbers are those of the company's country."""
    assert _country(_find([named, "Company Country"], HONG_KONG, ["Hong Kong"] * 4)) == 1


@pytest.mark.parametrize("header", ["Customer country", "Country"])
def test_a_suppliers_country_beside_the_customers(header: str) -> None:
    """The customer's country counts, nobody is asked."""
    headers = ["Supplier country", "Mobile", header]
    assert _country(_find(headers, ["China"] * 4, HONG_KONG, ["Hong Kong"] * 4)) == 2


@pytest.mark.parametrize("header", ["Țara", "Stát", "Држава"])
def test_country_in_more_languages(header: str) -> None:
    """Romanian, Czech and Serbian."""
    assert _country(_find(["Phone", header], HONG_KONG, ["HK"] * 4)) == 1


@pytest.mark.parametrize("state", ["CO", "IN", "DE", "CA"])
def test_a_state_is_never_taken_for_a_country(state: str) -> None:
    """Codes of states that are codes of countries too: asked about or not used, never read."""
    found = _find(["Phone", "Region"], AMERICAN, [state] * 4)
    assert isinstance(found, UnclearCountry) or _country(found) is None


def test_the_best_column_wins_not_the_leftmost() -> None:
    """Region stands further left, Country says the country."""
    found = _find(["Region", "Phone", "Country"], ["CO"] * 4, AMERICAN, ["United States"] * 4)
    assert _country(found) == 2


def test_columns_that_disagree_are_asked_about() -> None:
    """Two columns of countries that say different ones: the operator says which counts."""
    columns = (HONG_KONG, ["Hong Kong"] * 4, ["Singapore"] * 4)
    found = _find(["Phone", "Mailing Country", "Ship Country"], *columns)
    assert isinstance(found, UnclearCountry)
    assert [one.name for one in found.candidates] == ["Mailing Country", "Ship Country"]


def test_where_every_number_has_its_plus_nobody_is_asked() -> None:
    """Numbers with `+` say their country themselves."""
    columns = ([f"+852 {one}" for one in HONG_KONG], ["Hong Kong"] * 4, ["Singapore"] * 4)
    assert isinstance(_find(["Phone", "Mailing Country", "Ship Country"], *columns), Layout)


def test_each_phone_has_the_country_of_its_own_kind() -> None:
    """Billing Phone is of Billing Country, Shipping Phone of Shipping Country."""
    headers = ["Billing Phone", "Billing Country", "Shipping Phone", "Shipping Country"]
    found = _find(headers, HONG_KONG, ["HK"] * 4, AMERICAN, ["US"] * 4)
    assert isinstance(found, Layout)
    assert [found.countries_of(at)[0] for at in found.phones] == [1, 3]


@pytest.mark.parametrize("header", ["Nationality", "Whence", "Region"])
def test_a_region_that_a_column_contradicts_is_asked_about(header: str) -> None:
    """Cells that are countries, other ones than --region: the file is not read as that region."""
    found = _find(["Phone", header], HONG_KONG, ["Hong Kong"] * 4, region="SG")
    assert isinstance(found, UnclearCountry)
    assert "--region SG" in found.why


def test_the_operators_word_counts() -> None:
    """A named column is taken, `none` takes none, and what is not there is said."""
    columns = (HONG_KONG, ["Hong Kong"] * 4, ["Singapore"] * 4)
    headers = ["Phone", "Mailing Country", "Where"]
    assert _country(_find(headers, *columns, country_column="where")) == 2
    assert _country(_find(headers, *columns, country_column="B")) == 1
    assert _country(_find(headers, *columns, country_column="none", region="SG")) is None
    missing = _find(headers, *columns, country_column="Land")
    assert isinstance(missing, NoLayout)
    assert missing.missing == "Land"


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.sampled_from(["Hong Kong", "Singapore", "CO", "EMEA", "", "+65"]), min_size=4,
                 max_size=4),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["Country", "Mailing Country", "Region", "Where"]),
)  # fmt: skip
def test_the_order_of_columns_decides_nothing(columns: list[list[str]], header: str) -> None:
    """Whether a file is read or asked about does not hang on which column stands further left."""
    named = [(f"{word} {header}", one) for word, one in zip("XYZ", columns, strict=False)]
    forward = _find(["Phone", *(name for name, _ in named)], HONG_KONG, *(c for _, c in named))
    named.reverse()
    backward = _find(["Phone", *(name for name, _ in named)], HONG_KONG, *(c for _, c in named))
    assert type(forward) is type(backward)
