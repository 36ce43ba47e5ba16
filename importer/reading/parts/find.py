"""The files of a list: those of a folder, or that a pattern means, here or in an object store."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pyarrow as pa

from importer.errors import UnreadableInput
from importer.file_names import is_pattern
from importer.reading.parts.part import Part, local_part, remote_part, unopened
from importer.results_columns import is_results_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pyarrow import fs


_REMOTE = re.compile(r"(?:s3|gs|gcs|az|abfs|abfss|hdfs|viewfs)://", re.I)

_RETRY_SECONDS = 30


def is_remote(given: str) -> bool:
    """Whether a name is a place in an object store or a cluster's file system."""
    return bool(_REMOTE.match(given))


def is_list(given: str) -> bool:
    """Whether what was given names a list of files: a folder, a pattern, or a place elsewhere."""
    if is_remote(given):
        return True
    path = Path(given)
    try:
        return path.is_dir() or (is_pattern(given) and not path.exists())
    except (OSError, ValueError):
        return False


def find_parts(given: Sequence[str]) -> tuple[Part, ...]:
    """Return the files of a list: of each folder or pattern by their names, else as given.

    Hidden files, and those that begin with `_`, which other programs leave beside their exports,
    are no parts, nor are results that were written before.

    Raises:
        UnreadableInput: there is none, or the place can't be reached.
    """
    parts = [part for one in given for part in _parts_of(one)]
    if not parts:
        raise UnreadableInput(f"{' '.join(given)} has no file in it: check the name.")
    twice = _first_twice([part.path for part in parts])
    if twice is not None:
        raise UnreadableInput(f"{twice} is named twice: name each file of the list once.")
    if _first_twice([part.name for part in parts]) is not None:
        parts = [replace(part, name=part.path) for part in parts]
    return tuple(parts)


def _first_twice(names: Sequence[str]) -> str | None:
    counts = Counter(names)
    return next((name for name in names if counts[name] > 1), None)


def _parts_of(given: str) -> Iterator[Part]:
    if is_remote(given):
        yield from _remote(given)
        return
    path = Path(given)
    if path.is_dir():
        yield from _sorted(_local(one, path) for one in path.rglob("*") if one.is_file())
    elif is_pattern(given) and not path.exists():
        top, pattern = _split(path)
        yield from _sorted(_local(one, top) for one in top.glob(pattern) if one.is_file())
    elif path.is_file():
        yield local_part(path.name, path)
    else:
        raise UnreadableInput(f"{path} does not exist: check the name and the folder.")


def _split(path: Path) -> tuple[Path, str]:
    """Return the folder above the first name that is a pattern, and the pattern below it."""
    parts = path.parts
    at = next(at for at, one in enumerate(parts) if is_pattern(one))
    return Path(*parts[:at]), str(PurePosixPath(*parts[at:]))


def _local(path: Path, top: Path) -> Part:
    return local_part(path.relative_to(top).as_posix(), path)


def _sorted(parts: Iterable[Part]) -> list[Part]:
    kept = [one for one in parts if _is_part(one.name)]
    return sorted(kept, key=lambda one: PurePosixPath(one.name).parts)


def _is_part(name: str) -> bool:
    pieces = PurePosixPath(name).parts
    return not any(one.startswith((".", "_", "~$")) for one in pieces) and not any(
        map(is_results_name, pieces)
    )


def _remote(given: str) -> Iterator[Part]:
    """Find the files of a place elsewhere; who may read it is for its own settings to say."""
    from pyarrow import fs as arrow

    try:
        files, path = _file_system(_top_of(given))
        info = files.get_file_info(path)
        if info.type == arrow.FileType.File:
            yield remote_part(info.base_name, info, files)
            return
        found = files.get_file_info(arrow.FileSelector(path, recursive=True, allow_not_found=True))
    except (OSError, ValueError, ImportError, pa.ArrowException) as error:
        raise unopened(given, error) from error
    top = PurePosixPath(path)
    kept = (
        remote_part(str(PurePosixPath(one.path).relative_to(top)), one, files)
        for one in found
        if one.type == arrow.FileType.File
    )
    yield from _sorted(one for one in kept if _is_meant(one.name, given))


def _file_system(uri: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a place, and the path in it. Raises what Arrow raises."""
    from pyarrow import fs as arrow

    scheme, _, rest = uri.partition("://")
    if scheme.lower() == "az":
        # Arrow's own form names the account: abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH.
        names = ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME")
        account = next((os.environ[one] for one in names if os.environ.get(one)), "")
        if not account:
            raise ValueError("set AZURE_STORAGE_ACCOUNT to the name of the storage account")
        key = os.environ.get("AZURE_STORAGE_KEY") or os.environ.get("AZURE_STORAGE_ACCOUNT_KEY")
        return arrow.AzureFileSystem(account, account_key=key), rest
    if scheme.lower() in {"gs", "gcs"} and "retry_limit_seconds" not in uri:
        # Arrow would try for a quarter of an hour.
        uri = f"{uri}{'&' if '?' in uri else '?'}retry_limit_seconds={_RETRY_SECONDS}"
    files, path = arrow.FileSystem.from_uri(uri)
    return files, path


def _top_of(given: str) -> str:
    """Return the place above the first name that is a pattern."""
    scheme, _, rest = given.partition("://")
    pieces = rest.split("/")
    at = next((at for at, one in enumerate(pieces) if is_pattern(one)), len(pieces))
    return f"{scheme}://{'/'.join(pieces[:at])}"


def _is_meant(name: str, given: str) -> bool:
    """Whether a file below the top is one of those that the pattern means."""
    pattern = given.removeprefix(_top_of(given)).strip("/")
    if not pattern:
        return True
    wanted, there = pattern.split("/"), name.split("/")
    return len(wanted) == len(there) and all(
        PurePosixPath(one).match(other) for one, other in zip(there, wanted, strict=True)
    )
