"""A group, what the journal knows of it, and the steps that it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.model.group_states import GroupState

_TOKEN = re.compile(r"#[a-z2-7]{10}")
"""The mark of a group, see `fingerprint.token`."""


@dataclass(frozen=True, slots=True)
class Group:
    """Up to N numbers that one createGroup call sends."""

    seq: int
    """Its place in the batch, from 1."""
    name: str
    country: str
    remark: str
    """What is sent: the operator's remark and the token that makes the group findable."""
    phones: str
    """The numbers as the API wants them: digits joined by commas."""
    size: int

    @property
    def token(self) -> str:
        """The mark in the remark: its first word, or its last where an older version put it."""
        first, _, _ = self.remark.partition(" ")
        return first if _TOKEN.fullmatch(first) else self.remark.rpartition(" ")[2]


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """A group and all that the journal knows of it."""

    group: Group
    state: GroupState
    attempts: int = 0
    sent_ms: int | None = None
    """The latest `ts` that a call for it can carry, in milliseconds since the epoch."""
    code: int | None = None
    message: str = ""
    request_id: str = ""
    group_id: str = ""
    created_ms: int | None = None

    @property
    def doubles(self) -> tuple[str, ...]:
        """The groupIds under which the vendor has this group once more."""
        _, found, ids = self.message.partition(MADE_TWICE)
        return tuple(ids.split(", ")) if found else ()

    @property
    def may_be_twice(self) -> bool:
        """Whether it was sent again by a listing that shows nothing of it either."""
        return self.message.endswith(MAY_BE_TWICE)


MADE_TWICE = "the vendor has it more than once, also as "
"""In a group's message: what follows are the groupIds of its doubles."""
MAY_BE_TWICE = "the vendor may have it twice: its listing shows nothing of it"
"""At the end of a group's message: it was sent again by a listing that proves to hide groups."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a group: the state it leaves, the one it enters, and what was learned."""

    batch: str
    seq: int
    leaves: GroupState
    enters: GroupState
    at_ms: int
    sent_ms: int | None = None
    code: int | None = None
    message: str = ""
    request_id: str = ""
    group_id: str = ""
    children: tuple[Group, ...] = ()
    """The groups that take over its numbers, PLANNED by the same commit."""
    attempt: int | None = None
    """How often the group was sent before this step; None where the step does not know."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an operator said of a group in doubt, or of one that is not at the vendor."""

    seq: int
    at_ms: int
    """Milliseconds since the epoch."""
    who: str
    group_id: str
    """The group at the vendor; "" where it was not made, or is there no more."""


@dataclass(frozen=True, slots=True)
class Known:
    """Numbers of a batch that an earlier batch has put into a group, so that they are skipped."""

    batch: str
    """The earlier batch."""
    seq: int
    """The earlier batch's group."""
    group_name: str
    phones: str
    """Digits joined by commas."""
