"""What a column promises: cells are read as the column writes them, where that is clear."""

import phonenumbers
import pytest

from importer.phones import PhoneOptions
from importer.phones.cell.evidence import TRUSTED
from importer.phones.cell.numbering import code_of
from tests.phones.cell.columns import (
    AMERICAN,
    CHINESE,
    CODED,
    GERMAN,
    HONG_KONG,
    ITALIAN,
    abroad,
    decided,
    fits_in,
    made,
    numbers,
    valid_abroad,
)
from tests.phones.damage_corpus import digits, example


def test_chinese_list_without_country() -> None:
    """Two in five are valid American numbers; none of them is taken."""
    found = decided(CHINESE)
    assert set(numbers(found)) == {""}
    assert "may be chance" in found.assumptions[0]


def test_chinese_list_with_its_country() -> None:
    """Those that only read as Chinese decide about those that are valid American ones too."""
    found = decided(CHINESE, "CN")
    assert numbers(found) == abroad("CN", CHINESE)
    assert found.assumptions == (
        "Column 'Phone', rows of CN: numbers without + were read as national ones: "
        f"{sum(not valid_abroad(one) for one in CHINESE)} different cells can be nothing else.",
    )


def test_one_cell_many_times_decides_nothing() -> None:
    """A number copied down a column is one piece of evidence."""
    doubtful = next(one for one in CODED if fits_in("ID", one))
    assert numbers(decided([doubtful] * 100)) == [""] * 100
    found = decided(CODED)
    assert numbers(found) == CODED
    [sentence] = found.assumptions
    assert sentence.endswith(" can be nothing else.")  # that none is national is not said


def test_mixed_column_reads_its_country() -> None:
    """Where the column writes both ways, cells that begin with the own code keep it."""
    sure = [one for one in CHINESE if not valid_abroad(one)][:40]
    doubtful = [one for one in CHINESE if valid_abroad(one)][:10]
    found = decided([*sure, *abroad("CN", sure), *doubtful], "CN")
    assert numbers(found) == [*abroad("CN", sure) * 2, *abroad("CN", doubtful)]


def test_american_list_without_country() -> None:
    """All are valid with their 1, so they are American, and not Chinese."""
    found = decided(abroad("US", AMERICAN))
    assert numbers(found) == abroad("US", AMERICAN)


def test_german_list_with_its_code() -> None:
    """Every cell is valid as +49 49… too; the mobiles with the own code say what they are."""
    found = decided(abroad("DE", GERMAN), "DE")
    assert numbers(found) == abroad("DE", GERMAN)
    assert "200 with the code of DE" in found.assumptions[0]


def test_german_list_with_its_zeros() -> None:
    """Zeros in front say that digits without one are not national: none is read as +49 49…."""
    zeros = [f"0{national}" for national in GERMAN]
    found = decided([*zeros, *abroad("DE", GERMAN[:10])], "DE")
    assert numbers(found)[: len(zeros)] == abroad("DE", GERMAN)
    assert set(numbers(found)[len(zeros) :]) <= {"", *abroad("DE", GERMAN)}


def test_german_list_without_its_zeros() -> None:
    """National without zeros, and a few with their code among them: no +49 49… comes out."""
    found = decided([*GERMAN, *abroad("DE", GERMAN[:5])], "DE")
    truth = {*abroad("DE", GERMAN), ""}
    assert set(numbers(found)) <= truth


def test_length_of_the_convention() -> None:
    """A convention holds for cells as long as those that show it: 13 digits are not national."""
    found = decided([*GERMAN, abroad("DE", GERMAN)[0]], "DE")
    assert numbers(found) == [*abroad("DE", GERMAN), abroad("DE", GERMAN)[0]]


def test_national_number_in_an_international_column() -> None:
    """In an open plan nearly all digits are valid: a mobile is taken, a fixed line is doubtful."""
    found = decided([*abroad("DE", GERMAN), "15112345678", "7111234567"], "DE")
    assert numbers(found)[-2:] == ["4915112345678", ""]


def test_hong_kong_list_with_foreign_numbers() -> None:
    """In a clearly national column a foreign number passes by a length that no slip can make."""
    foreign = ["8613812345678", "447911123456"]
    found = decided([*HONG_KONG, *foreign], "HK")
    assert numbers(found) == [*abroad("HK", HONG_KONG), *foreign]


def test_slip_in_a_national_column() -> None:
    """An American number with one digit too many is not read as one of Hong Kong."""
    national = abroad("US", AMERICAN)
    assert numbers(decided([*(one[1:] for one in national), "85235753351"], "US"))[-1] == ""


def test_vendors_own_format() -> None:
    """Digits with country code and no plus, as the API wants them, need no country."""
    texts = [*abroad("HK", HONG_KONG), *abroad("DE", GERMAN[:20])]
    assert numbers(decided(texts)) == texts


def test_italian_mobiles() -> None:
    """In a column that lost no zeros 10 digits are mobiles; alone, one may be 0331 234567…."""
    assert numbers(decided(ITALIAN, "IT")) == abroad("IT", ITALIAN)
    alone = next(one for one in ITALIAN if valid_abroad(f"390{one}"))
    assert numbers(decided([alone], "IT")) == [""]


def test_italian_zeros_lost() -> None:
    """One cell that lost its zero, and those that may have lost theirs are not certain."""
    alone = [one for one in ITALIAN if valid_abroad(f"390{one}")]
    found = decided([*ITALIAN, "612345678"], "IT")
    assert {number for number in numbers(found) if number} == {
        *(f"39{one}" for one in ITALIAN if one not in alone),
        "390612345678",
    }
    assert list(found.lines["reason"])[-1] == "repaired: the 0 in front put back"


def test_by_hand_needs_no_evidence() -> None:
    """The operator's word decides about even one cell, and no assumption is made."""
    found = decided(["15012345678"], "CN", PhoneOptions(bare_digits="national"))
    assert numbers(found) == ["8615012345678"]
    assert found.assumptions == ()


@pytest.mark.parametrize("region", ["CO", "DE", "IN", "ID", "NG", "BR", "TR", "PK", "RU", "ZM"])
def test_accidents_stay_below_the_threshold(region: str) -> None:
    """Mobile numbers without their country are valid as others' far less often than is trusted."""
    mobile = digits(example(region, phonenumbers.PhoneNumberType.MOBILE))
    start = mobile[len(code_of(region)) :][0]
    cells = made(region, 300, start)
    assert sum(map(valid_abroad, cells)) < TRUSTED * len(cells)
    assert set(numbers(decided(cells))) == {""}


AREA_203 = made("US", 30, "203")


@pytest.mark.parametrize("count", [1, 3, 10, 30])
def test_one_area_of_north_america(count: int) -> None:
    """All of area 203 are valid as Egypt's +20 3…, and none of them is taken for that."""
    assert set(numbers(decided(AREA_203[:count]))) == {""}
    assert numbers(decided(AREA_203[:count], "US")) == abroad("US", AREA_203[:count])


def test_code_is_proven_by_plus() -> None:
    """Numbers with +20 show that bare digits which begin with 20 may be Egypt's."""
    egyptian = abroad("EG", made("EG", 12, "10", "11", "12"))
    bare, explicit = egyptian[:2], [f"+{one}" for one in egyptian[2:]]
    assert numbers(decided([*explicit, *bare])) == [*egyptian[2:], *bare]


def test_held_country_speaks_against_another() -> None:
    """Colombian mobiles without 57 in a Colombian list are not Belgian."""
    colombian = made("CO", 44, "321", "310", "300")
    few = [one for one in colombian if valid_abroad(one)][:3] or colombian[:3]
    for style in ("57", "+57"):
        rest = [f"{style}{one}" for one in colombian if one not in few]
        assert set(numbers(decided([*rest, *few]))[-len(few) :]) <= {""}


def test_trunk_prefix_is_national() -> None:
    """Moscow's 8 495 … is never Vietnam's +84, whatever most cells of the list look like."""
    moscow = made("RU", 3, "495")
    for count in (1, 19, 20, 60):
        mobiles = made("RU", count, "916", "903")
        found = decided([*abroad("RU", mobiles), *(f"8{one}" for one in moscow)], "RU")
        assert numbers(found)[-3:] == abroad("RU", moscow)


def test_one_cell_is_one_cell() -> None:
    """What is said of a column counts one thing in the singular."""
    found = decided([*GERMAN, "81231234567"], "DE")
    assert "1 different cells" not in " ".join(found.assumptions)
