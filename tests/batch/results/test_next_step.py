"""The last line of each ending is the command to type next, or says that there is nothing to do."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

import openpyxl
import pytest

from importer.batch.results import next_step
from importer.batch.results.next_step import NOTHING
from importer.model import Tally
from importer.settings import Settings, load_settings
from tests.served import Operator, fast_sandbox, hong_kong, running

FILE, RESULTS = Path("my list.csv"), Path("my list.results.xlsx")
LINES = [*hong_kong(4), "n/a"]


@pytest.mark.parametrize(
    ("tally", "command"),
    [
        (Tally(5, created=5), ""),
        (Tally(5, created=4, duplicate=1), ""),
        (Tally(5, created=4, rejected=1), "importer run 'my list.results.xlsx'"),
        (Tally(5, planned=5), "importer resume abc"),
        (Tally(5, created=3, in_doubt=1, rejected=1), "importer resume abc"),
        (Tally(5, created=4, refused=1), "importer resume abc --refused"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="the Command Prompt has other quotes")
def test_after_a_run(tally: Tally, command: str) -> None:
    """What is left decides: groups first, then refusals, then corrections, then nothing."""
    step = next_step.after_run(tally, "abc", FILE, RESULTS, Settings(), undone=False)
    assert step.command == command
    assert (step == NOTHING) == (not command)


def test_options_are_repeated(tmp_path: Path) -> None:
    """What was said for a check is said for the run, and what importer.toml says is not."""
    (tmp_path / "importer.toml").write_text("rate = 2\n")
    options = {"region": "HK", "column": ("A b", "C"), "visible_only": True, "rate": None}
    settings = load_settings({**options, "json": True, "max_rejects": 12.5}, tmp_path)
    command = next_step.after_check(Tally(1, planned=1), FILE, settings).command
    words = ["importer", "run", "my list.csv", "--region", "HK", "--column", "A b"]
    words += ["--column", "C", "--visible-only", "--max-rejects", "12.5"]
    if sys.platform != "win32":
        assert shlex.split(command) == words


def test_a_gate_names_what_opens_it(tmp_path: Path) -> None:
    """The settings that would let the list through stand in the command; else it is corrected."""
    settings = load_settings({"known": "ask", "group_size": 5}, tmp_path)
    tally = Tally(5, planned=4, rejected=1)
    opened = next_step.after_gate(
        tally, Path("a.csv"), Path("a.check.xlsx"), settings, verb="run", changes={"known": "skip"}
    )
    assert opened.command == "importer run a.csv --group-size 5 --known skip"
    mended = next_step.after_gate(
        tally, Path("a.csv"), Path("a.check.xlsx"), settings, verb="run", changes={}
    )
    assert mended.command == "importer run a.check.xlsx"


def test_a_region_is_named_as_a_condition(tmp_path: Path) -> None:
    """A command that names a country says that it is right for that country's numbers only."""
    settings = load_settings({}, tmp_path)
    step = next_step.after_gate(
        Tally(5, rejected=5), FILE, RESULTS, settings, verb="check", changes={"region": "RS"}
    )
    assert step.words == "if their country is Serbia"
    assert step.command.endswith("--region RS")


def test_a_gate_of_a_rehearsal_leads_to_a_rehearsal(tmp_path: Path) -> None:
    """The command to paste after a gate stopped a rehearsal reaches no vendor either."""
    settings = load_settings({"sandbox": True}, tmp_path)
    step = next_step.after_gate(
        Tally(5, planned=5), FILE, RESULTS, settings, verb="run", changes={"max_groups": 2}
    )
    assert step.command.endswith("--max-groups 2 --sandbox")


def last_line(text: str) -> str:
    return text.rstrip("\n").rpartition("\n")[2].strip()


def test_each_last_line_leads_on(operator: Operator) -> None:
    """Pasted one after the other, the last lines bring a list from a check to its end."""
    path = operator.write_list("list.csv", LINES)
    server = fast_sandbox(script=[None, *["429"] * 6])
    with running(server) as url:
        operator.use(url)
        done = operator.run("check", path, "--group-size", "2", "--concurrency", "1")
        assert last_line(done.out).startswith("importer run ")
        done = operator.run(*shlex.split(last_line(done.out))[1:])
        assert last_line(done.out).startswith("importer resume ")
        assert last_line(operator.run("batches").out) == "importer resume"
        done = operator.run(*shlex.split(last_line(done.out))[1:])
        command = last_line(done.out)
        assert command == f"importer run {operator.folder / 'list.results.xlsx'}"
        assert last_of_summary(operator.folder / "list.results.xlsx") == command
        book = openpyxl.load_workbook(operator.folder / "list.results.xlsx")
        book["Rejected"]["D2"] = hong_kong(1, start=77)[0]
        book.save(operator.folder / "list.results.xlsx")
        done = operator.run(*shlex.split(command)[1:])
        assert last_line(done.out) == "Next: nothing to do"
        assert last_of_summary(operator.folder / "list.results.xlsx") == "nothing to do"
    assert len(server.groups) == 3


def last_of_summary(path: Path) -> str:
    """Return the last fact that the sheet Summary states."""
    page = openpyxl.load_workbook(path)["Summary"]
    below = False
    last = ""
    for row in page.iter_rows(values_only=True):
        held = [str(cell) for cell in row if cell not in (None, "")]
        below = below or "What to do next" in held
        if below and held and held[0] in {"Next", "Command"}:
            last = held[1]
    return last


def test_known_numbers_lead_on(operator: Operator) -> None:
    """Unattended, a list with known numbers stops, and the last line is how to go on."""
    with running(fast_sandbox()) as url:
        operator.use(url)
        operator.run("run", operator.write_list("first.csv", LINES))
        done = operator.run("run", operator.write_list("second.csv", [*LINES, *hong_kong(1, 50)]))
        assert done.exit == 3
        assert last_line(done.out).endswith("second.csv --known skip")
        batch = json.loads(operator.run("run", "first.csv", "--json").out)["batch"]
        assert "Next" not in operator.run("batches").out
        done = operator.run("undo", batch, "--yes")
    assert last_line(done.out) == "Next: nothing to do"


def test_a_template_leads_on(operator: Operator) -> None:
    """What was filled in is looked at before it is sent."""
    done = operator.run("template", "new list.xlsx")
    if sys.platform != "win32":
        assert last_line(done.out) == "importer check 'new list.xlsx'"
