"""Which batches are forgotten, and what has to be said before."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from importer.errors import JournalError
from importer.journal import Journal, forgetting, lock
from importer.model import GroupState
from tests.batch.retention.forgetting import (
    BY_NAME,
    batch_of,
    forget,
    kept_numbers,
    people,
    run,
)
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from importer.sandbox import Sandbox


def test_a_dry_run_says_what_goes_and_what_stays(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """It names the batch and what a group is called after it, and changes nothing."""
    batch = batch_of(operator.run("run", people(operator), *BY_NAME).out)
    files = [one for one in environment.parent.rglob("*") if one.suffix in {".sqlite3", ".arrow"}]
    before = [one.read_bytes() for one in files]
    done = operator.run("batches", "--forget", batch, "--dry-run")
    assert done.exit == 0
    assert f"{batch} (list.csv): 6 numbers in 2 groups" in done.out
    assert "'list Ann Example 001' becomes 'list … 001'" in done.out
    assert "What goes" in done.out
    assert "What stays" in done.out
    assert [one.read_bytes() for one in files] == before
    forget(operator, batch)
    again = operator.run("batches", "--forget", batch, "--dry-run")
    assert "Nothing would be forgotten." in again.out
    assert operator.run("batches", "--dry-run").exit == 2


def test_unfinished_batches_are_left(operator: Operator, environment: Path) -> None:
    """What is planned or in doubt keeps its numbers, is named, and is sent later as planned."""
    numbers = hong_kong(6)
    server = fast_sandbox(script=["ok", *["429"] * 6])
    with running(server) as url:
        operator.use(url)
        batch = run(operator, "list.csv", numbers, "--group-size", "3")
        told = forget(operator, batch)
        assert f"Not finished, so left as it is: {batch}" in told
        assert "Nothing was forgotten" in told
        assert operator.run("resume").exit == 0
    assert numbers_at(server) == dict.fromkeys([one[1:] for one in numbers], 1)


@pytest.mark.parametrize("state", [one for one in GroupState if one.needs_numbers])
def test_the_journal_itself_refuses(
    operator: Operator, sandbox: Sandbox, environment: Path, state: str
) -> None:
    """Whoever asks, a batch with a group in an unfinished state is not forgotten, nor half."""
    numbers = hong_kong(4)
    batch = run(operator, "list.csv", numbers, "--group-size", "2")
    parting = forgetting.ForgottenBatch(batch, "{}", "{}", str, lambda name, _: name, str, str)
    with Journal.open(environment) as journal:
        journal._database.change("UPDATE groups SET state = ? WHERE seq = 2", (state,))
        with pytest.raises(JournalError, match="not finished"):
            journal.forget([parting], 0)
        assert journal.groups(batch)[0].group.phones
        assert journal.progress()[batch].needs_numbers


def test_it_asks_before(operator: Operator, sandbox: Sandbox, environment: Path) -> None:
    """Where nobody can be asked, --yes has to agree; a run that holds the lock is waited out."""
    batch = run(operator, "list.csv", hong_kong(3))
    done = operator.run("batches", "--forget", batch)
    assert done.exit == 3
    assert "--yes agrees" in done.err
    assert kept_numbers(environment.parent, hong_kong(3))


def test_it_takes_the_lock(
    operator: Operator, sandbox: Sandbox, environment: Path, now: datetime
) -> None:
    """While a run is under way nothing is forgotten under its feet."""
    batch = run(operator, "list.csv", hong_kong(3))
    with lock.hold(environment, now):
        assert operator.run("batches", "--forget", batch, "--yes").exit == 75
    assert kept_numbers(environment.parent, hong_kong(3))


@pytest.mark.parametrize(
    "arguments",
    [["--forget"], ["--forget", "abc", "--older-than", "3"], ["abc"], ["--forget", "zzz9"]],
)
def test_it_has_to_be_told_which(operator: Operator, arguments: list[str]) -> None:
    """Neither none nor two ways of choosing: exit 2, and a sentence."""
    done = operator.run("batches", *arguments, "--yes")
    assert done.exit == 2
    assert done.err.startswith("importer: ")


def test_only_old_ones(operator: Operator, sandbox: Sandbox, environment: Path) -> None:
    """Age counts from what was last done for a batch, not from when it was begun."""
    batches = [run(operator, f"{at}.csv", hong_kong(2, at * 10)) for at in range(3)]
    long_ago, lately = (int((time.time() - days * 86400) * 1000) for days in (40, 20))
    with Journal.open(environment) as journal, closing(sqlite3.connect(environment)) as other:
        for batch, begun, done in [
            (batches[0], long_ago, long_ago),
            (batches[1], long_ago, lately),
            (batches[2], lately, lately),
        ]:
            other.execute("UPDATE batches SET created_ms = ? WHERE id = ?", (begun, batch))
            other.execute(
                "UPDATE groups SET sent_ms = ?, created_ms = ? WHERE batch = ?",
                (begun, done, batch),
            )
            other.commit()
        assert journal.progress()[batches[1]].last_ms == lately
    told = forget(operator, "--older-than", "30")
    assert [one in told for one in batches] == [True, False, False]
