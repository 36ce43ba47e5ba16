"""What a column promises: cells are read as the column writes them, where that is clear."""

import random
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd
import phonenumbers
import pytest

from importer.phones import Decided, PhoneOptions, normalize
from importer.phones.cell.evidence import TRUSTED
from importer.phones.cell.numbering import code_of, number_of
from tests.phones.damage_corpus import digits, example


def decided(texts: Sequence[str], region: str = "", options: PhoneOptions | None = None) -> Decided:
    cells = pd.DataFrame(
        {
            "sheet": "Sheet1",
            "row": range(2, len(texts) + 2),
            "column": "Phone",
            "original": list(texts),
            "kind": "text",
            "region": region,
        }
    )
    return normalize(cells, options or PhoneOptions())


def numbers(found: Decided) -> list[str]:
    return list(found.lines["number"])


def reasons(found: Decided) -> set[str]:
    return {reason.partition(":")[0] for reason in found.lines["reason"]}


def made(region: str, count: int, *starts: str) -> list[str]:
    """National numbers of a region without trunk prefix: valid ones that begin as told."""
    rng = random.Random(f"{region}{starts}")
    length = len(digits(example(region, phonenumbers.PhoneNumberType.MOBILE))) - len(
        code_of(region)
    )
    found: dict[str, None] = {}
    while len(found) < count:
        start = rng.choice(starts)
        national = start + "".join(rng.choices("0123456789", k=length - len(start)))
        number = number_of(code_of(region) + national)
        if number and number.valid:
            found[national] = None
    return list(found)


def abroad(region: str, nationals: Sequence[str]) -> list[str]:
    return [code_of(region) + national for national in nationals]


CHINESE = made("CN", 200, "138", "139", "150", "158", "187")
GERMAN = made("DE", 200, "151", "160", "171", "176")
AMERICAN = made("US", 60, "212", "415", "501", "702")
HONG_KONG = made("HK", 60, "5", "6", "9")
CODED = abroad("HK", made("HK", 200, "5", "6", "9"))
"""Most of these may be Indonesian mobile numbers as well."""
ITALIAN = made("IT", 80, "328", "331", "333", "340", "347")


def test_chinese_list_without_country() -> None:
    """Two in five are valid American numbers; none of them is taken."""
    found = decided(CHINESE)
    assert set(numbers(found)) == {""}
    assert "may be chance" in found.assumptions[0]


def test_chinese_list_with_another_country() -> None:
    """The same list, its country left out and Hong Kong assumed."""
    assert set(numbers(decided(CHINESE, "HK"))) == {""}


def test_chinese_list_with_its_country() -> None:
    """Those that only read as Chinese decide about those that are valid American ones too."""
    found = decided(CHINESE, "CN")
    assert numbers(found) == abroad("CN", CHINESE)
    assert found.assumptions == (
        "Column 'Phone', rows of CN: numbers without + were read as national ones: "
        f"{sum(not valid_abroad(one) for one in CHINESE)} different cells can be nothing else, and "
        "0 can only have a country code.",
    )


def test_sentence_says_which_numbers_were_read_all_the_same() -> None:
    """A region that does not fit is not said to have read nothing where proven codes were read."""
    texts = [f"4917{at:08}" for at in range(1, 30_000_000, 1_000_003)]
    found = decided(texts, "", PhoneOptions(region="US"))
    assert numbers(found) == texts
    (sentence,) = found.assumptions
    assert "were not read as those of US" in sentence
    assert sentence.endswith("Those that begin with 49 were read as international ones.")


def test_repair_is_said_once() -> None:
    """What was put right is said of a cell once, though its column decides about it again."""
    found = decided(["11 15 2345-6789", "91123456789.0"], "AR")
    assert numbers(found) == ["5491123456789"] * 2
    assert list(found.lines["reason"]) == [
        "repaired: Argentine 15 written as 9",
        "repaired: .0 removed",
    ]


def test_repair_is_said_of_what_the_column_decides() -> None:
    """Also where the cell alone would have been ambiguous."""
    doubtful = next(one for one in CHINESE if valid_abroad(one))
    assert "ambiguous" in reasons(decided([f"{doubtful}.0"]))
    found = decided([*CHINESE, f"{doubtful}.0"], "CN")
    assert numbers(found)[-1] == f"86{doubtful}"
    assert list(found.lines["reason"])[-1] == "repaired: .0 removed"


def valid_abroad(text: str) -> bool:
    number = number_of(text)
    return number is not None and number.valid


@pytest.mark.parametrize("count", [1, 3, 10, 30])
def test_few_cells_with_their_country(count: int) -> None:
    """A country that is given beats an accident abroad, however few cells there are."""
    for source in ("CN", ""):
        options = PhoneOptions(region="" if source else "CN")
        found = decided(CHINESE[:count], source, options)
        assert numbers(found) == abroad("CN", CHINESE[:count])


def test_one_cell_many_times_decides_nothing() -> None:
    """A number copied down a column is one piece of evidence."""
    doubtful = next(one for one in CODED if fits_in("ID", one))
    assert numbers(decided([doubtful] * 100)) == [""] * 100
    assert numbers(decided(CODED)) == CODED


def fits_in(region: str, national: str) -> bool:
    number = number_of(code_of(region) + national)
    return number is not None and number.valid


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


def test_columns_are_told_apart() -> None:
    """One column's convention is nothing to another one."""
    cells = pd.DataFrame(
        {
            "sheet": "Sheet1",
            "row": range(len(CODED) + 1),
            "column": ["Phone 1"] * len(CODED) + ["Phone 2"],
            "original": [*CODED, next(one for one in CODED if fits_in("ID", one))],
            "kind": "text",
            "region": "",
        }
    )
    found = normalize(cells)
    assert numbers(found)[0] == CODED[0]
    assert numbers(found)[-1] == ""


def test_by_hand_needs_no_evidence() -> None:
    """The operator's word decides about even one cell, and no assumption is made."""
    found = decided(["15012345678"], "CN", PhoneOptions(bare_digits="national"))
    assert numbers(found) == ["8615012345678"]
    assert found.assumptions == ()


def test_country_not_understood() -> None:
    """Such a row is rejected, not read with the default region."""
    found = decided(["35753351"], "Atlantis", PhoneOptions(region="HK"))
    assert list(found.lines["reason"]) == ["country not understood: 'Atlantis'"]


@pytest.mark.parametrize("text", ["+85235753351", "0085235753351"])
def test_plus_beside_a_country_not_understood(text: str) -> None:
    """The number says its country itself; that the cell beside it is unclear is a note."""
    (line,) = decided([text], "Atlantis").lines.to_dict("records")
    assert line["number"] == "85235753351"
    assert "'Atlantis'" in line["reason"]


def test_lines_of_a_split_cell() -> None:
    """Each number has a line of its own, and `cell` says whose it is; the types are fixed."""
    found = decided(["+85235753351", "+85235753351; +85291234567", "x"])
    assert list(found.lines["cell"]) == [0, 1, 1, 2]
    assert list(found.lines.columns) == ["cell", "number", "country", "type", "reason"]
    assert list(found.lines.index) == [0, 1, 2, 3]
    empty = decided([]).lines
    assert list(empty.dtypes) == list(found.lines.dtypes)
    assert {str(one) for one in empty.dtypes[1:]} == {"str"}


def test_cells_keep_their_order_under_any_index() -> None:
    """`cell` is a position: the index of `cells` is nothing to it."""
    cells = pd.DataFrame(
        {"original": ["x", "+85235753351"], "kind": "text", "region": ""}, index=[7, 3]
    )
    assert list(normalize(cells).lines["number"]) == ["", "85235753351"]


def test_progress_adds_up() -> None:
    """What progress is told adds up to the cells."""
    told: list[int] = []
    cells = pd.DataFrame({"original": ["x", "y", "x"], "kind": "text", "region": ""})
    normalize(cells, PhoneOptions(), told.append)
    assert sum(told) == 3


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


def test_region_whose_code_is_written_is_right() -> None:
    """Kazakhstan's 7 7… may be Indonesian digits too; a few cells with its 8 are its numbers."""
    mobiles = abroad("KZ", made("KZ", 20, "7"))
    astana = ["8 (7172) 14-80-62", "8 (7172) 94-25-11", "8 (7172) 58-60-66"]
    found = decided([*mobiles, *astana], "", PhoneOptions(region="KZ"))
    assert numbers(found)[-3:] == ["77172148062", "77172942511", "77172586066"]


def test_wrong_region_is_noticed() -> None:
    """Two thirds of Hong Kong's numbers would be Singapore's; none is taken, and it is said."""
    found = decided(made("HK", 60, "2", "3", "5", "6", "9"), "", PhoneOptions(region="SG"))
    assert set(numbers(found)) == {""}
    assert "may be the wrong country" in found.assumptions[0]


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


def test_one_cell_is_one_cell() -> None:
    """What is said of a column counts one thing in the singular."""
    found = decided([*GERMAN, "81231234567"], "DE")
    assert "1 different cells" not in " ".join(found.assumptions)


def test_chinese_mobiles_in_north_america() -> None:
    """Those that would all be valid American numbers are not American by default."""
    alike = [one for one in CHINESE if valid_abroad(one)]
    assert set(numbers(decided(alike, "", PhoneOptions(region="US")))) == {""}


def test_sum_below_its_column() -> None:
    """A sum is no number, though it has no label; the same digits elsewhere are one."""
    some = abroad("DE", GERMAN[:3])
    total = str(sum(map(int, some)))
    found = decided([*some, total], "DE")
    assert numbers(found) == [*some, ""]
    assert list(found.lines["reason"])[-1] == "a total, no phone number"
    assert "total" not in next(iter(decided([total, *some], "DE").lines["reason"]))
