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
            f"{rows}: numbers without + were not read, because only {fitting:,} of {cells:,} "
            f"different cells would be valid in {region}, so that it may be the wrong country."
        )
    if region and column.other_groups:
        return (
            f"{rows}: numbers without + were not read, because their digits are grouped as "
            f"those of +{column.other_groups} are, and not as in {region}."
        )
    if region and column.likelier:
        return (
            f"{rows}: numbers without + were not read, because they look much more like numbers of "
            f"{column.likelier} than of {region}. If they are numbers of {column.likelier}: "
            f"--region {column.likelier}; if {region} is right: --bare-digits national."
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


def _international(region: str, evidence: Evidence) -> str:
    own = f" ({evidence.own.total():,} with the code of {region})" if region else ""
    return (
        "numbers without + were read as international ones, because "
        f"{evidence.abroad:,} different cells can only be read so{own} and "
        f"{evidence.national.total():,} only as national."
    )
