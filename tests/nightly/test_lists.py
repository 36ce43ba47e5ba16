"""Folders of the inbox that keep a named list in step: the newest file counts, the rails decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.served import hong_kong, numbers_at

if TYPE_CHECKING:
    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office


@pytest.fixture
def kept(office: Office) -> Office:
    """An office whose folder hk keeps a list."""
    office.configure("group_size = 100", 'group_size = 10\nsync = "customers-hk"')
    return office


def test_a_folder_keeps_its_list_in_step(kept: Office, sandbox: Sandbox) -> None:
    """Each night's file becomes the list; of two files in one night the newer one counts."""
    kept.drop("hk/a.csv", hong_kong(50))
    assert kept.night().exit == 0
    kept.next_evening()
    kept.drop("hk/b.csv", [*hong_kong(50)[2:], *hong_kong(3, 100)], age=200)
    kept.drop("hk/c.csv", [*hong_kong(50)[4:], *hong_kong(5, 100)], age=100)
    assert kept.night().exit == 0
    wanted = {one.removeprefix("+") for one in [*hong_kong(50)[4:], *hong_kong(5, 100)]}
    assert numbers_at(sandbox) == dict.fromkeys(wanted, 1)
    assert kept.names("inbox") == []


def test_a_file_that_removes_too_much_fails(kept: Office, sandbox: Sandbox) -> None:
    """Nobody is there to agree: nothing is changed, and the file is put where somebody looks."""
    kept.drop("hk/a.csv", hong_kong(50))
    kept.night()
    kept.next_evening()
    kept.drop("hk/b.csv", hong_kong(20))
    assert kept.night().exit == 3
    assert numbers_at(sandbox).total() == 50
    assert any("b.csv" in name for name in kept.names("failed"))
