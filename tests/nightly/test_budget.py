"""A night's bounds: its end, its most groups, its lock, an interrupt, and what it leaves alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from importer.batch.pipeline import run_file
from importer.journal import lock
from importer.nightly import night
from tests.nightly.nights import Office, balances
from tests.served import fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from importer.sandbox import Sandbox


def test_nothing_is_sent_after_until(office: Office, sandbox: Sandbox) -> None:
    """At `until` sending ends in the middle of a batch; the following nights send the rest."""
    office.configure("group_size = 100", "group_size = 1")
    office.configure('until = "05:30"', 'until = "23:00"')
    office.drop("hk/list.csv", hong_kong(60), age=200)
    office.drop("other.csv", hong_kong(5, 100), age=100)
    office.clock.each_look = timedelta(minutes=1)
    done = office.night()
    office.clock.each_look = timedelta(0)
    assert done.exit == 1
    assert 0 < len(sandbox.groups) < 60
    assert office.names("inbox") == ["hk/list.csv", "other.csv"]
    lines = office.lines()
    assert [one.get("outcome") for one in lines] == ["continues", "waits", None]
    assert all(balances(one) for one in lines)
    assert lines[0]["planned"] == 60 - len(sandbox.groups)
    office.next_evening()
    assert office.night().exit == 0
    assert set(numbers_at(sandbox).values()) == {1}
    assert len(numbers_at(sandbox)) == 65
    assert office.names("inbox") == []
    batches = [one for one in office.lines() if one["event"] == "batch"]
    assert [one["file"] for one in batches] == ["hk/list.csv", "other.csv"]


def test_a_night_that_begins_too_late_sends_nothing(office: Office, sandbox: Sandbox) -> None:
    """A computer that was off until nine in the morning does not send by day."""
    office.drop("list.csv", hong_kong(3))
    office.clock.time += timedelta(hours=11)
    done = office.night()
    assert done.exit == 1
    assert not sandbox.calls
    assert office.names("inbox") == ["list.csv"]


def test_no_more_groups_than_max_groups(office: Office, sandbox: Sandbox) -> None:
    """The most groups of a night hold over all its files; the nights after it make the rest."""
    office.configure("group_size = 100", "group_size = 1")
    office.configure("max_groups = 2000", "max_groups = 10")
    office.drop("hk/a.csv", hong_kong(7), age=200)
    office.drop("hk/b.csv", hong_kong(7, 100), age=100)
    for made in (10, 14):
        office.night()
        assert len(sandbox.groups) == made
        office.next_evening()
    assert office.names("inbox") == []
    assert set(numbers_at(sandbox).values()) == {1}


def test_groups_that_were_not_made_do_not_count(office: Office) -> None:
    """A refusal for rate uses nothing up of the night's groups."""
    office.configure("group_size = 100", "group_size = 1")
    office.configure("max_groups = 2000", "max_groups = 3")
    server = fast_sandbox(script=["429", "429", "429"])
    office.drop("hk/a.csv", hong_kong(3))
    with running(server) as url:
        office.operator.use(url)
        assert office.night().exit == 0
    assert len(server.groups) == 3


def test_two_nights_can_not_overlap(office: Office, sandbox: Sandbox, environment: Path) -> None:
    """While another run holds the journal, a night ends at once and touches nothing."""
    office.drop("list.csv", hong_kong(3))
    with lock.hold(environment, office.clock.now()):
        done = office.night()
    assert done.exit == 75
    assert not sandbox.calls
    assert office.names("inbox") == ["list.csv"]
    assert not (office.folder / "outbox").exists()


def test_two_nights_of_two_journals_can_not_overlap(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night with another journal does not know what this one has sent of the same inbox."""
    office.drop("list.csv", hong_kong(3))
    others: list[int] = []

    def another() -> None:
        with monkeypatch.context() as other:
            other.setenv("IMPORTER_JOURNAL", str(office.folder / "other" / "journal.sqlite3"))
            office.clock.while_asleep = lambda: None
            others.append(office.operator.run("nightly").exit)

    office.clock.while_asleep = another
    assert office.night().exit == 0
    assert others == [75]
    assert len(sandbox.groups) == 1


def test_an_interrupt_is_told(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between two steps, a night still writes its report, and exits with 130."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    office.drop("list.csv", hong_kong(3))
    with monkeypatch.context() as pressed:
        pressed.setattr(night, "run_file", interrupted)
        done = office.night()
    assert done.exit == 130
    assert "interrupted" in office.lines()[-1]["stopped"]
    assert office.names("inbox") == ["list.csv"]
    assert office.night().exit == 0


def test_one_file_that_nobody_foresaw(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect that one file brings out fails that file, and the others go through."""
    usual = run_file

    def odd(path: Path, *others: object) -> object:
        if path.name == "a.csv":
            raise ValueError("85251000000 is odd")
        return usual(path, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(night, "run_file", odd)
    office.drop("a.csv", hong_kong(3), age=200)
    office.drop("b.csv", hong_kong(3, 10), age=100)
    done = office.night()
    assert done.exit == 1
    assert "ValueError" in done.out
    assert "85251000000" not in done.out + done.err
    assert office.names("failed") == [f"{office.date}/a.csv"]
    assert len(numbers_at(sandbox)) == 3


def test_what_was_begun_by_hand_is_left_alone(office: Office) -> None:
    """A run that somebody stopped by day is theirs to finish."""
    server = fast_sandbox(script=["429"] * 6)
    (office.folder / "day").mkdir()
    path = office.folder / "day" / "day.csv"
    path.write_text("Phone\n" + "\n".join(hong_kong(3)) + "\n", encoding="utf-8")
    with running(server) as url:
        office.operator.use(url)
        assert office.operator.run("run", path).exit == 1
        assert office.night().exit == 0
        assert not server.groups


def test_a_broken_journal_blames_no_file(
    office: Office, sandbox: Sandbox, environment: Path
) -> None:
    """Where nothing can be recorded, nothing is sent, and the files stay for a better night."""
    office.drop("list.csv", hong_kong(3))
    environment.parent.mkdir(parents=True)
    environment.write_bytes(b"this is no journal" * 100)
    done = office.night()
    assert done.exit == 2
    assert "no journal" in office.lines()[-1]["stopped"]
    assert office.names("inbox") == ["list.csv"]
    assert not sandbox.calls
