"""What a row's country cell may say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers
import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from importer.countries import nearest_country, understand_region

if TYPE_CHECKING:
    from collections.abc import Callable

UNDERSTOOD = [
    ("HK", "HK", "two letters"),
    ("hk ", "HK", "small ones, a space"),
    ("HKG", "HK", "three letters"),
    ("deu", "DE", "three small letters"),
    ("Hong Kong", "HK", "English as people write it"),
    ("Hong Kong SAR China", "HK", "English as CLDR writes it"),
    ("UNITED KINGDOM", "GB", "capitals"),
    ("UK", "GB", "an exceptional code"),
    ("Bosnia and Herzegovina", "BA", "CLDR writes &"),
    ("Cote d'Ivoire", "CI", "without its accents"),
    ("\u9999\u6e2f", "HK", "Chinese"),
    ("\u4e2d\u56fd\u9999\u6e2f\u7279\u522b\u884c\u653f\u533a", "HK", "simplified Chinese, CLDR's"),
    ("\u5fb7\u56fd", "DE", "simplified Chinese"),
    ("\u5fb7\u570b", "DE", "traditional Chinese"),
    ("\u53f0\u6e7e", "TW", "simplified Chinese"),
    ("\u81fa\u7063", "TW", "traditional Chinese"),
    ("Deutschland", "DE", "its own language"),
    ("Suisse", "CH", "one of its own languages"),
    ("Schweiz", "CH", "another one"),
    ("\u65e5\u672c", "JP", "its own script"),
    ("\u0e44\u0e17\u0e22", "TH", "its own script"),
    ("\u0645\u0635\u0631", "EG", "its own script"),
    ("\u0420\u043e\u0441\u0441\u0438\u044f", "RU", "its own script"),
    ("\ub300\ud55c\ubbfc\uad6d", "KR", "its own script"),
    ("852", "HK", "a calling code"),
    ("+852", "HK", "with its plus"),
    ("00852", "HK", "with zeros for it"),
    ("852.0", "HK", "a calling code that went through a decimal column"),
    ("44", "GB", "shared with Jersey, Guernsey and Man: all dial alike"),
    ("1", "US", "shared: all dial alike"),
    ("001", "US", "with zeros for its plus"),
    ("1-876", "JM", "a country of North America's plan"),
    ("Hong Kong (852)", "HK", "both parts say the same"),
    ("+852 Hong Kong", "HK", "both parts say the same"),
    ("20 Egypt", "EG", "both parts say the same"),
    ("Sri Lanka 94", "LK", "both parts say the same"),
    ("1-876 Jamaica", "JM", "both parts say the same"),
    ("HK - Hong Kong", "HK", "both parts say the same"),
    ("CN/\u4e2d\u56fd", "CN", "both parts say the same"),
    ("Guinea-Bissau", "GW", "a name with a dash, not Guinea"),
    ("Congo - Kinshasa", "CD", "a name with a dash"),
    ("Korea, South", "KR", "turned round"),
    ("Iran, Islamic Republic of", "IR", "turned round, ISO's"),
    ("Moldova, Republic of", "MD", "a formal name, turned round"),
    ("Egypt, Arab Rep.", "EG", "turned round, the World Bank's"),
    ("Korea, Democratic People's Republic of", "KP", "not the other Korea"),
    ("Congo, The Democratic Republic of the", "CD", "not the other Congo"),
    ("Federal Republic of Germany", "DE", "a formal name"),
    ("Hong Kong, China", "HK", "the UN's: a part with numbers of its own"),
    ("\u4e2d\u56fd\u9999\u6e2f", "HK", "the same in Chinese"),
    ("Taiwan, Province of China", "TW", "ISO's"),
    ("Puerto Rico, USA", "PR", "a part with numbers of its own"),
    ("Jersey, UK", "JE", "a part with numbers of its own"),
    ("Puerto Rico +1", "PR", "a code that it shares"),
    ("U.K.", "GB", "with full stops"),
    ("K.S.A.", "SA", "everyday"),
    ("DRC", "CD", "everyday"),
    ("UAE", "AE", "everyday"),
    ("St.Lucia", "LC", "shortened"),
    ("Saint Lucia", "LC", "CLDR writes St."),
    ("Gambia (The)", "GM", "the UN's"),
    ("Allemagne", "DE", "in a neighbour's language"),
    ("Royaume-Uni", "GB", "in French"),
    ("Tschechien", "CZ", "in German"),
    ("\u0627\u0644\u0633\u0639\u0648\u062f\u064a\u0629", "SA", "everyday Arabic"),
    ("Saksa", "DE", "in Finnish"),
    ("\U0001f1eb\U0001f1f7", "FR", "a flag"),
    ("\U0001f1ed\U0001f1f0 Hong Kong", "HK", "a flag and a name"),
    ("\U0001f1ed\U0001f1f0+852", "HK", "a flag and a code"),
]


@pytest.mark.parametrize(("text", "region", "why"), UNDERSTOOD)
def test_understood(text: str, region: str, why: str) -> None:
    """Names in English, Chinese and the country's own languages, ISO codes, calling codes."""
    assert understand_region(text) == region, why


NOT_UNDERSTOOD = [
    ("", "nothing"),
    ("XX", "no country"),
    ("Atlantis", "no country"),
    ("999", "no calling code"),
    ("0", "no calling code"),
    ("+", "no calling code"),
    ("Korea", "there are two"),
    ("Congo", "there are two"),
    ("HK +86", "the parts contradict each other"),
    ("+86 Hong Kong", "the parts contradict each other"),
    ("Georgia 1", "a state of the USA"),
    ("CO 80202", "a state and its postcode"),
    ("Hong Kong / Macau", "two countries"),
    ("Europe", "a continent"),
    ("800", "free calls belong to no country"),
    ("Spanish", "a language"),
    ("Nga", "Russia in Vietnamese, or Nigeria's code"),
    ("Kongo", "there are two, in German"),
    ("Republic of China", "Taiwan's name, easily taken for the other one's"),
    ("Saint Martin", "there are two"),
    ("\U0001f1ed\U0001f1f0 Japan", "a flag against a name"),
    ("State of Georgia", "a state of the USA"),
    ("x" * 10_000, "no name has so many letters"),
]


@pytest.mark.parametrize(("text", "why"), NOT_UNDERSTOOD)
def test_not_understood(text: str, why: str) -> None:
    """What is not certain is None: the row is rejected, not read as another country's."""
    assert understand_region(text) is None, why


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_every_region_has_its_codes(region: str) -> None:
    """Each region is understood by its two letters, and its calling code is one that dials it."""
    assert understand_region(region) == region
    code = phonenumbers.country_code_for_region(region)
    main = understand_region(f"+{code}")
    assert main is not None
    assert phonenumbers.country_code_for_region(main) == code


def _cldr() -> list[tuple[str, str, str]]:
    return [
        (language, region, name)
        for language in (
            "fr",
            "de",
            "es",
            "pt",
            "ru",
            "ar",
            "ja",
            "ko",
            "fi",
            "sw",
            "vi",
            "tr",
            "hi",
        )
        for region, name in Locale.parse(language).territories.items()
        if region in phonenumbers.SUPPORTED_REGIONS
    ]


def test_names_in_every_language_are_never_taken_for_another_country() -> None:
    """A name that CLDR gives a country in whatever language means that one, or is not certain."""
    meant = [(understand_region(name), region, name) for _, region, name in _cldr()]
    assert [one for one in meant if one[0] not in (None, one[1])] == []
    assert sum(one[0] is None for one in meant) < 0.01 * len(meant)


@given(
    st.sampled_from(_cldr()),
    st.sampled_from([str.upper, str.lower, "  {}. ".format, "The {}".format]),
)
def test_dress_of_a_name_changes_nothing(
    one: tuple[str, str, str], dress: Callable[[str], str]
) -> None:
    """Case, spaces, a full stop and an article leave a name's country as it is."""
    _, _, name = one
    assert understand_region(dress(name)) == understand_region(name)


@pytest.mark.parametrize(
    ("text", "near"),
    [
        ("Germny", "Germany"),
        ("Untied Kingdom", "United Kingdom"),
        ("Phillipines", "Philippines"),
        ("Switzerlnd", "Switzerland"),
        ("Atlantis", None),
        ("Korea", None),
        ("N/A", None),
        ("x" * 10_000, None),
    ],
)
def test_nearest_country(text: str, near: str | None) -> None:
    """A slip in a name is answered with the name that was meant; other words with none."""
    assert nearest_country(text) == near
