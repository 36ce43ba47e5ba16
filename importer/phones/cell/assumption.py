"""Says in a sentence how a column's bare digits were read, for the operator. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.phones.cell.evidence import ENOUGH
from importer.plurals import counted

if TYPE_CHECKING:
    from importer.phones.cell.column import Column
    from importer.phones.cell.evidence import Evidence


def assumption(name: str, region: str, column: Column, evidence: Evidence) -> str:
    """Say in a sentence how a column's bare digits were read and why, or "" if nothing hung on it.

    `region` is the two-letter country that its rows were read with, or "".
    """
    rows = _rows(name, region)
    if region and not evidence.fits:
        fitting, cells = evidence.fit
        return (
            f"{rows}: numbers without + were not read as those of {region}, because "
            f"{_few(fitting)} of {_cells(cells)} would be valid there, so that it may be the "
            f"wrong country.{_read_abroad(column, evidence)}"
        )
    if region and column.likelier:
        return f"{rows}: {_likelier(region, column)}"
    if evidence.way == "national":
        return (
            f"{rows}: numbers without + were read as national ones: "
            f"{_cells(evidence.national.total())} can be nothing else"
            f"{_against(evidence.abroad, 'can only have a country code')}."
        )
    foreign, neither = evidence.foreign.total(), evidence.neither.total()
    if foreign and evidence.distrusted:
        return (
            f"{rows}: numbers without + were not read as those of other countries, because only "
            f"{foreign:,} of {_cells(foreign + neither)} would be valid so, which may be chance."
        )
    if evidence.own.total() >= ENOUGH or (foreign and column.proven):
        return f"{rows}: {_international(region, evidence)}"
    return ""


def _rows(name: str, region: str) -> str:
    where = f"Column '{name}'" if name else "The phone column"
    return f"{where}, rows of {region}" if region else f"{where}, rows without a country"


def _cells(count: int) -> str:
    return counted(count, "different cell")


def _few(count: int) -> str:
    return f"only {count:,}" if count else "none"


def _against(count: int, what: str) -> str:
    """Say how many cells speak against the reading, where any do."""
    return f", and {count:,} {what}" if count else ""


def _likelier(region: str, column: Column) -> str:
    other = f"--region {column.likelier}"
    if column.from_row:
        other = f"--country-column none {other}"
    return (
        f"numbers without + were not read, because they look much less like numbers of {region} "
        f"than of another country, such as {column.likelier}. If they are of {column.likelier}: "
        f"{other}; if {region} is right: --bare-digits national."
    )


def _read_abroad(column: Column, evidence: Evidence) -> str:
    """Say which numbers were read all the same, as the column proves their country code."""
    read = evidence.foreign_near[False] and False not in column.distrusted
    near = evidence.foreign_near[True] and True not in column.distrusted and not column.national
    codes = sorted(code for code in column.proven if evidence.valid[code])
    if not codes or not (read or near):
        return ""
    return f" Those that begin with {' or '.join(codes)} were read as international ones."


def _international(region: str, evidence: Evidence) -> str:
    own = (
        f" ({evidence.own.total():,} with the code of {region})" if region and evidence.own else ""
    )
    return (
        "numbers without + were read with the country code that they begin with: "
        f"{_cells(evidence.abroad)} can be nothing else{own}"
        f"{_against(evidence.national.total(), 'can only be national')}."
    )
