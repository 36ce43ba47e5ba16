"""The words of the product as types: shared by every stage, imports nothing of ours."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd


_TOKEN = re.compile(r"#[a-z2-7]{10}")
"""The mark of a group, see `fingerprint.token`."""


class CellKind(StrEnum):
    """What a spreadsheet's cell held; numbers and text of the same digits mean the same."""

    TEXT = "text"
    NUMBER = "number"
    """A whole number of at most 15 digits, the most that a spreadsheet keeps exactly."""
    IMPRECISE = "imprecise"
    """A whole number of more than 15 digits: the last ones are the spreadsheet's invention."""
    FRACTION = "fraction"
    DATE = "date"
    BOOLEAN = "boolean"
    ERROR = "error"
    """A value that the spreadsheet could not work out, such as `#N/A`."""
    UNSAVED = "unsaved"
    """A formula whose value was not saved with the file; the text is the formula."""
    FORMAT = "format"
    """A number under a format that is not understood, so that what Excel shows is not known."""
    TOTAL = "total"
    """A sum or a count, by its label or its formula: no phone number, however much like one."""


class Reason(StrEnum):
    """Why a row gave no number: the closed list. The value is what the operator reads."""

    NOT_A_NUMBER = "not a phone number"
    SEVERAL = "more than one number"
    EXTENSION = "has an extension"
    LETTERS = "has letters"
    SCIENTIFIC = "scientific notation"
    IMPRECISE = "more than 15 digits"
    FRACTION = "decimal point"
    DATE = "a date"
    BOOLEAN = "true or false"
    ERROR = "spreadsheet error"
    UNSAVED = "formula without a saved value"
    FORMAT = "number format not understood"
    TOTAL = "a total, no phone number"
    NO_COUNTRY = "country missing"
    UNKNOWN_COUNTRY = "country not understood"
    UNKNOWN_CODE = "unknown country code"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    WRONG_LENGTH = "wrong length"
    NOT_VALID = "possible but not valid"
    ZERO_LOST = "leading zero lost"
    AMBIGUOUS = "ambiguous"

    @property
    def advice(self) -> str:
        """What the operator does about it, in one sentence."""
        return _ADVICE[self]


_ADVICE = {
    Reason.NOT_A_NUMBER: "Type the phone number with its country code, such as +852 3575 3351.",
    Reason.SEVERAL: "Put each number into a row of its own.",
    Reason.EXTENSION: "Remove the extension; only a full phone number can be called.",
    Reason.LETTERS: "Write the phone number in digits only, and other words into another column.",
    Reason.SCIENTIFIC: "Digits were lost: format the column as text and type the number again.",
    Reason.IMPRECISE: "Excel keeps only 15 digits: format the column as text and type it again.",
    Reason.FRACTION: "Remove the decimal point, and check the number against its source.",
    Reason.DATE: "The cell became a date: format the column as text and type the number again.",
    Reason.BOOLEAN: "Type the phone number with its country code.",
    Reason.ERROR: "The formula of this cell failed: type the phone number instead.",
    Reason.UNSAVED: "Open the file in Excel and save it, so that the formula's value is in it.",
    Reason.FORMAT: "Format the column as text and type the number as it should be read.",
    Reason.TOTAL: "Nothing to do: this is a sum or a count, not a phone number.",
    Reason.NO_COUNTRY: "Add the country code, or name the country by --region or in a column.",
    Reason.UNKNOWN_COUNTRY: "Write the country as two letters, as in HK, or as a code, as in 852.",
    Reason.UNKNOWN_CODE: "No country has this code: check the first digits.",
    Reason.TOO_SHORT: "Digits are missing: check the number against its source.",
    Reason.TOO_LONG: "There are too many digits: check the number against its source.",
    Reason.WRONG_LENGTH: "No number of this country has this many digits: check it at its source.",
    Reason.NOT_VALID: "The length fits but no such number is in use: check it at its source.",
    Reason.ZERO_LOST: "The first 0 seems to be lost: format the column as text and type it again.",
    Reason.AMBIGUOUS: "Two numbers are possible: write it with + and the country code.",
}


class Status(StrEnum):
    """What became of a number: the column `Status` of the results workbook."""

    CREATED = "created"
    PLANNED = "planned"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    REFUSED = "refused"
    IN_DOUBT = "in doubt"


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


@dataclass(frozen=True, slots=True)
class Source:
    """Where the rows came from, and what was assumed to read them."""

    path: Path
    form: str
    """`CSV, UTF-8, comma` or `Excel workbook`: for the operator's eyes."""
    columns: tuple[tuple[str, str, str], ...]
    """(sheet, phone column, country column or "") of every sheet that was read."""
    notes: tuple[str, ...] = ()
    """What was left out, one sentence each."""
    corrects: str = ""
    """The batch whose results workbook this is; "" for any other input."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One file's rows, as columns.

    `cells` holds one line per phone cell that held something: `sheet`, `row` (the number that
    Excel shows), `original` (the text that Excel shows), and until it is decided what number that
    is, `column` (the phone column's header), `kind` (a `CellKind`) and `region` (the text of the
    row's country cell, or ""). `extras` holds the input's other columns for the same lines; where a
    row has several phone cells, they repeat.
    """

    cells: pd.DataFrame
    extras: pd.DataFrame
    source: Source


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


MADE_TWICE = "the vendor has it more than once, also as "
"""In a group's message: what follows are the groupIds of its doubles."""


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


@dataclass(frozen=True, slots=True)
class Decision:
    """What an operator said of a group in doubt."""

    seq: int
    at_ms: int
    """Milliseconds since the epoch."""
    who: str
    group_id: str
    """The group at the vendor; "" where it was not made."""


@dataclass(frozen=True, slots=True)
class Batch:
    """One input file taken through the whole way, once.

    It is known by the set of its accepted numbers (`fingerprint`) and the `account`, not by the
    file's name or bytes nor by settings.
    """

    id: str
    fingerprint: str
    account: str
    file: str
    created_ms: int
    settings: str = field(default="{}", repr=False)
    """The settings that it was planned with, as JSON."""
    undone_ms: int | None = None
    """When its groups were deleted again, in milliseconds since the epoch."""
    corrects: str = ""
    """The batch whose rejected rows it adds; that batch's groups are told with its own."""
    forgotten_ms: int | None = None
    """When its phone numbers were removed, in milliseconds since the epoch."""
    remains: str = field(default="{}", repr=False)
    """What was kept of it then, as JSON: see `ForgottenCounts`."""


@dataclass(frozen=True, slots=True)
class ForgottenCounts:
    """What stays of a forgotten batch's rows; what stays of its groups is in the journal."""

    path: str
    """Where its input was."""
    form: str
    rows: int
    duplicate: int
    rejected: int
    reasons: Mapping[str, int]
    """How many rows were rejected for each reason, the commonest first."""

    def as_json(self) -> str:
        """Return it as the journal keeps it."""
        return json.dumps(asdict(self))

    @classmethod
    def of(cls, batch: Batch) -> ForgottenCounts:
        """Return what the journal kept of a forgotten batch."""
        return cls(**json.loads(batch.remains))


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


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines of the input came to what. The books balance if they add up to `rows`."""

    rows: int
    created: int = 0
    planned: int = 0
    duplicate: int = 0
    rejected: int = 0
    refused: int = 0
    in_doubt: int = 0
    groups: int = 0
    """Groups that exist at the vendor, or would be made by a `check`."""

    @property
    def balances(self) -> bool:
        """Whether every row is accounted for exactly once."""
        parts = (
            self.created,
            self.planned,
            self.duplicate,
            self.rejected,
            self.refused,
            self.in_doubt,
        )
        return sum(parts) == self.rows
