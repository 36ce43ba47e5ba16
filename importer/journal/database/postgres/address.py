"""Where a PostgreSQL database is: what its URL says, and what may be shown of it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

_LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})
_SECRETS = ("password", "sslpassword")
_SETTINGS: Mapping[str, Any] = {
    "application_name": "importer",
    "client_encoding": "UTF8",
    "connect_timeout": 10,
    # A computer that is gone is noticed within a minute and a half, not within two hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
"""Parameters of libpq that count where the URL says nothing of them."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a URL says of a database. Its text is for messages: no password is in it."""

    conninfo: str = field(repr=False)
    """All parameters of the connection, as libpq reads them; not to be shown."""
    shown: str
    secrets: tuple[str, ...] = field(repr=False)
    """What must not be in any message."""

    def __str__(self) -> str:
        return self.shown

    def without_secrets(self, text: str) -> str:
        """Return a text of libpq's without passwords."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def read_address(url: str, environment: Mapping[str, str] = os.environ) -> Address:
    """Return where a URL leads. What it leaves out, libpq takes from the environment and files.

    Outside of this computer the connection is encrypted, unless `sslmode` says otherwise: phone
    numbers go over it.

    Raises:
        SettingsError: the URL can't be read.
    """
    given = _parameters(url)
    host = given.get("host", environment.get("PGHOST", ""))
    settings = {**_SETTINGS, **_encryption(given, host, environment)}
    if "," in host:
        settings["target_session_attrs"] = "read-write"
    conninfo = make_conninfo("", **{**settings, **given})
    secrets = tuple(given[name] for name in _SECRETS if name in given)
    return Address(conninfo, _shown(given, host, environment), secrets)


def _parameters(url: str) -> dict[str, str]:
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
    except psycopg.ProgrammingError:
        given = {"port": "unreadable"}
    # With a bare @, / or : in it, a part of the password would be taken for the host or the port.
    bare = url.partition("://")[2].partition("?")[0].partition("/")
    is_clear = bare[0].count("@") <= 1 and "@" not in bare[2]
    if not is_clear or not re.fullmatch("[0-9,]*", given.get("port", "")):
        # What libpq says of it may hold the password as well.
        raise SettingsError(
            "IMPORTER_JOURNAL can't be read as the URL of a PostgreSQL database: write it as in "
            "postgresql://user@host:5432/database, with %40 for a @, %3A for a : and %2F for a / "
            "within a name or a password."
        )
    return given


def _encryption(
    given: Mapping[str, str], host: str, environment: Mapping[str, str]
) -> dict[str, str]:
    named = {"sslmode", "service"} & {*given} or {"PGSSLMODE", "PGSERVICE"} & {*environment}
    is_here = all(one in _LOOPBACK or one.startswith(("/", "@")) for one in host.split(","))
    return {} if named or is_here else {"sslmode": "require"}


def _shown(given: Mapping[str, str], host: str, environment: Mapping[str, str]) -> str:
    """Return the URL with user, hosts, ports and database, as far as they are known.

    Messages tell operators to set IMPORTER_JOURNAL to it, so it is written as libpq reads it.
    """
    service = given.get("service", environment.get("PGSERVICE", ""))
    if service and "host" not in given:
        return f"postgresql://?service={service}"
    user = given.get("user", environment.get("PGUSER", ""))
    port = given.get("port", environment.get("PGPORT", ""))
    database = given.get("dbname", environment.get("PGDATABASE", ""))
    before = f"{quote(user, safe='')}@" if user else ""
    return f"postgresql://{before}{_hosts(host, port)}/{quote(database, safe='')}"


def _hosts(host: str, port: str) -> str:
    """Write hosts and their ports, of which libpq gives two lists, as a URL has them."""
    hosts = [_host_in_url(one) for one in host.split(",")]
    ports = port.split(",")
    if len(ports) != len(hosts):  # One port is that of all hosts.
        ports = ports[:1] * len(hosts)
    pairs = zip(hosts, ports, strict=True)
    return ",".join(f"{one}:{its_port}" if its_port else one for one, its_port in pairs)


def _host_in_url(host: str) -> str:
    """Write a host as a URL has it: an IPv6 address in brackets, a socket's folder encoded."""
    return f"[{host}]" if ":" in host else quote(host or "localhost", safe="")
