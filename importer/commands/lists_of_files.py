"""What the names on the command line mean: a file each, or several files that are one list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from importer.file_names import is_pattern
from importer.reading.parts.find import is_list, is_remote
from importer.settings import OPTION, merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.settings import Settings


def lists_of(
    names: Sequence[str], settings: Settings, *, together: bool
) -> list[tuple[Path, Settings]]:
    """Return each list's path, by which its results are named, and its settings.

    A folder, a pattern, and a place in an object store are a list each; with `together` all names
    are one list, which is called by the first.
    """
    if together and len(names) > 1:
        return [_list_of(names, settings)]
    return [
        _list_of([name], settings) if is_list(name) else (Path(name), settings) for name in names
    ]


def _list_of(names: Sequence[str], settings: Settings) -> tuple[Path, Settings]:
    return _path_of(names[0]), merge(settings, {"together": list(names)}, OPTION)


def _path_of(name: str) -> Path:
    """Return the path beside which the results go: of a place elsewhere, one in this folder."""
    if not is_remote(name):
        path = _below_real_folder(Path(name))
        return path if path.name not in {"", ".."} else path.resolve()
    pieces = [one for one in name.partition("://")[2].split("/") if one and not is_pattern(one)]
    return Path(pieces[-1] if pieces else "list")


def _below_real_folder(path: Path) -> Path:
    """Return a path without the folders of a pattern: `lists/*.csv` of lists/*/*.csv."""
    folders = path.parts[:-1]
    real = next((at for at, one in enumerate(folders) if is_pattern(one)), len(folders))
    return Path(*folders[:real], *path.parts[-1:])
