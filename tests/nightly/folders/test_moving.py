"""A file's place is its own, whoever looks for one at the same moment."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from itertools import chain
from typing import TYPE_CHECKING, Any, Never

import pytest

from importer.nightly.folders import moving
from tests.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILES = 200
PUT = """
import pathlib, sys
from importer.nightly.folders.moving import put_at_free_place
folder, name, count = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
wholes = [folder / f"{name}-{at}" for at in range(count)]
for one in wholes:
    one.write_text(one.name)
print("ready", flush=True)
sys.stdin.readline()
for one in wholes:
    put_at_free_place(one, folder / "night.xlsx")
"""


def no_links(*arguments: object, **more: object) -> Never:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_two_processes_never_take_one_place(tmp_path: Path) -> None:
    """All files of both are there at the end, none over another one."""
    started = [
        subprocess.Popen(  # noqa: S603 - the arguments are ours
            [sys.executable, "-c", PUT, str(tmp_path), name, str(FILES)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b")
    ]
    for one in started:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in started:
        assert one.stdin is not None
        one.stdin.write("\n")
        one.stdin.flush()
    for one in started:
        one.communicate()
        assert one.returncode == 0
    names = chain.from_iterable((f"a-{at}", f"b-{at}") for at in range(FILES))
    assert sorted(one.read_text() for one in tmp_path.iterdir()) == sorted(names)


def late(honest: Callable[..., Any], place: Path) -> Callable[..., Any]:
    """Return a call of the system before which another night takes a place, if it names it."""

    def call(*arguments: Any, **more: Any) -> Any:
        if place in arguments and not place.exists():
            place.write_text("of another night")
        return honest(*arguments, **more)

    return call


@pytest.mark.parametrize("links", [True, False])
def test_a_place_that_is_taken_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, links: bool
) -> None:
    """Another night takes the name in the last moment: this one takes the next."""
    wanted, whole = tmp_path / "night.xlsx", tmp_path / "whole"
    whole.write_text("ours")
    for name in ("link", "open", "rename", "replace"):
        monkeypatch.setattr(os, name, late(getattr(os, name), wanted))
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    assert moving.put_at_free_place(whole, wanted) == tmp_path / "night (2).xlsx"
    assert {one.read_text() for one in tmp_path.iterdir()} == {"ours", "of another night"}


def test_a_failure_leaves_no_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can't be moved stays where it is, and its place is free."""
    monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(FileNotFoundError):
        moving.put_at_free_place(tmp_path / "gone", tmp_path / "night.xlsx")
    assert not [*tmp_path.iterdir()]


def test_a_move_to_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no rename leads, the file is copied, also beside one of its name."""
    source, wanted = tmp_path / "source.xlsx", tmp_path / "outbox" / "a.xlsx"
    source.write_text("new")
    wanted.parent.mkdir()
    wanted.write_text("old")
    put, disks = moving.put_at_free_place, []

    def other_disk(whole: Path, to: Path) -> Path:
        if whole == source:
            disks.append(whole)
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return put(whole, to)

    monkeypatch.setattr(moving, "put_at_free_place", other_disk)
    assert moving.move(source, wanted).read_text() == "new"
    assert disks == [source]
    assert wanted.read_text() == "old"
    assert not source.exists()
    assert len([*wanted.parent.iterdir()]) == 2
