"""One account, however its address is written, and by its name where it has one."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.accounts import VENDOR_URL, account_id, former_account_ids, url_in_one_form
from importer.credentials import load_credentials
from importer.errors import SettingsError

KEY = "fme2na3kdi3ki"
HERE = "http://127.0.0.1:8765/api/pns/"
WAYS = [
    (HERE, "http://127.0.0.1:8765/api/pns"),
    (HERE, "http://localhost:8765/api/pns/"),
    (HERE, "http://[::1]:8765/api/pns/"),
    (HERE, "HTTP://LOCALHOST:8765/api/pns/?"),
    (HERE, "http://127.0.0.1:8765//api//pns//#"),
    (HERE, "http://127.0.0.1:8765/api/x/../pns/./"),
    (VENDOR_URL, "https://NUMBER.nxcloud.com:443/api/pns"),
    (VENDOR_URL, "https://number.nxcloud.com./api/pns/"),
    (VENDOR_URL, " https://number.nxcloud.com/api/pns/ "),
    (VENDOR_URL, "https://api.nxcloud.com/v1/api/pns"),
]


@pytest.mark.parametrize(("url", "written"), WAYS)
def test_one_address_in_all_its_forms_is_one_account(url: str, written: str) -> None:
    """A slash, upper case, a default port or another name of this computer is no other account."""
    assert account_id("", written, KEY) == account_id("", url, KEY)


@pytest.mark.parametrize(
    "other",
    [
        "http://127.0.0.1:8766/api/pns/",
        "https://127.0.0.1:8765/api/pns/",
        "http://127.0.0.1:8765/api/other/",
        "http://127.0.0.2:8765/api/pns/",
    ],
)
def test_another_address_is_another_account(other: str) -> None:
    """Another port, scheme, path or computer is another place."""
    assert account_id("", other, KEY) != account_id("", HERE, KEY)


def test_a_name_is_what_identifies_an_account() -> None:
    """With one name a new key or address is one account; upper case and spaces are no matter."""
    assert account_id("Main  Office ", HERE, KEY) == account_id("main office", VENDOR_URL, "new")
    assert account_id("main", HERE, KEY) != account_id("other", HERE, KEY)


def test_the_id_does_not_show_the_key() -> None:
    """Where there is no name, the journal holds a hash."""
    assert KEY not in account_id("", HERE, KEY)


@pytest.mark.parametrize(("url", "written"), WAYS)
def test_what_older_journals_have_is_among_the_former_ids(url: str, written: str) -> None:
    """Older versions hashed the address as it was written; the same way or another finds it."""
    old = hashlib.sha256(f"{written.strip()} {KEY}".encode()).hexdigest()[:16]
    assert old in {*former_account_ids("", written.strip(), KEY), account_id("", written, KEY)}
    plain = hashlib.sha256(f"{url} {KEY}".encode()).hexdigest()[:16]
    assert plain in {*former_account_ids("main", written, KEY), account_id("", written, KEY)}


@given(st.text(st.sampled_from("/.aB?#%: "), max_size=12))
def test_the_one_form_is_its_own_form(path: str) -> None:
    """Brought to one form again, an address stays as it is."""
    once = url_in_one_form(f"https://Host.example/{path}")
    assert url_in_one_form(once) == once


def test_the_environment_beats_the_file() -> None:
    """IMPORTER_ACCOUNT beats the key `account`; without either the account has no name."""
    who = {"NXCLOUD_ACCESS_KEY": KEY, "NXCLOUD_ACCESS_SECRET": "s"}
    assert load_credentials(who, "file").account_name == "file"
    assert load_credentials(who | {"IMPORTER_ACCOUNT": " env "}, "file").account_name == "env"
    assert load_credentials(who | {"IMPORTER_ACCOUNT": " "}).account_name == ""


def test_a_password_in_the_address_is_refused_and_not_shown() -> None:
    """The sentence does not repeat it."""
    who = {"NXCLOUD_ACCESS_KEY": KEY, "NXCLOUD_ACCESS_SECRET": "s"}
    with pytest.raises(SettingsError, match="holds a user name") as refused:
        load_credentials(who | {"NXCLOUD_URL": "https://me:hunter2@number.nxcloud.com/"})
    assert "hunter2" not in str(refused.value)
