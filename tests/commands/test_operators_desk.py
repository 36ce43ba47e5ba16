"""The operator's desk at a real terminal: what is said, when, and what to type next."""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING

import pytest

from importer.text_lines import text_width
from tests.served import hong_kong, numbers_at

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

from importer.store import SqliteStore
from tests.commands.desk import SMALL
from tests.terminals import CTRL_C, ENTER

if TYPE_CHECKING:
    from datetime import datetime

    from tests.commands.desk import Desk

NARROW = (40, 60)
THREE_COLUMNS = "\n".join(
    ["Key,Left,Right", *(f"id{at},85251230{at:03},85251231{at:03}" for at in range(9))]
)


def _next_command(screen: list[str]) -> list[str]:
    """Return the words of the command that the last line says to type, without `importer`."""
    last = [line for line in screen if line][-1]
    assert last.startswith("    importer "), screen
    return shlex.split(last)[1:]


def test_each_ending_s_last_line_is_the_command_to_type(desk: Desk) -> None:
    """What a check, a run and a corrected run end with is typed as it is, until nothing is left."""
    path = desk.operator.write_list("my list.csv", [*hong_kong(4), "12"])
    with desk.terminal("check", path.name) as terminal:
        assert terminal.end() == 0
    command = _next_command(terminal.screen)
    assert command == ["run", "my list.csv"]
    with desk.terminal(*command) as terminal:
        terminal.wait_for("? [Y/n]")
        terminal.answer(ENTER)
        assert terminal.end() == 0
    assert _next_command(terminal.screen) == ["run", "my list.results.xlsx"]
    assert numbers_at(desk.server)
    whole = desk.operator.write_list("whole.csv", hong_kong(2, 50))
    with desk.terminal("run", whole.name, "--yes") as terminal:
        assert terminal.end() == 0
    assert [line for line in terminal.screen if line][-1] == "  Next: nothing to do"


@pytest.mark.parametrize("vendor", [{"script": ["never-answers"] * 9}])
def test_the_first_ctrl_c_answers_at_once_and_the_second_leaves(desk: Desk) -> None:
    """It says how many calls it waits for, how long at most, and how to leave now."""
    path = desk.operator.write_list("list.csv", hong_kong(4))
    with desk.terminal("run", path, "--yes", *SMALL, IMPORTER_TEST_SPEED="1") as terminal:
        terminal.wait_for("Sending")
        while not any(one.action == "createGroup" for one in desk.server.calls):
            terminal.wait_until_asleep()
        terminal.press(CTRL_C)
        terminal.wait_for(
            "Stopping: finishing 1 call, at most 10 s; press Ctrl+C again to leave now."
        )
        terminal.press(CTRL_C)
        assert terminal.end() == 130
    last = [line for line in terminal.screen if line][-1]
    assert last == "importer: interrupted; what was done is recorded, run the same command again."


def test_sigterm_outside_sending_says_a_word(desk: Desk, now: datetime) -> None:
    """A run that waits for another one ends with one sentence, and nothing is sent."""
    path = desk.operator.write_list("list.csv", hong_kong(4))
    with (
        SqliteStore(desk.journal).lock(now),
        desk.terminal("run", path, "--yes", "--wait") as terminal,
    ):
        terminal.wait_for("Normalizing")
        terminal.wait_until_asleep()
        terminal.terminate()
        assert terminal.end() == 130
    last = [line for line in terminal.screen if line][-1]
    assert (
        last == "importer: ended by SIGTERM; what was done is recorded, run the same command again."
    )
    assert not desk.server.groups


@pytest.mark.parametrize("vendor", [{"script": ["cut-after"]}])
def test_waiting_for_doubts_counts_down(desk: Desk) -> None:
    """The bar itself says for how long nobody calls, and nothing of it stays on the screen."""
    path = desk.operator.write_list("list.csv", hong_kong(4))
    with desk.terminal("run", path, "--yes", *SMALL) as terminal:
        assert terminal.end() == 0
    waiting = re.findall(r"\r(Waiting \d+ s[^\r]*)", terminal.shown)
    assert waiting
    assert not any("left" in line or "/s" in line for line in waiting)
    assert not any("Waiting" in line and "%" in line for line in terminal.screen)


def test_bars_leave_nothing_on_the_screen(desk: Desk) -> None:
    """When all is over there are sentences, one blank line before the counts and the results."""
    path = desk.operator.write_list("list.csv", hong_kong(7))
    with desk.terminal("run", path, "--yes", *SMALL, size=(40, 80)) as terminal:
        assert terminal.end() == 0
    assert "Sending" in terminal.shown
    screen = "\n".join(terminal.screen)
    assert not re.search(r"\d%|Reading|Sending|Writing", screen)
    assert "\n\n\n" not in screen
    assert not screen.startswith("\n")


def test_chinese_lines_break_at_the_terminal_s_width(desk: Desk) -> None:
    """A Chinese character takes two columns; no line is wider than the terminal."""
    path = desk.operator.folder / "客户名单.csv"
    header = "电话号码这一列的名称非常长因此它需要在终端里分成好几行才能显示出来"
    rows = [f"{number},客户" for number in [*hong_kong(3), "没有号码", "12"]]
    path.write_text("\n".join([f"{header},姓名", *rows]) + "\n", encoding="utf-8")
    with desk.terminal("check", path.name, size=NARROW, PYTHONUTF8="1") as terminal:
        terminal.wait_for("Which ones?")
        terminal.answer("1" + ENTER)
        terminal.end()
    assert header[:8] in "".join(terminal.screen)
    broken = [line for line in terminal.screen if not line.startswith("    importer ")]
    assert max(map(text_width, broken)) <= NARROW[1]
    assert "".join(header) in re.sub(r"\s", "", "".join(terminal.screen))


def test_s_is_enough_for_skip(desk: Desk) -> None:
    """Known numbers are skipped on one key; a key that means nothing is asked about again."""
    desk.run_list(desk.operator.write_list("first.csv", hong_kong(3)))
    path = desk.operator.write_list("second.csv", hong_kong(5))
    with desk.terminal("run", path) as terminal:
        terminal.wait_for("as well (allow), or quit?")
        terminal.answer("x" + ENTER)
        terminal.wait_for("Type s, a or q.")
        terminal.answer("s" + ENTER)
        terminal.wait_for("? [Y/n]")
        terminal.answer(ENTER)
        assert terminal.end() == 0
    assert set(numbers_at(desk.server).values()) == {1}


def test_a_file_in_a_command_s_place_is_run_after_asking(desk: Desk) -> None:
    """`importer list.csv` leads on to run, which itself asks before it sends."""
    path = desk.operator.write_list("list.csv", hong_kong(3))
    with desk.terminal(path.name) as terminal:
        terminal.wait_for("Run it?")
        terminal.answer(ENTER)
        terminal.wait_for("Put 3 numbers into 1 group")
        terminal.answer("n" + ENTER)
        assert terminal.end() == 3
    with desk.terminal(path.name) as terminal:
        terminal.wait_for("Run it?")
        terminal.answer("n" + ENTER)
        assert terminal.end() == 2
    assert "importer check list.csv" in terminal.shown
    assert not desk.server.groups


def test_columns_are_chosen_from_a_list_with_samples(desk: Desk) -> None:
    """Each column is shown with its first cells; several are taken, and typed into the command."""
    path = desk.operator.folder / "list.csv"
    path.write_text(THREE_COLUMNS + "\n", encoding="utf-8")
    with desk.terminal("check", path.name, "--region", "HK") as terminal:
        terminal.wait_for("2  'Left' (85251230000, 85251230001, 85251230002)")
        terminal.wait_for("3  'Right' (85251231000, 85251231001, 85251231002)")
        terminal.wait_for("Which ones? Several as in 1,3; 0 stops")
        terminal.answer("4" + ENTER)
        terminal.wait_for("Type a number from 1 to 3, or 0 to stop.")
        terminal.answer("2,3" + ENTER)
        assert terminal.end() == 0
    assert "18 of 18 numbers would go into 1 group." in " ".join(terminal.screen)
    command = _next_command(terminal.screen)
    assert command == ["run", "list.csv", "--region", "HK", "--column", "Left", "--column", "Right"]
    with desk.terminal("check", path.name, "--region", "HK") as terminal:
        terminal.wait_for("Which ones?")
        terminal.answer("0" + ENTER)
        assert terminal.end() == 2


def test_help_has_examples_first_and_options_in_groups(desk: Desk) -> None:
    """At a terminal as well; the page of check does not say again what run's page says."""
    pages = {}
    for name in ("run", "check"):
        with desk.terminal(name, "--help", size=(60, 80)) as terminal:
            assert terminal.end() == 0
        pages[name] = "\n".join(terminal.screen)
        assert max(map(len, terminal.screen)) <= 80
    sections = re.findall(r"^(\w[\w ]+):$", pages["run"], re.MULTILINE)
    assert sections[:5] == ["Examples", "How the list is read", "Groups", "Sending", "Results"]
    assert pages["check"].index("Examples:") < pages["check"].index("Show what run would do")
    assert "--rate" not in pages["check"]
    assert "importer run --help" in pages["check"]
