"""The names of countries as Unicode's CLDR, ISO 3166, the UN and people write them. Pure.

CLDR's names come with babel. Those in English, in Chinese and in a country's own languages are
loaded when the first name is looked up; those in all other languages (half a second) when a name is
not among them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import phonenumbers
from babel import Locale, UnknownLocaleError, localedata
from babel.core import get_global
from babel.languages import get_official_languages

_COMMON_LANGUAGES = ("en", "zh_Hans", "zh_Hant")
_INVENTED = frozenset({"tok"})
"""Languages that nobody fills in a form in; Toki Pona calls Latvia what others call Malawi."""
_OTHER_NAMES = {
    "AE": ("UAE", "Emirates", "Emirats", "Emiratos", "الإمارات", "الامارات"),
    "BN": ("Brunei Darussalam",),
    "BQ": ("Bonaire", "Sint Eustatius", "Saba", "Bonaire, Sint Eustatius and Saba"),
    "BO": ("Plurinational State of Bolivia",),
    "BS": ("The Bahamas", "Commonwealth of The Bahamas"),
    "CD": ("DR Congo", "DRC", "RDC", "DROC", "Congo DR", "Congo DRC", "Congo Democratic Republic",
           "Congo Dem Rep", "Dem Rep Congo", "Dem Rep of the Congo", "Zaire",
           "Democratic Republic of the Congo", "Democratic Republic of Congo", "Congo (DRC)"),
    "CG": ("Republic of the Congo", "Republic of Congo", "Congo-Brazzaville", "Congo Republic",
           "Congo Rep"),
    "CI": ("Ivory Coast",),
    "CN": ("Mainland China", "China Mainland", "PRC", "PR China", "P.R.C.",
           "People's Republic of China", "中国大陆", "中國大陸", "大陆", "大陸", "中华人民共和国",
           "中華人民共和國", "內地", "内地"),
    "CV": ("Cabo Verde",),
    "CZ": ("Czech Republic",),
    "DE": ("BRD",),
    "FK": ("Falkland Islands (Malvinas)", "Falklands", "Malvinas"),
    "FM": ("Federated States of Micronesia", "Micronesia, Fed. Sts."),
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland",
           "N Ireland", "United Kingdom of Great Britain and Northern Ireland",
           "Grande-Bretagne", "Großbritannien", "Gran Bretaña", "Angleterre", "Inglaterra",
           "英国", "英國"),
    "GM": ("The Gambia",),
    "GR": ("EL", "Hellas", "Hellenic Republic"),
    "HK": ("Hong Kong", "Hongkong", "HKSAR", "Hong Kong SAR", "H.K.", "香港", "中国香港",
           "中國香港", "香港特别行政区", "香港特別行政區"),
    "IE": ("Eire", "Republic of Ireland"),
    "IL": ("State of Israel",),
    "IR": ("Islamic Republic of Iran",),
    "KG": ("Kyrgyz Republic",),
    "KN": ("Saint Kitts", "Saint Christopher and Nevis"),
    "KP": ("Democratic People's Republic of Korea", "DPRK", "DPR Korea",
           "Democratic People's Rep of Korea", "Korea, Dem. People's Rep.",
           "Korea, Dem. Rep.", "N Korea"),
    "KR": ("Republic of Korea", "Rep of Korea", "Korea, Rep.", "Korea Republic", "ROK", "S Korea",
           "Südkorea", "대한민국", "한국", "南韓", "南韩", "韓國", "韩国"),
    "KW": ("State of Kuwait",),
    "LA": ("Lao PDR", "Lao People's Democratic Republic", "Lao"),
    "LY": ("State of Libya", "Libyan Arab Jamahiriya"),
    "MD": ("Moldova Republic",),
    "MF": ("Saint Martin (French part)",),
    "MK": ("Macedonia", "FYROM", "FYR Macedonia", "The former Yugoslav Republic of Macedonia",
           "Republic of North Macedonia"),
    "MM": ("Burma", "Myanmar Burma"),
    "MO": ("Macau", "Macao", "Macau SAR", "Macao SAR", "澳门", "澳門", "中国澳门", "中國澳門",
           "澳门特别行政区", "澳門特別行政區"),
    "NL": ("Holland", "The Netherlands", "Kingdom of the Netherlands"),
    "PG": ("PNG",),
    "PS": ("Palestine", "State of Palestine", "Occupied Palestinian Territory",
           "West Bank and Gaza", "فلسطين"),
    "QA": ("State of Qatar",),
    "RU": ("Russian Federation", "Russian Fed"),
    "SA": ("KSA", "Saudi", "Kingdom of Saudi Arabia", "السعودية"),
    "SK": ("Slovak Republic",),
    "SX": ("Sint Maarten (Dutch part)", "St Maarten"),
    "SY": ("Syrian Arab Republic",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey", "Turkiye"),
    "TT": ("Trinidad", "Tobago"),
    "TW": ("Taiwan, China", "Taiwan Province of China", "中国台湾", "中國台灣", "中國臺灣", "臺灣",
           "台灣", "台湾", "Chinese Taipei"),
    "TZ": ("United Republic of Tanzania",),
    "US": ("USA", "United States of America", "America", "The States", "EEUU", "EE. UU.",
           "Etats-Unis d'Amérique", "Estados Unidos de América", "Vereinigte Staaten von Amerika"),
    "VA": ("Vatican", "Holy See", "Holy See Vatican City State", "Vatican City State"),
    "VC": ("St Vincent", "Saint Vincent"),
    "VE": ("Bolivarian Republic of Venezuela", "Venezuela, RB"),
    "VG": ("Virgin Islands British", "British Virgin Islands", "BVI"),
    "VI": ("Virgin Islands U.S.", "US Virgin Islands", "USVI"),
    "VN": ("Viet Nam",),
    "ZA": ("RSA", "S Africa"),
}  # fmt: skip
"""Names that people, ISO 3166 and the UN's list use and CLDR does not."""

_OF_TWO = (
    "Korea", "Congo", "Kongo", "Corea", "Corée", "Coreia", "Κορέα", "Корея", "朝鮮半島", "Guyane",
    "Republic of China", "Virgin Islands", "Saint Martin",
)  # fmt: skip
"""Names of more than one country, whatever a single language may use them for."""

_FORMAL = re.compile(
    r"(?:the )?(?:(?:islamic|people'?s|democratic|federal|federative|socialist|arab|united|"
    r"cooperative|co-operative|oriental|hashemite|plurinational|bolivarian|independent) )*"
    r"(?:republic|rep|kingdom|federation|union|principality|grand duchy|sultanate|emirate) "
    r"(?:of )?(?:the )?(?P<name>.+)",
    re.IGNORECASE,
)


_LONGEST = 200
"""Characters of a name; the longest that CLDR has of a country is Maltese and has 81."""


def name_key(name: str) -> str:
    """Return what is compared of a name: its letters, without case, accents and signs.

    `St. Lucia`, `Saint Lucia` and `ST LUCIA` are one, as are `Trinidad & Tobago` and `The Gambia`
    and `Gambia`.
    """
    if len(name) > _LONGEST:
        return ""  # To put the marks of one letter in order takes the square of their number.
    parts = unicodedata.normalize("NFKD", name.replace("&", " and "))
    shown = "".join(sign for sign in parts if unicodedata.category(sign) not in {"Cf", "Mn"})
    folded = unicodedata.normalize("NFC", shown.upper())
    words = re.sub(r"\bSAINT(E?)\b", r"ST\1", folded).split()
    kept = words[1:] if len(words) > 1 and words[0] == "THE" else words
    return "".join(sign for sign in "".join(kept) if unicodedata.category(sign)[0] in "LM")


def region_of_name(name: str) -> str | None:
    """Return the two letters of the one country that has a name, None where there is none."""
    key = name_key(name)
    if key in _ambiguous():
        return None
    formal = _FORMAL.fullmatch(" ".join(name.replace(".", " ").split()))
    return _exact(key) or (_exact(name_key(formal["name"])) if formal else None)


def is_ambiguous(name: str) -> bool:
    """Whether more than one country has a name, as with `Korea`."""
    return name_key(name) in _ambiguous()


def _exact(key: str) -> str | None:
    if not key or key in _ambiguous():
        return None
    return common_names().get(key) or (_all_names().get(key) if len(key) > 1 else None)


@cache
def _ambiguous() -> frozenset[str]:
    return frozenset(map(name_key, _OF_TWO))


@cache
def common_names() -> dict[str, str]:
    """Return the region of each name and code of three letters that people use most, by its key."""
    return _unique([*_names_in_common_languages(), *_three_letters(), *_added()])


@cache
def _all_names() -> dict[str, str]:
    """Return the region of each name in whatever language, by its key."""
    return _unique(
        [
            (name, region)
            for language in localedata.locale_identifiers()
            if ("_" not in language or language in _COMMON_LANGUAGES) and language not in _INVENTED
            for region, name in territories(language).items()
            if len(region) == 2 and region.isalpha()
        ]
    )


def _unique(names: list[tuple[str, str]]) -> dict[str, str]:
    """Return the names that belong to one region only, if numbers are known of it."""
    found: dict[str, set[str]] = {}
    for name, region in names:
        found.setdefault(name_key(name), set()).add(region)
    known = phonenumbers.SUPPORTED_REGIONS
    return {
        name: region
        for name, regions in found.items()
        if len(regions) == 1 and (region := next(iter(regions))) in known
    }


def _added() -> list[tuple[str, str]]:
    return [(name, region) for region, names in _OTHER_NAMES.items() for name in names]


def _three_letters() -> list[tuple[str, str]]:
    """Return the ISO 3166 codes of three letters, which CLDR lists as overlong aliases."""
    return [
        (code, regions[0])
        for code, regions in get_global("territory_aliases").items()
        if len(code) == 3 and code.isalpha() and len(regions) == 1
    ]


def _names_in_common_languages() -> list[tuple[str, str]]:
    return [
        (name, region)
        for region in phonenumbers.SUPPORTED_REGIONS
        for language in (*_COMMON_LANGUAGES, *_own_languages(region))
        if (name := territories(language).get(region))
    ]


def _own_languages(region: str) -> tuple[str, ...]:
    return tuple(get_official_languages(region, regional=True, de_facto=True))


@cache
def territories(language: str) -> dict[str, str]:
    """Return the names of all territories in a language, by their two letters."""
    try:
        return dict(Locale.parse(language).territories)
    except (UnknownLocaleError, ValueError):
        return {}


@cache
def english_names() -> dict[str, str]:
    """Return the names that an operator is shown, by their key: English ones and short codes."""
    shown = {name_key(name): name for name in territories("en").values() if len(name) > 2}
    added = {name_key(name): name for _, name in ((r, n) for n, r in _added()) if len(name) > 3}
    return {key: name for key, name in {**added, **shown}.items() if key in common_names()}
