"""Named lists: the batches that belong to one, and the calls that change its groups."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ListRole(StrEnum):
    """Why a batch belongs to a named list."""

    ADOPTED = "adopted"
    """It was run before the list had a name."""
    SYNC = "sync"
    UNDO = "undo"
    """It brings back what the list held before one of its syncs."""


@dataclass(frozen=True, slots=True)
class ListBatch:
    """A batch of a named list. Its groups, if it made any, are groups of the list."""

    batch: str
    account: str
    name: str
    """The list's name."""
    role: ListRole
    rows: int
    """How many rows the file had."""
    ended_ms: int | None = None
    """When the list was found to be as this batch wants it, in ms since the epoch."""
    undoes: str = ""
    """The sync that this batch takes back."""
    file: str = ""
    fingerprint: str = ""
    created_ms: int = 0
    undone_ms: int | None = None


class StepKind(StrEnum):
    """What a call does to a group of a list."""

    ADD = "add"
    REMOVE = "remove"
    DELETE = "delete"
    """The whole group, all of whose numbers left the list."""


class StepState(StrEnum):
    """Where such a call stands in the journal."""

    PLANNED = "PLANNED"
    """Not sent, or sent and certainly not done."""
    SENDING = "SENDING"
    """Recorded before the bytes leave; found after a crash, it means in doubt."""
    IN_DOUBT = "IN_DOUBT"
    """No clear answer: what the group holds at the vendor decides."""
    DONE = "DONE"
    REFUSED = "REFUSED"
    GIVEN_UP = "GIVEN_UP"
    """Never sent: another file took the place of this one before."""

    @property
    def is_open(self) -> bool:
        """Whether a run still has to send it, or to find out whether it was done."""
        return self in {StepState.PLANNED, StepState.SENDING, StepState.IN_DOUBT}


@dataclass(frozen=True, slots=True)
class ListStep:
    """One call that changes a group of a list, and what the journal knows of it."""

    step: int
    """Its place among the calls of its batch, from 1."""
    kind: StepKind
    group_batch: str
    group_seq: int
    """The group, by its batch and its place there."""
    phones: str
    """The numbers to add or to remove, digits joined by commas."""
    state: StepState = StepState.PLANNED
    attempts: int = 0
    sent_ms: int | None = None
    """The latest `ts` that a call for it can carry, in milliseconds since the epoch."""
    code: int | None = None
    message: str = ""
    request_id: str = ""
    group_id: str = ""
    group_name: str = ""

    @property
    def size(self) -> int:
        """How many numbers it adds or removes."""
        return self.phones.count(",") + 1


@dataclass(frozen=True, slots=True)
class StepTransition:
    """One step of such a call: the state it leaves, the one it enters, and what was learned."""

    batch: str
    step: int
    leaves: StepState
    enters: StepState
    sent_ms: int | None = None
    code: int | None = None
    message: str = ""
    request_id: str = ""
    attempt: int | None = None
    """How often the call was made before this step; None where the step does not know."""
