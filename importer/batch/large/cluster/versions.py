"""Whether the computers of a cluster have what this computer has."""

from __future__ import annotations

import platform
from functools import cache
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Versions = Mapping[str, str]

PACKAGES = ("number-group-importer", "phonenumbers", "pyarrow")
"""What numbers and rows depend on."""
_CODE = "code"
_NAMES = {"number-group-importer": "importer", "python": "Python", _CODE: "importer's files"}
_PARTS_OF_PYTHON = 2
"""Python's own tables, such as Unicode's, are the same in all versions of one minor version."""


@cache
def installed() -> dict[str, str]:
    """Return the versions that this process has, and a hash of the importer's own files.

    Two checkouts of it may differ and have one version.
    """
    found = _versions({name: _installed(name) for name in PACKAGES}, platform.python_version())
    return found | {_CODE: _hash_of(Path(__file__).parents[3])}


def _hash_of(package: Path) -> str:
    found = blake2b(digest_size=4)
    for path in sorted(package.rglob("*.py")):
        found.update(path.relative_to(package).as_posix().encode())
        found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def told_by(computer: Mapping[str, Any]) -> Versions:
    """Return the versions of a scheduler or worker, as Dask's `get_versions` has them.

    Of the importer's own files it tells nothing.
    """
    found = computer.get("packages") or {}
    return _versions(found, str(found.get("python")))


def _versions(packages: Mapping[str, str | None], python: str) -> dict[str, str]:
    minor = ".".join(python.split(".")[:_PARTS_OF_PYTHON])
    return {name: packages.get(name) or "none" for name in PACKAGES} | {"python": minor}


def differences(here: Versions, elsewhere: Iterable[Versions]) -> list[str]:
    """Return in words what differs, each version once: what is elsewhere, and what is here.

    What is not told of elsewhere is not compared.
    """
    found = (
        f"{_NAMES.get(name, name)} {there[name]} there and {mine} here"
        for there in elsewhere
        for name, mine in here.items()
        if there.get(name, mine) != mine
    )
    return list(dict.fromkeys(found))
