"""Whether the workers of a cluster have what this computer has. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PACKAGES = ("number-group-importer", "phonenumbers", "pyarrow")
"""What numbers and rows depend on."""
_NAMES = {"number-group-importer": "importer", "python": "Python"}
_PARTS_OF_PYTHON = 2
"""Python's own tables, such as Unicode's, are the same in all versions of one minor version."""


def differences(client: Mapping[str, Any], workers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return in words what differs, each version once: what is elsewhere, and what is here.

    Each is given as Dask's `get_versions` has it; `workers` by their addresses.
    """
    ours = _versions(client)
    return list(dict.fromkeys(_differing(ours, workers.values())))


def _differing(ours: Mapping[str, str], workers: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for theirs in map(_versions, workers):
        for name, mine in ours.items():
            if theirs[name] != mine:
                yield f"{_NAMES.get(name, name)} {theirs[name]} there and {mine} here"


def _versions(told: Mapping[str, Any]) -> dict[str, str]:
    found = told.get("packages") or {}
    python = ".".join(str(found.get("python")).split(".")[:_PARTS_OF_PYTHON])
    return {name: found.get(name) or "none" for name in PACKAGES} | {"python": python}
