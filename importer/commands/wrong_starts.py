"""What is not a list, or not a command, and leads on to what was meant."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from importer.commands.terminal.prompts import ask_yes
from importer.errors import SettingsError, UnreadableInput
from importer.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from importer.commands.terminal.prompts import OutputMode

_URL = re.compile(r"(?:https?|ftps?|file)://", re.I)
_LISTS = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv", ".tsv", ".txt"})
_ELSEWHERE = {
    ".gsheet": "only points to a sheet of Google's: open it, choose File, Download, Microsoft "
    "Excel (.xlsx)",
    ".gdoc": "only points to a document of Google's: open it, copy its table into a sheet, and "
    "choose File, Download, Microsoft Excel (.xlsx)",
    ".numbers": "is a document of Apple's Numbers: open it, choose File, Export To, Excel",
    ".vcf": "is a set of contact cards: export the contacts as CSV where they come from (Google "
    "Contacts, Outlook), or import them there first",
    ".webloc": "is a link to a web page: open it, and save the list as a file",
    ".url": "is a link to a web page: open it, and save the list as a file",
}
"""What some endings are, and how a list is made of them."""


def is_file_name(word: str) -> bool:
    """Whether a word in a command's place is rather a file's name, or an address."""
    return (
        bool(_URL.match(word))
        or Path(word).suffix.lower() in _LISTS | {*_ELSEWHERE}
        or (Path(word).exists())
    )


def lead_on(word: str, commands: Iterable[str], output: OutputMode) -> str:
    """Return the command that was meant where `word` stands in a command's place.

    Raises:
        SettingsError: it is not known, or the operator says no.
    """
    if not is_file_name(word):
        meant = nearest(word.lower(), commands)
        raise SettingsError(f"'{word}' is no command{meant} `importer --help` lists them all.")
    ensure_no_address(word)
    what = "a folder" if Path(word).is_dir() else "a file"
    question = (
        f"{word} is {what}, and what to do with it is missing. Run it? It shows what it would do, "
        "and asks before anything is sent."
    )
    if output.can_ask and Path(word).exists() and ask_yes(question, default=True):
        return "run"
    name = quoted(word)
    raise SettingsError(
        f"{word} is {what}, and the command before it is missing: `importer check {name}` shows "
        f"what would be made of it, `importer run {name}` makes it."
    )


def refuse_wrong_starts(names: Iterable[str]) -> None:
    """Say how a list is made of what is none, as its name tells.

    Raises:
        SettingsError: a name is a web address, or empty, as an unset variable of a script is: it
            would mean the folder with all of its files.
        UnreadableInput: a file is something else than a list, known by its ending.
    """
    for name in names:
        if not name.strip():
            raise SettingsError(
                f"A file's name is empty: '{name}'. Name a file, as in `importer check list.xlsx`."
            )
        ensure_no_address(name)
        path = Path(name)
        what = _ELSEWHERE.get(path.suffix.lower())
        if what is not None and path.exists():
            raise UnreadableInput(f"{name} {what}, then `importer check` that file.")


def missing_lists(names: Iterable[str]) -> list[tuple[Path, UnreadableInput]]:
    """Return what is wrong with each name, where none of them leads to a list.

    So nobody is asked for credentials, or for a place for results, on account of a name that was
    misspelt. Where some of the names lead to a list, these are worked on, and each other one shows
    in its turn.
    """
    errors = [(Path(name), _missing(name)) for name in names]
    found = [(path, error) for path, error in errors if error is not None]
    return found if len(found) == len(errors) else []


def _missing(name: str) -> UnreadableInput | None:
    from importer.reading.parts.find import find_parts, is_list, is_remote
    from importer.reading.snapshot import ensure_file

    if is_remote(name):
        return None
    try:
        if is_list(name):
            find_parts([name])
        else:
            ensure_file(Path(name))
    except UnreadableInput as error:
        return error
    return None


def ensure_no_address(name: str) -> None:
    """Say what to do where a web address is given for a file.

    Raises:
        SettingsError: `name` is a web address.
    """
    if _URL.match(name):
        raise SettingsError(
            f"{name} is a web address, and only files on this computer are read: open it in a "
            "browser, save it as a file (in Google Sheets: File, Download, Microsoft Excel), then "
            "`importer check` that file."
        )


def quoted(name: str) -> str:
    """Return a name as it is typed in a command."""
    if sys.platform == "win32":
        return f'"{name}"' if " " in name else name
    return shlex.quote(name)
