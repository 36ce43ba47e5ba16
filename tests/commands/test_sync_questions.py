"""The questions of `sync` at a real terminal: what each answer does, and how to walk away."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.served import hong_kong, numbers_at

if sys.platform == "win32":
    pytest.skip("Windows has no pseudo-terminals of this kind", allow_module_level=True)

from tests.terminals import ENTER

if TYPE_CHECKING:
    from tests.commands.desk import Desk

LIST = ("--list", "customers", "--group-size", "10")
CHANGE_IT = "Change the list customers so? [Y/n]"


def test_a_file_of_half_the_numbers(desk: Desk) -> None:
    """Both questions have to be answered by yes; what is neither yes nor no is asked again."""
    whole = desk.operator.write_list("a.csv", hong_kong(24))
    half = desk.operator.write_list("b.csv", hong_kong(12))
    with desk.terminal("sync", whole, *LIST) as terminal:
        terminal.wait_for("calls: 3 to make a group")
        terminal.wait_for(CHANGE_IT)
        terminal.answer(ENTER)
        assert terminal.end() == 0
    remove_them = "Remove them? [y/N]"
    desk.assert_walking_away_changes_nothing("sync", half, *LIST, at=remove_them)
    with desk.terminal("sync", half, *LIST) as terminal:
        terminal.wait_for("12 of the 24 numbers of the list customers (50.0 %) are not in the file")
        terminal.wait_for(remove_them)
        terminal.answer("maybe" + ENTER)
        terminal.wait_for("Error: type y for yes or n for no.")
        terminal.wait_for(remove_them)
        terminal.answer(ENTER)
        assert terminal.end() == 3
    assert numbers_at(desk.server).total() == 24
    with desk.terminal("sync", half, *LIST) as terminal:
        terminal.wait_for(remove_them)
        terminal.answer("YES" + ENTER)
        terminal.wait_for(CHANGE_IT)
        terminal.answer("n" + ENTER)
        assert terminal.end() == 3
    assert numbers_at(desk.server).total() == 24
    with desk.terminal("sync", half, *LIST) as terminal:
        terminal.wait_for(remove_them)
        terminal.answer("y" + ENTER)
        terminal.wait_for(CHANGE_IT)
        terminal.answer("y" + ENTER)
        assert terminal.end() == 0
    assert numbers_at(desk.server).total() == 12
