"""Nights from end to end: where each file is in the morning, and what the vendor then has."""

from __future__ import annotations

import json
import os
import sys
from random import Random
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.journal import Journal
from importer.reading.limits import FILE_BYTES
from importer.sandbox import ACCESS_SECRET, Sandbox
from tests.nightly.nights import Office, balances, table_of
from tests.served import fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path


def local(count: int, start: int = 0) -> list[str]:
    """Make numbers of Hong Kong as they are dialled there."""
    return [one.removeprefix("+852") for one in hong_kong(count, start)]


def test_a_night(office: Office, sandbox: Sandbox) -> None:
    """A good file goes to done with its results in the outbox, a bad one to failed, with why."""
    office.drop("hk/list.csv", local(250))
    office.drop("broken.xlsx", []).write_bytes(b"PK\x03\x04 this is no workbook")
    done = office.night("--json")
    told = json.loads(done.out)
    assert (done.exit, told["exit"]) == (2, 2), done.err
    assert office.names("inbox") == []
    assert office.names("done") == [f"{office.date}/hk/list.csv"]
    assert office.names("failed") == [f"{office.date}/broken.xlsx"]
    reason = office.folder / "failed" / office.date / "broken.xlsx.reason.txt"
    assert "broken.xlsx" in reason.read_text(encoding="utf-8")
    assert office.names(f"outbox/{office.date}") == [
        "hk/list.results.xlsx",
        "night.jsonl",
        "night.xlsx",
    ]
    assert {one.group_name for one in sandbox.groups.values()} == {
        "hk list 001",
        "hk list 002",
        "hk list 003",
    }
    assert all(one.remark.endswith(" Hong Kong") for one in sandbox.groups.values())
    assert len(numbers_at(sandbox)) == 250


def test_a_list_too_long_for_a_night(office: Office, sandbox: Sandbox) -> None:
    """It goes to failed unread, and is told how it is run by hand; the others are sent."""
    path = office.drop("hk/long.csv", [])
    changed = path.stat().st_mtime_ns
    os.truncate(path, FILE_BYTES + 1)  # A hole, which takes no room on the disk.
    os.utime(path, ns=(changed, changed))
    office.drop("hk/short.csv", local(3))
    assert office.night().exit == 2
    assert office.names("failed") == [f"{office.date}/hk/long.csv"]
    reason = office.folder / "failed" / office.date / "hk" / "long.csv.reason.txt"
    assert "run it by hand with `importer run`" in reason.read_text(encoding="utf-8")
    assert len(numbers_at(sandbox)) == 3


def test_an_empty_inbox_is_a_good_night(office: Office, sandbox: Sandbox) -> None:
    """Nothing to do is exit 0 and a report, without a call."""
    done = office.night()
    assert done.exit == 0
    assert "nothing to do" in done.out
    assert not sandbox.calls
    assert [one["event"] for one in office.lines()] == ["night"]


def test_files_of_an_inbox_go_to_no_cluster(office: Office, sandbox: Sandbox) -> None:
    """A cluster that importer.toml names is not asked in a night, and the log says so."""
    config = office.folder / "importer.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(f'cluster = "tcp://127.0.0.1:9"\n{text}', encoding="utf-8")
    office.drop("hk/june.csv", hong_kong(3))
    done = office.night()
    assert done.exit == 0
    assert "files of an inbox go to no cluster" in done.out + done.err
    assert len(numbers_at(sandbox)) == 3


def test_the_oldest_file_is_first(office: Office, sandbox: Sandbox) -> None:
    """Files are taken in the order in which they were last changed, whatever their folder."""
    office.drop("a.csv", hong_kong(1, 10), age=100)
    office.drop("hk/b.csv", hong_kong(1, 20), age=300)
    office.drop("c.csv", hong_kong(1, 30), age=200)
    office.night()
    batches = [one["file"] for one in office.lines() if one["event"] == "batch"]
    assert batches == ["hk/b.csv", "c.csv", "a.csv"]


def test_a_growing_file_waits(office: Office, sandbox: Sandbox) -> None:
    """A file that changes between the two looks is taken by the next night, whole."""
    office.drop("list.csv", hong_kong(3))
    office.clock.while_asleep = lambda: office.drop("list.csv", hong_kong(9), age=0)
    done = office.night()
    assert done.exit == 0
    assert "still changing" in done.out
    assert office.names("inbox") == ["list.csv"]
    assert not sandbox.calls
    office.clock.while_asleep = lambda: None
    office.next_evening()
    assert office.night().exit == 0
    assert len(numbers_at(sandbox)) == 9


def test_nothing_is_overwritten(office: Office, sandbox: Sandbox) -> None:
    """The same name twice on one day gives two inputs, two results and two reports."""
    for start in (0, 50):
        office.drop("list.csv", hong_kong(5, start))
        assert office.night().exit == 0
    assert office.names("done") == [f"{office.date}/list (2).csv", f"{office.date}/list.csv"]
    assert office.names(f"outbox/{office.date}") == [
        "list.results (2).xlsx",
        "list.results.xlsx",
        "night (2).xlsx",
        "night.jsonl",
        "night.xlsx",
    ]


def test_a_list_dropped_twice_is_sent_once(office: Office, sandbox: Sandbox) -> None:
    """Under another name, in the same night and the next one: no number is in two groups."""
    office.drop("a.csv", hong_kong(20))
    office.drop("b.csv", list(reversed(hong_kong(20))))
    assert office.night().exit == 0
    office.next_evening()
    office.drop("c.csv", hong_kong(20))
    assert office.night().exit == 0
    assert set(numbers_at(sandbox).values()) == {1}
    assert len(sandbox.groups) == 1
    assert len(office.names("done")) == 3


def test_known_numbers_are_skipped_or_fail_the_file(office: Office, sandbox: Sandbox) -> None:
    """By default the new numbers are sent and the known left out; `ask` fails the file."""
    office.drop("a.csv", hong_kong(10))
    office.night()
    office.drop("b.csv", hong_kong(15))
    assert office.night().exit == 0
    assert len(numbers_at(sandbox)) == 15
    assert set(numbers_at(sandbox).values()) == {1}
    office.configure('known = "skip"', 'known = "ask"')
    office.drop("c.csv", hong_kong(20))
    assert office.night().exit == 3
    assert office.names("failed") == [f"{office.date}/c.csv"]
    assert len(numbers_at(sandbox)) == 15


def test_a_folder_that_is_not_named_is_not_sent(office: Office, sandbox: Sandbox) -> None:
    """A folder without a table could be of any country: its files fail, and say what to add."""
    office.drop("my/list.csv", hong_kong(3))
    assert office.night().exit == 2
    assert office.names("failed") == [f"{office.date}/my/list.csv"]
    reason = office.folder / "failed" / office.date / "my" / "list.csv.reason.txt"
    assert '[nightly.folders."my"]' in reason.read_text(encoding="utf-8")
    assert not sandbox.calls


def test_refused_credentials_stop_the_night(
    office: Office, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is blamed for them: all stay in the inbox, and go through when they are right."""
    office.drop("a.csv", hong_kong(3), age=200)
    office.drop("b.csv", hong_kong(3, 10), age=100)
    with monkeypatch.context() as wrong:
        wrong.setenv("NXCLOUD_ACCESS_SECRET", "wrong")
        done = office.night()
    assert done.exit == 4
    assert office.names("inbox") == ["a.csv", "b.csv"]
    assert len(sandbox.calls) == 1
    office.next_evening()
    assert office.night().exit == 0
    assert office.names("inbox") == []
    assert set(numbers_at(sandbox).values()) == {1}


def test_an_unreachable_vendor_ends_the_night(office: Office) -> None:
    """After three files in vain the others are left alone; the next night sends them all."""
    server = fast_sandbox(script=["429"] * 18)
    for at in range(5):
        office.drop(f"{at}.csv", hong_kong(2, at * 10), age=100 - at)
    with running(server) as url:
        office.operator.use(url)
        done = office.night()
        assert done.exit == 1
        # Six tries for each of three files; one that was recorded too slowly makes no call.
        assert 12 <= len(server.calls) <= 18
        assert len(office.names("inbox")) == 5
        office.next_evening()
        assert office.night().exit == 0
    assert len(numbers_at(server)) == 10
    assert len(office.names("done")) == 5


def test_the_morning_s_workbook(office: Office, sandbox: Sandbox) -> None:
    """It tells of each file what became of it and what to do; a name is never a formula."""
    office.drop("=1+1.csv", [*hong_kong(4), "n/a"])
    office.drop("late.csv.part", ["x"])
    office.night()
    book = openpyxl.load_workbook(office.folder / "outbox" / office.date / "night.xlsx")
    told = table_of(book["Night"])
    assert {one["List"]: one["Outcome"] for one in told} == {
        "=1+1.csv": "done",
        "late.csv.part": "waits",
        "All lists": None,
    }
    first = next(one for one in told if one["Outcome"] == "done")
    assert (first["Numbers"], first["In groups"], first["Rejected"]) == (5, 4, 1)
    assert "Rejected" in str(first["What to do"])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_ten_nights(office: Office, environment: Path) -> None:
    """Files arrive, grow, fail and come twice, some long after their numbers were forgotten.

    The vendor is moody: each number is there once.
    """
    random = Random(7)
    chances = {"cut-after": 0.04, "500-before": 0.04, "half-json": 0.03, "429": 0.05}
    office.share_clock()
    server = Sandbox(clock=office.world_now, faults=chances, random=random)
    good: set[str] = set()
    done_files: set[str] = set()
    office.configure("max_groups = 2000", "max_groups = 5")
    office.configure("group_size = 100", "group_size = 10")
    office.configure("keep_days = 90", "keep_days = 2")
    with running(server) as url:
        office.operator.use(url)
        for night in range(10):
            good |= arrivals(office, night)
            office.clock.while_asleep = lambda night=night: growth(office, night)  # type: ignore[misc]
            done = office.night()
            assert "Traceback" not in done.err
            assert all(balances(line) for line in office.lines())
            assert office.lines()[-1]["event"] == "night"
            assert office.lines()[-1]["made_tonight"] <= 5
            done_files |= {*office.names("done")}
            office.next_evening()
        office.clock.while_asleep = lambda: None
        nights_more = 0
        while office.names("inbox") and nights_more < 8:
            last = office.night()
            nights_more += 1
            done_files |= {*office.names("done")}
            office.next_evening()
    assert nights_more, "the ceiling was never reached"
    assert last.exit == 3, "the last one found the last wrong file"
    assert office.names("inbox") == []
    assert numbers_at(server) == dict.fromkeys(good, 1)
    assert len(done_files) == 10 * 2 + 3 + 3 + 2
    assert len(office.names("done")) < len(done_files), "the oldest folders are gone"
    with Journal.open(environment) as journal:
        assert sum(one.forgotten_ms is not None for one in journal.batches()) > 5
    assert len(office.names("failed")) == 5


def arrivals(office: Office, night: int) -> set[str]:
    """Drop this evening's files; return the numbers that have to be at the vendor in the end."""
    own = local(35, night * 100)
    office.drop(f"hk/night {night}.csv", own, age=200)
    office.drop(f"list {night}.csv", hong_kong(5, night * 100 + 50), age=100)
    if night % 3 == 0 and night:
        office.drop(f"hk/again {night}.csv", local(35, (night - 1) * 100), age=50)
    if night in {7, 9}:
        office.drop(f"hk/long ago {night}.csv", local(35, (night - 7) * 100), age=60)
    if night % 2:
        office.drop(f"wrong {night}.csv", ["Ann", "Bob", *hong_kong(1, 9000)], age=70)
    if night in {1, 4, 8}:
        office.drop(f"grows {night}.csv", hong_kong(2, night * 100 + 70), age=10)
    numbers = [f"852{one}" for one in own]
    numbers += [one.removeprefix("+") for one in hong_kong(5, night * 100 + 50)]
    if night in {1, 4, 8}:
        numbers += [one.removeprefix("+") for one in hong_kong(6, night * 100 + 70)]
    return {*numbers}


def growth(office: Office, night: int) -> None:
    """Go on copying, as the night begins."""
    path = office.folder / "inbox" / f"grows {night}.csv"
    if path.exists():
        office.drop(path.name, hong_kong(6, night * 100 + 70), age=0)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("name", [b"caf\xe9.csv", b"tab\there.csv", b"x" * 247 + b".csv"])
def test_names_that_are_hard_to_write(office: Office, sandbox: Sandbox, name: bytes) -> None:
    """Whatever a file is called, its night ends, and it goes to where it belongs."""
    for at, numbers in enumerate([hong_kong(3), ["Ann", "Bob"]]):
        path = office.folder / "inbox" / os.fsdecode(name)
        path.write_text("\n".join(["Phone", *numbers]), encoding="utf-8")
        done = office.night()
        assert "Traceback" not in done.err
        assert office.names("inbox") == []
        assert len(office.names("done") + office.names("failed")) == at + 1
        assert office.names("outbox").count(f"{office.date}/night.xlsx") == 1
        assert "unknown way" not in done.out
    assert len([*(office.folder / "failed").rglob("*.reason.txt")]) >= 1


def test_a_night_writes_no_secret(office: Office) -> None:
    """After a night with trouble, the secret is in no file, and in nothing that was printed."""
    office.drop("list.csv", [*hong_kong(5), "n/a"])
    office.drop("broken.xlsx", ["x"])
    with running(fast_sandbox(script=["cut-after", "html"])) as url:
        office.operator.use(url)
        told = [office.night(), office.night("--log-format", "json", "--json")]
    for done in told:
        assert ACCESS_SECRET not in done.out + done.err
    for file in office.folder.rglob("*"):
        assert not file.is_file() or ACCESS_SECRET.encode() not in file.read_bytes()
