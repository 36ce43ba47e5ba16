"""The URL of a journal: every form of it leads there, and no password of it is ever shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("psycopg")

from psycopg.conninfo import conninfo_to_dict

from importer.errors import SettingsError
from importer.journal.database.postgres.address import read_address

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMS = [
    ("postgresql://ann:s3cret@db.example:6432/lists", {}, "postgresql://ann@db.example:6432/lists"),
    ("postgres://db.example/lists", {}, "postgresql://db.example/lists"),
    ("postgresql://db.example/lists?password=s3cret", {}, "postgresql://db.example/lists"),
    ("postgresql:///lists", {"PGHOST": "db", "PGUSER": "ann"}, "postgresql://ann@db/lists"),
    ("postgresql:///lists?host=/run/pg", {}, "postgresql://%2Frun%2Fpg/lists"),
    ("postgresql://a:1,b:2/lists?user=ann", {}, "postgresql://ann@a:1,b:2/lists"),
    ("postgresql:///?service=team", {}, "postgresql://?service=team"),
    ("postgresql://", {"PGDATABASE": "lists"}, "postgresql://localhost/lists"),
    ("postgresql://%2Frun%2Fpg/lists", {}, "postgresql://%2Frun%2Fpg/lists"),
    ("postgresql://ann%40firm:s%40cret@db/lists", {}, "postgresql://ann%40firm@db/lists"),
]


@pytest.mark.parametrize(("url", "environment", "shown"), FORMS)
def test_what_is_shown_of_a_url(url: str, environment: Mapping[str, str], shown: str) -> None:
    """User, host, port and database, wherever they were said; no password."""
    address = read_address(url, environment)
    assert str(address) == shown
    assert "s3cret" not in str(address)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann@[::1]:6432/lists",
        "postgresql://[fe80::1],[fe80::2]:6433/lists",
        "postgresql://ann%40firm@%2Frun%2Fpg:6432/our%20lists",
        "postgresql://a:1,b:2/lists",
        "postgresql:///lists?host=a,b&port=6432,6432",
    ],
)
def test_what_is_shown_can_be_set(url: str) -> None:
    """`journal copy` tells operators to set what it shows: that leads where the given URL does."""
    shown = str(read_address(url, {}))
    given, told = (conninfo_to_dict(read_address(one, {}).conninfo) for one in (url, shown))
    assert told == given


passwords = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=20)


@given(passwords, st.booleans())
def test_no_password_is_shown(password: str, in_query: bool) -> None:
    """Whatever it is made of: neither in an address nor in what libpq says of it."""
    quoted = "".join(f"%{ord(one):02x}" for one in password)
    url = "postgresql://ann@db/lists?password=" if in_query else "postgresql://ann:"
    address = read_address(url + quoted + ("" if in_query else "@db/lists"), {})
    assert conninfo_to_dict(address.conninfo)["password"] == password
    assert password not in str(address)
    assert password not in repr(address)
    assert password not in address.without_secrets(f"could not use {password} here")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann:s3cret@db:port/x",
        "postgresql://db/x?s3cret=1",
        "postgresql://ann:s3cret@[::1",
        "postgresql://ann:s3@cret@db/x",
        "postgresql://ann:s3cret/s3cret@db/x",
        "postgresql://ann:1/s3cret@db/x",
        "postgresql://ann:s3%cret@db/x",
    ],
)
def test_a_url_that_can_not_be_read(url: str) -> None:
    """The sentence says how one is written, without libpq's own words: they repeat the URL."""
    with pytest.raises(SettingsError, match="can't be read as the URL") as caught:
        read_address(url, {})
    assert "s3cret" not in str(caught.value)


ENCRYPTION = [
    ("postgresql://db.example/x", {}, "require"),
    ("postgresql://10.0.0.7,localhost/x", {}, "require"),
    ("postgresql://db.example/x?sslmode=verify-full", {}, "verify-full"),
    ("postgresql://db.example/x?sslmode=disable", {}, "disable"),
    ("postgresql://db.example/x", {"PGSSLMODE": "prefer"}, None),
    ("postgresql:///x?service=team", {}, None),
    ("postgresql://localhost/x", {}, None),
    ("postgresql://[::1]/x", {}, None),
    ("postgresql:///x", {}, None),
    ("postgresql:///x?host=/run/pg", {}, None),
    ("postgresql:///x", {"PGHOST": "db.example"}, "require"),
]


@pytest.mark.parametrize(("url", "environment", "mode"), ENCRYPTION)
def test_the_way_to_another_computer_is_encrypted(
    url: str, environment: Mapping[str, str], mode: str | None
) -> None:
    """Phone numbers go over it; who wants it otherwise says so."""
    given = conninfo_to_dict(read_address(url, environment).conninfo)
    assert given.get("sslmode") == mode
