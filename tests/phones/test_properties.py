"""Promises about every valid number of every region, whatever is done to it."""

import re
from collections.abc import Callable

import phonenumbers
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat

from importer.model import CellKind
from importer.phones import PhoneOptions
from importer.phones.cell.decide import decide
from importer.phones.cell.numbering import code_of
from tests.phones.damage_corpus import HARMLESS, LOSSY, arabic, full_width, thousands

REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
AUTO = PhoneOptions()
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\u061c\u2066\u2069"
SPACES = " \u00a0\u2009\u202f\u3000"
DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"

modest = settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.filter_too_much]
)


def numbers_of(text: str, region: str | None, kind: CellKind = CellKind.TEXT) -> tuple[str, ...]:
    return tuple(one.number for one in decide(text, kind, region, AUTO) if one.number)


@st.composite
def valid_numbers(draw: st.DrawFn) -> tuple[str, str]:
    """A valid number, digits only, and its region: an example number with other digits at its end.

    Where the changed one is not valid the example itself is taken.
    """
    region = draw(st.sampled_from(REGIONS))
    kinds = phonenumbers.supported_types_for_region(region)
    kind = draw(st.sampled_from(sorted(kinds)))
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    digits = phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")
    code = str(number.country_code)
    changed = draw(st.integers(min_value=0, max_value=min(7, len(digits) - len(code))))
    end = draw(st.text("0123456789", min_size=changed, max_size=changed + 1))
    mutated = digits[: len(digits) - changed] + end
    return (mutated, region) if is_valid(mutated) else (digits, region)


def is_valid(digits: str) -> bool:
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return False
    same = phonenumbers.format_number(number, PhoneNumberFormat.E164) == f"+{digits}"
    return len(digits) <= 15 and same and phonenumbers.is_valid_number(number)


regions = st.none() | st.sampled_from(REGIONS)


@st.composite
def sprinkled(draw: st.DrawFn, digits: str) -> str:
    """The digits with at most one separator between two of them, and marks that don't show."""
    between = st.sampled_from(["", "", "", *SPACES, *DASHES, *INVISIBLE])
    return digits[0] + "".join(draw(between) + digit for digit in digits[1:])


Change = Callable[[str], str]
DRESSES: list[Change] = [
    full_width,
    arabic,
    lambda text: f"\u202a{text}\u202c",
    lambda text: f"\ufeff{text}",
    lambda text: f"'{text}",
    lambda text: f'"{text}"',
    lambda text: f" {text}\u00a0",
    lambda text: f"{text}\r\n",
    lambda text: f"{text},",
    lambda text: f"Tel: {text}",
    lambda text: f"\u7535\u8bdd\uff1a{text}",
    lambda text: f"{text} (mobile)",
    lambda text: text.replace("+", "\uff0b"),
    lambda text: text.replace("-", "\u2013"),
]


@modest
@given(data=st.data(), number=valid_numbers(), region=regions)
def test_harmless_chain(data: st.DataObject, number: tuple[str, str], region: str | None) -> None:
    """With its plus, a number in any dress comes back as itself, whatever the row's country is."""
    text = "+" + data.draw(sprinkled(number[0]))
    scripts = {full_width, arabic}
    for dress in data.draw(st.lists(st.sampled_from(DRESSES), max_size=4)):
        folded = dress not in scripts or text.isascii()
        text = dress(text) if folded else text
    assert numbers_of(text, region) == (number[0],)


@modest
@given(number=valid_numbers(), way=st.sampled_from(HARMLESS))
def test_harmless_ways_of_the_corpus(number: tuple[str, str], way: tuple[str, Change]) -> None:
    """Each harmless way of the corpus leaves any number what it is."""
    parsed = phonenumbers.parse(f"+{number[0]}")
    text = phonenumbers.format_number(parsed, PhoneNumberFormat.INTERNATIONAL)
    # A number of one group, such as `+84.1992000`, is a latitude as well.
    assume(way[0] != "points" or len(re.findall("[0-9]+", text)) > 2)
    assert numbers_of(way[1](text), None) == (number[0],)


@modest
@given(number=valid_numbers(), way=st.sampled_from(LOSSY), region=regions)
def test_lossy(number: tuple[str, str], way: tuple[str, Change], region: str | None) -> None:
    """What lost something never becomes another number, whatever the row's country is."""
    assert set(numbers_of(way[1](number[0]), region)) <= {number[0]}


@modest
@given(data=st.data(), number=valid_numbers(), region=regions)
def test_lost_plus(data: st.DataObject, number: tuple[str, str], region: str | None) -> None:
    """Without its plus a number is itself, one of its row's country, or ambiguous."""
    bare = [number[0], f"{number[0]}.0", thousands(number[0]), data.draw(sprinkled(number[0]))]
    code = code_of(region) if region else number[0]
    for text in bare:
        found = numbers_of(text, region)
        assert all(one == number[0] or one.startswith(code) for one in found)


@modest
@given(number=valid_numbers(), region=regions)
def test_lost_zeros_in_front(number: tuple[str, str], region: str | None) -> None:
    """A number cell that dropped the zeros of `00` never becomes a third country's number."""
    text = f"00{number[0]}".lstrip("0")
    code = code_of(region) if region else number[0]
    found = numbers_of(text, region, CellKind.NUMBER)
    assert all(one == number[0] or one.startswith(code) for one in found)


@modest
@given(number=valid_numbers(), lost=st.booleans(), pure=st.booleans())
def test_written_at_home(number: tuple[str, str], lost: bool, pure: bool) -> None:
    """In a row of its own country a number is itself or rejected, also where its zero is lost."""
    digits, region = number
    text = phonenumbers.format_number(phonenumbers.parse(f"+{digits}"), PhoneNumberFormat.NATIONAL)
    if pure or lost:
        text = "".join(filter(str.isdigit, text))
    assert set(numbers_of(text.lstrip("0") if lost else text, region)) <= {digits}


@modest
@given(one=valid_numbers(), two=valid_numbers(), region=regions, between=st.sampled_from(",;/|\n"))
def test_two_numbers(
    one: tuple[str, str], two: tuple[str, str], region: str | None, between: str
) -> None:
    """A cell with two numbers gives both of them or none, and never a part."""
    text = f"+{one[0]}{between} +{two[0]}"
    assert numbers_of(text, region) == (one[0], two[0])
    bare = numbers_of(f"{one[0]}{between}{two[0]}", region)
    code = code_of(region) if region else "none"
    assert len(bare) in {0, 2}
    for number, (digits, _) in zip(bare, (one, two), strict=False):
        assert number == digits or number.startswith(code)


@modest
@given(text=st.text(max_size=30) | st.text("0123456789+-./,;() Ee'", max_size=24), region=regions)
def test_any_text(text: str, region: str | None) -> None:
    """Whatever is typed, each verdict is either a valid number or a reason, and there is one."""
    verdicts = decide(text, CellKind.TEXT, region, AUTO)
    assert verdicts
    for verdict in verdicts:
        assert bool(verdict.number) != bool(verdict.reason)
        assert verdict.number == "" or is_valid(verdict.number)
