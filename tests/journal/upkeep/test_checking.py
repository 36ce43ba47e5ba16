"""A check reads all of a journal, and names what can't be so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.journal.upkeep.checking import check
from tests.journal.test_batch_rows import plain
from tests.journal.test_journal import BATCH
from tests.journal.test_known_numbers import Bar
from tests.journal.upkeep.test_copying import fill
from tests.stores import database_of

if TYPE_CHECKING:
    from importer.store import Store
    from tests.conftest import MakeGroup

DAMAGES = [
    ("DELETE FROM group_numbers WHERE number = 3", "1 numbers of groups are not found"),
    ("INSERT INTO group_numbers VALUES (77, 1, 1)", "The look-up finds 5 numbers"),
    (
        "UPDATE groups SET state = 'LOST' WHERE seq = 4",
        "group 4 of batch b1 is in the state 'LOST'",
    ),
    ("UPDATE groups SET size = 7 WHERE seq = 2", "group 2 of batch b1 has 1 numbers instead of 7"),
    (
        "UPDATE groups SET phones = 'x' WHERE seq = 2",
        "group 2 of batch b1 has a number that is none",
    ),
    (
        "UPDATE groups SET phones = '' WHERE seq = 2",
        "group 2 of batch b1 has a number that is none",
    ),
    (
        "INSERT INTO groups (batch, seq, name, country, remark, phones, size, state) "
        "VALUES ('b9', 1, 'n', 'HK', '#t', '9', 1, 'PLANNED')",
        "Rows of groups are of batch b9, which is not there",
    ),
    (
        "INSERT INTO known VALUES ('b9', 'b1', 3, 'list HK 003', '85251000001')",
        "Rows of known are of batch b9, which is not there",
    ),
    ("UPDATE known SET earlier_seq = 9", "Batch b2 left numbers out as known from batch b1"),
]


def test_a_sound_journal(store: Store, make_group: MakeGroup) -> None:
    """Split, forgotten and corrected batches, decisions and lists: nothing is wrong with them."""
    bar = Bar()
    with store.open() as journal:
        fill(journal, make_group)
        found = check(journal, bar)
    assert found.findings == ()
    assert (found.batches, found.groups, found.numbers) == (3, 6, 4)
    assert bar.done == bar.begun[0][1]


@pytest.mark.parametrize(("damage", "finding"), DAMAGES)
def test_what_can_not_be_so(store: Store, make_group: MakeGroup, damage: str, finding: str) -> None:
    """Each kind of damage is a sentence of its own."""
    with store.open() as journal:
        fill(journal, make_group)
        database_of(journal).change(damage)
        found = check(journal)
    assert any(one.startswith(finding) for one in found.findings), found.findings


def test_rows_that_are_missing(store: Store, make_group: MakeGroup) -> None:
    """Of a batch whose rows are gone, no results can be written: the text says what helps."""
    with store.open() as journal:
        fill(journal, make_group)
        journal.remove_rows(BATCH.id)
        [finding] = check(journal).findings
        assert "run the importer on the input file again" in finding
        journal.save_rows(BATCH.id, *plain())
        assert not check(journal).findings


def test_many_findings_are_counted(store: Store, make_group: MakeGroup) -> None:
    """A journal that is damaged all over is told in a screen."""
    with store.open() as journal:
        journal.plan(BATCH, [make_group(str(seq), seq=seq) for seq in range(1, 60)])
        journal.save_rows(BATCH.id, *plain())
        database_of(journal).change("UPDATE groups SET size = 2")
        found = check(journal).findings
    assert len(found) == 21
    assert found[-1].startswith("39 more")
