"""A default region whose plan takes another country's numbers."""

import random

import pandas as pd
import pytest

from importer.phones import PhoneOptions, normalize
from importer.phones.cell.likelihood import likelier_region


def made(beginnings: str, digits: int, count: int = 30) -> list[str]:
    """Different digits that begin in these ways, the same each time."""
    rng = random.Random(beginnings)
    found: dict[str, None] = {}
    while len(found) < count:
        begun = rng.choice(beginnings.split())
        rest = digits - len(begun)
        found[f"{begun}{rng.randrange(10**rest):0{rest}}"] = None
    return list(found)


def pieces(digits: list[str]) -> list[tuple[str, ...]]:
    return [(one,) for one in digits]


ALBANIAN = made("067 068 069", 10)
SPANISH = made("6 71 72", 9)


@pytest.mark.parametrize(
    ("given", "digits", "found"),
    [
        ("JP", ALBANIAN, True),
        ("JP", [one[1:] for one in ALBANIAN], True),
        ("PL", SPANISH, True),
        ("AL", ALBANIAN, False),
        ("ES", SPANISH, False),
        ("JP", made("080 090 070", 11), False),
        ("JP", made("03", 10), False),
        ("PL", made("22 501 602 793 888 691", 9), False),
        ("US", made("212555 415555 312555 702555 305555", 10), False),
        ("CA", made("416555 604555 514555", 10), False),
        ("KZ", made("701 702 705 727", 10), False),
        ("RU", made("8916 8903 8926 8495", 11), False),
        ("HK", made("51 61 91 62 98", 8), False),
        ("PL", SPANISH[:7], True),
        ("PL", SPANISH[:2], False),
        ("JP", [], False),
    ],
)
def test_country_that_fits_much_better(given: str, digits: list[str], found: bool) -> None:
    """Numbers that begin as those of one country only are another one's by its plan's laxness."""
    assert bool(likelier_region(given, pieces(digits))) == found


def test_grouping_of_the_given_region_decides() -> None:
    """Landlines of Osaka grouped as there are Osaka's, although their digits fit Albania better."""
    osaka = [(one[:2], one[2:6], one[6:]) for one in ALBANIAN]
    assert likelier_region("JP", pieces(ALBANIAN))
    assert likelier_region("JP", osaka) == ""


def test_grouping_decides_nothing_where_some_are_no_numbers() -> None:
    """Norwegian mobile numbers in pairs are grouped as Denmark's; one in five is none there."""
    some = [
        f"{begun}{at:04}" for at, begun in enumerate(["9561", "4647", "9170", "4806"] * 5, 3200)
    ]
    pairs = [(one[:2], one[2:4], one[4:6], one[6:]) for one in some]
    assert likelier_region("DK", pairs) == "NO"


def test_one_slip_in_a_list_of_eight() -> None:
    """One number that is none of the other country speaks against it only among fewer."""
    assert likelier_region("PL", pieces([*SPANISH[:7], "999999999"])) == "ES"
    assert likelier_region("PL", pieces([*SPANISH[:6], "999999999"])) == ""


def test_groups_of_the_other_country_speak_against_one_town() -> None:
    """Numbers that may be those of one Japanese town are not, where they are grouped as Albania's.

    Without groups it takes more of them.
    """
    some = ALBANIAN[:8]
    grouped = [(one[:3], one[3:6], one[6:]) for one in some]
    assert likelier_region("JP", grouped) == "AL"
    assert likelier_region("JP", pieces(some)) == ""


def test_groups_make_a_country_likelier() -> None:
    """Five mobile numbers may be French or Spanish; only in Spain are they written 3-2-2-2."""
    some = SPANISH[:5]
    grouped = [(one[:3], one[3:5], one[5:7], one[7:]) for one in some]
    assert likelier_region("FR", grouped) == "ES"
    assert likelier_region("FR", pieces(some)) == ""


def numbers(texts: list[str], options: PhoneOptions, *, in_bulk: bool) -> list[str]:
    frame = pd.DataFrame({"original": texts, "kind": "text", "region": ""}, dtype="str")
    return normalize(frame, options, in_bulk=in_bulk).lines["number"].tolist()


@pytest.mark.parametrize("in_bulk", [True, False])
def test_doubted_region_reads_nothing(in_bulk: bool) -> None:
    """No number of the list is read with the wrong region, and each reason shows the likelier one.

    The order of the cells makes no difference.
    """
    frame = pd.DataFrame({"original": ALBANIAN, "kind": "text", "region": ""}, dtype="str")
    decided = normalize(frame, PhoneOptions(region="JP"), in_bulk=in_bulk)
    assert decided.lines["number"].tolist() == [""] * len(ALBANIAN)
    assert "--bare-digits national" in decided.assumptions[0]
    shown = decided.lines["reason"].tolist()
    assert all(reason.startswith("ambiguous: +81") and " or +" in reason for reason in shown)
    again = normalize(frame.iloc[::-1], PhoneOptions(region="JP"), in_bulk=in_bulk)
    assert again.lines["number"].tolist() == [""] * len(ALBANIAN)


@pytest.mark.parametrize("in_bulk", [True, False])
def test_country_column_that_is_not_the_phones(in_bulk: bool) -> None:
    """A country that each row names is doubted as well where it is one for all, by more evidence.

    Where rows name several countries, what they differ by was looked at when the column was chosen.
    """
    rows = {"original": ALBANIAN, "kind": "text", "region": "JP"}
    decided = normalize(pd.DataFrame(rows, dtype="str"), in_bulk=in_bulk)
    assert set(decided.lines["number"]) == {""}
    assert "--country-column none --region " in decided.assumptions[0]
    assert likelier_region("PL", pieces(SPANISH[:10])) == "ES"
    assert likelier_region("PL", pieces(SPANISH[:10]), from_row=True) == ""


@pytest.mark.parametrize("in_bulk", [True, False])
def test_operator_may_insist(in_bulk: bool) -> None:
    """`--bare-digits national` reads the numbers as the region says."""
    options = PhoneOptions(region="JP", bare_digits="national")
    assert numbers(ALBANIAN, options, in_bulk=in_bulk) == [f"81{one[1:]}" for one in ALBANIAN]


@pytest.mark.parametrize("in_bulk", [True, False])
def test_numbers_with_plus_confirm_the_region(in_bulk: bool) -> None:
    """Where the column holds the region by its own code, the region is no slip."""
    signed = [f"+813{at:08}" for at in range(31_234_567, 31_234_577)]
    found = numbers([*signed, *ALBANIAN], PhoneOptions(region="JP"), in_bulk=in_bulk)
    assert found[len(signed) :] == [f"81{one[1:]}" for one in ALBANIAN]
