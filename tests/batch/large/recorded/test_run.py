"""A run of a long list makes what the run of the same list in memory makes, a portion at a time."""

from __future__ import annotations

import csv
import json
import shutil
import time
from collections import Counter
from contextlib import contextmanager
from itertools import count, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from importer.batch.large import results_folder as results
from importer.journal.database.sqlite.database import SqliteDatabase
from importer.store import SqliteStore
from tests.batch.large.rows import HEADER, places_in, rows_of, without_places, written
from tests.batch.test_killed import list_all, start
from tests.journal.long_plans import in_small_portions, rows_of_tables
from tests.served import account_of, fast_sandbox, numbers_at, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.sandbox import Sandbox
    from importer.store import Store
    from tests.batch.large.rows import Row
    from tests.served import Operator

pytestmark = pytest.mark.usefixtures("small_blocks")
BOOKS = ("rows", "created", "planned", "duplicate", "rejected", "groups", "exit")
ID = 9
"""The column Group ID, which each vendor gives anew."""


@contextmanager
def vendor_of(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, name: str, **how: Any
) -> Iterator[Sandbox]:
    """Serve a new vendor and begin a new journal while the block runs."""
    monkeypatch.setenv("IMPORTER_JOURNAL", str(operator.folder / f"{name}.sqlite3"))
    server = fast_sandbox(**how)
    with running(server) as url:
        operator.use(url)
        yield server


def groups_at(sandbox: Sandbox) -> dict[str, tuple[str, ...]]:
    """Return each group's numbers in their order, by its name."""
    found = {one.group_name: tuple(one.phones) for one in sandbox.groups.values()}
    assert len(found) == len(sandbox.groups)
    return found


def table_of(told: dict[str, Any]) -> list[Row]:
    """Return the lines of a folder of results, below their header."""
    table = pq.read_table(Path(told["results"]) / results.NUMBERS)
    columns = [["" if one is None else str(one) for one in c.to_pylist()] for c in table.columns]
    return [table.column_names, *map(list, zip(*columns, strict=True))]


def run_in_memory(
    operator: Operator, rows: list[Row], *options: str
) -> tuple[dict[str, Any], list[Row]]:
    """Run the list as one CSV in memory: what is told, and the lines of Numbers."""
    path = operator.folder / "june.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    told = json.loads(operator.run("run", path, "--format", "csv", "--json", *options).out)
    with Path(told["results"]).open(encoding="utf-8-sig", newline="") as file:
        lines = [[cell.removeprefix("'") for cell in line] for line in csv.reader(file)]
    path.unlink()
    return told, lines


def run_long(operator: Operator, given: Path, *options: str) -> tuple[dict[str, Any], list[Row]]:
    """Run a list as a long one."""
    done = operator.run("run", given, "--format", "parquet", "--json", *options)
    told = json.loads(done.out)
    assert told.get("results"), done.err
    return told, table_of(told)


def without_ids(lines: list[Row]) -> list[Row]:
    """Say of each groupId only whether there is one."""
    return [[*line[: ID - 1], str(bool(line[ID - 1])), *line[ID:]] for line in lines]


@pytest.mark.parametrize(
    ("count", "ending", "options"),
    [
        (1, "csv", ()),
        (7, "csv", ("--region", "HK", "--group-size", "37")),
        (64, "csv", ("--group-by", "City", "--group-size", "20")),
        (7, "parquet", ("--group-by", "none", "--name", "{file} {country} {seq}")),
    ],
)
def test_the_same_in_parts_and_in_memory(
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    ending: str,
    options: tuple[str, ...],
) -> None:
    """Groups with their names, their numbers in order, and the lines are the same, however cut.

    So are they where a part of the numbers is in groups of an earlier batch, and is skipped.
    """
    rows = rows_of(2_500)
    earlier = rows_of(400, seed=1)
    known = ("--known", "skip", *options)
    with vendor_of(operator, monkeypatch, "memory") as sandbox:
        first, _ = run_in_memory(operator, earlier, *options)
        told, lines = run_in_memory(operator, rows, *known)
        groups = groups_at(sandbox)
    with vendor_of(operator, monkeypatch, "long") as sandbox:
        run_in_memory(operator, earlier, *options)
        folder = written(operator.folder / "june", rows, count, ending)
        of_long, long_lines = run_long(operator, folder, *known)
        assert groups_at(sandbox) == groups
        assert set(numbers_at(sandbox).values()) == {1}
    assert {one: of_long[one] for one in BOOKS} == {one: told[one] for one in BOOKS}
    assert first["created"] > 100
    bounds = [len(rows) * at // count for at in range(count + 1)]
    files = sorted(one.name for one in folder.iterdir())
    lengths = [end - begin for begin, end in pairwise(bounds)]
    assert long_lines[0] == lines[0]
    here = without_places(lines, places_in(["june"], [len(rows)]))
    there = without_places(long_lines, places_in(files, lengths))
    assert without_batches(without_ids(there)) == without_batches(without_ids(here))
    assert sum(line[7].startswith("already in") for line in lines) > 50


def without_batches(lines: list[Row]) -> list[Row]:
    """Leave out of reasons the name of the earlier batch, which is chance."""
    return [
        [cell.partition(", group ")[2] if cell.startswith("already in") else cell for cell in line]
        for line in lines
    ]


def test_run_again_is_shown_and_results_are_written_again(
    operator: Operator, sandbox: Sandbox
) -> None:
    """The same list, cut otherwise, makes nothing more, and its results are those of before.

    So are those of `results`, and of a list whose rows were lost: the journal knows its groups.
    """
    rows = rows_of(1_500)
    first, lines = run_long(operator, written(operator.folder / "june", rows, 3, "csv"))
    made = groups_at(sandbox)
    shown = operator.run("results", first["batch"], "--format", "parquet", "--json")
    assert table_of(json.loads(shown.out)) == lines
    shutil.rmtree(operator.folder / "june")
    [kept] = (operator.folder / "state").glob("*.rows/*.arrow")
    kept.unlink()
    again, others = run_long(operator, written(operator.folder / "june", rows, 5, "csv"))
    assert again["batch"] == first["batch"]
    assert groups_at(sandbox) == made
    assert [line[2:7] + line[8:] for line in others] == [line[2:7] + line[8:] for line in lines]


def test_skipped_numbers_of_a_batch_that_is_found_again(
    operator: Operator, sandbox: Sandbox
) -> None:
    """What was left to an earlier batch is so again, though nothing but the journal knows."""
    run_in_memory(operator, rows_of(300))
    rows = rows_of(1_500)
    folder = written(operator.folder / "june", rows, 3, "csv")
    told, lines = run_long(operator, folder, "--known", "skip")
    [kept] = (one for one in _kept_rows(operator) if one.stem == told["batch"])
    kept.unlink()
    again, others = run_long(operator, folder)
    assert again["batch"] == told["batch"]
    assert others == lines
    assert sum(line[7].startswith("already in") for line in lines) > 50
    assert set(numbers_at(sandbox).values()) == {1}


def _kept_rows(operator: Operator) -> list[Path]:
    return [*(operator.folder / "state").glob("*.rows/*.arrow")]


def test_known_numbers_and_too_many_groups_close_the_gate(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Nothing is sent where nobody decides about known numbers, or where groups are too many."""
    run_in_memory(operator, rows_of(300))
    before = len(sandbox.groups)
    folder = written(operator.folder / "june", rows_of(1_500), 2, "csv")
    for options, said in (
        ((), "already in groups of earlier batches"),
        (("--known", "skip", "--max-groups", "1"), "more than the 1 that --max-groups allows"),
        (("--known", "skip", "--max-rejects", "1"), "of the rows are rejected"),
    ):
        done = operator.run("run", folder, "--format", "parquet", *options)
        assert done.exit == 3
        assert said in done.out
    assert len(sandbox.groups) == before
    assert (operator.folder / "june.check" / results.SUMMARY).exists()


def test_groups_that_the_vendor_cuts_in_two(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where groups are refused for their size, each line shows the half that its number is in."""
    with vendor_of(operator, monkeypatch, "small", max_phones=100) as sandbox:
        folder = written(operator.folder / "june", rows_of(1_500), 3, "csv")
        told, lines = run_long(operator, folder)
        made = {number: name for name, phones in groups_at(sandbox).items() for number in phones}
    assert told["exit"] == 0
    of_lines = {line[3]: line[8] for line in lines[1:] if line[6] == "created"}
    assert of_lines == made
    assert any(name.endswith(".2") for name in made.values())


def test_a_long_list_in_either_store(store: Store, operator: Operator, sandbox: Sandbox) -> None:
    """Both stores keep its lines and its groups; undo deletes them, and results say so."""
    folder = written(operator.folder / "june", rows_of(1_200), 3, "csv")
    told, lines = run_long(operator, folder)
    assert (told["exit"], len(lines) - 1) == (0, told["rows"])
    assert set(numbers_at(sandbox).values()) == {1}
    assert operator.run("journal", "check").exit == 0
    assert operator.run("undo", told["batch"], "--yes").exit == 0
    assert not sandbox.groups
    shown = operator.run("results", told["batch"], "--format", "parquet", "--json")
    assert json.loads(shown.out)["created"] == 0
    assert str(store)


def test_killed_in_the_middle_and_resumed(operator: Operator, tmp_path: Path) -> None:
    """After a SIGKILL while it sends, resume sends the rest from the journal, the list gone."""
    rows = rows_of(1_500)
    folder = written(tmp_path / "june", rows, 3, "csv")
    server = start("sandbox", "1")
    try:
        assert server.stdout is not None
        url = server.stdout.readline().strip()
        world = account_of(url) | {"IMPORTER_JOURNAL": str(tmp_path / "killed.sqlite3")}
        how = ("--format", "parquet", "--group-size", "20", "--rate", "1")
        process = start("importer", "run", str(folder), *how, **world)
        deadline = time.monotonic() + 60
        while len(list_all(url)) < 5 and time.monotonic() < deadline:
            assert process.poll() is None, process.communicate()
        process.kill()
        process.communicate()
        there = len(list_all(url))
        shutil.rmtree(folder)
        resumed = start("importer", "resume", "--format", "parquet", "--json", **world)
        out, err = resumed.communicate(timeout=120)
        groups = list_all(url)
    finally:
        server.kill()
        server.communicate()
    told = json.loads(out)
    assert (resumed.returncode, told["planned"], told["in_doubt"]) == (0, 0, 0), err
    assert 5 <= there < len(groups) == told["groups"]
    counted = Counter(number for group in groups for number in group["phones"].split(","))
    assert counted == {line[3]: 1 for line in table_of(told) if line[6] == "created"}
    assert len(counted) == told["created"]


def between_portions(
    monkeypatch: pytest.MonkeyPatch, portion: int, do: Callable[[], object]
) -> None:
    """Plan long lists in small portions, and do something once, after one of them."""
    in_small_portions(monkeypatch)
    portions = count(1)

    def give_way(_: SqliteDatabase) -> None:
        if next(portions) == portion:
            do()

    monkeypatch.setattr(SqliteDatabase, "give_way", give_way)


def test_numbers_that_another_run_plans_meanwhile_are_left_to_it(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A short list goes its way while a long one is planned, and no number comes into two groups.

    The long list says how many it has left out, and its lines say to which group.
    """
    rows = rows_of(900)
    folder = written(operator.folder / "june", rows, 3, "csv")
    between_portions(monkeypatch, 9, lambda: run_in_memory(operator, rows[:60]))
    told, lines = run_long(operator, folder, "--known", "skip")
    assert set(numbers_at(sandbox).values()) == {1}
    left = [line for line in lines if line[7].startswith("already in")]
    assert len({line[3] for line in left}) > 20
    assert told["created"] + told["duplicate"] + told["rejected"] == told["rows"] == len(lines) - 1


def test_stopped_while_it_is_planned(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is there, for any command; the same command plans and sends all of it."""

    def stop() -> None:
        raise KeyboardInterrupt

    folder = written(operator.folder / "june", rows_of(900), 3, "csv")
    with monkeypatch.context() as dying:
        between_portions(dying, 30, stop)
        assert operator.run("run", folder, "--format", "parquet").exit == 130
    assert "No batch was run yet" in operator.run("batches").out
    assert operator.run("journal", "check").exit == 0
    assert not sandbox.groups
    told, lines = run_long(operator, folder)
    assert told["exit"] == 0
    assert numbers_at(sandbox) == {line[3]: 1 for line in lines if line[6] == "created"}
    with SqliteStore(operator.folder / "state" / "journal.sqlite3").open() as journal:
        assert rows_of_tables(journal)["plans"] == 0
    assert operator.run("journal", "check").exit == 0


def test_how_long_it_takes_is_said_before_it_is_read(operator: Operator, sandbox: Sandbox) -> None:
    """A run says first how long sending takes at the account's rate, and then in the preview."""
    folder = written(operator.folder / "june", rows_of(900), 2, "csv")
    slow = ("--rate", "0.1", "--group-size", "50", "--limit-groups", "1")
    done = operator.run("run", folder, "--format", "parquet", *slow)
    assert "To send so many numbers takes about" in done.err
    assert done.err.index("To send so many") < done.err.index("  groups: ")
    assert len(sandbox.groups) == 1


def test_the_same_list_in_memory_and_as_a_long_one_is_one_batch(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Whichever way a list is run first, the other way finds its batch and makes nothing more."""
    rows = rows_of(1_200)
    told, lines = run_in_memory(operator, rows)
    made = groups_at(sandbox)
    folder = written(operator.folder / "june", rows, 3, "csv")
    of_long, long_lines = run_long(operator, folder)
    assert of_long["batch"] == told["batch"]
    assert [line[2:7] + line[8:] for line in long_lines] == [line[2:7] + line[8:] for line in lines]
    shown = json.loads(operator.run("results", told["batch"], "--json").out)
    assert {one: shown[one] for one in BOOKS} == {one: told[one] for one in BOOKS}
    assert groups_at(sandbox) == made


def test_a_corrected_summary_is_run_for_what_was_corrected(
    operator: Operator, sandbox: Sandbox
) -> None:
    """The workbook of a long list's results, corrected, sends the corrected numbers alone."""
    folder = written(operator.folder / "june", rows_of(1_200), 3, "csv")
    told, _ = run_long(operator, folder)
    before = len(sandbox.groups)
    path = Path(told["results"]) / results.SUMMARY
    book = load_workbook(path)
    sheet = book["Rejected"]
    header = [cell.value for cell in sheet[1]]
    sheet.cell(2, header.index("Original") + 1).value = "+852 5133 1234"
    book.save(path)
    done = operator.run("run", path, "--json")
    corrected = json.loads(done.out)
    assert len(sandbox.groups) == before + 1
    assert "85251331234" in numbers_at(sandbox)
    assert set(numbers_at(sandbox).values()) == {1}
    assert corrected["created"] == told["created"] + 1
    assert corrected["rows"] == told["rows"]


def test_a_forgotten_list_keeps_its_counts(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forgetting counts the lines of a long list a portion at a time, and removes its numbers."""

    def refused(*_: object) -> None:
        raise AssertionError("the whole list is read")

    rows = rows_of(2_000)
    folder = written(operator.folder / "june", rows, 7, "csv")
    with vendor_of(operator, monkeypatch, "forgotten"):
        told, _ = run_long(operator, folder, "--region", "HK", "--group-size", "37")
        with monkeypatch.context() as patch:
            patch.setattr("importer.journal.journal.Journal.load_rows", refused)
            patch.setattr("importer.journal.journal.Journal.groups", refused)
            done = operator.run("batches", "--forget", told["batch"], "--yes")
        assert done.exit == 0, done.err
        shown = json.loads(operator.run("results", told["batch"], "--json").out)
    counts = ("rows", "created", "duplicate", "rejected", "groups")
    assert {one: shown[one] for one in counts} == {one: told[one] for one in counts}
    kept = (operator.folder / "forgotten.sqlite3").read_bytes()
    assert not [row[1] for row in rows if row[1].startswith("+86") and row[1][1:].encode() in kept]
