"""What a row's country cell may say."""

import phonenumbers
import pytest

from importer.phones import understand_region

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
    ("HK - Hong Kong", "HK", "both parts say the same"),
    ("CN/\u4e2d\u56fd", "CN", "both parts say the same"),
    ("Guinea-Bissau", "GW", "a name with a dash, not Guinea"),
    ("Congo - Kinshasa", "CD", "a name with a dash"),
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
    ("Hong Kong / Macau", "two countries"),
    ("Europe", "a continent"),
    ("800", "free calls belong to no country"),
    ("Spanish", "a language"),
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
