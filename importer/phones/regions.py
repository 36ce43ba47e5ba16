"""What a row says of its country, as two letters. Pure.

The names come from Unicode's CLDR, as babel carries it; they are loaded when the first one is
looked up, and once.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

import phonenumbers
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.languages import get_official_languages
from phonenumbers import PhoneMetadata

_CODE = re.compile(r"(?:\+|00)?([1-9]\d{0,2})(?:\.0)?")
_SHARED_CODE = re.compile(r"(?:\+|00)?1[- ]?([2-9]\d{2})")
"""A code of North America's plan with the digits that one of its countries begins with."""
_BETWEEN = re.compile(r"[()\[\]|/,:;+]+|\s-\s|(?<=[A-Z]{2})-(?=\d)")

_COMMON_LANGUAGES = ("en", "zh_Hans", "zh_Hant")
_OTHER_NAMES = {
    "AE": ("UAE", "Emirates"),
    "BN": ("Brunei Darussalam",),
    "CD": ("DR Congo", "Democratic Republic of the Congo"),
    "CG": ("Republic of the Congo", "Congo-Brazzaville"),
    "CI": ("Ivory Coast",),
    "CN": ("Mainland China", "PRC", "P.R. China", "People's Republic of China",
           "中国大陆", "中國大陸", "中华人民共和国", "內地", "内地"),
    "CZ": ("Czech Republic",),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales"),
    "HK": ("Hong Kong", "Hongkong", "HKSAR", "Hong Kong SAR", "香港"),
    "IR": ("Islamic Republic of Iran",),
    "KR": ("Republic of Korea", "Korea, Republic of", "대한민국", "한국", "南韓", "南韩"),
    "LA": ("Lao PDR",),
    "MK": ("Macedonia",),
    "MM": ("Burma",),
    "MO": ("Macau", "Macao", "澳门", "澳門"),
    "NL": ("Holland", "The Netherlands"),
    "PS": ("Palestine",),
    "RU": ("Russian Federation",),
    "SY": ("Syrian Arab Republic",),
    "SZ": ("Swaziland",),
    "TR": ("Turkey",),
    "TW": ("Taiwan, China", "Taiwan Province of China", "中国台湾", "臺灣", "台灣", "台湾"),
    "US": ("USA", "U.S.A.", "U.S.", "United States of America", "America"),
    "VN": ("Viet Nam",),
}  # fmt: skip
"""Names that people and the UN's list use and CLDR does not."""


@lru_cache(maxsize=10_000)
def understand_region(text: str) -> str | None:
    """Return the two-letter region that a text means, or None where that is not certain.

    Understood are ISO codes of two and three letters, names in English, in Chinese and in the
    country's own languages, and calling codes. A calling code that several countries share, such
    as 44, gives its main one: all of them dial alike, so the number read is the same. Of
    `Hong Kong (852)` both parts must say the same.
    """
    name = _folded(text)
    whole = _understood(name)
    if whole:
        return whole
    parts = [part.strip(" -") for part in _BETWEEN.split(name) if part.strip(" -")]
    meant = {_understood(part) for part in parts}
    return meant.pop() if len(meant) == 1 else None


def _folded(text: str) -> str:
    """Fold case, widths, accents and white space; drop marks that don't show."""
    parts = unicodedata.normalize("NFKD", text)
    shown = "".join(sign for sign in parts if unicodedata.category(sign) not in {"Cf", "Mn"})
    plain = unicodedata.normalize("NFC", shown).upper()
    return " ".join(plain.replace("\u2019", "'").replace("&", " AND ").split())


def _understood(name: str) -> str | None:
    if name in phonenumbers.SUPPORTED_REGIONS:
        return name
    return _of_calling_code(name) if re.search(r"\d", name) else _names().get(name)


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


@cache
def _names() -> dict[str, str]:
    """Return each name and three-letter code, folded, that belongs to one region only."""
    found: dict[str, set[str]] = {}
    for name, region in [*_names_of_cldr(), *_three_letters(), *_added()]:
        found.setdefault(_folded(name), set()).add(region)
    return {name: regions.pop() for name, regions in found.items() if len(regions) == 1}


def _added() -> list[tuple[str, str]]:
    return [(name, region) for region, names in _OTHER_NAMES.items() for name in names]


def _three_letters() -> list[tuple[str, str]]:
    """Return the ISO 3166 codes of three letters, which CLDR lists as overlong aliases."""
    return [
        (code, regions[0])
        for code, regions in get_global("territory_aliases").items()
        if len(code) == 3 and code.isalpha() and len(regions) == 1
    ]


def _names_of_cldr() -> list[tuple[str, str]]:
    return [
        (name, region)
        for region in phonenumbers.SUPPORTED_REGIONS
        for language in (*_COMMON_LANGUAGES, *_own_languages(region))
        if (name := _territories(language).get(region))
    ]


def _own_languages(region: str) -> tuple[str, ...]:
    languages = get_official_languages(region, regional=True, de_facto=True)
    return tuple(languages)


@cache
def _territories(language: str) -> dict[str, str]:
    """Return the names of all territories in a language, by their two letters."""
    try:
        return dict(Locale.parse(language).territories)
    except (UnknownLocaleError, ValueError):
        return {}
