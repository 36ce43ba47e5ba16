"""What a message says to somebody who has no command line: folders, headers, importer.toml. Pure.

The messages of a run name options, which its reader can type. Whoever drops lists into an inbox can
move a file and write a header; all else is a key of importer.toml.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.settings import CHOICES, CONFIG_FILE, OPTIONS_ONLY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    _Replace = str | Callable[[re.Match[str]], str]

_NAME = r'"[^"]*"'
_PHRASES: tuple[tuple[str, str], ...] = (
    (
        rf"; name the right one, as in --column {_NAME}",
        "; write the header Phone above the right one, and others such as Note above the rest",
    ),
    (
        rf"; if that is right, say so, as in --column {_NAME}",
        "; if that is right, write the header Phone above it",
    ),
    (
        rf"; say which column counts, as in --country-column {_NAME}, or --country-column none for "
        r"no such column",
        "; write the header Country above the one that counts, and take the others out",
    ),
    (
        r"[Nn]ame the phone column with --column",
        "Write the header Phone above the column of the numbers",
    ),
    (
        r"[Nn]ame the country column with --country-column, none for none",
        "Write the header Country above the column of the countries",
    ),
    (r"the wrong file, column or --region", "the wrong file, column or folder"),
    (
        r"name it, as in --region HK, or in a column Country beside them; --country-column names a "
        r"column that is called otherwise",
        "write it into a column Country beside them, or put the list into the folder of its "
        "country",
    ),
    (rf"; --column {_NAME} reads one alone", ""),
    (r"; --country-column names a column that is called otherwise", ""),
    (r" \(--any-size tries larger ones again\)|; --any-size tries larger ones again", ""),
)
_REGION = re.compile(r": --region ([A-Z]{2})\b")
_VALUES = sorted({value for values in CHOICES.values() for value in values} | {"none"})
_OPTION = re.compile(
    rf"--([a-z]+(?:-[a-z]+)*)(?: ({_NAME}|[A-Z]{{2}}\b|(?:{'|'.join(_VALUES)})\b))?"
)


def without_options(message: str, folder_of: Mapping[str, str]) -> str:
    """Return a message of a run in words for somebody who drops lists into folders.

    `folder_of` gives the folder of each region that has one, such as `inbox/hk` for HK.
    """
    for pattern, words in _PHRASES:
        message = re.sub(pattern, words, message)
    message = _REGION.sub(lambda found: _folder(found[1], folder_of), message)
    # A whole command stays as it is: it is for whoever can type it.
    parts = message.split("`")
    return "`".join(part if at % 2 else _OPTION.sub(_key, part) for at, part in enumerate(parts))


def _folder(region: str, folder_of: Mapping[str, str]) -> str:
    folder = folder_of.get(region)
    return f" (folder {folder})" if folder else f' (region = "{region}" in {CONFIG_FILE})'


def _key(found: re.Match[str]) -> str:
    """Turn an option into a key of importer.toml, as far as it is one."""
    name, value = found[1].replace("-", "_"), found[2]
    if name in OPTIONS_ONLY:
        return f"the option {found[1]} of `importer run`"
    if value is None:
        return f"the key {name} in {CONFIG_FILE}"
    quoted = value if value.startswith('"') else f'"{value}"'
    return f"{name} = {quoted} in {CONFIG_FILE}"
