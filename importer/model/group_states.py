"""The states of a group, and what each of them means."""

from __future__ import annotations

from enum import StrEnum

from importer.model.number_statuses import Status


class GroupState(StrEnum):
    """Where a group stands in the journal."""

    PLANNED = "PLANNED"
    """Not sent, or sent and certainly not made."""
    SENDING = "SENDING"
    """Recorded before the bytes leave; found after a crash, it means in doubt."""
    CREATED = "CREATED"
    REFUSED = "REFUSED"
    """The API answered that it did not make the group."""
    IN_DOUBT = "IN_DOUBT"
    """No clear answer: the group may exist. Never sent again blindly."""
    SPLIT = "SPLIT"
    """Refused for one of its numbers, which all went on into two smaller groups."""
    DELETING = "DELETING"
    """An undo is about to delete it, or was cut off while it did."""
    DELETED = "DELETED"

    @property
    def status(self) -> Status:
        """What the numbers of a group in this state are called in the results; none when SPLIT."""
        return _STATUS_OF[self]

    @property
    def is_unfinished(self) -> bool:
        """Whether a run still has to send this group, or to find out whether it was made."""
        return self in {GroupState.PLANNED, GroupState.SENDING, GroupState.IN_DOUBT}

    @property
    def needs_numbers(self) -> bool:
        """Whether a run or an undo still needs the group's numbers, so that they must be kept."""
        return self.is_unfinished or self is GroupState.DELETING

    @property
    def is_in_undo(self) -> bool:
        """Whether an undo has begun to delete this group, or has deleted it."""
        return self in {GroupState.DELETING, GroupState.DELETED}

    @property
    def is_at_vendor(self) -> bool:
        """Whether the vendor made this group and, as far as the journal knows, still has it."""
        return self in {GroupState.CREATED, GroupState.DELETING}

    @property
    def may_get_made(self) -> bool:
        """Whether this group is at the vendor, may be there, or will be sent."""
        return self.is_unfinished or self.is_at_vendor

    @property
    def has_numbers(self) -> bool:
        """Whether the group's numbers are its own: those of a split group are in its halves."""
        return self is not GroupState.SPLIT


_STATUS_OF = {
    GroupState.PLANNED: Status.PLANNED,
    GroupState.SENDING: Status.IN_DOUBT,
    GroupState.CREATED: Status.CREATED,
    GroupState.REFUSED: Status.REFUSED,
    GroupState.IN_DOUBT: Status.IN_DOUBT,
    GroupState.DELETING: Status.CREATED,
    GroupState.DELETED: Status.PLANNED,
}
