"""Credentials: who calls, and where, from the environment alone."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.accounts import VENDOR_URL
from importer.credentials import Credentials, load_credentials, without_credentials
from importer.environment import SECRETS_OF_REPORTS, VARIABLES
from importer.errors import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

WHO = {"NXCLOUD_ACCESS_KEY": "fme2na3kdi3ki", "NXCLOUD_ACCESS_SECRET": "abciiiko2k3"}


def test_credentials() -> None:
    """Key and secret come from the environment; the vendor's address is the default."""
    assert load_credentials(WHO) == Credentials(VENDOR_URL, "fme2na3kdi3ki", "abciiiko2k3")


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"NXCLOUD_ACCESS_KEY"}, ["NXCLOUD_ACCESS_KEY"]),
        ({"NXCLOUD_ACCESS_SECRET"}, ["NXCLOUD_ACCESS_SECRET", "NXCLOUD_ACCESS_SECRET_FILE"]),
        (set(WHO), ["NXCLOUD_ACCESS_KEY", "NXCLOUD_ACCESS_SECRET", "NXCLOUD_ACCESS_SECRET_FILE"]),
    ],
)
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_missing_credentials(missing: set[str], named: list[str], empty: str | None) -> None:
    """Who has no credentials is told which variables to set, and is offered the sandbox."""
    rest = {name: value for name, value in WHO.items() if name not in missing}
    blank = {} if empty is None else dict.fromkeys(missing, empty)
    with pytest.raises(SettingsError) as refused:
        load_credentials(rest | blank)
    sentence = str(refused.value)
    assert all(name in sentence for name in [*named, "--sandbox"])
    assert not any(name in sentence.replace("_FILE", "") for name in set(WHO) - missing)


@pytest.mark.parametrize("text", ["abciiiko2k3", "abciiiko2k3\r\n", "\ufeffabciiiko2k3\n"])
def test_secret_file(text: str, tmp_path: Path) -> None:
    """The secret may stand in a file, which beats the variable; its line end does not count."""
    file = tmp_path / "secret"
    file.write_bytes(text.encode())
    file.chmod(0o600)
    environment = WHO | {"NXCLOUD_ACCESS_SECRET": "x", "NXCLOUD_ACCESS_SECRET_FILE": str(file)}
    assert load_credentials(environment).secret == "abciiiko2k3"


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_unreadable_secret_file(content: bytes | None, tmp_path: Path) -> None:
    """A secret's file that can't be read is named, and so is its variable."""
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
        file.chmod(0o600)
    with pytest.raises(SettingsError) as refused:
        load_credentials(WHO | {"NXCLOUD_ACCESS_SECRET_FILE": str(file)})
    assert str(file) in str(refused.value)
    assert "NXCLOUD_ACCESS_SECRET_FILE" in str(refused.value)


POSIX = pytest.mark.skipif(os.name != "posix", reason="rights are others there")


@POSIX
@pytest.mark.parametrize("mode", [0o604, 0o602, 0o620, 0o644, 0o666])
def test_a_secret_that_others_may_read(mode: int, tmp_path: Path) -> None:
    """It is refused with the command that mends it; what systemd loads has rights of its own."""
    file = tmp_path / "the secret"
    file.write_text("abciiiko2k3")
    file.chmod(mode)
    environment = WHO | {"NXCLOUD_ACCESS_SECRET_FILE": str(file)}
    with pytest.raises(SettingsError, match=f"chmod 600 '{file}'"):
        load_credentials(environment)
    loaded = environment | {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    assert load_credentials(loaded).secret == "abciiiko2k3"


@POSIX
def test_a_secret_that_is_a_pipe(tmp_path: Path) -> None:
    """Nobody waits for whoever would write into it."""
    os.mkfifo(tmp_path / "secret", 0o600)
    with pytest.raises(SettingsError, match="no regular file"):
        load_credentials(WHO | {"NXCLOUD_ACCESS_SECRET_FILE": str(tmp_path / "secret")})


@pytest.mark.parametrize(
    ("text", "what"),
    [("one\ntwo\n", "more than one line"), (" \n\n", "only blanks"), ("", "nothing yet")],
)
def test_a_secret_file_that_holds_no_secret(text: str, what: str, tmp_path: Path) -> None:
    """Two lines or only blanks are named as such, and no part of them is shown."""
    file = tmp_path / "secret"
    file.write_text(text)
    file.chmod(0o600)
    with pytest.raises(SettingsError, match=what) as refused:
        load_credentials(WHO | {"NXCLOUD_ACCESS_SECRET_FILE": str(file)})
    assert "two" not in str(refused.value)


def test_a_url_with_a_password() -> None:
    """It would be shown and logged with the address, so it is refused and not repeated."""
    for url in ("https://ann:sesame@other.example/", "http://127.0.0.1@other.example/"):
        with pytest.raises(SettingsError, match="before the @") as refused:
            load_credentials(WHO | {"NXCLOUD_URL": url})
        assert "sesame" not in str(refused.value)


def test_what_another_program_gets() -> None:
    """Neither the hook nor any other program gets what leads to key or secret."""
    given = {"PATH": "/bin", "CREDENTIALS_DIRECTORY": "x", **dict.fromkeys(VARIABLES, "y")}
    left = without_credentials(given)
    assert left == {"PATH": "/bin", "NXCLOUD_URL": "y"} | {
        name: "y" for name in VARIABLES - SECRETS_OF_REPORTS if name.startswith("IMPORTER_")
    }


@pytest.mark.parametrize("key", ["a\nb", "a\u200bb", "clé"])
def test_key_that_no_header_carries(key: str) -> None:
    """A key that was copied with an invisible or foreign character is refused before a call."""
    with pytest.raises(SettingsError, match="NXCLOUD_ACCESS_KEY"):
        load_credentials(WHO | {"NXCLOUD_ACCESS_KEY": key})


URLS = [
    ("https://number.nxcloud.com/api/pns/", False),
    ("https://other.example:8443/", False),
    ("http://127.0.0.1:8765/api/pns/", True),
    ("http://localhost:8765/", True),
    ("http://[::1]:8765/", True),
    ("HTTP://LOCALHOST/", True),
    (" https://other.example/ ", False),
]


@pytest.mark.parametrize(("url", "on_loopback"), URLS)
def test_good_url(url: str, on_loopback: bool) -> None:
    """Https goes anywhere, plain http to this computer."""
    credentials = load_credentials(WHO | {"NXCLOUD_URL": url})
    assert credentials.url == url.strip()
    assert credentials.on_loopback == on_loopback


@pytest.mark.parametrize("url", ["", "  "])
def test_empty_url(url: str) -> None:
    """An empty variable is as good as none."""
    assert load_credentials(WHO | {"NXCLOUD_URL": url}).url == VENDOR_URL


BAD_URLS = [
    "http://number.nxcloud.com/api/pns/",
    "http://localhost.example/",
    "http://127.0.0.1.example/",
    "http://10.0.0.1/",
    "ftp://127.0.0.1/",
    "number.nxcloud.com/api/pns/",
    "https://",
    "https:///api",
    "https://[::1",
    "https://a b/",
    "https://other.example:99999/",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_bad_url(url: str) -> None:
    """Plain http to other computers, and what is no address, is refused by a sentence."""
    with pytest.raises(SettingsError, match="NXCLOUD_URL is ") as refused:
        load_credentials(WHO | {"NXCLOUD_URL": url})
    assert url in str(refused.value)


@given(
    url=st.text(st.characters(codec="utf-8")) | st.text("htps:/[]@.1%#? ").map("https://".__add__)
)
def test_no_url_breaks_it(url: str) -> None:
    """Whatever stands in NXCLOUD_URL is taken or refused by a sentence."""
    try:
        load_credentials(WHO | {"NXCLOUD_URL": url})
    except SettingsError as error:
        sentence = str(error)
    else:
        return
    assert "NXCLOUD_URL" in sentence


def test_secret_does_not_print() -> None:
    """Neither repr nor str of credentials shows the secret."""
    credentials = load_credentials(WHO)
    assert WHO["NXCLOUD_ACCESS_SECRET"] not in f"{credentials!r} {credentials} {[credentials]!r}"
