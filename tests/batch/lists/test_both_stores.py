"""A list on either kind of journal: synced, taken back, and in step again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.served import Operator, hong_kong, numbers_at

if TYPE_CHECKING:
    import pytest

    from importer.sandbox import Sandbox
    from importer.store import Store

LIST = ("--list", "customers", "--group-size", "10", "--json")


def test_a_list_on_both_stores(store: Store, operator: Operator, sandbox: Sandbox) -> None:
    """What comes and goes is at the vendor and in the journal, and an undo brings it back."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(50)), *LIST)
    changed = [*hong_kong(50)[4:], *hong_kong(14, start=500)]
    done = operator.run("sync", operator.write_list("b.csv", changed), *LIST)
    assert done.exit == 0, done.err
    assert numbers_at(sandbox) == dict.fromkeys((one.removeprefix("+") for one in changed), 1)
    assert operator.run("verify").exit == 0
    assert operator.run("undo", json.loads(done.out)["batch"], "--yes").exit == 0
    before = (one.removeprefix("+") for one in hong_kong(50))
    assert numbers_at(sandbox) == dict.fromkeys(before, 1)
    told = json.loads(operator.run("lists", "--json").out)
    assert (told["numbers"], told["finished"]) == (50, True)


def test_an_account_that_gets_a_name_keeps_its_lists(
    store: Store, operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next sync changes the groups that are there: without the list, it would make all anew."""
    operator.run("sync", operator.write_list("a.csv", hong_kong(50)), *LIST)
    monkeypatch.setenv("IMPORTER_ACCOUNT", "main")
    assert json.loads(operator.run("lists", "--json").out)["numbers"] == 50
    changed = [*hong_kong(50)[4:], *hong_kong(4, start=500)]
    done = operator.run("sync", operator.write_list("b.csv", changed), *LIST)
    assert done.exit == 0, done.err
    assert numbers_at(sandbox) == dict.fromkeys((one.removeprefix("+") for one in changed), 1)
    assert operator.run("undo", json.loads(done.out)["batch"], "--yes").exit == 0
    assert len(numbers_at(sandbox)) == 50
