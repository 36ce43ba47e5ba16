"""What headers say of their columns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.reading.layout.headers import (
    CountryHeader,
    PhoneHeader,
    country_header,
    is_anothers,
    phone_header,
)

PHONES = [
    "Phone", "Mobile (preferred)", "Phone 1 - Value", "MobilePhone", "Billing Phone", "Ph. no.",
    "Phone number (with country code)", "Default Address Phone", "phone_number__c", "Tél. portable",
    "Contacto telefónico", "Telefon geschäftlich", "お客様電話", "手机号码（必填）", "客户联系手机",
    "Номер телефона клиента", "휴대폰 번호", "เบอร์โทรศัพท์มือถือ", "Telefon/Handy", "TEL.1",
]  # fmt: skip
NO_PHONES = [
    "Phone Type", "Phone 1 - Label", "Telefontyp", "Tipo de teléfono", "Phone Model", "手机型号",
    "Phone Verified", "Type of phone", "Mobile: 9123 4567", "Phone (e.g. +852 9123 4567)",
    "Phone Country Code", "Name", "Order", "", "x" * 500,
]  # fmt: skip


@pytest.mark.parametrize("name", PHONES)
def test_headers_of_phones(name: str) -> None:
    """Words beside a phone word, counters and brackets leave it a header of phones."""
    assert phone_header(name) >= PhoneHeader.LIKELY
    assert not is_anothers(name)


@pytest.mark.parametrize("name", NO_PHONES)
def test_headers_of_something_else(name: str) -> None:
    """What says something of the phone, and a text with a number's digits, is no such header."""
    assert phone_header(name) == PhoneHeader.NO


@pytest.mark.parametrize(
    "name",
    ["Fax", "Business Fax", "Emergency phone", "AssistantPhone", "Assistant's Phone", "Pager",
     "传真", "紧急联系电话", "Notfallnummer", "Father's mobile"],
)  # fmt: skip
def test_headers_of_somebody_elses_numbers(name: str) -> None:
    """A fax, an assistant and an emergency contact are not the customer."""
    assert is_anothers(name)
    assert phone_header(name) == PhoneHeader.NO


@given(st.text(max_size=30), st.from_regex(r"[0-9]{7,15}", fullmatch=True))
def test_a_text_with_a_numbers_digits_is_never_a_header(words: str, digits: str) -> None:
    """Whatever words stand beside them: as many digits as a phone number has are data."""
    for text in (words + digits, f"Mobile: {digits}", f"{digits} phone", f"Country {digits}"):
        assert phone_header(text) == PhoneHeader.NO
        assert country_header(text) == CountryHeader.NO


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("Country", CountryHeader.SURE),
        ("国家/地区", CountryHeader.SURE),
        ("Staat", CountryHeader.SURE),
        ("Land/Staat", CountryHeader.SURE),
        ("Business Country/Region", CountryHeader.OF_ADDRESS),
        ("Mailing Country", CountryHeader.OF_ADDRESS),
        ("Billing Country Code", CountryHeader.OF_ADDRESS),
        ("country_iso2", CountryHeader.SURE),
        ("Cntry", CountryHeader.SURE),
        ("Länderkennzeichen", CountryHeader.SURE),
        ("Kod kraju", CountryHeader.SURE),
        ("国コード", CountryHeader.SURE),
        ("COUNTRY_CD", CountryHeader.SURE),
        ("Country ID", CountryHeader.PERHAPS),
        ("Country of residence", CountryHeader.OF_ADDRESS),
        ("Phone Country Code", CountryHeader.DIALLING),
        ("ISD Code", CountryHeader.DIALLING),
        ("Dialing code", CountryHeader.DIALLING),
        ("Region", CountryHeader.PERHAPS),
        ("地区", CountryHeader.PERHAPS),
        ("区号", CountryHeader.PERHAPS),
        ("Prefix", CountryHeader.PERHAPS),
        ("Nationality", CountryHeader.PERHAPS),
        ("Country of birth", CountryHeader.PERHAPS),
        ("Name", CountryHeader.NO),
        ("Phone", CountryHeader.NO),
    ],
)
def test_headers_of_countries(name: str, rank: CountryHeader) -> None:
    """Which header says a country how surely; the cells have the last word."""
    assert country_header(name) == rank


@pytest.mark.parametrize(
    "name", ["Phone ID", "Mobile ref", "Telephone account", "Handy-ID", "Phone key"]
)
def test_what_is_known_by_a_phone_is_no_phone(name: str) -> None:
    """Ids and references look like numbers; the noun at the end says what they are."""
    assert phone_header(name) is PhoneHeader.NO


@pytest.mark.parametrize("name", ["Tax country", "Bank country", "Country of issue", "VAT country"])
def test_a_country_of_something_else(name: str) -> None:
    """Where somebody pays taxes is not where the phone is: the cells decide, or the operator."""
    assert country_header(name) is CountryHeader.PERHAPS


@pytest.mark.parametrize("name", ["Fone / WhatsApp", "WhatsApp (preferred)", "Customer WhatsApp"])
def test_whatsapp_is_one_word(name: str) -> None:
    """Its capital in the middle parts no words, of which `app` would say something else."""
    assert phone_header(name) >= PhoneHeader.LIKELY
