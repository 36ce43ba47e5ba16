"""A full disk is noticed before anything is sent, for the journal and for the results."""

from __future__ import annotations

import shutil
from collections import namedtuple
from typing import TYPE_CHECKING

import pytest

from importer.errors import OutputError
from importer.journal import disk_space
from tests.served import Operator, fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    from pathlib import Path

Usage = namedtuple("Usage", ["total", "used", "free"])


def fill(monkeypatch: pytest.MonkeyPatch, folder: Path, free: int) -> None:
    """Let a folder's disk have so many bytes left, and no other one."""
    usual = shutil.disk_usage

    def usage(place: Path) -> object:
        return Usage(2**40, 2**40 - free, free) if place == folder else usual(place)

    monkeypatch.setattr(shutil, "disk_usage", usage)


def test_a_folder_need_not_be_there_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk that it will lie on is looked at."""
    fill(monkeypatch, tmp_path, disk_space.MEGABYTE)
    disk_space.check_room(disk_space.MEGABYTE, tmp_path / "not" / "yet")
    with pytest.raises(OutputError, match=r"1 MB left, less than the 2 MB .* make room"):
        disk_space.check_room(2 * disk_space.MEGABYTE, tmp_path / "not" / "yet")


def test_a_large_journal_needs_a_page_for_each_number(tmp_path: Path) -> None:
    """A list needs more room beside a journal that has more pages, up to the whole journal."""
    journal = tmp_path / "journal.sqlite3"
    assert disk_space.for_journal(10, journal) == disk_space.for_list(10)
    with journal.open("wb") as file:
        file.truncate(100 * disk_space.PAGE)
    for rows, pages in ((10, 10), (1000, 100)):
        needed = disk_space.for_journal(rows, journal)
        assert needed == disk_space.for_list(rows) + pages * disk_space.PAGE


@pytest.mark.parametrize("where", ["journal", "results"])
def test_a_run_begins_with_room_only(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    environment: Path,
    where: str,
) -> None:
    """Without it, run and resume send nothing, with exit 2; with it, they go on."""
    operator = Operator(monkeypatch, capsys, tmp_path)
    out = tmp_path / "out"
    for folder in (out, environment.parent):
        folder.mkdir()
    server = fast_sandbox(script=["429"] * 6)
    with running(server) as url:
        operator.use(url)
        path = operator.write_list("list.csv", hong_kong(3))
        commands: list[list[str | Path]] = [["run", path, "--out", out], ["resume", "--out", out]]
        for command in commands:
            calls = len(server.calls)
            with monkeypatch.context() as full:
                fill(full, out if where == "results" else environment.parent, disk_space.A_LIST)
                done = operator.run(*command)
            assert (done.exit, len(server.calls)) == (2, calls)
            assert "make room" in done.err
            done = operator.run(*command)
            assert len(server.calls) > calls
    assert done.exit == 0
    assert len(server.groups) == 1
