"""Every step that commands record names the attempt that it belongs to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from importer.journal import Journal
from tests.served import Operator, fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    import pytest


def test_every_step_names_its_attempt(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of runs with trouble, undos and syncs: one of an attempt that is over is not taken."""
    recorded: list[Any] = []
    for name in ("apply", "take_list_steps"):
        usual = getattr(Journal, name)

        def record(journal: Journal, steps: list[Any], usual: Any = usual) -> None:
            recorded.extend(steps)
            usual(journal, steps)

        monkeypatch.setattr(Journal, name, record)
    with running(fast_sandbox(script=["cut-after", "429"])) as url:
        operator.use(url)
        path = operator.write_list("a.csv", hong_kong(30))
        done = operator.run("run", path, "--group-size", "10", "--json")
        batch = json.loads(done.out)["batch"]
        assert operator.run("undo", batch, "--yes").exit == 0
        first = operator.write_list("first.csv", hong_kong(40, 100))
        second = operator.write_list("second.csv", hong_kong(40, 104))
        for one in (first, second):
            done = operator.run("sync", one, "--list", "customers", "--group-size", "10")
            assert done.exit == 0, done.err
    kinds = {(type(one).__name__, one.leaves.value, one.enters.value) for one in recorded}
    assert ("Transition", "IN_DOUBT", "CREATED") in kinds
    assert ("Transition", "DELETING", "DELETED") in kinds
    assert ("StepTransition", "SENDING", "DONE") in kinds
    assert [one for one in recorded if one.attempt is None] == []
