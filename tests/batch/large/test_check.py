"""A check of a long list comes to what the check of the same list in memory comes to."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from importer.batch.input import long_lists
from importer.batch.large import check, size
from importer.batch.large import results_folder as results
from importer.batch.large.work_folder import work_folder
from importer.journal.disk_space import MEGABYTE
from importer.reading.parts import stream
from tests.batch.large.rows import HEADER, Row, places_in, rows_of, without_places, written
from tests.journal.test_disk_space import fill

if TYPE_CHECKING:
    from tests.served import Operator


pytestmark = pytest.mark.usefixtures("small_blocks")


def in_memory(operator: Operator, rows: list[Row], *options: str) -> tuple[dict[str, Any], Any]:
    """Check the list as one CSV in memory: what is told, and the lines of Numbers."""
    path = operator.folder / "june.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    told = json.loads(operator.run("check", path, "--format", "csv", "--json", *options).out)
    with Path(told["results"]).open(encoding="utf-8-sig", newline="") as file:
        lines = [[cell.removeprefix("'") for cell in line] for line in csv.reader(file)]
    path.unlink()
    return told, lines


def long(operator: Operator, given: Path, *options: str) -> tuple[dict[str, Any], Any]:
    """Check a list as a long one."""
    run = operator.run("check", given, "--format", "parquet", "--json", *options)
    told = json.loads(run.out)
    table = pq.read_table(Path(told["results"]) / results.NUMBERS)
    columns = [["" if one is None else str(one) for one in c.to_pylist()] for c in table.columns]
    return told, [table.column_names, *map(list, zip(*columns, strict=True))]


BOOKS = ("rows", "planned", "duplicate", "rejected", "groups", "exit")


@pytest.mark.parametrize(
    ("count", "ending", "options"),
    [
        (1, "csv", ()),
        (7, "csv", ()),
        (64, "csv", ("--region", "HK", "--group-size", "37")),
        (5, "csv.gz", ("--group-by", "City", "--group-size", "20")),
        (7, "parquet", ("--group-by", "none", "--name", "{country} {seq}")),
        (1, "parquet", ("--bare-digits", "national", "--region", "HK")),
    ],
)
def test_the_same_in_parts_and_in_memory(
    operator: Operator, count: int, ending: str, options: tuple[str, ...]
) -> None:
    """Numbers, rows, reasons, doubles, groups and books are the same, however a list is cut."""
    rows = rows_of(3_000)
    told, lines = in_memory(operator, rows, *options)
    folder = written(operator.folder / "june", rows, count, ending)
    of_long, long_lines = long(operator, folder, *options)
    assert {one: of_long[one] for one in BOOKS} == {one: told[one] for one in BOOKS}
    bounds = [len(rows) * at // count for at in range(count + 1)]
    files = sorted(one.name for one in folder.iterdir())
    lengths = [end - begin for begin, end in pairwise(bounds)]
    assert long_lines[0] == lines[0]
    here = without_places(lines, places_in(["june"], [len(rows)]))
    there = without_places(long_lines, places_in(files, lengths))
    assert there == here
    assert told["rejected"] > 100
    assert told["duplicate"] > 100


@pytest.mark.slow
@pytest.mark.parametrize("count", [1_000])
def test_a_thousand_files(operator: Operator, count: int) -> None:
    """So they are in a thousand files of three rows each."""
    test_the_same_in_parts_and_in_memory(operator, count, "csv", ())


def test_the_workbook(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Summary counts all lines; Groups has each group, Rejected the first rejected lines."""
    monkeypatch.setattr(results, "MOST_REJECTED", 30)
    folder = written(operator.folder / "june", rows_of(2_000), 3, "csv")
    told, lines = long(operator, folder)
    book = load_workbook(Path(told["results"]) / results.SUMMARY)
    assert book.sheetnames == ["Summary", "Groups", "Numbers", "Rejected"]
    assert book["Rejected"].max_row == 31
    assert book["Groups"].max_row == told["groups"] + 1
    numbers: list[Any] = [row[3].value for row in book["Groups"].iter_rows(min_row=2)]
    assert sum(numbers) == told["planned"]
    assert f"The {told['rows']:,} lines are in the folder numbers" in book["Numbers"]["A2"].value
    shown = [cell.value for row in book["Summary"].iter_rows() for cell in row]
    assert told["rejected"] in shown
    assert len(lines) - 1 == told["rows"]


def test_csv_for_machines(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is too long for memory is a long one by itself, and --format csv writes CSV."""
    monkeypatch.setattr(long_lists, "_MAY_BE_LONG", 1_000)
    monkeypatch.setattr(size, "FILE_BYTES", 50_000)
    path = written(operator.folder / "june", rows_of(2_000), 1, "csv") / "part-0000.csv"
    told = json.loads(operator.run("check", path, "--format", "csv", "--json").out)
    files = sorted((Path(told["results"]) / results.NUMBERS).iterdir())
    assert sum(pa_csv.read_csv(one).num_rows for one in files) == told["rows"]


def test_nothing_is_left_behind(operator: Operator) -> None:
    """What waits on disk goes, results of before are replaced, and a folder of others is not."""
    folder = written(operator.folder / "june", rows_of(300), 2, "csv")
    first, _ = long(operator, folder)
    second, _ = long(operator, folder)
    assert first["results"] == second["results"]
    assert sys.platform == "win32" or Path(first["results"]).stat().st_mode & 0o077 == 0
    (Path(first["results"]) / results.NUMBERS / "mine.txt").write_text("keep")
    third, _ = long(operator, folder)
    assert Path(third["results"]).name == "june.check (2)"
    assert {one.name for one in operator.folder.iterdir() if one.is_dir()} >= {
        "june",
        "june.check",
        "june.check (2)",
    }
    assert not [*operator.folder.glob(".importer-*")]


_KILLED = """
import os, sys
from pathlib import Path
from importer.batch.large.work_folder import work_folder
with work_folder(Path(sys.argv[1])) as work:
    (work / "numbers").write_text("85235753351")
    os._exit(9)
"""


def test_what_a_killed_check_left(tmp_path: Path) -> None:
    """The next check in the folder removes it, and leaves alone what a living one works in."""
    subprocess.run([sys.executable, "-c", _KILLED, tmp_path], check=False)  # noqa: S603 - ours
    [left] = tmp_path.iterdir()
    with work_folder(tmp_path) as living:
        assert not left.exists()
        with work_folder(tmp_path) as other:
            assert {*tmp_path.iterdir()} == {living, other}
    assert not [*tmp_path.iterdir()]


def test_room_is_looked_for_before_anything_is_read(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that has no room for what waits between the passes is told at once."""
    folder = written(operator.folder / "june", rows_of(300), 2, "csv")
    place = operator.folder / "out"
    place.mkdir()
    fill(monkeypatch, place, 50 * MEGABYTE)
    monkeypatch.setattr(check, "open_list", None)
    done = operator.run("check", folder, "--format", "parquet", "--out", place)
    assert done.exit == 2
    assert "50 MB left, less than the 100 MB" in done.err
    assert "make room" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the length of files there")
@pytest.mark.parametrize("most", [1_000, 20_000, 60_000])
def test_a_full_disk(operator: Operator, most: int) -> None:
    """Where the disk is full on the way is one sentence, and nothing is left behind."""
    import resource

    folder = written(operator.folder / "june", rows_of(3_000), 2, "csv")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        done = operator.run("check", folder, "--format", "parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.exit == 2
    assert re.search(r"\n.*can't be written.*File too large.* --out.*\n\Z", done.err)
    assert {one.name for one in operator.folder.iterdir() if one.is_dir()} == {"june"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows[-1].append("more"), "more columns in row"),
        (lambda rows: rows.clear(), "column is empty|no phone column|is empty"),
    ],
)
def test_refused(
    operator: Operator, change: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one workbook would show in columns of its own is refused; so is a list of nothing."""
    monkeypatch.setattr(stream, "SAMPLE_ROWS", 100)
    rows = rows_of(900)
    change(rows)
    folder = written(operator.folder / "june", rows, 1, "csv")
    done = operator.run("check", folder, "--format", "parquet")
    assert done.exit in {2, 3}
    assert re.search(said, done.err + done.out)


def test_gates(operator: Operator) -> None:
    """Too many rejects, or groups, close the gate with the same words as in memory."""
    rows = [[f"p{at}", f"3575{at:04}", "", "x"] for at in range(800)]
    told, _ = in_memory(operator, rows)
    folder = written(operator.folder / "june", rows, 3, "csv")
    of_long, _ = long(operator, folder)
    assert (told["exit"], of_long["exit"]) == (3, 3)
    shown = operator.run("check", folder, "--format", "parquet").out
    assert "800 have no country" in shown
    assert "--region HK" in shown
    read = ["check", str(folder), "--format", "parquet", "--region", "HK"]
    many = operator.run(*read, "--group-size", "100", "--max-groups", "7")
    assert many.exit == 3
    assert "would make 8 groups, more than the 7 that --max-groups allows" in many.out
