"""What a night removes at its end, and what it never touches."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from importer.journal import Journal
from importer.nightly import night
from importer.nightly.folders import cleanup
from importer.sandbox import Sandbox
from tests.served import hong_kong, numbers_at, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.nightly.nights import Office

KEPT = 90
"""Days, as the sample says."""


@pytest.fixture
def sandbox(office: Office) -> Iterator[Sandbox]:
    """A vendor whose clock is the office's."""
    office.share_clock()
    server = Sandbox(clock=office.world_now)
    with running(server) as url:
        office.operator.use(url)
        yield server


def later(office: Office, days: int) -> None:
    office.clock.time += timedelta(days=days)


def forgotten(journal: Path) -> list[bool]:
    with Journal.open(journal) as opened:
        return [one.forgotten_ms is not None for one in opened.batches()]


def test_what_is_old_goes(office: Office, sandbox: Sandbox, environment: Path) -> None:
    """After keep_days, numbers, lists and results are gone; it is told, and nothing is sent."""
    office.drop("old.csv", hong_kong(5))
    office.drop("wrong.csv", ["Ann", "Bob"])
    office.night()
    begun = office.date
    later(office, KEPT)
    office.drop("new.csv", hong_kong(5, 50))
    assert office.night().exit == 0
    assert forgotten(environment) == [False, False]
    assert office.names(f"done/{begun}") == ["old.csv"]
    later(office, 1)
    done = office.night("--json", "--log-format", "json")
    assert done.exit == 0
    assert forgotten(environment) == [True, False]
    assert not (office.folder / "done" / begun).exists()
    assert not (office.folder / "outbox" / begun).exists()
    assert office.names("failed") == [f"{begun}/wrong.csv"]
    assert len(office.names("done")) == 1
    told = json.loads(done.out)
    assert (told["forgotten"], told["removed"], told["exit"]) == (1, 2, 0)
    assert "1 file in failed older than 90 days: look at them" in told["said"]
    events = [json.loads(line) for line in done.err.splitlines()]
    assert [one["batch"] for one in events if one["event"] == "batch forgotten"]
    assert sum(one["event"] == "folder removed" for one in events) == 2
    assert len(sandbox.groups) == 2


def test_a_forgotten_list_that_comes_again(office: Office, sandbox: Sandbox) -> None:
    """It is put away as done, with what is known of it, and no number is in a second group."""
    office.drop("a.csv", hong_kong(5))
    office.night()
    later(office, KEPT + 1)
    office.night()
    office.drop("b.csv", [*reversed(hong_kong(5))])
    assert office.night().exit == 0
    assert set(numbers_at(sandbox).values()) == {1}
    assert office.names("done") == [f"{office.date}/b.csv"]
    assert f"{office.date}/b.groups.xlsx" in office.names("outbox")


@pytest.mark.parametrize("line", ["", "keep_days = 0"])
def test_without_keep_days_all_is_kept(
    office: Office, sandbox: Sandbox, environment: Path, line: str
) -> None:
    """Nothing is removed unless importer.toml says after how many days."""
    path = office.folder / "importer.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text(
        "\n".join(line if one.startswith("keep_days") else one for one in lines), encoding="utf-8"
    )
    office.drop("a.csv", hong_kong(5))
    office.night()
    later(office, 3650)
    assert office.night().exit == 0
    assert forgotten(environment) == [False]
    assert len(office.names("done")) == 1


def test_only_what_nights_put_there(office: Office, sandbox: Sandbox, tmp_path: Path) -> None:
    """Other names, files and links stay, whatever their age; a link's target stays as well."""
    office.night()
    done, aside = office.folder / "done", tmp_path / "aside"
    for place in (done / "2020", done / "20200101", done / "2020-01-01 copy", aside):
        place.mkdir()
        (place / "a.csv").write_text("x", encoding="utf-8")
    (done / "2020-01-02").write_text("a file", encoding="utf-8")
    (done / "2020-01-03").symlink_to(aside, target_is_directory=True)
    (done / "2020-01-04").mkdir()
    (done / "2020-01-04" / "link").symlink_to(aside, target_is_directory=True)
    done_night = office.night()
    assert done_night.exit == 0
    assert "Not all that is old" not in done_night.out, "it was not even tried"
    left = {one.name for one in done.iterdir()}
    assert left == {"2020", "20200101", "2020-01-01 copy", "2020-01-02", "2020-01-03"}
    assert (aside / "a.csv").exists()


def test_a_failure_is_told_and_changes_nothing(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a folder can't be removed the night is as good as it was, and the next one tries."""
    office.drop("a.csv", hong_kong(5))
    office.night()
    later(office, KEPT + 1)

    def refused(folder: Path) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as rights:
        rights.setattr(shutil, "rmtree", refused)
        done = office.night()
    assert done.exit == 0
    assert "Not all that is old was removed" in done.out
    assert "removal failed" in done.err
    assert len(office.names("done")) == 1
    assert office.night().exit == 0
    assert office.names("done") == []


def test_unfinished_batches_are_named(office: Office, environment: Path) -> None:
    """What somebody began by hand and left keeps its numbers, and the morning says which it is."""
    office.share_clock()
    server = Sandbox(clock=office.world_now, script=["429"] * 6)
    with running(server) as url:
        office.operator.use(url)
        office.operator.run("run", office.operator.write_list("day.csv", hong_kong(3)))
        begin_long_ago(environment)
        done = office.night()
    assert done.exit == 0
    assert "Not finished, so left as it is" in done.out
    assert forgotten(environment) == [False]


def begin_long_ago(journal: Path) -> None:
    """A run by hand goes by the computer's clock, not by the office's."""
    with closing(sqlite3.connect(journal)) as other:
        other.execute("UPDATE batches SET created_ms = 0")
        other.execute("UPDATE groups SET sent_ms = 0")
        other.commit()


def test_an_interrupt_while_clearing(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The report is written all the same, and the next night removes the rest."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as pressed:
        pressed.setattr(cleanup, "clear", interrupted)
        assert office.night().exit == 130
    assert office.lines()[-1]["event"] == "night"
    with monkeypatch.context() as pressed:
        pressed.setattr(night, "run_file", interrupted)
        pressed.setattr(cleanup, "clear", lambda *_: pytest.fail("an interrupted night goes on"))
        office.drop("a.csv", hong_kong(3))
        assert office.night().exit == 130
