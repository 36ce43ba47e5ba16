"""What a text says of a country, as two letters. Pure."""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from importer.countries.names import (
    english_names,
    is_ambiguous,
    name_key,
    region_of_name,
    territories,
)

_LONGEST = 120
"""Characters that a country's name may have; ISO's longest has 52."""

_CODE = re.compile(r"(?:\+|00)?([1-9]\d{0,2})(?:\.0)?")
_SHARED_CODE = re.compile(r"(?:\+|00)?1[- ]?([2-9]\d{2})")
"""A code of North America's plan with the digits that one of its countries begins with."""
_BETWEEN = re.compile(
    r"[()\[\]|/,:;+]+|\s-\s|(?<=[A-Z]{2})-(?=\d)|(?<=[^\W\d])\s+(?=\d)|(?<=\d)\s+(?=[^\W\d])"
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_BRITISH_FLAG = "\U0001f3f4\U000e0067\U000e0062"
"""How the flags of England, Scotland and Wales begin: a black flag and the tags g and b."""

_CODE_OR_NAME = ("Nga",)
"""Vietnamese for Russia, or Nigeria's code NGA: not certain in this spelling."""

_BELONGS_TO = {
    "CN": ("HK", "MO", "TW"),
    "GB": ("AC", "AI", "BM", "FK", "GG", "GI", "IM", "IO", "JE", "KY", "MS", "SH", "TA", "TC",
           "VG"),
    "FR": ("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "WF", "YT"),
    "US": ("AS", "GU", "MP", "PR", "VI"),
    "NL": ("AW", "BQ", "CW", "SX"),
    "AU": ("CC", "CX", "NF"),
    "DK": ("FO", "GL"),
    "FI": ("AX",),
    "NO": ("SJ",),
    "NZ": ("CK", "NU", "TK"),
}  # fmt: skip
"""Parts of a state that have numbers of their own: `Hong Kong, China` is Hong Kong."""


@lru_cache(maxsize=100_000)
def understand_region(text: str) -> str | None:
    """Return the two-letter region that a text means, or None where that is not certain.

    Understood are ISO 3166 codes of two and three letters, names in every language that CLDR has
    (also turned round, as in `Korea, South`), flags, and calling codes. A calling code that several
    countries share, such as 44, gives its main one: all of them dial alike, so the number read is
    the same. Of `Hong Kong (852)` and `+852 Hong Kong` both parts must say the same.
    """
    if len(text) > _LONGEST or text.strip() in _CODE_OR_NAME:
        return None
    name = _folded(text)
    return _understood(name) or _of_parts(name)


def nearest_country(text: str) -> str | None:
    """Return the English name that a text not understood is most like, None where none is near."""
    key = name_key(text)
    if len(key) < 4 or len(text) > _LONGEST or is_ambiguous(text):
        return None
    near = difflib.get_close_matches(key, english_names(), 1, cutoff=0.8)
    return english_names()[near[0]] if near else None


def region_name(region: str) -> str:
    """Return the English name of a region of two letters."""
    return territories("en").get(region, region).removesuffix(" SAR China")


def _folded(text: str) -> str:
    """Fold case, widths and white space, turn flags into letters, drop marks that don't show.

    Accents stay: `Áo` is Vietnamese for Austria, AO is Angola's code.
    """
    if _BRITISH_FLAG in text:
        text = text.replace("\U0001f3f4", " GB ")
    text = _FLAG.sub(_letters_of_flag, text)
    parts = unicodedata.normalize("NFKC", text)
    plain = "".join(sign for sign in parts if unicodedata.category(sign) != "Cf").upper()
    return " ".join(plain.replace("\u2019", "'").replace("&", " AND ").split())


def _letters_of_flag(flag: re.Match[str]) -> str:
    """Return the two letters that a flag is written with, between signs that part them off.

    https://unicode.org/reports/tr51/#Flags
    """
    return "|" + "".join(chr(ord(sign) - 0x1F1E6 + ord("A")) for sign in flag[0]) + "|"


def _understood(name: str) -> str | None:
    if name in phonenumbers.SUPPORTED_REGIONS:
        return name
    return _of_calling_code(name) if re.search(r"\d", name) else region_of_name(name)


def _of_parts(name: str) -> str | None:
    """Return the region of a text in parts: a name turned round, or parts that all mean one."""
    parts = [part.strip(" -") for part in _BETWEEN.split(name) if part.strip(" -")]
    if len(parts) == 2:
        turned = _understood(f"{parts[1]} {parts[0]}")
        if turned:
            return turned
    named = {_understood(part) for part in parts if not re.search(r"\d", part)}
    coded = {_of_calling_code(part) for part in parts if re.search(r"\d", part)}
    meant = (named - _owners_of(named)) or coded
    if len(meant) != 1 or (region := meant.pop()) is None:
        return None
    return region if all(_dial_alike(region, other) for other in coded) else None


def _dial_alike(region: str, other: str | None) -> bool:
    code = phonenumbers.country_code_for_region
    return other is not None and code(region) == code(other)


def _owners_of(regions: set[str | None]) -> set[str | None]:
    """Return the states among some regions that others of them belong to."""
    return {
        owner
        for owner, own in _BELONGS_TO.items()
        if owner in regions and not regions.isdisjoint(own)
    }


def _of_calling_code(text: str) -> str | None:
    shared = _SHARED_CODE.fullmatch(text)
    if shared:
        return _of_shared_code(shared.group(1))
    code = _CODE.fullmatch(text)
    if code is None:
        return None
    region = phonenumbers.region_code_for_country_code(int(code.group(1)))
    return region if region in phonenumbers.SUPPORTED_REGIONS else None


def _of_shared_code(area: str) -> str | None:
    """Return the country of North America's plan that owns an area code, as in `1-876`."""
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]:
        plan = PhoneMetadata.metadata_for_region(region)
        if plan and plan.leading_digits and re.fullmatch(plan.leading_digits, area):
            return region
    return None
