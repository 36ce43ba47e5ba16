"""Which files of the inbox a night takes, and in which order. Pure: what was seen is passed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

UNFINISHED = (".part", ".tmp", ".partial", ".crdownload", ".filepart", ".download", ".swp")
OF_THE_SYSTEM = frozenset({"desktop.ini", "thumbs.db"})
_EXCEL, _LIBREOFFICE = "~$", (".~lock.", "#")


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as one look showed it."""

    size: int
    changed_ns: int
    is_link: bool = False
    identity: tuple[int, int] = (0, 0)
    """Device and inode: another file of the same name has another one."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that is left for the next night, and why."""

    file: PurePosixPath
    why: str
    advice: str = ""


_LINK_ADVICE = "Links are not followed: put the lists themselves into the inbox."


@dataclass(frozen=True, slots=True)
class Choice:
    """What a night does with the files of an inbox."""

    ready: Sequence[PurePosixPath]
    """The oldest first."""
    waiting: Sequence[Waiting]


def is_no_list(file: PurePosixPath) -> bool:
    """Tell what no one dropped as a list: hidden files, those of the system, and lock files."""
    name = file.name.lower()
    hidden = any(part.startswith(".") for part in file.parts)
    return hidden or name.startswith(_EXCEL) or name in OF_THE_SYSTEM


def is_text(file: PurePosixPath) -> bool:
    """Tell whether a file's name can be written down: a file system may hold any bytes."""
    try:
        str(file).encode()
    except UnicodeEncodeError:
        return False
    return True


def choose(first: Mapping[PurePosixPath, Seen], second: Mapping[PurePosixPath, Seen]) -> Choice:
    """Choose from two looks at the inbox, some time apart: what changed meanwhile still grows."""
    locked = {*_locked(second)}
    ready, waiting = [], []
    for file, seen in second.items():
        if is_no_list(file):
            continue
        why = _why_not(file, seen, first.get(file), locked)
        if why:
            waiting.append(Waiting(file, why, _LINK_ADVICE if seen.is_link else ""))
        else:
            ready.append(file)
    ready.sort(key=lambda file: (second[file].changed_ns, file))
    waiting.sort(key=lambda one: one.file)
    return Choice(ready, waiting)


def _why_not(
    file: PurePosixPath, seen: Seen, before: Seen | None, locked: set[PurePosixPath]
) -> str:
    if file.name.lower().endswith(UNFINISHED):
        return "its name says that it is still being copied"
    if seen.is_link:
        return "it is a link to another place"
    if before != seen:
        return "it was still changing"
    if file in locked:
        return "it is open in a spreadsheet program"
    return ""


def _locked(files: Iterable[PurePosixPath]) -> Iterable[PurePosixPath]:
    """Name the files that a lock file beside them says are open."""
    begin, end = _LIBREOFFICE
    for file in files:
        name = file.name
        if name.startswith(_EXCEL):
            yield file.with_name(name.removeprefix(_EXCEL))
        elif name.startswith(begin) and name.endswith(end):
            yield file.with_name(name.removeprefix(begin).removesuffix(end))
