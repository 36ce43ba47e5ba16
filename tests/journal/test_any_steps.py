"""Any steps in any order, compared with a model of the journal, on both stores."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from importer.errors import JournalError
from importer.model import Group, GroupState
from tests.journal.test_journal import BATCH, IN_DOUBT, PLANNED, SENDING, SPLIT, step
from tests.stores import new_store


@dataclass
class Model:
    """What a journal must say of one batch, kept in plain values."""

    states: dict[int, GroupState] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)


class JournalMachine(RuleBasedStateMachine):
    """Any steps in any order, right ones and wrong ones, and crashes, beside a small model."""

    kind = "sqlite"

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = new_store(self.kind, Path(self.folder.name))
        self.journal = self.store.open()
        self.model = Model(dict.fromkeys((1, 2, 3), PLANNED), dict.fromkeys((1, 2, 3), 0))
        self.journal.plan(BATCH, [self.group(seq) for seq in self.model.states])

    @staticmethod
    def group(seq: int) -> Group:
        return Group(seq, f"n{seq}", "HK", f"#t{seq}", str(seq), 1)

    @rule(
        steps=st.lists(
            st.tuples(
                st.integers(1, 5),
                st.none() | st.sampled_from(GroupState),
                st.sampled_from(GroupState),
            ),
            min_size=1,
            max_size=3,
        )
    )
    def apply(self, steps: list[tuple[int, GroupState | None, GroupState]]) -> None:
        """Take steps in one commit; None leaves the state that the group is in."""
        after = replace(
            self.model, states=dict(self.model.states), attempts=dict(self.model.attempts)
        )
        transitions, right = [], True
        for seq, named, enters in steps:
            leaves = named or after.states.get(seq, PLANNED)
            transitions.append(step(leaves, enters, seq))
            right = right and after.states.get(seq) is leaves
            if right:
                after.states[seq] = enters
                after.attempts[seq] += enters is SENDING
        if right:
            self.journal.apply(transitions)
            self.model = after
            return
        with pytest.raises(JournalError, match="no longer"):
            self.journal.apply(transitions)

    @rule(seq=st.integers(1, 3))
    def split(self, seq: int) -> None:
        """Let new groups take over a group's numbers."""
        child = max(self.model.states) + 1
        split = step(self.model.states[seq], SPLIT, seq, children=(self.group(child),))
        self.journal.apply([split])
        self.model.states |= {seq: SPLIT, child: PLANNED}
        self.model.attempts[child] = 0

    @rule()
    def crash(self) -> None:
        """Open the journal again, as the run after a crash does."""
        left_open = self.journal
        self.journal = self.store.open()
        left_open.__exit__(None, None, None)
        interrupted = [seq for seq, state in self.model.states.items() if state is SENDING]
        assert self.journal.settle_interrupted(BATCH.id) == len(interrupted)
        self.model.states |= dict.fromkeys(interrupted, IN_DOUBT)

    @invariant()
    def agrees(self) -> None:
        """The journal says what the model says."""
        records = self.journal.groups(BATCH.id)
        assert {one.group.seq: one.state for one in records} == self.model.states
        assert {one.group.seq: one.attempts for one in records} == self.model.attempts

    def teardown(self) -> None:
        self.journal.__exit__(None, None, None)
        self.folder.cleanup()


class SharedJournalMachine(JournalMachine):
    """The same in PostgreSQL."""

    kind = "postgresql"


TestAnySteps = JournalMachine.TestCase


TestAnyStepsInPostgres = SharedJournalMachine.TestCase
