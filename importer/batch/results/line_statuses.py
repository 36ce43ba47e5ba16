"""What became of each line: lines and groups joined by number, never by position. Pure."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.api.codes import advice
from importer.batch.input.duplicates import ACCEPTED
from importer.columns.buffers import texts_of
from importer.columns.matching import find
from importer.model import GroupState, Status, Tally
from importer.results_columns import GroupsColumn

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import tzinfo

from importer.model import ForgottenCounts, GroupRecord

_TEXT = pa.large_string()
IN_DOUBT_ADVICE = (
    "It may exist: look for the remark {token} at the vendor. It is not sent again blindly; where "
    "no listing can tell, `importer settle BATCH` takes your word."
)


def assign_statuses(
    lines: pd.DataFrame,
    groups: Sequence[GroupRecord],
    skipped: pd.DataFrame | None = None,
    missing: Collection[str] = (),
) -> pd.DataFrame:
    """Return for each line its `status`, `reason`, `group_name` and `group_id`.

    `lines` has `number`, `status` and `reason` as `mark_duplicates` gives them. `skipped` holds the
    known numbers that were left out, as `Journal.skipped` gives them; they are duplicates of the
    earlier batch, whose group of the `missing` ones was not created, or deleted. A duplicate shows
    the group that its number is in.
    """
    accepted = lines["status"] == ACCEPTED
    status, reason, name, group_id = _facts(groups, lines["number"])
    statuses = pd.DataFrame(
        {
            "status": lines["status"].where(~accepted, status),
            "reason": lines["reason"].where(~accepted | (reason == ""), reason),
            "group_name": name,
            "group_id": group_id,
        }
    )
    if skipped is not None and not skipped.empty:
        mark_known(statuses, lines, accepted, skipped, missing)
    return statuses


def _facts(groups: Sequence[GroupRecord], numbers: pd.Series) -> Iterator[pd.Series]:
    """Return status, reason, name and groupId of each number's group, "" where it has none.

    A number in two groups, which no plan makes, is reported by `imbalance`; here it must not crash.
    """
    groups = current_groups(groups)
    phones = pc.split_pattern(pa.array([one.group.phones for one in groups], _TEXT), ",")
    of_group = np.append(pc.list_parent_indices(phones).to_numpy(), len(groups))
    found = find(texts_of(numbers), pc.cast(pc.list_flatten(phones), _TEXT))
    at = pa.array(of_group[found])
    facts = [
        [one.state.status.value for one in groups],
        [explain(one) for one in groups],
        [one.group.name for one in groups],
        [one.group_id for one in groups],
    ]
    for fact in facts:
        values = pa.array([*fact, ""], _TEXT).take(at)
        yield pd.Series(values.to_pandas().array, index=numbers.index)


def explain(record: GroupRecord) -> str:
    """Say why a group's numbers are refused or in doubt, in the vendor's words where it spoke."""
    if record.state is GroupState.DELETED:
        return "its group was deleted by an undo"
    if record.state in {GroupState.CREATED, GroupState.PLANNED, GroupState.DELETING}:
        return ""
    return f"code {record.code}: {record.message}" if record.code is not None else record.message


def mark_removed(statuses: pd.DataFrame, name: str) -> tuple[pd.DataFrame, int]:
    """Return the statuses with those of numbers that a sync took out of their groups; count them.

    `name` is the list that their batch belongs to.
    """
    gone = (statuses["status"] == "").to_numpy()
    if gone.any():
        statuses = statuses.copy()
        statuses.loc[gone, "status"] = Status.PLANNED.value
        statuses.loc[gone, "reason"] = f"in no group of the list {name} any more"
    return statuses, int(gone.sum())


def mark_known(
    statuses: pd.DataFrame,
    lines: pd.DataFrame,
    accepted: pd.Series,
    skipped: pd.DataFrame,
    missing: Collection[str],
) -> None:
    """Make accepted lines duplicates whose numbers were left out; see `assign_statuses`."""
    earlier = skipped.set_index("number")
    known = accepted & (statuses["status"] == "") & lines["number"].isin(earlier.index)
    numbers = lines.loc[known, "number"]
    statuses.loc[known, "status"] = Status.DUPLICATE.value
    place = "batch " + numbers.map(earlier["batch"]) + ", group "
    place = place + numbers.map(earlier["group_name"])
    statuses.loc[known, "reason"] = ("already in " + place).where(
        ~numbers.isin(list(missing)), "left to " + place + ", which is not created"
    )


def left_out(statuses: pd.DataFrame, lines: pd.DataFrame, missing: Collection[str]) -> int:
    """Count the lines that were left to a group of an earlier batch that is not there."""
    left = (lines["status"] == ACCEPTED) & (statuses["status"] == Status.DUPLICATE.value)
    return int((left & lines["number"].isin(list(missing))).sum())


def current_groups(groups: Sequence[GroupRecord]) -> list[GroupRecord]:
    """Leave out groups that were split: their numbers are in other groups."""
    return [one for one in groups if one.state.has_numbers]


def tally(statuses: pd.DataFrame, groups: Sequence[GroupRecord]) -> Tally:
    """Count the lines by what became of them."""
    counts = statuses["status"].value_counts()
    created = sum(one.state is GroupState.CREATED for one in groups)
    return Tally(
        rows=len(statuses),
        **{status.name.lower(): int(counts.get(status.value, 0)) for status in Status},
        groups=created,
    )


def lines_from_counts(
    remains: ForgottenCounts, groups: Sequence[GroupRecord]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return as many lines as a forgotten batch had, and what became of them, without numbers.

    They are for counting: their order is that of the outcomes, not of the input.
    """
    outcomes = [
        (one.state.status, "", one.group.country, one.group.size) for one in current_groups(groups)
    ]
    outcomes.append((Status.DUPLICATE, "", "", remains.duplicate))
    outcomes += [(Status.REJECTED, reason, "", count) for reason, count in remains.reasons.items()]
    columns = pd.DataFrame(outcomes, columns=["status", "reason", "country", "count"])
    each = columns.loc[columns.index.repeat(columns.pop("count"))].reset_index(drop=True)
    lines = pd.DataFrame({"number": "", "country": each["country"], "type": ""}, dtype="str")
    statuses = each[["status", "reason"]].assign(group_name="", group_id="").astype("str")
    return lines, statuses


def imbalance(tally: Tally, groups: Sequence[GroupRecord], gone: int = 0) -> str:
    """Say loudly where the lines of the input and the groups of the journal don't agree, or "".

    `gone` is how many lines are planned whose numbers were taken out of their groups.
    """
    in_groups = Counter({Status.PLANNED: gone})
    for one in current_groups(groups):
        in_groups[one.state.status] += one.group.size
    of_lines = {
        Status.CREATED: tally.created,
        Status.PLANNED: tally.planned,
        Status.REFUSED: tally.refused,
        Status.IN_DOUBT: tally.in_doubt,
    }
    wrong = [
        f"{count:,} rows are {status} but {in_groups[status]:,} numbers in the journal"
        for status, count in of_lines.items()
        if count != in_groups[status]
    ]
    if not tally.balances:
        wrong.append(f"the outcomes do not add up to the {tally.rows:,} rows")
    return f"THE BOOKS DO NOT BALANCE: {'; '.join(wrong)}. Keep this file." if wrong else ""


def group_table(groups: Sequence[GroupRecord], zone: tzinfo = UTC) -> pd.DataFrame:
    """Return the sheet Groups: a line per group, in the order they were planned.

    All times are of one `zone`, in whole seconds, as a cell of Excel has no zone.
    """
    groups = current_groups(groups)
    return pd.DataFrame(
        {
            GroupsColumn.NAME: pd.Series([one.group.name for one in groups], dtype="str"),
            GroupsColumn.ID: pd.Series([one.group_id for one in groups], dtype="str"),
            GroupsColumn.COUNTRY: pd.Series([one.group.country for one in groups], dtype="str"),
            GroupsColumn.NUMBERS: pd.Series([one.group.size for one in groups], dtype="int64"),
            GroupsColumn.STATUS: pd.Series([one.state.status.value for one in groups], dtype="str"),
            GroupsColumn.CODE: pd.Series([one.code for one in groups], dtype="Int64"),
            GroupsColumn.MESSAGE: pd.Series([_message(one) for one in groups], dtype="str"),
            GroupsColumn.REQUEST_ID: pd.Series([one.request_id for one in groups], dtype="str"),
            GroupsColumn.ATTEMPTS: pd.Series([one.attempts for one in groups], dtype="int64"),
            GroupsColumn.CREATED_AT: pd.Series(
                [_time_in(zone, one.created_ms) for one in groups], dtype="datetime64[ms]"
            ),
        }
    )


def _message(record: GroupRecord) -> str:
    """Say what the vendor answered, and what to do where the group was not made."""
    if record.state is GroupState.REFUSED:
        return f"{record.message}. {advice(record.code)}"
    if record.state in {GroupState.SENDING, GroupState.IN_DOUBT}:
        token = record.group.token
        return f"{record.message or 'no answer yet'}. {IN_DOUBT_ADVICE.format(token=token)}"
    return record.message


def _time_in(zone: tzinfo, ms: int | None) -> datetime | None:
    return None if ms is None else datetime.fromtimestamp(ms // 1000, zone).replace(tzinfo=None)
