"""What a results workbook is made of: its sheets, their columns, its file names.

Sheet and column names are promised to other people's scripts. What writes a workbook and what reads
one back both go by these.
"""

from __future__ import annotations

from enum import StrEnum

RESULTS_ENDING = ".results"
"""Of a run's results, before the file's own ending: NAME.results.xlsx."""
CHECK_ENDING = ".check"
"""Of what a check writes."""
FORGOTTEN_ENDING = ".groups"
"""Of the results of a batch whose numbers were forgotten."""


class ResultsSheet(StrEnum):
    """The sheets, in their order. A long one goes on in `Numbers 2` and so on."""

    SUMMARY = "Summary"
    GROUPS = "Groups"
    NUMBERS = "Numbers"
    REJECTED = "Rejected"


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
