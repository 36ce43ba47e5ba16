"""The environment variables that the importer reads, and where they say that the journal is."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def misnamed_variable(environment: Mapping[str, str]) -> str:
    """Say which variable looks like one of the importer's but is none, or ""."""
    for name in environment:
        if name.startswith(("NXCLOUD_", "IMPORTER_")) and name not in VARIABLES:
            near = difflib.get_close_matches(name, VARIABLES, 1, cutoff=0.75)
            if near:
                return f"{name} is no variable of the importer; is {near[0]} meant? Rename it."
    return ""


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
