"""Who calls, and where: the access key, the secret and the address, out of the environment."""

from __future__ import annotations

import os
import shlex
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from importer.accounts import LOOPBACK_HOSTS, VENDOR_URL, account_id, former_account_ids
from importer.environment import FILE_ENDING, SECRETS_OF_REPORTS, misnamed_variable
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

SYSTEMD_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_SECRET = "NXCLOUD_ACCESS_SECRET"
_CREDENTIALS = frozenset(
    {
        "NXCLOUD_ACCESS_KEY",
        "NXCLOUD_ACCESS_SECRET",
        "NXCLOUD_ACCESS_SECRET_FILE",
        SYSTEMD_CREDENTIALS,
        *SECRETS_OF_REPORTS,
    }
)
_OTHERS_OR_WRITTEN_BY_GROUP = stat.S_IRWXO | stat.S_IWGRP
_SECRET_CHARACTERS = 10_000


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
    secret = secret_of(environment, _SECRET)
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
    name = _account_name(environment.get("IMPORTER_ACCOUNT", "").strip(), account_name.strip())
    return Credentials(_url(environment.get("NXCLOUD_URL", "")), access_key, secret, name)


def _account_name(of_environment: str, of_file: str) -> str:
    name = of_environment or of_file
    if name.isprintable():
        return name
    origin = "IMPORTER_ACCOUNT" if of_environment else "account in importer.toml"
    raise SettingsError(
        f"{origin} holds a character that can't be shown: name the account in letters and digits."
    )


def secret_of(environment: Mapping[str, str], variable: str) -> str:
    """Return the secret that a variable holds, or the file that `VARIABLE_FILE` names; "" for none.

    Raises:
        SettingsError: the file can't be read, is open to others or holds no secret.
    """
    of_file = f"{variable}{FILE_ENDING}"
    name = environment.get(of_file)
    if not name:
        return environment.get(variable, "").strip()
    path = Path(name)
    try:
        text = _read_secret(path, of_file, environment.get(SYSTEMD_CREDENTIALS, ""))
    except (OSError, UnicodeDecodeError) as error:
        why = (isinstance(error, OSError) and error.strerror) or error
        raise SettingsError(
            f"The secret's file {path} can't be read ({why}): correct {of_file}."
        ) from error
    lines = text.split()
    if len(lines) != 1:
        what = "more than one line or word" if lines else "only blanks" if text else "nothing yet"
        raise SettingsError(
            f"The secret's file {path} holds {what}: write the secret alone into it."
        )
    return lines[0]


def _read_secret(path: Path, of_file: str, loaded_by_systemd: str) -> str:
    """Read a secret's file that nobody else may read; a pipe or a device would wait for ever.

    systemd puts credentials where only the service comes, with rights of its own:
    https://systemd.io/CREDENTIALS/
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, encoding="utf-8-sig") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise SettingsError(f"The secret's file {path} is no regular file: correct {of_file}.")
        is_open = os.name == "posix" and status.st_mode & _OTHERS_OR_WRITTEN_BY_GROUP
        if is_open and not (loaded_by_systemd and path.is_relative_to(loaded_by_systemd)):
            raise SettingsError(
                f"Others may read or write the file that {of_file} names: "
                f"chmod 600 {shlex.quote(str(path))}"
            )
        return file.read(_SECRET_CHARACTERS)


def without_credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment for another program: without what leads to key or secret."""
    return {name: value for name, value in environment.items() if name not in _CREDENTIALS}


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
