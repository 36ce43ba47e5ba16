"""What splitting promises: every piece is a certain number of its own, or there is none."""

import pytest

from importer.model import CellKind, Reason
from importer.phones import PhoneOptions
from importer.phones.cell.decide import decide

ONE, TWO = "85235753351", "85291234567"

SPLIT = [
    ("+852 3575 3351, +852 9123 4567", "", "a comma"),
    ("+85235753351;+85291234567", "", "phonenumbers takes the second for an extension"),
    ("+852 3575 3351 / +852 9123 4567", "", "a slash"),
    ("+852 3575 3351 | +852 9123 4567", "", "a bar"),
    ("+852 3575 3351\n+852 9123 4567", "", "a line break"),
    ("+852 3575 3351\r\n+852 9123 4567", "", "a line break of Windows"),
    ("+852 3575 3351\u3001+852 9123 4567", "", "an enumeration comma"),
    ("+852 3575 3351\uff1b+852 9123 4567", "", "a full-width semicolon"),
    ("+852 3575 3351 or +852 9123 4567", "", "a word"),
    ("+852 3575 3351 \u6216 +852 9123 4567", "", "a Chinese word"),
    ("+852 3575 3351 and 9123 4567", "HK", "a word; the second one national"),
    ("+852 3575 3351 +852 9123 4567", "", "a plus begins a number"),
    ("3575 3351   9123 4567", "HK", "wide spaces"),
    ("3575 3351 / 9123 4567", "HK", "both national"),
    ("Tel: 3575 3351; Mob: 9123 4567", "HK", "labels"),
]


def answer(text: str, region: str) -> list[tuple[str, Reason | None]]:
    verdicts = decide(text, CellKind.TEXT, region or None, PhoneOptions())
    return [(one.number, one.reason) for one in verdicts]


@pytest.mark.parametrize(("text", "region", "why"), SPLIT)
def test_each_piece_is_a_number(text: str, region: str, why: str) -> None:
    """A cell with two certain numbers gives both, in their order."""
    assert answer(text, region) == [(ONE, None), (TWO, None)], why


WHOLE = [
    ("0711/123456", "DE", "49711123456", "the German way to part the area code"),
    ("+49 711/123456", "", "49711123456", "the same from abroad"),
    ("0711/12 34 56-7", "DE", "497111234567", "with a switchboard's extension dialled through"),
    ("85,235,753,351", "", ONE, "thousands separators part no numbers"),
    ("852  35753351", "", ONE, "a wide space after the country code"),
    ("+852 3575 3351;", "", ONE, "a list that ends in its sign"),
    ("+852\n3575 3351", "HK", ONE, "a line break after the country code"),
    ("+44 20 7946\n0018", "", "442079460018", "a line break within"),
    ("0664\n1234567", "AT", "436641234567", "a line break after the area code"),
    ("+86 10\n6552 9988", "HK", "861065529988", "what stands below would be a number of Hong Kong"),
]


@pytest.mark.parametrize(("text", "region", "number", "why"), WHOLE)
def test_one_stays_one(text: str, region: str, number: str, why: str) -> None:
    """Signs that also part numbers don't where the pieces are none."""
    assert answer(text, region) == [(number, None)], why


NEVER = [
    ("35753351/2", "HK", "shorthand for 35753352"),
    ("+852 3575 3351/52", "", "shorthand"),
    ("+852 3575 3351, 22", "", "a pause and an extension"),
    ("020 7946 0958, 7946 0959", "GB", "the second lacks its area code"),
    ("030 1234567, 7654321", "DE", "the second lacks its area code, but would be valid elsewhere"),
    ("0711 123456/57", "DE", "shorthand"),
    ("+852 3575 3351; ask for Li", "", "a remark: LETTERS would hide that a number is there"),
    ("852,35753351", "", "no thousands, and no number before the comma"),
    ("0711/123456/7", "DE", "two slashes"),
    ("0711 123456\n57", "DE", "shorthand below the number, and as one a number of Stuttgart's too"),
    ("+43 1 234567\n89", "", "the same of Vienna, with its country code"),
    ("2140 4650 + 5348 0574", "HK", "two numbers of Hong Kong; Cuba's code is 53"),
    ("21404650  + 53480574", "HK", "the same with wide spaces"),
    ("+852 3575 3351 + 852 9123 4567", "", "a plus that may part them, or be the second one's"),
]


@pytest.mark.parametrize(("text", "region", "why"), NEVER)
def test_no_part_of_a_cell(text: str, region: str, why: str) -> None:
    """Where one piece is no certain number, none of the cell is taken."""
    assert [number for number, _ in answer(text, region)] == [""], why


def test_reject_shows_the_pieces() -> None:
    """The operator sees how the cell was cut."""
    (verdict,) = decide("35753351/2", CellKind.TEXT, "HK", PhoneOptions())
    assert verdict.explanation == "more than one number: 35753351 | 2"


def test_digits_below_a_number_are_told_from_its_own() -> None:
    """The operator reads that digits stand below a number, not that it is too long."""
    (verdict,) = decide("+852 3575 3351\n2", CellKind.TEXT, None, PhoneOptions())
    assert verdict.explanation == "more than one number: +852 3575 3351 | 2"
