"""Small factories of what a results workbook tells."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from importer.model import Reason, Rows, Source, Status, Tally
from importer.report import ResultsContent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

GROUP_SIZE = 500
FACTS = (
    ("Input", "customers.xlsx (Excel workbook)"),
    ("Columns", "sheet 'Sheet1': numbers from 'Mobile', country from 'Country'"),
    ("Country of numbers without code", "HK"),
    ("Batch", "20260301-7f3a"),
)
SETTINGS = (
    ("Groups", "by country, at most 500 numbers each, named '{file} {country} {seq:03}'"),
    ("Sending", "5 calls a second, 8 at a time, 30 s for an answer"),
    ("Accepted", "valid numbers; at most 50 % rejects"),
    ("Written", "2026-03-01 09:30:00 HKT, by importer 0.1.0"),
)
COUNTRIES = ("HK", "HK", "HK", "CN", "CN", "SG", "GB", "US", "AU", "MY", "JP")
REASONS = tuple(Reason)


def content(
    statuses: Sequence[Status],
    *,
    originals: Sequence[str] | None = None,
    reasons: Sequence[str] | None = None,
    extras: Mapping[str, Sequence[object] | pd.Series] | pd.DataFrame | None = None,
    headline: str | None = None,
    path: Path = Path("customers.xlsx"),
    facts: Sequence[tuple[str, str]] = FACTS,
    groups: pd.DataFrame | None = None,
) -> ResultsContent:
    """Return what a workbook tells of one line per status, told in full or made up."""
    count = len(statuses)
    numbers = [f"852{35_000_000 + at}" for at in range(count)]
    rejected = [status is Status.REJECTED for status in statuses]
    told = reasons or [REASONS[at % 9].value if no else "" for at, no in enumerate(rejected)]
    grouped = [status not in {Status.REJECTED, Status.DUPLICATE} for status in statuses]
    tally = _tally(statuses)
    return ResultsContent(
        headline=headline or f"{tally.created:,} of {count:,} numbers are in groups.",
        tally=tally,
        rows=Rows(
            cells=pd.DataFrame(
                {
                    "sheet": pd.Series(["Sheet1"] * count, dtype="str"),
                    "row": pd.Series(range(2, count + 2), dtype="int64"),
                    "original": _texts(originals or [f"+{number}" for number in numbers]),
                    "kind": pd.Series(["text"] * count, dtype="str"),
                    "region": pd.Series([""] * count, dtype="str"),
                }
            ),
            extras=_frame(extras, count),
            source=Source(path, "Excel workbook", (("Sheet1", "Mobile", ""),)),
        ),
        lines=pd.DataFrame(
            {
                "number": _texts(
                    ["" if no else number for no, number in zip(rejected, numbers, strict=True)]
                ),
                "country": _texts(
                    ["" if no else COUNTRIES[at % 11] for at, no in enumerate(rejected)]
                ),
                "type": _texts(["" if no else "mobile" for no in rejected]),
            }
        ),
        statuses=pd.DataFrame(
            {
                "status": _texts([status.value for status in statuses]),
                "reason": _texts(told),
                "group_name": _texts(
                    [
                        f"customers {at // GROUP_SIZE + 1:03}" if yes else ""
                        for at, yes in enumerate(grouped)
                    ]
                ),
                "group_id": _texts(
                    [f"19{at // GROUP_SIZE:017}" if yes else "" for at, yes in enumerate(grouped)]
                ),
            }
        ),
        groups=group_frame(statuses) if groups is None else groups,
        sections=(("What was assumed", facts), ("Settings", SETTINGS)),
    )


def group_frame(statuses: Sequence[Status]) -> pd.DataFrame:
    """Return the sheet Groups for lines of these statuses."""
    starts = range(0, len(statuses), GROUP_SIZE)
    seqs = range(1, len(starts) + 1)
    states = [statuses[start] for start in starts]
    return pd.DataFrame(
        {
            "Group Name": _texts([f"customers {seq:03}" for seq in seqs]),
            "Group ID": _texts([f"19{seq - 1:017}" for seq in seqs]),
            "Country": _texts(["HK" for _ in seqs]),
            "Numbers": pd.Series([GROUP_SIZE for _ in seqs], dtype="int64"),
            "Status": _texts([state.value for state in states]),
            "Code": pd.Series([0 for _ in seqs], dtype="Int64"),
            "Message": _texts(["success" for _ in seqs]),
            "Request ID": _texts([f"{seq:032}" for seq in seqs]),
            "Attempts": pd.Series([1 for _ in seqs], dtype="int64"),
            "Created At": pd.Series(
                [datetime(2026, 3, 1, 9, 30) for _ in seqs],
                dtype="datetime64[ms]",
            ),
        }
    )


def _tally(statuses: Sequence[Status]) -> Tally:
    counts = Counter(status.name.lower() for status in statuses)
    return Tally(rows=len(statuses), groups=1, **counts)


def _texts(values: Sequence[str]) -> pd.Series:
    """Return texts as the stages give them; such with halves of characters as objects."""
    halved = any("\ud800" <= char <= "\udfff" for text in values for char in text)
    return pd.Series(list(values), dtype="object" if halved else "str")


def _frame(
    extras: Mapping[str, Sequence[object] | pd.Series] | pd.DataFrame | None, count: int
) -> pd.DataFrame:
    if isinstance(extras, pd.DataFrame):
        return extras
    columns = {name: _extra(values) for name, values in (extras or {}).items()}
    return pd.DataFrame(columns, index=range(count))


def _extra(values: Sequence[object] | pd.Series) -> pd.Series:
    if all(isinstance(value, str) for value in values):
        return _texts([str(value) for value in values])
    return pd.Series(values)
