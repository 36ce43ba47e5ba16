"""The whole way over a real socket: what the server has is compared with what the workbook says."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.batch.results import summary_sections
from importer.sending import batch_sender
from tests.batch.sheets import sheet
from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox


def test_every_number_is_in_the_group_that_the_workbook_names(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Each created number is at the server under exactly the groupId in its row."""
    path = operator.write_list(
        "list.csv", [*hong_kong(25), "+1 212 555 0123", "n/a", hong_kong(1)[0]]
    )
    done = operator.run("run", path, "--group-size", "10")
    assert done.exit == 0, done.err
    told = {
        str(row["Number"]): row["Group ID"]
        for row in sheet(operator.folder / "list.results.xlsx", "Numbers")
        if row["Status"] == "created"
    }
    actual = {
        number: group.group_id for group in sandbox.groups.values() for number in group.phones
    }
    assert told == actual
    assert len(actual) == 26
    assert set(numbers_at(sandbox).values()) == {1}


def test_groups_are_of_one_country_and_of_the_size_asked_for(
    operator: Operator, sandbox: Sandbox
) -> None:
    """A group holds one country and at most --group-size numbers, in the input's order."""
    american = [f"+1212555{at:04}" for at in range(3)]
    path = operator.write_list("mix.csv", [*hong_kong(7), *american])
    operator.run("run", path, "--group-size", "5")
    groups = sorted((one.group_name, one.phones) for one in sandbox.groups.values())
    bare = [number.removeprefix("+") for number in hong_kong(7)]
    assert groups == [
        ("mix HK 001", tuple(bare[:5])),
        ("mix HK 002", tuple(bare[5:])),
        ("mix US 003", tuple(number.removeprefix("+") for number in american)),
    ]


def test_groups_by_a_column_of_numbers_are_named_as_the_sheet_shows_them(
    operator: Operator, sandbox: Sandbox
) -> None:
    """A whole number in a group's name has no `.0`, also where some cells are empty."""
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(["Phone", "Branch"])
    for number, branch in zip(hong_kong(4), [7, None, 10, 2.5], strict=True):
        page.append([number, branch])
    book.save(operator.folder / "list.xlsx")
    operator.run("run", "list.xlsx", "--group-by", "Branch", "--name", "branch {value}")
    names = {one.group_name for one in sandbox.groups.values()}
    assert names == {"branch 7", "branch", "branch 10", "branch 2.5"}


def test_refused_credentials_stop_at_once_and_lose_nothing(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong secret ends with exit 4 after a few calls; with the right one the list goes on."""
    path = operator.write_list("list.csv", hong_kong(100))
    with monkeypatch.context() as wrong:
        wrong.setenv("NXCLOUD_ACCESS_SECRET", "wrong")
        done = operator.run("run", path, "--group-size", "1", "--concurrency", "2")
    assert done.exit == 4
    assert "NXCLOUD_ACCESS_SECRET" in done.out
    assert len(sandbox.calls) <= 2
    assert operator.run("run", path).exit == 0
    assert len(numbers_at(sandbox)) == 100


def test_a_poisonous_number_does_not_take_its_group_along(operator: Operator) -> None:
    """A group refused for one number is split until all the good ones are in."""
    numbers = hong_kong(64)
    bad = numbers[37].removeprefix("+")
    server = fast_sandbox(poison=[bad])
    with running(server) as url:
        operator.use(url)
        done = operator.run("run", operator.write_list("list.csv", numbers), "--json")
    told = json.loads(done.out)
    assert (told["created"], told["refused"], told["exit"]) == (63, 1, 1)
    assert bad not in numbers_at(server)
    creates = [one for one in server.calls if one.action == "createGroup"]
    assert len(creates) - 1 <= 2 * 6
    refused = [
        row
        for row in sheet(operator.folder / "list.results.xlsx", "Numbers")
        if row["Status"] == "refused"
    ]
    assert [row["Number"] for row in refused] == [bad]
    assert "10004" in str(refused[0]["Reason"])


def test_rate_refusals_slow_down_and_nothing_is_lost(operator: Operator) -> None:
    """A server that takes 2 calls a second gets them all in the end, and the operator is told."""
    server = fast_sandbox(rate=2)
    path = operator.write_list("list.csv", hong_kong(120))
    with running(server) as url:
        operator.use(url)
        done = operator.run("run", path, "--group-size", "1", "--rate", "20")
    assert done.exit == 0, done.out
    assert "the pace fell" in done.out
    assert set(numbers_at(server).values()) == {1}
    assert len(numbers_at(server)) == 120


def test_doubt_is_settled_within_the_run(operator: Operator) -> None:
    """A group that was made without a clear answer is found; one that was not is sent again."""
    server = fast_sandbox(script=["cut-after", "cut-before", "500-after", "half-json"])
    path = operator.write_list("list.csv", hong_kong(60))
    with running(server) as url:
        operator.use(url)
        done = operator.run("run", path, "--group-size", "10", "--concurrency", "1", "--json")
    told = json.loads(done.out)
    assert (told["created"], told["in_doubt"], told["exit"]) == (60, 0, 0)
    assert set(numbers_at(server).values()) == {1}
    assert len(numbers_at(server)) == 60
    groups = sheet(operator.folder / "list.results.xlsx", "Groups")
    assert {row["Group ID"] for row in groups} == set(server.groups)


def test_doubt_that_can_not_be_settled_is_told(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With somebody else's remark on it the group stays in doubt: exit 1, and what to do."""
    server = fast_sandbox(script=["cut-after"])
    path = operator.write_list("list.csv", hong_kong(3))
    with running(server) as url:
        operator.use(url)
        with monkeypatch.context() as cut_off:
            cut_off.setattr(batch_sender, "MAX_LOOKS", 0)
            assert operator.run("run", path).exit == 1
        (group,) = server.groups.values()
        server.groups[group.group_id] = replace(group, remark="ours now")
        done = operator.run("resume")
    assert done.exit == 1
    assert "3 are in doubt" in done.out
    (told,) = sheet(operator.folder / "list.results.xlsx", "Groups")
    assert group.group_id in str(told["Message"])
    assert "another name or remark" in str(told["Message"])
    assert len(server.groups) == 1


def test_check_sends_and_records_nothing(
    operator: Operator, sandbox: Sandbox, environment: Path
) -> None:
    """A check makes no call and no journal; its workbook says `planned`."""
    path = operator.write_list("list.csv", [*hong_kong(3), "x"])
    done = operator.run("check", path, "--json")
    told = json.loads(done.out)
    assert (told["planned"], told["rejected"], told["exit"]) == (3, 1, 0)
    assert told["results"].endswith("list.check.xlsx")
    assert not sandbox.calls
    assert not environment.exists()


def test_check_says_that_a_run_would_make_too_many_groups(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Above --max-groups a check ends as the run does, with its exit code and its words."""
    path = operator.write_list("list.csv", hong_kong(3))
    options = [str(path), "--group-size", "1", "--max-groups", "2"]
    checked, run = (operator.run(verb, *options) for verb in ("check", "run"))
    assert (checked.exit, run.exit) == (3, 3)
    why = "it would make 3 groups, more than the 2 that --max-groups allows"
    assert why in checked.out
    assert why in run.out
    assert checked.out.rstrip().endswith("--group-size 1 --max-groups 3")
    assert not sandbox.calls


def test_a_file_of_rejects_is_stopped_before_the_first_call(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Above --max-rejects nothing is sent: exit 3, and a workbook that shows why."""
    path = operator.write_list("wrong.csv", ["Ann", "Bob", "Cy", *hong_kong(1)])
    done = operator.run("run", path)
    assert done.exit == 3
    assert "75 %" in done.out
    assert not sandbox.calls
    assert len(sheet(operator.folder / "wrong.check.xlsx", "Rejected")) == 3


def test_a_list_of_many_countries_has_a_summary_of_one_page(
    operator: Operator, sandbox: Sandbox
) -> None:
    """How digits alone were read is told for some countries, and where to find the others."""
    stems = {"HK": "512345", "SG": "812345", "FR": "6123456", "JP": "90123456", "IN": "81234567"}
    stems |= {"TW": "9123456", "KR": "10200000", "ES": "6123456"}
    lines = [f"{stem}{at:02},{region}" for region, stem in stems.items() for at in range(1, 31)]
    path = operator.folder / "many.csv"
    path.write_text("Phone,Country\n" + "\n".join(lines) + "\n")
    shown = operator.run("check", path).err
    assert shown.count("digits alone:") == len(stems)
    book = openpyxl.load_workbook(operator.folder / "many.check.xlsx")
    told = [cell for row in book["Summary"].iter_rows(values_only=True) for cell in row]
    assert told.count("Digits alone") == summary_sections.MOST_ASSUMPTIONS
    assert any(str(cell).startswith("4 more countries or columns") for cell in told)


def test_the_embedded_sandbox_needs_nothing(operator: Operator) -> None:
    """`run FILE --sandbox` works without credentials and says that it was a rehearsal."""
    done = operator.run("run", operator.write_list("list.csv", hong_kong(3)), "--sandbox")
    assert done.exit == 0, done.err
    assert "rehearsal" in done.out
    groups = sheet(operator.folder / "list.results.xlsx", "Groups")
    assert groups[0]["Group ID"]


@pytest.mark.parametrize("command", [["resume"], ["undo", "--yes"]])
def test_a_batch_of_another_account_is_left_alone(operator: Operator, command: list[str]) -> None:
    """Neither resumed nor undone at an account, or a server, that has never seen its groups."""
    ours, other = fast_sandbox(script=[None, *["429"] * 6]), fast_sandbox()
    path = operator.write_list("list.csv", hong_kong(20))
    with running(ours) as url, running(other) as elsewhere:
        operator.use(url)
        told = operator.run("run", path, "--group-size", "10", "--concurrency", "1", "--json")
        batch = json.loads(told.out)["batch"]
        before = operator.run("batches").out
        operator.use(elsewhere)
        name, *options = command
        done = operator.run(name, batch, *options)
    assert done.exit == 2
    assert "NXCLOUD_ACCESS_KEY" in done.err
    assert not other.calls
    assert operator.run("batches").out == before


def test_the_workbook_tells_how_the_groups_were_planned(
    operator: Operator, sandbox: Sandbox
) -> None:
    """Not what a later command, that only shows or continues them, was given."""
    path = operator.write_list("list.csv", ["51000001", "51000002"])
    run = operator.run("run", path, "--region", "HK", "--group-size", "7", "--json")
    assert operator.run("results", json.loads(run.out)["batch"]).exit == 0
    book = openpyxl.load_workbook(operator.folder / "list.results.xlsx", read_only=True)
    told = {str(cell) for row in book["Summary"].iter_rows(values_only=True) for cell in row}
    assert "HK" in told
    assert any("at most 7 numbers each" in one for one in told)


def test_numbers_without_country_are_offered_the_option(operator: Operator) -> None:
    """The commonest first mistake names its remedy on the screen."""
    done = operator.run("check", operator.write_list("bare.csv", ["51000001", "51000002"]))
    assert done.exit == 3
    assert "2 have no country: name it, as in --region HK" in done.out


def test_why_looking_failed_is_in_the_summary(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Doubt that could not be looked into says why, also to who reads the summary alone."""
    server = fast_sandbox(script=["cut-after"])
    with running(server) as url:
        operator.use(url)
        with monkeypatch.context() as cut_off:
            cut_off.setattr(batch_sender, "MAX_LOOKS", 0)
            operator.run("run", operator.write_list("list.csv", hong_kong(3)))
    done = operator.run("resume")
    assert done.exit == 1
    assert "note: The vendor's groups could not be listed" in done.out
