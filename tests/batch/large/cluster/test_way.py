"""The passes of a cluster come to those of one computer, also where the list is read anew.

Here the workers are this process; what goes to them and comes back is pickled as on a network.
"""

from __future__ import annotations

import csv
import pickle
import random
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyarrow.fs import LocalFileSystem

from importer.batch.large import results_folder as results
from importer.batch.large import shares
from importer.batch.large.cluster import way
from importer.batch.large.passes import evidence
from importer.batch.large.passes.decisions import duplicates_of
from importer.batch.large.passes.list_reading import ListReading
from importer.batch.large.ways import Here
from importer.errors import SettingsError, UnreadableInput
from importer.phones import PhoneOptions, totals
from importer.reading import ReadOptions
from importer.reading.parts import cutting
from importer.reading.parts.find import find_parts
from importer.reading.parts.portion import Portion
from importer.reading.parts.stream import open_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.batch.large.blocks import LineBlocks
    from importer.batch.large.ways import Way

Row = list[str]
_SHARES = 3


@dataclass
class Pickled:
    """What a task has returned, as it goes over a network."""

    raw: bytes


@dataclass
class ThisProcess:
    """Does what the workers of a cluster do."""

    address: str = "tcp://cluster:8786"
    threads: int = 2
    done: list[str] = field(default_factory=list)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Pickled:
        given = [
            one if isinstance(one, Pickled) else Pickled(pickle.dumps(one)) for one in arguments
        ]
        self.done.append(getattr(function, "__name__", "itemgetter"))
        return Pickled(pickle.dumps(function(*map(self.result, given))))

    def result(self, future: Pickled) -> Any:
        return pickle.loads(future.raw)  # noqa: S301 - it is ours


@pytest.fixture(autouse=True)
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "BYTES", 1_000)
    monkeypatch.setattr(shares, "ROWS_OF_A_SHARE", 100)


def written(folder: Path, rows: list[Row], files: int = 1) -> Path:
    folder.mkdir()
    for at in range(files):
        with (folder / f"{at}.csv").open("w", encoding="utf-8", newline="") as file:
            part = rows[len(rows) * at // files : len(rows) * (at + 1) // files]
            csv.writer(file).writerows([["Phone", "City"], *part])
    return folder


def came_to(way_of_list: Way, given: Path, options: PhoneOptions) -> Any:
    """Return what the columns show, each line, and which lines stand twice."""
    large = open_list(given, find_parts([str(given)]), ReadOptions())
    reading = ListReading(large, options, _SHARES)
    shown = way_of_list.evidence(reading, lambda lines: None)
    decided = way_of_list.decide(reading, shown, lambda lines: None)
    lines = [
        line for block in range(len(decided.blocks)) for line in rows_of(decided.blocks, block)
    ]
    twice = [
        (decided.blocks.begins[block] + line, first, place)
        for block in range(len(decided.blocks))
        for line, first, place in duplicates_of(decided, block).tolist()
    ]
    counts = (decided.rejected, decided.reasons, decided.different_rejects, decided.repeated)
    types = results.types_of([*shown.types], shown.types)
    return replace(shown, types={}), types, lines, twice, counts


def rows_of(blocks: LineBlocks, block: int) -> list[Any]:
    return list(zip(*blocks.read(block).to_pydict().values(), strict=True))


def both_ways(cluster: Any, work: Path) -> tuple[Way, Way]:
    """Return the way of this computer and that of a cluster, each with a folder of its own."""
    for one in ("here", "there"):
        (work / one).mkdir()
    return Here(work / "here"), way.OnCluster(cluster, work / "there")


def assert_same(given: Path, work: Path, options: PhoneOptions) -> ThisProcess:
    """Check a list both ways; return the cluster."""
    cluster: Any = ThisProcess()
    here, there = both_ways(cluster, work)
    assert came_to(there, given, options) == came_to(here, given, options)
    done: ThisProcess = cluster
    return done


def numbers(count: int) -> list[str]:
    chance = random.Random(5)
    return [f"3575{chance.randrange(10**4):04}" for _ in range(count)]


NUMBERS = numbers(200)
SUM = str(sum(map(int, NUMBERS)))
LISTS = {
    "numbers": [[one, "Central"] for one in NUMBERS],
    "a sum at the end": [*([one, "Central"] for one in NUMBERS), [SUM, ""]],
    "labels of sums": [*([one, "Central"] for one in NUMBERS), [SUM, "Total"], ["35751234", ""]],
    "labels that are none": [[one, "Total" if at % 5 else ""] for at, one in enumerate(NUMBERS)],
    "a sum, and labels that are none": [
        *([one, "Total" if at % 5 else ""] for at, one in enumerate(NUMBERS)),
        [str(sum(map(int, NUMBERS))), "x"],
    ],
    "days": [[f"2024{at % 12 + 1:02}{at % 28 + 1:02}", ""] for at in range(150)] + [["3575", "x"]],
    "lines in cells": [[one, f"a\nb {at}"] for at, one in enumerate(NUMBERS)],
    "rows in cells": [[one, f"x\n3575{at:04},y\nz"] for at, one in enumerate(NUMBERS)],
}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("files", [1, 4])
def test_the_same(name: str, files: int, tmp_path: Path) -> None:
    """What all rows show together is counted over all partitions, which may be cut anywhere."""
    given = written(tmp_path / "june", LISTS[name], files)
    cluster = assert_same(given, tmp_path, PhoneOptions("HK"))
    assert cluster.done.count("look") >= cluster.done.count("decide") >= 1


def test_a_sum_below_a_long_column(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last cell of a column too long to keep its texts is known by all cells before it."""
    monkeypatch.setattr(totals, "LONGEST_FOR_MEAN", 50)
    given = written(tmp_path / "june", LISTS["a sum at the end"])
    cluster = assert_same(given, tmp_path, PhoneOptions("HK"))
    assert cluster.done.count("look") == 2 * cluster.done.count("decide") > 2


def test_digits_whose_reading_is_given(tmp_path: Path) -> None:
    """Where the operator says what digits are, no cells are counted, and none come back."""
    given = written(tmp_path / "june", LISTS["numbers"], 4)
    cluster = assert_same(given, tmp_path, PhoneOptions("HK", bare_digits="national"))
    assert not cluster.done.count("count")


def test_a_list_that_is_read_anew(tmp_path: Path) -> None:
    """A list whose columns turn out otherwise is read anew on a cluster as well."""
    given = written(tmp_path / "june", LISTS["labels that are none"])
    cluster = assert_same(given, tmp_path, PhoneOptions("HK"))
    assert cluster.done.count("look") == 2 * cluster.done.count("decide")


def test_a_file_that_is_cut_above_its_header(tmp_path: Path) -> None:
    """A file whose first part ends before its header does is read as a whole."""
    given = written(tmp_path / "june", LISTS["numbers"])
    path = given / "0.csv"
    titles = "".join(f"Customers of June {'x' * 300},\n" for _ in range(5))
    path.write_text(titles + path.read_text(encoding="utf-8"), encoding="utf-8")
    cluster = assert_same(given, tmp_path, PhoneOptions("HK"))
    assert cluster.done.count("look") > cluster.done.count("decide") == 1


def test_a_file_that_is_cut_wrongly(tmp_path: Path) -> None:
    """A file in whose cells rows stand is read as a whole, once its parts could not be read."""
    given = written(tmp_path / "june", LISTS["rows in cells"])
    cluster = assert_same(given, tmp_path, PhoneOptions("HK"))
    assert cluster.done.count("look") > 5
    assert cluster.done.count("decide") == 1


def test_a_password_goes_nowhere(tmp_path: Path) -> None:
    """A list whose name holds a password is refused before a worker hears of it."""
    given = written(tmp_path / "june", LISTS["numbers"])
    large = open_list(given, find_parts([str(given)]), ReadOptions())
    named = replace(large.parts[0], place="s3://key:secret@exports/0.csv")
    reading = ListReading(replace(large, parts=(named,)), PhoneOptions("HK"), _SHARES)
    cluster: Any = ThisProcess()
    with pytest.raises(SettingsError, match="with a password in it"):
        way.OnCluster(cluster, tmp_path).evidence(reading, lambda lines: None)
    assert not cluster.done


def test_what_goes_to_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker is told of its own files alone, by names that mean the same there.

    Nothing that this computer opened with its credentials goes with them.
    """
    given = written(tmp_path / "june", LISTS["numbers"], 4)
    monkeypatch.chdir(tmp_path)
    parts = find_parts([str(given)])
    here = [replace(one, path=str(Path(one.path).relative_to(tmp_path))) for one in parts[:2]]
    there = [replace(one, place="s3://exports/a", files=LocalFileSystem()) for one in parts[2:]]
    large = replace(open_list(given, parts, ReadOptions()), parts=(*here, *there))
    reading = ListReading(large, PhoneOptions("HK"), _SHARES)
    partitions = [(Portion(part, at),) for at, part in enumerate(large.parts)]
    works = [*way.works_of(reading, partitions, [])]
    assert [len(one.partition) for one in works] == [1, 1, 1, 1]
    assert all(one.reading.large.parts == () for one in works)
    sent = [one.partition[0].part for one in works]
    assert [one.files for one in sent] == [None] * 4
    assert [Path(one.path).is_absolute() for one in sent[:2]] == [True, True]


def test_countries_in_another_order(tmp_path: Path) -> None:
    """What the rows of a country show is counted for it, whichever country a part meets first."""
    given = written(tmp_path / "june", [])
    rows: list[str] = []
    for one in numbers(300):
        rows += [f"{one},HK\n", f"659{one},SG\n"]
    text = "".join([*rows[:300], *reversed(rows[300:])])
    (given / "0.csv").write_text(f"Phone,Country\n{text}", encoding="utf-8")
    assert_same(given, tmp_path, PhoneOptions())


def test_too_many_countries_in_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A country column that holds too much is refused, though no part of the list shows it."""
    monkeypatch.setattr(evidence, "_MOST_PLACES", 3)
    given = written(tmp_path / "june", [])
    codes = [code for code in ("HK", "SG", "MY", "TH", "VN") for _ in range(120)]
    lines = [f"{number},{code}\n" for number, code in zip(numbers(600), codes, strict=True)]
    (given / "0.csv").write_text("".join(["Phone,Country\n", *lines]), encoding="utf-8")
    for one in both_ways(ThisProcess(), tmp_path):
        with pytest.raises(UnreadableInput, match="holds more than 3 different"):
            came_to(one, given, PhoneOptions())


def test_a_file_that_is_broken(tmp_path: Path) -> None:
    """What is wrong with a file is said as it is on one computer, with its row."""
    given = written(tmp_path / "june", LISTS["numbers"])
    with (given / "0.csv").open("a", encoding="utf-8") as file:
        file.write('35751234,"x\n')
    ways = both_ways(ThisProcess(), tmp_path)
    with pytest.raises(UnreadableInput) as here:
        came_to(ways[0], given, PhoneOptions("HK"))
    with pytest.raises(UnreadableInput) as there:
        came_to(ways[1], given, PhoneOptions("HK"))
    assert str(there.value) == str(here.value)
