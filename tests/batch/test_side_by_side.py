"""Real runs beside each other on one journal, on both stores: two operators, one account."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from importer.journal.run import Run
from importer.sandbox import Sandbox
from importer.store import store_of
from tests.batch.sheets import sheet
from tests.batch.test_killed_in_flight import PATIENCE, creates, start
from tests.fast_forward import now
from tests.served import account_of, hong_kong, numbers_at, running

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from importer.store import Store
    from tests.served import Operator


@pytest.fixture
def vendor(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A vendor whose answers take a while, on each store."""
    sandbox = Sandbox(clock=now, latency=0.05)
    with running(sandbox) as url:
        for name, value in account_of(url).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def write_list(folder: Path, name: str, numbers: list[str]) -> Path:
    path = folder / name
    path.write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")
    return path


def begin(path: Path, *more: str) -> subprocess.Popen[str]:
    return start("run", path, "--group-size", "2", "--rate", "60", *more)


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in err, err
    return process.returncode, out, err


def once(numbers: list[str]) -> dict[str, int]:
    return {number.removeprefix("+"): 1 for number in numbers}


def test_the_same_list_begun_at_the_same_moment_is_one_batch(
    vendor: Sandbox, tmp_path: Path
) -> None:
    """From two folders, as of two operators: one sends it, the other is told who does."""
    numbers = hong_kong(60)
    paths = [write_list(tmp_path, f"{at}.csv", numbers) for at in range(2)]
    ends = [end(one) for one in [begin(path) for path in paths]]
    assert {code for code, _, _ in ends} <= {0, 75}
    assert 0 in {code for code, _, _ in ends}
    for code, _, err in ends:
        if code:
            assert "Another run works on batch" in err
            assert "run by " in err
    assert numbers_at(vendor) == once(numbers)
    with store_of(os.environ).open() as journal:
        assert len(journal.batches()) == 1
    assert end(begin(paths[1], "--wait"))[0] == 0
    assert numbers_at(vendor) == once(numbers)


def test_lists_that_overlap_put_no_number_into_two_groups(vendor: Sandbox, tmp_path: Path) -> None:
    """Different lists go side by side; what both have is in a group of one of them."""
    lists = [hong_kong(60), hong_kong(60, 30)]
    paths = [write_list(tmp_path, f"{at}.csv", numbers) for at, numbers in enumerate(lists)]
    ends = [end(one) for one in [begin(path, "--known", "skip") for path in paths]]
    # One that left numbers to the other, whose groups were not all made yet, ends with 1.
    assert sorted(code for code, _, _ in ends) in ([0, 0], [0, 1]), ends
    assert numbers_at(vendor) == once(hong_kong(90))


def test_batches_says_who_runs_what_where(vendor: Sandbox, tmp_path: Path) -> None:
    """While a run goes on, another command says so, and lets its batch alone."""
    first = begin(write_list(tmp_path, "list.csv", hong_kong(4000)), "--concurrency", "1")
    while not creates(vendor) and first.poll() is None:
        pass
    others = [start("batches", "--json"), start("resume")]
    listed, resumed = map(end, others)
    first.kill()
    first.communicate()
    [told] = [json.loads(line) for line in listed[1].splitlines()]
    assert [(one["command"], one["goes_on"]) for one in told["runs"]] == [("run", True)]
    assert resumed[0] == 75
    assert "run by " in resumed[2]
    assert {*numbers_at(vendor).values()} == {1}


def test_rows_that_the_other_run_keeps_meanwhile_are_in_the_results(
    store: Store, operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch may have been planned and its rows not kept yet, when a run waits for it."""
    path = operator.write_list("list.csv", hong_kong(4))
    trial = operator.run("run", path, "--group-size", "2", "--limit-groups", "1", "--json")
    batch = json.loads(trial.out)["batch"]
    take = Run.take
    with store.open() as journal:
        rows, lines, assumptions = journal.load_rows(batch)
        journal.remove_rows(batch)

        def wait(run: Run, names: Sequence[str]) -> bool:
            journal.save_rows(batch, rows, lines, assumptions)
            return take(run, names)

        monkeypatch.setattr(Run, "take", wait)
        done = operator.run("resume", batch, "--wait")
    assert done.exit == 0, done.err
    told = sheet(operator.folder / "list.results.xlsx", "Numbers")
    assert [one["Row"] for one in told] == [2, 3, 4, 5]
