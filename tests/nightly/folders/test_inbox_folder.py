"""Attacks on the inbox: what was listed is what is read and moved."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import OutputError
from importer.nightly.folders import inbox_folder, moving
from tests.served import hong_kong

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")

FILE = PurePosixPath("hk/a.csv")


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A folder that only the importer may read, with a list of its own name."""
    folder = tmp_path / "secret"
    folder.mkdir()
    (folder / "a.csv").write_text("Phone\n+852 5123 4567\n", encoding="utf-8")
    return folder


def attacked(office: Office, monkeypatch: pytest.MonkeyPatch, attack: Callable[[], None]) -> Any:
    """Run a night in which somebody changes the inbox after the listing, before the opening."""
    honest = inbox_folder.opened

    @contextmanager
    def late(inbox: Path, file: PurePosixPath) -> Iterator[inbox_folder.OpenedFile]:
        attack()
        with honest(inbox, file) as source:
            yield source

    monkeypatch.setattr(inbox_folder, "opened", late)
    return office.night()


def test_an_inbox_that_is_no_folder(office: Office, sandbox: Sandbox, tmp_path: Path) -> None:
    """What lies in its place is said: a file, or nothing; and what to do about either."""
    inbox = tmp_path / "inbox"
    with pytest.raises(OutputError, match=r"does not exist: make it, or correct nightly\.inbox"):
        inbox_folder.scan(inbox)
    inbox.write_text("Phone\n", encoding="utf-8")
    with pytest.raises(OutputError, match="is a file and no folder: make a folder, and name it"):
        inbox_folder.scan(inbox)
    with pytest.raises(OutputError, match="does not exist"):
        inbox_folder.scan(inbox / "below")
    office.configure('inbox = "inbox"', 'inbox = "importer.toml"')
    said = office.night().out
    assert "is a file and no folder" in said
    assert "nothing to do" not in said


def test_a_file_in_the_way_of_a_folder(tmp_path: Path) -> None:
    """The outbox can't be made where a file has its name: that is said, and not its rights."""
    (tmp_path / "outbox").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="as a file is in its way"):
        moving.make_folders(tmp_path / "outbox" / "below")


@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_swap_for_a_link(
    office: Office,
    sandbox: Sandbox,
    secret: Path,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """A folder or a file that became a link after the listing is neither read nor moved."""
    dropped = office.drop(str(FILE), hong_kong(3))

    def swap() -> None:
        dropped.unlink()
        if what == "file":
            dropped.symlink_to(secret / "a.csv")
        else:
            dropped.parent.rmdir()
            dropped.parent.symlink_to(secret)

    attacked(office, monkeypatch, swap)
    assert (secret / "a.csv").exists()
    assert sandbox.groups == {}
    assert office.names("failed") == office.names("done") == []
    assert all("5123" not in str(line) for line in office.lines())


def test_another_file_is_not_moved_for_the_opened_one(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list that is put in the place of one under way stays in the inbox, and is not lost."""
    dropped = office.drop(str(FILE), hong_kong(3))
    rename = os.rename

    def late(source: Any, target: Any, **where: Any) -> None:
        if source == "a.csv" and where.get("src_dir_fd") is not None:
            other = dropped.with_name("other.csv")
            other.write_text("Phone\n+852 5123 4567\n", encoding="utf-8")
            other.replace(dropped)
        rename(source, target, **where)

    monkeypatch.setattr(os, "rename", late)
    office.night()
    assert "5123 4567" in dropped.read_text(encoding="utf-8")
    assert office.names("done") == []
    assert len(sandbox.groups) == 1


def test_a_link_to_a_folder_is_named(office: Office, sandbox: Sandbox, secret: Path) -> None:
    """A folder that is linked into the inbox is not read, and the morning says so."""
    (office.folder / "inbox" / "linked").symlink_to(secret)
    office.drop(str(FILE), hong_kong(3))
    done = office.night()
    assert "linked: It waits: it is a link to another place." in done.out
    assert len(sandbox.groups) == 1
    assert (secret / "a.csv").exists()


def test_a_pipe_does_not_hold_the_night(office: Office, sandbox: Sandbox) -> None:
    """A pipe that nobody writes into is refused at once, and the next list is taken."""
    os.mkfifo(office.folder / "inbox" / "hk" / "pipe.csv")
    office.drop(str(FILE), hong_kong(3))
    office.night()
    assert office.names("done") == [f"{office.date}/hk/a.csv"]
    assert len(sandbox.groups) == 1


def test_moving_to_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file can't be renamed over, it is copied whole first, and then taken away."""

    def other_disk(*places: Any, **where: Any) -> None:
        raise OSError(errno.EXDEV, "another disk")

    source, place = tmp_path / "a.csv", tmp_path / "done" / "a.csv"
    source.write_text("x", encoding="utf-8")
    with inbox_folder.opened(tmp_path, PurePosixPath("a.csv")) as opened:
        monkeypatch.setattr(os, "rename", other_disk)
        assert opened.move(place) == place
    assert (place.read_text(encoding="utf-8"), source.exists()) == ("x", False)
    assert [one.name for one in place.parent.iterdir()] == ["a.csv"]
