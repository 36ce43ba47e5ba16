"""What a header says of its column: phone numbers, countries, or other digits. Pure."""

from __future__ import annotations

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache

from importer.reading.layout.content import count_digits
from importer.reading.layout.words import (
    ANOTHERS,
    ANOTHERS_SIGNS,
    ASIDE_BEFORE,
    ASIDE_BEHIND,
    ASIDE_ENDS,
    ASIDE_SIGNS,
    COUNTRY,
    COUNTRY_CODES,
    COUNTRY_OF_PERSON,
    COUNTRY_OF_SELLER,
    COUNTRY_PERHAPS,
    COUNTRY_STEMS,
    COUNTRY_WORDS,
    DIALLING,
    DIALLING_WORDS,
    LANGUAGE_WORDS,
    OF_ADDRESS,
    OF_ANOTHER_PARTY,
    OF_PERSONS,
    ORDINAL,
    OTHER,
    PERHAPS,
    PHONE,
    PHONE_STEMS,
    PHONE_WORDS,
    base,
    plain,
)

_MOST_DIGITS = 7
"""As many digits make a phone number: a text that has them is no header's word."""
_LONGEST = 80
"""Characters of a header; longer texts are sentences."""
_SAID_BESIDE = re.compile(
    r"[(\[（【].*|\b(?:with|incl|including|mit|inkl|avec|con|com|met)\b.*|[含带帶].*"
)
"""What is said beside a name, as in `Phone (with country code)`."""


class PhoneHeader(IntEnum):
    """How surely a header is that of the list's phone numbers."""

    NO = 0
    PERHAPS = 1
    """Such as `Number` or `Home`: the cells decide."""
    LIKELY = 2
    SURE = 3


class CountryHeader(IntEnum):
    """How surely a header is that of the countries of the numbers."""

    NO = 0
    PERHAPS = 1
    """Such as `Region`, `Nationality` or `IP Country`: the cells decide."""
    OF_ADDRESS = 2
    """Such as `Mailing Country`."""
    SURE = 3
    DIALLING = 4
    """The calling code of the number beside it, such as `ISD Code`."""


@lru_cache(maxsize=20_000)
def phone_header(name: str) -> PhoneHeader:
    """Rate a header as that of phone numbers.

    `Customer phone`, `Mobile (preferred)` and `Phone 1 - Value` are, `Phone type` is not, nor is
    any text with as many digits as a phone number.
    """
    if not _can_be_word(name) or is_anothers(name):
        return PhoneHeader.NO
    bare = base(name)
    if bare in PHONE:
        return PhoneHeader.SURE
    if bare in PERHAPS or plain(name) in PERHAPS:
        return PhoneHeader.PERHAPS
    meant = _SAID_BESIDE.sub("", unicodedata.normalize("NFKC", name)) or name
    if base(meant) in PHONE:
        return PhoneHeader.SURE
    words = _words(meant)
    if _says_phone(words) and not _says_aside(meant, words):
        return PhoneHeader.LIKELY
    return PhoneHeader.PERHAPS if base(meant) in PERHAPS else PhoneHeader.NO


@lru_cache(maxsize=20_000)
def is_anothers(name: str) -> bool:
    """Whether a header says that a fax answers this number, or another person than the customer."""
    if not _can_be_word(name):
        return False
    words = _words(name)
    return any(word in ANOTHERS for word in words) or any(sign in name for sign in ANOTHERS_SIGNS)


@lru_cache(maxsize=20_000)
def country_header(name: str) -> CountryHeader:
    """Rate a header as that of the rows' countries or calling codes."""
    if not _can_be_word(name):
        return CountryHeader.NO
    bare, words = plain(name), _words(name)
    split = " ".join(words)
    if bare in DIALLING or split in DIALLING:
        return CountryHeader.DIALLING
    if bare in COUNTRY or split in COUNTRY:
        return CountryHeader.SURE
    perhaps = COUNTRY_PERHAPS | COUNTRY_OF_SELLER
    if not perhaps.isdisjoint({bare, split}) or is_of_person(name):
        return CountryHeader.PERHAPS
    if _says_country(bare, words):
        dialled = _says_phone(words) or bool(DIALLING_WORDS.intersection(words))
        if dialled:
            return CountryHeader.DIALLING
        at_home = qualifier(name) <= OF_ADDRESS or any(stem in bare for stem in COUNTRY_STEMS)
        return CountryHeader.OF_ADDRESS if at_home else CountryHeader.PERHAPS
    return CountryHeader.PERHAPS if words and words[-1] in COUNTRY_PERHAPS else CountryHeader.NO


@lru_cache(maxsize=20_000)
def is_of_person(name: str) -> bool:
    """Whether a header is that of a person's or firm's own country, wherever it phones from.

    Such as `Nationality` or `Tax country`.
    """
    bare, words = plain(name), _words(name)
    if bare in COUNTRY_OF_PERSON or " ".join(words) in COUNTRY_OF_PERSON:
        return True
    return _says_country(bare, words) and not OF_PERSONS.isdisjoint(words)


def may_head_states(name: str) -> bool:
    """Whether a header may be that of states or provinces: `Region` may, `ISO code` may not."""
    bare, words = plain(name), _words(name)
    of_countries = bare in COUNTRY_CODES or _says_country(bare, words)
    return not of_countries and not is_of_person(name)


def is_of_place(name: str) -> bool:
    """Whether a header is that of places or codes, such as `Region`, which may be countries."""
    words = _words(name)
    return plain(name) in COUNTRY_PERHAPS or bool(words and words[-1] in COUNTRY_PERHAPS)


def is_language(name: str) -> bool:
    """Whether a header is that of languages, whose codes are countries' codes as well."""
    return not LANGUAGE_WORDS.isdisjoint(_words(name))


def is_of_another_party(name: str) -> bool:
    """Whether a header says whose country it is, such as a supplier's."""
    return not OF_ANOTHER_PARTY.isdisjoint(_words(name))


def is_other(name: str) -> bool:
    """Whether a header is that of something else that is made of digits, such as an order."""
    bare = plain(name)
    return bare in OTHER or any(word in OTHER for word in _words(name))


def is_ordinal(name: str) -> bool:
    """Whether a header heads running numbers as often as phone numbers, such as `No.`."""
    return base(name) in ORDINAL or plain(name) in ORDINAL


def qualifier(name: str) -> frozenset[str]:
    """Return the words of a header that tell whose it is: `billing` of `Billing Country`."""
    return (
        frozenset(_words(name)) - PHONE_WORDS - COUNTRY_WORDS - {"code", "number", "no", "region"}
    )


def _can_be_word(name: str) -> bool:
    return 0 < len(name) <= _LONGEST and count_digits(name) < _MOST_DIGITS


def _words(name: str) -> list[str]:
    """Return a header's words: `MobilePhone` has two, counters are none."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.replace("WhatsApp", "Whatsapp"))
    return [word for word in base(parted).split() if word != "s"]


def _says_phone(words: list[str]) -> bool:
    return any(_bare(word) in PHONE_WORDS or _has_stem(_bare(word)) for word in words)


def _has_stem(word: str) -> bool:
    if word.isascii():
        return word.startswith(PHONE_STEMS) or word.endswith(
            ("phone", "telefon", "handy", "phones")
        )
    return any(stem in word for stem in PHONE_STEMS)


def _bare(word: str) -> str:
    """Return a word without its accents."""
    parts = unicodedata.normalize("NFD", word)
    return unicodedata.normalize(
        "NFC", "".join(sign for sign in parts if not "\u0300" <= sign <= "\u036f")
    )


def _says_aside(name: str, words: list[str]) -> bool:
    """Whether a header with a phone word is that of something else, such as the phone's type.

    The last word is what an English or German header means, the first one what a Romance or Slavic
    one means; `type of phone` is English as well.
    """
    bare = list(map(_bare, words))
    last = max(at for at, word in enumerate(bare) if _says_phone([word]))
    behind = bare[last + 1 :] + (bare[:last] if "of" in bare[:last] else [])
    return (
        not ASIDE_BEHIND.isdisjoint(behind)
        or not ASIDE_BEFORE.isdisjoint(bare)
        or bare[last].endswith(ASIDE_ENDS)
        or any(sign in name for sign in ASIDE_SIGNS)
    )


def _says_country(bare: str, words: list[str]) -> bool:
    return any(word in COUNTRY_WORDS for word in words) or any(
        stem in bare for stem in COUNTRY_STEMS
    )
