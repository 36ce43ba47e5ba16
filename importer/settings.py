"""One frozen `Settings` out of importer.toml, the environment and the command's options.

An option beats importer.toml, which beats the default. Keys and the account come from the
environment alone; the secret never prints.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import stat
import tomllib
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit

from importer.accounts import LOOPBACK_HOSTS, VENDOR_URL, account_id, former_account_ids
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SYSTEMD_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_CREDENTIALS = frozenset(
    {
        "NXCLOUD_ACCESS_KEY",
        "NXCLOUD_ACCESS_SECRET",
        "NXCLOUD_ACCESS_SECRET_FILE",
        SYSTEMD_CREDENTIALS,
    }
)
VARIABLES = frozenset(
    {
        "NXCLOUD_ACCESS_KEY",
        "NXCLOUD_ACCESS_SECRET",
        "NXCLOUD_ACCESS_SECRET_FILE",
        "NXCLOUD_URL",
        "IMPORTER_JOURNAL",
        "IMPORTER_ACCOUNT",
    }
)
"""The environment variables that the importer reads."""
_OTHERS_OR_WRITTEN_BY_GROUP = stat.S_IRWXO | stat.S_IWGRP
_SECRET_CHARACTERS = 10_000
CONFIG_FILE = "importer.toml"
OPTIONS_ONLY = frozenset({"yes", "again"})
"""What only the operator can say, each time anew: a file would agree for them."""
OTHER_TABLES = frozenset({"nightly"})
"""Tables of importer.toml that hold no settings of a run."""

Known = Literal["ask", "skip", "allow"]
SignAlgorithm = Literal["md5", "sha256"]
Strict = Literal["valid", "possible"]
Format = Literal["xlsx", "csv"]
LogFormat = Literal["text", "json"]
BareDigits = Literal["auto", "national", "international"]

CHOICES: Mapping[str, tuple[str, ...]] = {
    "known": get_args(Known),
    "sign_algorithm": get_args(SignAlgorithm),
    "strict": get_args(Strict),
    "bare_digits": get_args(BareDigits),
    "format": get_args(Format),
    "log_format": get_args(LogFormat),
}
_LIMITS: Mapping[str, tuple[float, float]] = {
    "group_size": (1, 100_000),
    "rate": (0.01, 10_000),
    "concurrency": (1, 256),
    "timeout": (1, 600),
    "listing_delay": (2, 3600),
    "max_rejects": (0, 100),
    "max_groups": (1, 1_000_000),
}
_MAY_BE_BLANK = frozenset({"remark", "delimiter", "account"})
"""No remark is a remark, a tab is a delimiter, and an account needs no name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run; the field names are the options' and, but for two, the keys of importer.toml."""

    account: str = ""
    """The name of the account; IMPORTER_ACCOUNT beats it. "" for the address and the key."""
    out: Path | None = None
    """A folder or an .xlsx file; None for beside the input."""
    region: str | None = None
    """Two letters: the country of numbers without country code."""
    column: tuple[str, ...] = ()
    """The phone columns; empty: found by themselves."""
    country_column: str | None = None
    """The column of the rows' countries, `none` for none; None: found by itself."""
    sheet: tuple[str, ...] = ()
    """The sheets to read; empty: all that have a phone column."""
    visible_only: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    bare_digits: BareDigits = "auto"
    """How to read digits that say nothing of a country."""
    group_size: int = 500
    group_by: str = "country"
    name: str = "{file} {country} {seq:03}"
    remark: str = ""
    known: Known = "ask"
    again: bool = False
    rate: float = 5.0
    """Calls a second."""
    concurrency: int = 8
    timeout: float = 30.0
    """Seconds for one call."""
    listing_delay: float = 10.0
    """Seconds that the vendor may take until a listing shows a new group."""
    sign_algorithm: SignAlgorithm = "md5"
    strict: Strict = "valid"
    max_rejects: float = 50.0
    """Percent of the rows; above it nothing is sent."""
    max_groups: int = 10_000
    """Above it nothing is sent."""
    format: Format = "xlsx"
    """Of the results: a workbook for people, or CSV for machines."""
    sandbox: bool = False
    wait: bool = False
    """Whether to wait for another run on the same journal."""
    json: bool = False
    log_format: LogFormat = "text"
    """Of standard error: for people, or a JSON object a line."""
    yes: bool = False
    quiet: bool = False
    timings: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who calls, and where."""

    url: str
    access_key: str
    secret: str = field(repr=False)
    account_name: str = ""
    """What the operator calls the account, "" for no name."""

    @property
    def account(self) -> str:
        """What the journal knows the account by; it does not show the key."""
        return account_id(self.account_name, self.url, self.access_key)

    @property
    def former_accounts(self) -> frozenset[str]:
        """What else a journal may know the same account by."""
        return former_account_ids(self.account_name, self.url, self.access_key)

    @property
    def on_loopback(self) -> bool:
        """Whether the calls stay on this computer."""
        return urlsplit(self.url).hostname in LOOPBACK_HOSTS


def load_settings(options: Mapping[str, Any], folder: Path) -> Settings:
    """Build the settings from a command's options and the importer.toml of `folder`.

    `options` holds None, or no names, for what was not given.

    Raises:
        SettingsError: a key or a value can't be used; the text names it and its place.
    """
    config = {
        name: value for name, value in read_config(folder).items() if name not in OTHER_TABLES
    }
    settings = merge(Settings(), without_agreement(config), f"{CONFIG_FILE}: ")
    given = {name: value for name, value in options.items() if value not in (None, ())}
    return merge(settings, given, "--")


def without_agreement(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the keys of importer.toml, none of which agrees to anything for the operator.

    Raises:
        SettingsError: `yes` or `again` is among them.
    """
    for name in OPTIONS_ONLY & {*config}:
        raise SettingsError(
            f"{CONFIG_FILE}: {name} is no key: take it out, and type --{name} where you mean it."
        )
    return config


def read_config(folder: Path) -> Mapping[str, Any]:
    """Read the importer.toml of a folder as it stands; nothing where there is none.

    Raises:
        SettingsError: it can't be read.
    """
    path = folder / CONFIG_FILE
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{path} can't be read ({error}): correct that place.") from error


def merge(settings: Settings, values: Mapping[str, Any], origin: str) -> Settings:
    """Put values over settings; `origin` begins the sentence that refuses one.

    Raises:
        SettingsError: a name or a value can't be used.
    """
    known = {one.name: one for one in fields(Settings)}
    checked = {}
    for name, value in values.items():
        if name not in known:
            raise SettingsError(f"{origin}{name} is not a setting{nearest(name, known)}")
        shown = name.replace("_", "-") if origin == "--" else name
        checked[name] = _check(name, value, f"{origin}{shown}")
    return replace(settings, **checked)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: the known one that is nearest to it."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; is {near[0]} meant?" if near else "."


def _check(name: str, value: Any, shown: str) -> Any:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise SettingsError(f"{shown} must be one of {', '.join(CHOICES[name])}.")
        return value
    default = getattr(Settings(), name)
    if name in _LIMITS:
        return _check_number(value, type(default), _LIMITS[name], shown)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise SettingsError(f"{shown} must be true or false.")
        return value
    if isinstance(default, tuple):
        return _check_names(value, shown)
    if not isinstance(value, str) or (not value.strip() and name not in _MAY_BE_BLANK):
        raise SettingsError(f"{shown} must be a text.")
    if name == "out":
        return Path(value)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SettingsError(f"{shown} holds bytes that are no text in UTF-8.") from error
    return value


def _check_names(value: Any, shown: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(
        isinstance(one, str) and one.strip() for one in names
    ):
        raise SettingsError(f"{shown} must be a name or a list of names.")
    return tuple(names)


def _check_number(value: Any, kind: type, limits: tuple[float, float], shown: str) -> Any:
    low, high = limits
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high or (kind is int and value != int(value)):
        what = "a whole number" if kind is int else "a number"
        raise SettingsError(f"{shown} must be {what} from {low:g} to {high:g}.")
    return kind(value)


def load_credentials(environment: Mapping[str, str], account_name: str = "") -> Credentials:
    """Read who calls, and where, from the environment.

    `account_name` is the name that importer.toml gives the account; IMPORTER_ACCOUNT beats it.

    Raises:
        SettingsError: a variable is missing or misnamed, the secret's file can't be read or is open
            to others, or the URL is plain http to another computer or holds a user's name.
    """
    misnamed = misnamed_variable(environment)
    if misnamed:
        raise SettingsError(misnamed)
    access_key = environment.get("NXCLOUD_ACCESS_KEY", "").strip()
    secret = _secret(environment)
    missing = [
        name
        for name, value in (
            ("NXCLOUD_ACCESS_KEY", access_key),
            ("NXCLOUD_ACCESS_SECRET (or NXCLOUD_ACCESS_SECRET_FILE)", secret),
        )
        if not value
    ]
    if missing:
        raise SettingsError(
            f"No credentials: set {' and '.join(missing)} in the environment, or rehearse with "
            "--sandbox, which needs none."
        )
    if not (access_key.isascii() and access_key.isprintable()):
        raise SettingsError(
            "NXCLOUD_ACCESS_KEY holds a character that is no letter, digit or sign: copy the key "
            "again."
        )
    name = _account_name(environment.get("IMPORTER_ACCOUNT", "").strip() or account_name.strip())
    return Credentials(_url(environment.get("NXCLOUD_URL", "")), access_key, secret, name)


def _account_name(name: str) -> str:
    if name.isprintable():
        return name
    raise SettingsError(
        "IMPORTER_ACCOUNT, or the key account, holds a character that can't be shown: name the "
        "account in letters and digits."
    )


def _secret(environment: Mapping[str, str]) -> str:
    name = environment.get("NXCLOUD_ACCESS_SECRET_FILE")
    if not name:
        return environment.get("NXCLOUD_ACCESS_SECRET", "").strip()
    path = Path(name)
    try:
        text = _read_secret(path, environment.get(SYSTEMD_CREDENTIALS, ""))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The secret's file {path} can't be read ({error}): correct NXCLOUD_ACCESS_SECRET_FILE."
        ) from error
    lines = text.split()
    if len(lines) != 1:
        what = "more than one line or word" if lines else "only blanks"
        raise SettingsError(
            f"The secret's file {path} holds {what}: write the secret alone into it."
        )
    return lines[0]


def _read_secret(path: Path, loaded_by_systemd: str) -> str:
    """Read a secret's file that nobody else may read; a pipe or a device would wait for ever.

    systemd puts credentials where only the service comes, with rights of its own:
    https://systemd.io/CREDENTIALS/
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, encoding="utf-8-sig") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise SettingsError(
                f"The secret's file {path} is no regular file: correct NXCLOUD_ACCESS_SECRET_FILE."
            )
        is_open = os.name == "posix" and status.st_mode & _OTHERS_OR_WRITTEN_BY_GROUP
        if is_open and not (loaded_by_systemd and path.is_relative_to(loaded_by_systemd)):
            raise SettingsError(
                f"Others may read or write the file that NXCLOUD_ACCESS_SECRET_FILE names: "
                f"chmod 600 {shlex.quote(str(path))}"
            )
        return file.read(_SECRET_CHARACTERS)


def without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for another program: without what leads to key or secret."""
    return {name: value for name, value in environment.items() if name not in _CREDENTIALS}


def misnamed_variable(environment: Mapping[str, str]) -> str:
    """Say which variable looks like one of the importer's but is none, or ""."""
    for name in environment:
        if name.startswith(("NXCLOUD_", "IMPORTER_")) and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, 1, cutoff=0.75)
            if near:
                return f"{name} is no variable of the importer; is {near[0]} meant? Rename it."
    return ""


def _url(text: str) -> str:
    """Return the vendor's address, or the one that is named instead."""
    text = text.strip() or VENDOR_URL
    try:
        parts = urlsplit(text)
        whole = bool(parts.hostname) and parts.port != 0 and not any(map(str.isspace, text))
    except ValueError:
        whole = False
    if not whole:
        raise SettingsError(f"NXCLOUD_URL is '{text}', which is no web address: correct it.")
    if parts.username is not None or parts.password is not None:
        raise SettingsError(
            "NXCLOUD_URL holds a user name or a password before the @: take them out; the key and "
            "the secret have variables of their own."
        )
    if parts.scheme != "https" and not (
        parts.scheme == "http" and parts.hostname in LOOPBACK_HOSTS
    ):
        raise SettingsError(
            f"NXCLOUD_URL is '{text}': it must begin with https://, as plain http would show the "
            "numbers to anybody on the way."
        )
    return text


def journal_path(environment: Mapping[str, str]) -> Path:
    """Return the real path of the journal: IMPORTER_JOURNAL, or one in the user's state folder.

    Raises:
        SettingsError: it is named by something that is no path.
    """
    named = environment.get("IMPORTER_JOURNAL")
    if named:
        if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", named):
            raise SettingsError(
                f"IMPORTER_JOURNAL is '{named.partition(':')[0]}:…', and a journal can only be a "
                "file: set it to a path, or unset it for the journal in your own folder."
            )
        return real_path(Path(named).expanduser())
    from platformdirs import user_state_path

    return real_path(user_state_path("importer", appauthor=False) / "journal.sqlite3")


def real_path(path: Path) -> Path:
    """Return the path with every symbolic link followed, so that one file has one path.

    Raises:
        SettingsError: the links lead in a circle.
    """
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:
        raise SettingsError(
            f"The journal {path} can't be reached ({error}): correct the link, or IMPORTER_JOURNAL."
        ) from error
