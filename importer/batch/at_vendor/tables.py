"""Groups at the vendor as tables for a workbook, and as objects for scripts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from importer.batch.at_vendor.comparing import Finding
from importer.countries.of_numbers import country_of
from importer.results_columns import GroupsColumn, NumbersColumn

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from importer.batch.at_vendor.comparing import Compared

_FOUND = "Found"
_DETAILS = "Details"
_BATCH = "Batch"
_LIST = "List"
_REMARK = "Remark"
_DIFFERENCE = "Difference"


def groups_table(groups: Sequence[Compared]) -> pd.DataFrame:
    """Return a line for each group."""
    return _texts(
        {
            GroupsColumn.NAME: [one.name for one in groups],
            GroupsColumn.ID: [one.group_id for one in groups],
            GroupsColumn.COUNTRY: [_country(one) for one in groups],
            GroupsColumn.NUMBERS: [_size(one) for one in groups],
            _REMARK: [_remark(one) for one in groups],
            _BATCH: [one.batch for one in groups],
            _LIST: [one.list_name for one in groups],
            _FOUND: [one.finding.value for one in groups],
            _DETAILS: [one.details for one in groups],
        }
    )


def numbers_table(groups: Sequence[Compared]) -> pd.DataFrame:
    """Return a line for each number of each group at the vendor."""
    lines = [
        (number, one.name, one.group_id)
        for one in groups
        if one.listed is not None
        for number in sorted(one.listed.phones)
    ]
    columns = [NumbersColumn.NUMBER, NumbersColumn.GROUP_NAME, NumbersColumn.GROUP_ID]
    return pd.DataFrame(lines, columns=columns, dtype="str")


def differing_numbers_table(groups: Iterable[Compared]) -> pd.DataFrame:
    """Return a line for each number that only the vendor or only the journal has in a group."""
    columns = [
        NumbersColumn.NUMBER,
        _DIFFERENCE,
        NumbersColumn.GROUP_NAME,
        NumbersColumn.GROUP_ID,
        _BATCH,
    ]
    return pd.DataFrame(list(_differing(groups)), columns=columns, dtype="str")


def _differing(groups: Iterable[Compared]) -> Iterator[tuple[str, ...]]:
    for one in groups:
        for number in one.missing:
            yield number, "missing at the vendor", one.name, one.group_id, one.batch
        for number in one.added:
            yield number, "added at the vendor", one.name, one.group_id, one.batch


def as_json(one: Compared) -> dict[str, Any]:
    """Return the object of a group that `--json` prints; it holds no phone number."""
    return {
        "group_id": one.group_id,
        "name": one.name,
        "country": _country(one),
        "numbers": _size(one),
        "remark": _remark(one),
        "batch": one.batch or None,
        "list": one.list_name or None,
        "found": one.finding.value,
        "missing": len(one.missing),
        "added": len(one.added),
    }


def figures(groups: Sequence[Compared], problem: str) -> list[tuple[str, str]]:
    """Return what there is of each kind, for the first sheet and the terminal."""
    listed = [one for one in groups if one.listed is not None]
    foreign = sum(one.finding is Finding.FOREIGN for one in listed)
    lines = [
        ("groups at the vendor", f"{len(listed):,}"),
        ("numbers in them", f"{sum(_size(one) for one in listed):,}"),
        ("groups of ours", f"{len(listed) - foreign:,}"),
        ("groups that are not ours", f"{foreign:,}"),
    ]
    for finding in Finding:
        count = sum(one.finding is finding for one in groups)
        if finding.differs and count:
            lines.append((f"groups {finding.value}", f"{count:,}"))
    return [*lines, *([("the listing may not be whole", problem)] if problem else [])]


def _country(one: Compared) -> str:
    if one.record is not None:
        return one.record.group.country
    return country_of(one.listed.phones) if one.listed is not None else ""


def _size(one: Compared) -> int:
    if one.listed is not None:
        return len(one.listed.phones)
    return 0 if one.record is None else one.record.group.size


def _remark(one: Compared) -> str:
    if one.listed is not None:
        return one.listed.remark
    return "" if one.record is None else one.record.group.remark


def _texts(columns: dict[str, list[Any]]) -> pd.DataFrame:
    frame = pd.DataFrame({str(name): values for name, values in columns.items()})
    counts = [str(GroupsColumn.NUMBERS)]
    return frame.astype({name: "int64" if name in counts else "str" for name in frame})
