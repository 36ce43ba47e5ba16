"""Each question at a real terminal: what it says, what each answer does, and how to walk away.

Ctrl+C and the end of input are no answers: they end with one sentence, and nothing is recorded.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.served import hong_kong, numbers_at

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

from tests.commands.desk import SMALL
from tests.terminals import CTRL_C, CTRL_D, ENTER, Terminal

if TYPE_CHECKING:
    from tests.commands.desk import Desk


def test_a_new_journal_is_said_before_the_question(desk: Desk) -> None:
    """Whoever sends from a new journal reads that nothing is known of earlier lists."""
    path = desk.operator.write_list("list.csv", hong_kong(4))
    note = f"A new journal was begun at {desk.journal}: nothing is known of earlier lists."
    question = f"Put 4 numbers into 2 groups at {desk.environment['NXCLOUD_URL']}? [Y/n]"
    desk.assert_walking_away_changes_nothing("run", path, *SMALL, at=question)
    with desk.terminal("run", path, *SMALL) as terminal:
        terminal.wait_for(note)
        terminal.wait_for(question)
        terminal.answer("n" + ENTER)
        assert terminal.end() == 3
    assert "Nothing was sent, as you said." in terminal.shown
    assert not desk.server.groups
    with desk.terminal("run", path, *SMALL) as terminal:
        terminal.wait_for(question)
        terminal.answer(ENTER)
        assert terminal.end() == 0
    assert len(desk.server.groups) == 2
    with desk.terminal("run", desk.operator.write_list("b.csv", hong_kong(3, 50))) as terminal:
        terminal.wait_for("? [Y/n]")
        terminal.answer("n" + ENTER)
        terminal.end()
    assert "new journal" not in terminal.shown


def test_again_says_what_it_would_do_and_means_no_by_itself(desk: Desk) -> None:
    """It says how many numbers would be in two groups; Enter alone sends nothing."""
    path = desk.operator.write_list("list.csv", hong_kong(4))
    batch = desk.run_list(path)
    question = f"4 numbers are in groups already (batch {batch}), and would be in two groups each."
    again = ("run", path, "--again", *SMALL)
    desk.assert_walking_away_changes_nothing(*again, at=question)
    with desk.terminal(*again) as terminal:
        terminal.wait_for(question)
        terminal.wait_for("? [y/N]")
        terminal.answer(ENTER)
        assert terminal.end() == 3
    assert set(numbers_at(desk.server).values()) == {1}
    with desk.terminal(*again) as terminal:
        terminal.wait_for("? [y/N]")
        terminal.answer("y" + ENTER)
        assert terminal.end() == 0
    assert set(numbers_at(desk.server).values()) == {2}


def test_another_account_is_asked_about(desk: Desk) -> None:
    """Numbers in groups of another account of the journal are a gate; Enter alone says no."""
    desk.environment["IMPORTER_ACCOUNT"] = "main"
    path = desk.operator.write_list("list.csv", hong_kong(4))
    with desk.terminal("run", path, "--yes", *SMALL) as terminal:
        assert terminal.end() == 0
    desk.environment["IMPORTER_ACCOUNT"] = "other"
    question = "4 numbers are in groups of another account of this journal ('main', batch"
    desk.assert_walking_away_changes_nothing("run", path, *SMALL, at=question)
    with desk.terminal("run", path, *SMALL) as terminal:
        terminal.wait_for(question)
        terminal.wait_for('set IMPORTER_ACCOUNT="main"')
        terminal.wait_for("Make new groups at this account? [y/N]")
        terminal.answer(ENTER)
        assert terminal.end() == 3
    assert set(numbers_at(desk.server).values()) == {1}
    with desk.terminal("run", path, *SMALL) as terminal:
        terminal.wait_for("Make new groups at this account? [y/N]")
        terminal.answer("y" + ENTER)
        terminal.wait_for("? [Y/n]")
        terminal.answer(ENTER)
        assert terminal.end() == 0
    assert set(numbers_at(desk.server).values()) == {2}


def test_undo_shows_and_asks(desk: Desk) -> None:
    """The groups are shown; only a yes deletes them."""
    batch = desk.run_list(desk.operator.write_list("list.csv", hong_kong(4)))
    question = f"Delete 2 groups of batch {batch} (list.csv)? [y/N]"
    desk.assert_walking_away_changes_nothing("undo", batch, at=question)
    with desk.terminal("undo", batch) as terminal:
        terminal.wait_for("list HK 001")
        terminal.wait_for(question)
        terminal.answer(ENTER)
        assert terminal.end() == 3
    assert len(desk.server.groups) == 2
    with desk.terminal("undo", batch) as terminal:
        terminal.wait_for(question)
        terminal.answer("y" + ENTER)
        assert terminal.end() == 0
    assert not desk.server.groups


@pytest.mark.parametrize("vendor", [{"vendor": ["empty-listing", "no-delete"]}])
def test_undo_asks_whether_unlisted_groups_are_gone(desk: Desk) -> None:
    """A vendor that neither lists nor deletes is no proof; somebody may know, --yes does not."""
    batch = desk.run_list(desk.operator.write_list("list.csv", hong_kong(4)))
    question = "If you know that they are gone, record them as deleted? [y/N]"
    for answer, left in ((ENTER, 1), ("y" + ENTER, 0)):
        with desk.terminal("undo", batch) as terminal:
            terminal.wait_for("? [y/N]")
            terminal.answer("y" + ENTER)
            terminal.wait_for(question)
            terminal.answer(answer)
            assert terminal.end() == left
    assert len(desk.server.groups) == 2


@pytest.mark.parametrize(
    "vendor",
    [{"vendor": "empty-listing", "script": [None, "cut-after", "cut-before", "cut-after"]}],
)
def test_settle_asks_for_each_group_in_doubt(desk: Desk) -> None:
    """A groupId, `not made`, or Enter; then one question before all is recorded."""
    batch = desk.run_list(desk.operator.write_list("list.csv", hong_kong(12)))
    made = next(one for one in desk.server.groups.values() if "85251000003" in one.phones)
    asked = "list HK 002: its groupId, `not made`, or Enter to leave it"
    desk.assert_walking_away_changes_nothing("settle", batch, at=asked)

    def answer(terminal: Terminal) -> None:
        terminal.wait_for(asked)
        terminal.answer("yes" + ENTER)
        terminal.wait_for("'yes' is no groupId")
        terminal.answer(made.group_id + ENTER)
        terminal.wait_for("list HK 003: its groupId")
        terminal.answer("Not made" + ENTER)
        terminal.wait_for("list HK 004: its groupId")
        terminal.answer(ENTER)
        terminal.wait_for(f"1 group in doubt was made (2 is {made.group_id}) and 1 group in")
        terminal.wait_for("doubt was not made (3), which will be sent again? [y/N]")

    before = desk.recorded()
    for last, code in ((CTRL_C, 130), (CTRL_D, 130), (ENTER, 3)):
        with desk.terminal("settle", batch) as terminal:
            answer(terminal)
            terminal.answer(last)
            assert terminal.end() == code
        assert desk.recorded() == before
    with desk.terminal("settle", batch) as terminal:
        answer(terminal)
        terminal.answer("y" + ENTER)
        assert terminal.end() == 1, "one is left"
    [(_, groups, decisions)] = desk.recorded()
    assert [str(one.state) for one in groups] == ["CREATED", "CREATED", "PLANNED", "IN_DOUBT"]
    assert [(one.seq, one.group_id) for one in decisions] == [(2, made.group_id), (3, "")]
