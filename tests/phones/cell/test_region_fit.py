"""Whether a country that was given is that of the numbers."""

from itertools import pairwise

import pytest

from importer.phones import PhoneOptions
from tests.phones.cell.columns import (
    CHINESE,
    GERMAN,
    HONG_KONG,
    abroad,
    decided,
    made,
    numbers,
    valid_abroad,
)


def test_wrong_region() -> None:
    """Where most cells are no numbers of the assumed country, the others are accidents."""
    fits = [one for one in GERMAN if not valid_abroad(one)][:20]
    none = [
        one for one in map(str, range(10_000_000_001, 10_000_000_500)) if not fits_anywhere(one)
    ]
    assert numbers(decided(fits, "DE")) == abroad("DE", fits)
    assert set(numbers(decided([*fits, *none[:60]], "DE"))) == {""}


def fits_anywhere(text: str) -> bool:
    return valid_abroad(text) or valid_abroad(f"49{text}")


def test_wrong_region_is_noticed() -> None:
    """Two thirds of Hong Kong's numbers would be Singapore's; none is taken, and it is said."""
    found = decided(made("HK", 60, "2", "3", "5", "6", "9"), "", PhoneOptions(region="SG"))
    assert set(numbers(found)) == {""}
    assert "may be the wrong country" in found.assumptions[0]


def test_that_none_fits_is_said_in_words() -> None:
    """Of German numbers none would be Singapore's: not "only 0 of 12"."""
    found = decided(GERMAN[:50], "", PhoneOptions(region="SG"))
    assert "because none of 12 different cells would be valid there" in found.assumptions[0]


def test_chinese_list_with_another_country() -> None:
    """The same list, its country left out and Hong Kong assumed."""
    assert set(numbers(decided(CHINESE, "HK"))) == {""}


@pytest.mark.parametrize("count", [1, 3, 10, 30])
def test_few_cells_with_their_country(count: int) -> None:
    """A country that is given beats an accident abroad, however few cells there are."""
    for source in ("CN", ""):
        options = PhoneOptions(region="" if source else "CN")
        found = decided(CHINESE[:count], source, options)
        assert numbers(found) == abroad("CN", CHINESE[:count])


def test_region_whose_code_is_written_is_right() -> None:
    """Kazakhstan's 7 7… may be Indonesian digits too; a few cells with its 8 are its numbers."""
    mobiles = abroad("KZ", made("KZ", 20, "7"))
    astana = ["8 (7172) 14-80-62", "8 (7172) 94-25-11", "8 (7172) 58-60-66"]
    found = decided([*mobiles, *astana], "", PhoneOptions(region="KZ"))
    assert numbers(found)[-3:] == ["77172148062", "77172942511", "77172586066"]


def test_chinese_mobiles_in_north_america() -> None:
    """Those that would all be valid American numbers are not American by default."""
    alike = [one for one in CHINESE if valid_abroad(one)]
    assert set(numbers(decided(alike, "", PhoneOptions(region="US")))) == {""}


@pytest.mark.parametrize(
    ("fitting", "others", "read"), [(1, 2, False), (2, 2, False), (3, 1, True)]
)
def test_few_cells_of_which_half_are_no_numbers(fitting: int, others: int, read: bool) -> None:
    """Of three or four cells at most half that fit make a region doubtful, one slip does not."""
    some = HONG_KONG[:fitting]
    found = decided(
        [*some, *(f"1{at}345678" for at in range(others))], "", PhoneOptions(region="HK")
    )
    assert numbers(found)[:fitting] == (abroad("HK", some) if read else [""] * fitting)


def test_groups_of_another_country() -> None:
    """France has the same mobile numbers as Spain, but nobody there writes them 3-2-2-2."""
    spanish = made("ES", 40, "6")
    grouped = [f"{one[:3]} {one[3:5]} {one[5:7]} {one[7:]}" for one in spanish]
    found = decided(grouped, "", PhoneOptions(region="FR"))
    assert set(numbers(found)) == {""}
    assert "such as ES" in found.assumptions[0]
    assert numbers(decided(grouped, "", PhoneOptions(region="ES"))) == abroad("ES", spanish)


@pytest.mark.parametrize(
    ("region", "starts", "widths"),
    [
        ("HK", ("2", "3"), (2, 2, 2, 2)),
        ("SG", ("8", "9"), (2, 2, 2, 2)),
        ("CO", ("310", "301", "320"), (3, 3, 4)),
        ("SA", ("50", "53", "55"), (3, 3, 3)),
        ("GH", ("24", "54", "20"), (3, 3, 3)),
        ("NL", ("6",), (3, 2, 2, 2)),
    ],
)
def test_groups_alone_make_no_region_wrong(
    region: str, starts: tuple[str, ...], widths: tuple[int, ...]
) -> None:
    """Pairs and threes are written everywhere, and not only where the plan's own form has them."""
    some = made(region, 12, *starts)
    cuts = [sum(widths[:at]) for at in range(len(widths) + 1)]
    grouped = [" ".join(one[a:b] for a, b in pairwise(cuts)) for one in some]
    for found in (decided(grouped, "", PhoneOptions(region=region)), decided(grouped, region)):
        assert numbers(found) == abroad(region, some)


def test_sentence_says_which_numbers_were_read_all_the_same() -> None:
    """A region that does not fit is not said to have read nothing where proven codes were read."""
    texts = [f"4917{at:08}" for at in range(1, 30_000_000, 1_000_003)]
    found = decided(texts, "", PhoneOptions(region="US"))
    assert numbers(found) == texts
    (sentence,) = found.assumptions
    assert "were not read as those of US" in sentence
    assert sentence.endswith("Those that begin with 49 were read as international ones.")
