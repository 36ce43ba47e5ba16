"""Which files a night takes: a table of looks, without a disk."""

from __future__ import annotations

import errno
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest

from importer.nightly.folders import moving
from importer.nightly.folders.file_choice import Seen, choose

if TYPE_CHECKING:
    from collections.abc import Mapping

OLD = Seen(10, 1)


def chosen(first: Mapping[str, Seen], second: Mapping[str, Seen]) -> tuple[list[str], list[str]]:
    """Return the names that are ready, and those that wait."""
    choice = choose(
        {PurePosixPath(name): seen for name, seen in first.items()},
        {PurePosixPath(name): seen for name, seen in second.items()},
    )
    return [str(one) for one in choice.ready], [str(one.file) for one in choice.waiting]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"a.csv": OLD}),
        ({"a.csv": OLD}, {"a.csv": Seen(11, 1)}),
        ({"a.csv": OLD}, {"a.csv": Seen(10, 2)}),
        ({"a.csv.part": OLD}, {"a.csv.part": OLD}),
        ({"a.csv.TMP": OLD}, {"a.csv.TMP": OLD}),
        ({"a.csv": Seen(10, 1, is_link=True)}, {"a.csv": Seen(10, 1, is_link=True)}),
        ({"a.xlsx": OLD}, {"a.xlsx": OLD, "~$a.xlsx": OLD}),
        ({"hk/a.ods": OLD}, {"hk/a.ods": OLD, "hk/.~lock.a.ods#": OLD}),
    ],
)
def test_what_waits(first: Mapping[str, Seen], second: Mapping[str, Seen]) -> None:
    """New between the looks, changed, named as unfinished, a link, or open in a program."""
    ready, waiting = chosen(first, second)
    assert not ready
    assert len(waiting) == 1


@pytest.mark.parametrize(
    "name", [".a.csv", ".hidden/a.csv", "~$a.xlsx", "Thumbs.db", "desktop.ini"]
)
def test_what_is_no_list(name: str) -> None:
    """Hidden files, and those of systems and programs, are not even told of."""
    assert chosen({name: OLD}, {name: OLD}) == ([], [])


def test_the_oldest_first() -> None:
    """By the time of the last change, then by name; what has gone is not missed."""
    files = {"b.csv": Seen(1, 2), "hk/a.csv": Seen(1, 1), "a.csv": Seen(1, 2)}
    assert chosen(files | {"gone.csv": OLD}, files) == (["hk/a.csv", "a.csv", "b.csv"], [])


def test_moving_to_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file can't be renamed over, it is copied whole first, and then taken away."""
    rename = Path.rename

    def other_disk(self: Path, target: Path) -> Path:
        if target.suffix == ".csv":
            raise OSError(errno.EXDEV, "another disk")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", other_disk)
    source, place = tmp_path / "a.csv", tmp_path / "done" / "a.csv"
    source.write_text("x", encoding="utf-8")
    assert moving.move(source, place) == place
    assert (place.read_text(encoding="utf-8"), source.exists()) == ("x", False)
    assert [one.name for one in place.parent.iterdir()] == ["a.csv"]
