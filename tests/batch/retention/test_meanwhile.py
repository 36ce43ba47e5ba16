"""Numbers forgotten while another command has read them and waits, on both stores."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from importer.batch import pipeline, retention
from importer.errors import JournalError
from importer.journal.run import Run
from importer.sandbox.vendor import POISON_CODE
from tests.batch.meanwhile import meanwhile
from tests.batch.retention.forgetting import forget
from tests.served import Done, Operator, hong_kong

if TYPE_CHECKING:
    from importer.sandbox import Sandbox
    from importer.store import Store

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def batch(operator: Operator, sandbox: Sandbox) -> str:
    """A batch of which one group was refused."""
    sandbox._vendor._poison = {"85251000003": POISON_CODE}
    path = operator.write_list("list.csv", hong_kong(6))
    done = operator.run("run", path, "--json", "--group-size", "2")
    sandbox._vendor._poison = {}
    return str(json.loads(done.out)["batch"])


@pytest.mark.parametrize("refused", [[], ["--refused"]])
def test_a_batch_is_forgotten_while_its_resume_waits(
    operator: Operator,
    sandbox: Sandbox,
    batch: str,
    refused: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing of it is sent any more, and what is left of its results is shown."""
    calls = len(sandbox.calls)
    meanwhile(monkeypatch, pipeline, "begin_run", lambda: Done(0, forget(operator, batch), ""))
    done = operator.run("resume", batch, *refused, "--wait")
    assert "5 of 6 numbers are in 3 groups" in done.out, done
    assert "The phone numbers of this batch were forgotten" in done.out
    assert len(sandbox.calls) == calls


def test_a_batch_is_forgotten_before_its_run_has_it(
    operator: Operator, store: Store, batch: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are not kept again: what is left of its results is shown."""

    def forget_in_the_database() -> Done:
        with store.open() as journal:
            retention.forget(journal, journal.batches(), 2_000_000_000_000)
        return Done(0, "", "")

    meanwhile(monkeypatch, Run, "take", forget_in_the_database)
    done = operator.run("run", operator.folder / "list.csv")
    assert "The phone numbers of this batch were forgotten" in done.out, done
    with store.open() as journal, pytest.raises(JournalError, match="can't be read"):
        journal.load_rows(batch)
