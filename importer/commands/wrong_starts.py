"""What is not a list, or not a command, and leads on to what was meant."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from importer.commands.terminal.prompts import TerminalPrompter, ask_yes
from importer.errors import SettingsError, UnreadableInput
from importer.plurals import counted
from importer.results_columns import CHECK_ENDING, FORGOTTEN_ENDING, RESULTS_ENDING
from importer.settings import nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.commands.terminal.prompts import OutputMode

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://")
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
_SHOWN = 5


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
        raise SettingsError(
            f"'{word}' is no command{nearest(word, commands)} `importer --help` lists them all."
        )
    ensure_no_address(word)
    question = (
        f"{word} is a file, and what to do with it is missing. Run it? It shows what it would do, "
        "and asks before anything is sent."
    )
    if output.can_ask and Path(word).exists() and ask_yes(question, default=True):
        return "run"
    name = quoted(word)
    raise SettingsError(
        f"{word} is a file, and the command before it is missing: `importer check {name}` shows "
        f"what would be made of it, `importer run {name}` makes it."
    )


def lists_of(names: Sequence[str], output: OutputMode) -> list[Path]:
    """Return the files that are meant; of a folder those that the operator chooses at a terminal.

    Raises:
        SettingsError: a name is a web address, or a folder that nobody chose from.
        UnreadableInput: a file is something else than a list, known by its ending.
    """
    return [path for name in names for path in _meant(name, output)]


def _meant(name: str, output: OutputMode) -> Iterator[Path]:
    ensure_no_address(name)
    path = Path(name)
    what = _ELSEWHERE.get(path.suffix.lower())
    if what is not None and path.exists():
        raise UnreadableInput(f"{name} {what}, then run that file.")
    if path.is_dir():
        yield from _chosen_of(path, output)
    else:
        yield path


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


def _chosen_of(folder: Path, output: OutputMode) -> list[Path]:
    """Let the operator choose from the lists of a folder.

    Raises:
        SettingsError: there is none, or none was chosen.
    """
    lists = sorted(one for one in _entries(folder) if _is_list(one))
    if not lists:
        raise SettingsError(
            f"{folder} is a folder with no list in it: name a file, as in `importer check "
            "list.xlsx`."
        )
    question = f"{folder} is a folder. Which of its files?"
    places = TerminalPrompter(output).choose_some(
        question, [one.name for one in lists], several=True
    )
    if places:
        return [lists[at] for at in places]
    shown = " ".join(quoted(str(one)) for one in lists[:_SHOWN])
    more = f" (and {len(lists) - _SHOWN} more)" if len(lists) > _SHOWN else ""
    raise SettingsError(
        f"{folder} is a folder with {counted(len(lists), 'list')}: name its files, as in "
        f"`importer check {shown}`{more}."
    )


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError as error:
        raise SettingsError(f"The folder {folder} can't be read ({error}): name a file.") from error


def _is_list(path: Path) -> bool:
    ours = (RESULTS_ENDING, CHECK_ENDING, FORGOTTEN_ENDING)
    return (
        path.suffix.lower() in _LISTS
        and not path.name.startswith(("~$", "."))
        and not path.stem.endswith(ours)
        and path.is_file()
    )


def quoted(name: str) -> str:
    """Return a name as it is typed in a command."""
    if sys.platform == "win32":
        return f'"{name}"' if " " in name else name
    return shlex.quote(name)
