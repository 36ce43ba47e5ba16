"""Spreadsheet cells as they really are, made by code from the numbering plans' example numbers.

A case is a cell, what was meant, and why. The truth of a cell from which the number can't be had
for certain is no number at all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

REGIONS = (
    "AE",
    "AR",
    "AT",
    "AU",
    "BD",
    "BE",
    "BG",
    "BR",
    "BY",
    "CA",
    "CH",
    "CI",
    "CL",
    "CN",
    "CO",
    "CZ",
    "DE",
    "DK",
    "EG",
    "ES",
    "FI",
    "FR",
    "GA",
    "GB",
    "GH",
    "GR",
    "HK",
    "HU",
    "ID",
    "IE",
    "IL",
    "IN",
    "IT",
    "JP",
    "KE",
    "KR",
    "KZ",
    "LT",
    "MA",
    "MO",
    "MX",
    "MY",
    "NG",
    "NL",
    "NO",
    "NZ",
    "PE",
    "PH",
    "PK",
    "PL",
    "PT",
    "RO",
    "RU",
    "SA",
    "SE",
    "SG",
    "TH",
    "TR",
    "TW",
    "UA",
    "US",
    "UY",
    "UZ",
    "VN",
    "ZA",
)
_TYPES = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE)


@dataclass(frozen=True, slots=True)
class Case:
    """One cell of a column of its own."""

    text: str
    truth: tuple[str, ...]
    """The numbers meant, digits only; empty where nothing certain can be said."""
    why: str
    country: str = ""
    """What the row's country cell holds."""
    kind: str = "text"


def example(region: str, kind: int) -> PhoneNumber:
    number = phonenumbers.example_number_for_type(region, kind)
    assert number is not None
    return number


def digits(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+")


def national(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)


def abroad(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _shifted(text: str, zero: int) -> str:
    return "".join(
        chr(zero + int(sign)) if sign.isascii() and sign.isdigit() else sign for sign in text
    )


def full_width(text: str) -> str:
    return _shifted(text, 0xFF10).replace("+", "\uff0b")


def arabic(text: str) -> str:
    return _shifted(text, 0x0660)


def devanagari(text: str) -> str:
    return _shifted(text, 0x0966)


def thousands(text: str) -> str:
    return f"{int(text):,}"


HARMLESS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("as it is written abroad", lambda text: text),
    ("two zeros for the plus", lambda text: text.replace("+", "00")),
    ("full width", full_width),
    ("Arabic digits", arabic),
    ("Devanagari digits", devanagari),
    ("no-break spaces", lambda text: text.replace(" ", "\u00a0")),
    ("en dashes", lambda text: text.replace(" ", "\u2013")),
    ("points", lambda text: text.replace(" ", ".").replace("-", ".")),
    ("a zero-width space inside", "\u200b".join),
    ("marks of direction around", lambda text: f"\u202a{text}\u202c"),
    ("a byte order mark in front", lambda text: f"\ufeff{text}"),
    ("a formula that keeps text", lambda text: f'="{text}"'),
    ("an apostrophe in front", lambda text: f"'{text}"),
    ("a link", lambda text: "tel:" + text.replace(" ", "-")),
    ("a label", lambda text: f"Mobile: {text}"),
    ("a Chinese label", lambda text: f"\u624b\u673a\uff1a{text}"),
    ("a line break after it", lambda text: f" {text}\r\n"),
    ("a comma after it", lambda text: f"{text},"),
    ("quoted", lambda text: f'"{text}"'),
)
"""Done to `+852 3575 3351`: whatever the row's country, the number is still certain."""

LOSSY: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("scientific notation cut to six digits", lambda text: f"{int(text):.5E}"),
    ("scientific notation cut to three digits", lambda text: f"{int(text):.2E}"),
    ("a fraction", lambda text: f"{text}.5"),
    ("a German fraction", lambda text: f"{text},25"),
    ("an extension", lambda text: f"+{text} ext. 12"),
    ("an extension by x", lambda text: f"+{text}x12"),
    ("an extension of a link", lambda text: f"tel:+{text};ext=12"),
    ("an extension in Chinese", lambda text: f"+{text}\u8f6c12"),
    ("a pause and an extension", lambda text: f"+{text},12"),
    ("a letter for the last digit", lambda text: f"+{text[:-1]}O"),
    ("a word for the last digits", lambda text: f"+{text[:-3]}CAT"),
    ("a footnote mark", lambda text: f"+{text}\u00b2"),
    ("a circled digit for a bullet", lambda text: f"\u2460 +{text}"),
    ("back to front", lambda text: f"\u202e+{text}"),
    ("digits of two scripts", lambda text: f"+{text[:-4]}{arabic(text[-4:])}"),
    ("money", lambda text: f"${text}"),
    ("per cent", lambda text: f"{text}%"),
    ("negative", lambda text: f"-{text}"),
    ("one number and the last digit of the next", lambda text: f"+{text}/7"),
    ("a number and a word", lambda text: f"+{text}; see below"),
    ("two numbers without a sign between", lambda text: f"+{text}{text}"),
    ("a plus in the middle", lambda text: f"{text[:4]}+{text[4:]}"),
    ("an unknown digit", lambda text: f"+{text[:-1]}?"),
    ("an unknown digit as x", lambda text: f"+{text[:-2]}xx"),
)
"""Done to the digits `85235753351`: something is lost or added, and it can't be told what."""


def cases() -> Iterator[Case]:
    """Every case of the corpus, the same each time."""
    for region in REGIONS:
        for kind in _TYPES:
            number = example(region, kind)
            yield from _harmless(number)
            yield from _lossy(number)
            yield from _at_home(number, region)
            yield from _as_number_cell(number, region)
        yield from _several(region)
        yield from _with_country(region)
    yield from _no_numbers()
    yield from _special()


def _harmless(number: PhoneNumber) -> Iterator[Case]:
    for why, damage in HARMLESS:
        yield Case(damage(abroad(number)), (digits(number),), why)


def _lossy(number: PhoneNumber) -> Iterator[Case]:
    for why, damage in LOSSY:
        yield Case(damage(digits(number)), (), why)


def _at_home(number: PhoneNumber, region: str) -> Iterator[Case]:
    truth, text = (digits(number),), national(number)
    pure = "".join(filter(str.isdigit, text))
    yield Case(text, truth, "as it is written at home", region)
    yield Case(pure, truth, "as it is dialled at home", region)
    yield Case(full_width(text), truth, "written at home in full width", region)
    yield Case(pure.lstrip("0"), truth, "its zero lost", region)
    yield Case(digits(number), truth, "the plus lost, the country given", region)
    yield Case(f"{digits(number)}.0", truth, "through a decimal column, the country given", region)


def _as_number_cell(number: PhoneNumber, region: str) -> Iterator[Case]:
    truth, text = (digits(number),), digits(number)
    home = "".join(filter(str.isdigit, national(number))).lstrip("0")
    yield Case(text, truth, "a number cell, the country given", region, "number")
    yield Case(home, truth, "a number cell that lost its zero", region, "number")
    yield Case(f"+{text}.0", truth, "a plus before a decimal", region)
    yield Case(thousands(text), truth, "thousands separators", region)
    yield Case(text, (), "more digits than a spreadsheet keeps", region, "imprecise")
    yield Case(text, (), "a fraction", region, "fraction")
    exact = f"{text[0]}.{text[1:]}E+{len(text) - 1}"
    yield Case(exact, (), "scientific notation as text, even with every digit", region)


def _several(region: str) -> Iterator[Case]:
    one, two = example(region, _TYPES[0]), example(region, _TYPES[1])
    truth = (digits(one), digits(two))
    if truth[0] == truth[1]:
        return
    for between in (", ", "; ", " / ", "|", "\n", "\u3001", " or ", " and ", "   ", " "):
        text = f"{abroad(one)}{between}{abroad(two)}"
        yield Case(text, truth, f"two numbers, between them {between!r}")
    yield Case(f"{abroad(one)} / {digits(two)[-2:]}", (), "shorthand for the next number", region)
    yield Case(f"{abroad(one)}; {digits(two)[-4:]}", (), "a second number cut short", region)


def _with_country(region: str) -> Iterator[Case]:
    number = example(region, PhoneNumberType.MOBILE)
    truth, text = (digits(number),), national(number)
    code = number.country_code
    main = phonenumbers.region_code_for_country_code(code or 0)
    if main == region:
        yield Case(text, truth, "the country as a calling code", f"+{code}")
    yield Case(text, (), "a country that nobody knows", f"{region}{region}")


def _no_numbers() -> Iterator[Case]:
    for text, why in (
        ("2020-01-01", "a date"),
        ("01/02/2020", "a date"),
        ("31.12.1999", "a date"),
        ("2020-01-01 00:00:00", "a date and a time"),
        ("5-Jan-20", "a date"),
        ("2020\u5e741\u67081\u65e5", "a Chinese date"),
        ("12:30:00", "a time"),
        ("192.168.100.200", "an IP address"),
        ("85.235.75.33", "an IP address"),
        ("#N/A", "an error"),
        ("#REF!", "an error"),
        ("########", "a column too narrow"),
        ("nan", "what an export makes of nothing"),
        ("TRUE", "a word"),
        ("1-800-FLOWERS", "a vanity number"),
        ("n/a", "nothing"),
        ("-", "nothing"),
        ("+", "nothing"),
        ("0", "nothing"),
        ("00000000", "nothing"),
        ("\u4e00\u4e8c\u4e09\u56db", "numerals in words"),
        ("\u2167\u2167", "Roman numerals"),
    ):
        for region in ("HK", "DE", "US", "GB", "DK"):
            yield Case(text, (), why, region)


def _special() -> Iterator[Case]:
    """Cases that phonenumbers alone reads as another number, or that look worse than they are."""
    for text, country, truth, why in (
        ("81234567890.0", "ID", "6281234567890", "a float that went through text"),
        ("8.6138E+12", "CN", "", "turned back into digits it is a valid number of a stranger"),
        ("4915112345678", "DE", "4915112345678", "+49 49151 is valid as well"),
        ("0711/123456", "DE", "49711123456", "a slash after the area code"),
        ("030/12345678", "DE", "493012345678", "a slash after the area code"),
        ("35753351/2", "HK", "", "shorthand"),
        ("0711 123456/57", "DE", "", "shorthand"),
        ("30123456", "DE", "", "Berlin's 123456, or of any town"),
        ("7911123456", "", "", "no country: +7 911 123456 lacks a digit"),
        ("15012345678", "", "", "Chinese, or a valid American number"),
        ("011 15-2345-6789", "AR", "5491123456789", "15 at home is 9 abroad"),
        ("+52 1 55 1234 5678", "", "525512345678", "the 1 was given up in 2019"),
        ("+44 (0)20 7946 0958", "", "442079460958", "the 0 is dialled at home only"),
        ("+39 06 12345678", "", "390612345678", "the 0 is part of the number"),
        ("06 12345678", "IT", "390612345678", "the 0 is part of the number"),
        ("331234567", "IT", "", "a mobile number, or Varese's 0331 234567"),
        ("612345678", "IT", "390612345678", "Rome's 06 without its 0"),
        ("8 (912) 345-67-89", "RU", "79123456789", "8 is the trunk prefix"),
        ("8 10 852 3575 3351", "RU", "85235753351", "810 is dialled for abroad"),
        ("011 852 3575 3351", "US", "85235753351", "011 is dialled for abroad"),
        ("0011 852 3575 3351", "AU", "85235753351", "0011 is dialled for abroad"),
        ("001 852 3575 3351", "HK", "85235753351", "001 is dialled for abroad"),
        ("06 30 123 4567", "HU", "36301234567", "06 is the trunk prefix"),
        ("(852) 3575-3351", "", "85235753351", "a country code in brackets"),
        ("+85235753351;+85235753351", "", "85235753351 85235753351", "the same number twice"),
    ):
        yield Case(text, tuple(truth.split()), why, country)
