"""Two processes, as in production: the command, and a vendor that is not as it should be.

One promise each about what the vendor, the journal or the clock may do; judged by the server's own
state.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.processes import world
from tests.served import hong_kong

if TYPE_CHECKING:
    from pathlib import Path

STOPPED = ["ok", *["429"] * 6]
"""A script that makes one group and then refuses until a run gives up."""


def scripted(*names: str) -> list[str]:
    """Return the arguments for faults of the coming calls."""
    return [argument for name in names for argument in ("--script", name)]


def kinds(*names: str) -> list[str]:
    """Return the arguments for a vendor of these kinds."""
    return [argument for name in names for argument in ("--vendor", name)]


def once(numbers: list[str]) -> dict[str, int]:
    """Return what a server counts that has each number in one group."""
    return dict.fromkeys(numbers, 1)


def test_an_answer_belongs_to_its_call(tmp_path: Path) -> None:
    """What a proxy makes twice stands twice at the vendor; no other group is taken for made."""
    numbers = hong_kong(9)
    with world(tmp_path, *scripted("second-answer")) as here:
        done, told = here.run_list(here.write_list("list.csv", numbers))
        counts = here.numbers()
    assert (done.exit, told["created"]) == (0, 9)
    assert counts == once(numbers) | dict.fromkeys(numbers[:3], 2)


def test_an_old_group_id_is_no_new_group(tmp_path: Path) -> None:
    """Of a vendor that gives the old group back nothing is called created, and names go on."""
    old, new, other = hong_kong(3), hong_kong(3, 50), hong_kong(3, 80)
    with world(tmp_path, *kinds("unique-names")) as here:
        same = ("--name", "always the same")
        assert here.run_list(here.write_list("old.csv", old), *same)[0].exit == 0
        done, told = here.run_list(here.write_list("new.csv", new), *same)
        assert (done.exit, told["created"], told["refused"]) == (1, 0, 3)
        for numbers in (hong_kong(3, 20), other):
            assert here.run_list(here.write_list("list.csv", numbers))[0].exit == 0
        assert here.numbers() == once([*old, *hong_kong(3, 20), *other])
        assert {one["group_name"] for one in here.groups()} >= {"list HK 001", "list HK 002"}


def test_one_account_however_it_is_written(tmp_path: Path) -> None:
    """Another way to write the address makes nothing again; another account's name is a gate."""
    numbers = hong_kong(6)
    with world(tmp_path) as here:
        path = here.write_list("list.csv", numbers)
        assert here.run_list(path)[0].exit == 0
        for url in (
            here.url.rstrip("/"),
            here.url.replace("127.0.0.1", "LOCALHOST") + "?",
        ):
            assert here.run_list(path, NXCLOUD_URL=url)[1]["created"] == 6
        assert here.run_list(path, IMPORTER_ACCOUNT="main")[0].exit == 0, "now it has a name"
        done, _ = here.run_list(path, IMPORTER_ACCOUNT="another")
        assert done.exit == 3
        assert "of another account of this journal" in done.err
        assert len(here.creates()) == 2
        assert here.numbers() == once(numbers)


def test_a_copy_of_the_journal_looks_before_it_sends(tmp_path: Path) -> None:
    """What the original sent is not sent from a copy that was put back."""
    numbers = hong_kong(9)
    with world(tmp_path, *scripted(*STOPPED)) as here:
        _, told = here.run_list(here.write_list("list.csv", numbers))
        copy = tmp_path / "copy"
        shutil.copytree(here.journal.parent, copy)
        assert here.run("resume", told["batch"]).exit == 0
        shutil.rmtree(here.journal.parent)
        shutil.copytree(copy, here.journal.parent)
        assert here.run("resume", told["batch"]).exit == 0
        assert here.numbers() == once(numbers)


def test_a_journal_that_is_lost_emptied_or_replaced_is_noticed(tmp_path: Path) -> None:
    """The run stops and says what happened; nothing is made again."""
    numbers = hong_kong(6)
    with world(tmp_path) as here:
        path = here.write_list("list.csv", numbers)
        assert here.run_list(path)[0].exit == 0
        kept = here.journal.read_bytes()
        for file in here.journal.parent.glob("journal.sqlite3-*"):
            file.unlink()
        here.journal.write_bytes(b"")
        emptied, _ = here.run_list(path)
        here.journal.unlink()
        lost, _ = here.run_list(path)
        for file in here.journal.parent.glob("journal.sqlite3*"):
            if file.is_file():
                file.unlink()
        here.journal.write_bytes(kept[: len(kept) // 2])
        torn, _ = here.run_list(path)
        assert here.numbers() == once(numbers)
    assert [one.exit for one in (emptied, lost, torn)] == [2, 2, 2]
    assert "only 0 bytes of it are left" in emptied.err
    assert "does not know 1 of the batches" in lost.err
    for said in (emptied.err, lost.err, torn.err):
        assert "ut back the latest copy" in said, said


def test_a_journal_replaced_under_a_run_ends_it(tmp_path: Path) -> None:
    """No call leaves whose record nobody would find, and the journal that is there says so."""
    numbers = hong_kong(60)
    with world(tmp_path) as here:
        path = here.write_list("list.csv", numbers)
        process = here.start(
            "run", path, "--json", "--group-size", "1", "--concurrency", "1", "--rate", "0.2"
        )
        while len(here.creates()) < 3:
            assert process.poll() is None, process.communicate()
        kept = here.journal.with_name("kept")
        here.journal.rename(kept)
        here.journal.write_bytes(kept.read_bytes())
        _, said = process.communicate(timeout=30)
        made = len(here.creates())
        assert process.returncode != 0
        assert "was removed or replaced" in said
        assert made < 10
        assert max(here.numbers().values()) == 1


def test_advice_that_leads_away_from_the_journal_says_what_it_costs(tmp_path: Path) -> None:
    """Of a journal that can't be used, the way that keeps the promise is told first."""
    with world(tmp_path) as here:
        here.journal.parent.mkdir()
        here.journal.write_bytes(b"no journal, " * 1000)
        done, _ = here.run_list(here.write_list("list.csv", hong_kong(3)))
        assert done.exit == 2
        keeps, _, costs = done.err.partition("A new journal")
        assert "put back the latest copy" in keeps
        assert "all its groups again" in costs
        assert here.creates() == []


@pytest.mark.parametrize("kind", ["empty-listing", "stale-listing"])
def test_a_listing_is_believed_when_it_shows_what_must_be_there(tmp_path: Path, kind: str) -> None:
    """Missing groups of the account's own leave the doubt, or are waited for."""
    numbers = hong_kong(12)
    with world(tmp_path, *kinds(kind), *scripted("ok", "ok", "ok", "cut-after")) as here:
        done, told = here.run_list(here.write_list("list.csv", numbers))
        assert here.numbers() == once(numbers)
    expected = (1, 9, 3) if kind == "empty-listing" else (0, 12, 0)
    assert (done.exit, told["created"], told["in_doubt"]) == expected


def test_a_single_group_that_is_listed_late_is_made_once(tmp_path: Path) -> None:
    """Nothing shows how old the list is, so it is given time."""
    numbers = hong_kong(3)
    with world(tmp_path, *kinds("stale-listing"), *scripted("cut-after")) as here:
        done, told = here.run_list(here.write_list("list.csv", numbers))
        assert (done.exit, told["created"]) == (0, 3)
        assert here.numbers() == once(numbers)


def test_undo_deletes_what_is_not_listed_and_what_was_made_twice(tmp_path: Path) -> None:
    """Its own groupIds are deleted unlisted; a double is deleted, named, and exit 1."""
    with world(tmp_path, *kinds("empty-listing")) as here:
        _, told = here.run_list(here.write_list("list.csv", hong_kong(9)))
        assert here.run("undo", told["batch"], "--yes").exit == 0
        assert here.groups() == []
    with world(tmp_path / "twice", *scripted("twice")) as here:
        _, told = here.run_list(here.write_list("list.csv", hong_kong(9)))
        assert len(here.groups()) == 4
        done = here.run("undo", told["batch"], "--yes")
        assert (done.exit, "made twice" in done.out) == (1, True)
        assert here.groups() == []


def test_again_on_an_unfinished_batch_is_a_gate(tmp_path: Path) -> None:
    """It says how many groups are made; without --again the batch goes on."""
    numbers = hong_kong(9)
    with world(tmp_path, *scripted(*STOPPED)) as here:
        path = here.write_list("list.csv", numbers)
        here.run_list(path)
        done, _ = here.run_list(path, "--again", "--yes")
        assert (done.exit, "1 of 3 groups" in done.err) == (3, True)
        assert "run it without --again" in done.err
        assert here.run_list(path)[0].exit == 0
        assert here.numbers() == once(numbers)


def test_refused_means_proved(tmp_path: Path) -> None:
    """A failing code is looked for and sent four times in all; `resume --refused` once more."""
    numbers = hong_kong(6)
    failures = scripted("ok", "code10006-after", *["code10006-before"] * 4)
    with world(tmp_path, *failures[:4], "--vendor", "no-total") as here:
        assert here.run_list(here.write_list("list.csv", numbers))[0].exit == 0
        assert here.numbers() == once(numbers)
    with world(tmp_path / "more", "--script", "ok", *failures[4:]) as here:
        done, told = here.run_list(here.write_list("list.csv", numbers))
        assert (done.exit, told["refused"], len(here.creates())) == (1, 3, 5)
        assert here.run("resume", told["batch"]).exit == 1
        assert len(here.creates()) == 5
        assert here.run("resume", "--refused", told["batch"]).exit == 0
        assert here.numbers() == once(numbers)


@pytest.mark.parametrize("clock", [[*kinds("frozen-date"), "--skew", "45"], ["--skew", "-90"]])
def test_clocks_that_are_off_settle_nothing_early(tmp_path: Path, clock: list[str]) -> None:
    """Neither a wrong Date nor a server ahead or behind makes a group twice."""
    numbers = hong_kong(6)
    with world(tmp_path, *clock, *scripted("cut-after", "cut-before")) as here:
        done, told = here.run_list(here.write_list("list.csv", numbers))
        assert (done.exit, told["created"]) == (0, 6), done.err
        assert here.numbers() == once(numbers)


def test_the_size_of_groups_is_learned(tmp_path: Path) -> None:
    """The second list is sent in groups that the vendor takes, without a refusal."""
    first, second = hong_kong(400), hong_kong(400, 1000)
    with world(tmp_path, *kinds("max-200")) as here:
        sized = ("--group-size", "400")
        assert "at most 200 numbers" in here.run("run", here.write_list("a.csv", first), *sized).out
        calls = len(here.creates())
        assert here.run("run", here.write_list("b.csv", second), *sized).exit == 0
        assert [one["code"] for one in here.creates()[calls:]] == [0, 0]
        assert here.numbers() == once(first + second)


def test_lists_as_vendors_send_them(tmp_path: Path) -> None:
    """Five oddities at once: a doubt is settled by what they mean."""
    numbers = hong_kong(360)
    odd = kinds("page-100", "integer-phones", "total-text", "numeric-ids", "text-codes")
    with world(tmp_path, *odd, *scripted("cut-after", "cut-before")) as here:
        done, told = here.run_list(here.write_list("list.csv", numbers), "--rate", "50")
        assert (done.exit, told["created"]) == (0, 360), done.err
        assert here.numbers() == once(numbers)


def test_a_remark_that_is_cut_still_has_the_mark(tmp_path: Path) -> None:
    """A doubt is settled, and an undo finds its groups; another's group of that name stays."""
    numbers = hong_kong(9)
    with world(tmp_path, *kinds("cut-remarks"), *scripted("cut-after")) as here:
        remark = ("--remark", "a remark that is longer than the vendor keeps")
        done, told = here.run_list(here.write_list("list.csv", numbers), *remark)
        assert (done.exit, told["created"]) == (0, 9)
        assert all(len(one["remark"]) == 16 for one in here.groups())
        assert here.run("undo", told["batch"], "--yes").exit == 0
        assert here.groups() == []


def test_the_operators_word_ends_a_doubt(tmp_path: Path) -> None:
    """Where no listing can tell, `settle` takes the word, and the batch comes to its end."""
    numbers = hong_kong(9)
    faults = scripted("ok", "cut-after", "cut-before")
    with world(tmp_path, *kinds("empty-listing"), *faults) as here:
        path = here.write_list("list.csv", numbers)
        _, told = here.run_list(path)
        shown = here.run("settle", told["batch"], "--json")
        assert [one["seq"] for one in json.loads(shown.out)["in_doubt"]] == [2, 3]
        [made] = [one["group_id"] for one in here.groups() if numbers[3][1:] in one["phones"]]
        word = ["--created", f"2={made}", "--not-made", "3"]
        assert here.run("settle", told["batch"], *word).exit == 3, "nobody agreed"
        assert here.run("settle", told["batch"], *word, "--yes").exit == 0
        done, _ = here.run_list(path)
        assert (done.exit, here.numbers()) == (0, once(numbers))


def test_without_rows_all_is_finished_from_the_journal(tmp_path: Path) -> None:
    """Resume and undo need no rows folder."""
    numbers = hong_kong(9)
    with world(tmp_path, *scripted(*STOPPED)) as here:
        _, told = here.run_list(here.write_list("list.csv", numbers))
        for folder in here.journal.parent.glob("*rows*"):
            shutil.rmtree(folder)
        assert here.run("resume", told["batch"]).exit == 0
        assert here.numbers() == once(numbers)
        assert here.run("undo", told["batch"], "--yes").exit == 0
        assert here.groups() == []
