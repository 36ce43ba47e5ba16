"""Says in a sentence how a column's bare digits were read, for the operator. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.phones.cell.evidence import ENOUGH

if TYPE_CHECKING:
    from importer.phones.cell.column import Column
    from importer.phones.cell.evidence import Evidence


def assumption(name: str, region: str, column: Column, evidence: Evidence) -> str:
    """Say in a sentence how a column's bare digits were read and why, or "" if nothing hung on it.

    `region` is the two-letter country that its rows were read with, or "".
    """
    where = f"Column '{name}'" if name else "The phone column"
    rows = f"{where}, rows of {region}" if region else f"{where}, rows without a country"
    if region and not evidence.fits:
        fitting, cells = evidence.fit
        return (
            f"{rows}: numbers without + were not read as those of {region}, because only "
            f"{fitting:,} of {cells:,} different cells would be valid there, so that it may be the "
            f"wrong country.{_read_abroad(column, evidence)}"
        )
    if region and column.other_groups:
        return (
            f"{rows}: numbers without + were not read, because their digits are grouped as "
            f"those of +{column.other_groups} are, and not as in {region}."
        )
    if region and column.likelier:
        return (
            f"{rows}: numbers without + were not read, because they look much less like numbers of "
            f"{region} than of another country, such as {column.likelier}. If they are of "
            f"{column.likelier}: --region {column.likelier}; if {region} is right: --bare-digits "
            "national."
        )
    if evidence.way == "national":
        return (
            f"{rows}: numbers without + were read as national ones, because "
            f"{evidence.national.total():,} different cells can only be read so and "
            f"{evidence.abroad:,} only as international."
        )
    foreign, neither = evidence.foreign.total(), evidence.neither.total()
    if foreign and evidence.distrusted:
        return (
            f"{rows}: numbers without + were not read as those of other countries, because only "
            f"{foreign:,} of {foreign + neither:,} different cells would be valid so, which may be "
            "accidents."
        )
    if evidence.own.total() >= ENOUGH or (foreign and column.proven):
        return f"{rows}: {_international(region, evidence)}"
    return ""


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
        "numbers without + were read as international ones, because "
        f"{evidence.abroad:,} different cells can only be read so{own} and "
        f"{evidence.national.total():,} only as national."
    )
