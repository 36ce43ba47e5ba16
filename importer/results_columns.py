"""What a results workbook is made of: its sheets, their columns, its file names.

Sheet and column names are promised to other people's scripts. What writes a workbook and what reads
one back both go by these.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

RESULTS_ENDING = ".results"
"""Of a run's results, before the file's own ending: NAME.results.xlsx."""
CHECK_ENDING = ".check"
"""Of what a check writes."""
FORGOTTEN_ENDING = ".groups"
"""Of the results of a batch whose numbers were forgotten."""
RESULTS_FORM = "results workbook"
"""The form of an input that is one of these workbooks."""
_ENDINGS = re.compile(
    rf"(?:{'|'.join(map(re.escape, (RESULTS_ENDING, CHECK_ENDING, FORGOTTEN_ENDING)))})+"
    r"(?:\.\d+| \(\d+\))?\Z"
)


class ResultsSheet(StrEnum):
    """The sheets, in their order. A long one goes on in `Numbers 2` and so on."""

    SUMMARY = "Summary"
    GROUPS = "Groups"
    NUMBERS = "Numbers"
    REJECTED = "Rejected"


CHANGES = "Changes"
"""The sheet after these of a list that is kept in step: each number added, kept or removed."""


class NumbersColumn(StrEnum):
    """The columns of Numbers and Rejected that come before the input's own, in their order."""

    SHEET = "Sheet"
    ROW = "Row"
    ORIGINAL = "Original"
    NUMBER = "Number"
    COUNTRY = "Country"
    TYPE = "Type"
    STATUS = "Status"
    REASON = "Reason"
    GROUP_NAME = "Group Name"
    GROUP_ID = "Group ID"


ADVICE_COLUMN = "What To Do"
"""The column that Rejected has after Reason."""
BATCH_LABEL = "Batch"
"""The label on Summary beside which the batch's name stands."""
NOTHING_RECORDED = "none: nothing was recorded"
"""What stands there after a check, or where a gate was closed."""
SENT_TO_LABEL = "Sent to"
AT_THE_SANDBOX = "the sandbox on this computer"
"""What stands beside it after a rehearsal, whose journal is thrown away."""
COLUMNS_LABEL = "Columns"
"""The label on Summary beside which the columns stand that were read."""
REGION_LABEL = "Country of numbers without code"
NO_REGION = "none assumed"
"""What stands beside it where none was named."""
COMMAND_LABEL = "Command"
"""The label beside which the command stands that comes next."""
ACCEPTED_LABEL = "Accepted"
"""The label beside which `valid numbers` or `possible numbers` stands."""

_INPUT_MARK = " (input)"
"""Behind the name of an input's column that is one of ours as well."""


def list_name(file_stem: str, form: str) -> str:
    """Return a list's own name: of `customers.results.1`, a results workbook, `customers`."""
    if form != RESULTS_FORM:
        return file_stem
    return _ENDINGS.sub("", file_stem) or file_stem


def is_results_name(file_name: str) -> bool:
    """Whether a file is named as results are: `june.results.xlsx`, `june.check (2).csv`."""
    stem, dot, _ = file_name.rpartition(".")
    return bool(_ENDINGS.search(stem if dot else file_name) or _ENDINGS.search(file_name))


def columns_note(columns: Iterable[tuple[str, str, str]]) -> str:
    """Say which columns were read: (sheet, phone column, country column or "") of each sheet."""
    return "; ".join(
        f"sheet '{sheet}': numbers from '{phone}'"
        + (f", country from '{country}'" if country else "")
        for sheet, phone, country in columns
    )


def marked(name: str) -> str:
    """Return the header of an input's column: its own, with a mark where it is one of ours."""
    return f"{name}{_INPUT_MARK}" if _is_ours(name) else name


def unmarked(header: str) -> str:
    """Return the name of the input's column that `marked` gave this header."""
    bare = header.removesuffix(_INPUT_MARK)
    return bare if bare != header and _is_ours(bare) else header


def _is_ours(name: str) -> bool:
    while name.endswith(_INPUT_MARK):
        name = name.removesuffix(_INPUT_MARK)
    return name.strip().casefold() in _OURS


class GroupsColumn(StrEnum):
    """The columns of Groups, in their order."""

    NAME = "Group Name"
    ID = "Group ID"
    COUNTRY = "Country"
    NUMBERS = "Numbers"
    STATUS = "Status"
    CODE = "Code"
    MESSAGE = "Message"
    REQUEST_ID = "Request ID"
    ATTEMPTS = "Attempts"
    CREATED_AT = "Created At"


_OURS = frozenset(name.casefold() for name in (*NumbersColumn, ADVICE_COLUMN))
