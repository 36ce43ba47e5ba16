"""The environment variables that the importer reads, and where they say that the journal is."""

from __future__ import annotations

import difflib
import getpass
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

SMTP_PASSWORD = "IMPORTER_SMTP_PASSWORD"
"""The password of the mail server that reports go by."""
WEBHOOK = "IMPORTER_WEBHOOK"
"""The address of a chat's webhook: who knows it can write there."""
FILE_ENDING = "_FILE"
"""Behind the name of a variable that holds a secret: that of one that names the secret's file."""
SECRETS_OF_REPORTS = frozenset(
    {SMTP_PASSWORD, f"{SMTP_PASSWORD}{FILE_ENDING}", WEBHOOK, f"{WEBHOOK}{FILE_ENDING}"}
)
VARIABLES = frozenset(
    {
        "NXCLOUD_ACCESS_KEY",
        "NXCLOUD_ACCESS_SECRET",
        "NXCLOUD_ACCESS_SECRET_FILE",
        "NXCLOUD_URL",
        "IMPORTER_JOURNAL",
        "IMPORTER_ACCOUNT",
        *SECRETS_OF_REPORTS,
    }
)
"""The environment variables that the importer reads."""


def misnamed_variable(environment: Mapping[str, str]) -> str:
    """Say which variable looks like one of the importer's but is none, or ""."""
    for name in environment:
        if name.startswith(("NXCLOUD_", "IMPORTER_")) and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, 1, cutoff=0.75)
            if near:
                return f"{name} is no variable of the importer; is {near[0]} meant? Rename it."
    return ""


def user_name() -> str:
    """Return the name of the user who runs this; "" where the system knows none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # A container's user may have no name.
        return ""


def host_name() -> str:
    """Return the name of this computer."""
    return socket.gethostname()


def journal_place(environment: Mapping[str, str]) -> Path | str:
    """Return where the journal is: the real path of a file, or the URL of a PostgreSQL database.

    It is IMPORTER_JOURNAL, or a file in the user's state folder. A URL may hold a password.

    Raises:
        SettingsError: it is named by something that is neither.
    """
    named = environment.get("IMPORTER_JOURNAL")
    return place_named(named) if named else real_path(state_folder() / "journal.sqlite3")


def place_named(name: str) -> Path | str:
    """Return the real path of a journal that is a file, or its URL as it is.

    Raises:
        SettingsError: it is a URL of another kind, or a path whose links lead in a circle.
    """
    if re.match("postgres(ql)?://", name):
        return name
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", name):
        raise SettingsError(
            f"No journal can be at '{name.partition(':')[0]}:…', only in a file or in a PostgreSQL "
            "database: name a path or postgresql://user@host/database. With IMPORTER_JOURNAL "
            "unset, it is in your own folder."
        )
    return real_path(Path(name).expanduser())


def state_folder() -> Path:
    """Return the folder of this user in which programs keep what they have to remember."""
    from platformdirs import user_state_path

    return user_state_path("importer", appauthor=False)


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
