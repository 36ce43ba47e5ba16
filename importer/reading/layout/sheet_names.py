"""Whether a sheet's name says another country than the one that is given for all sheets. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import phonenumbers

from importer.countries import understand_region
from importer.errors import UnreadableInput
from importer.reading.layout.content import text_of
from importer.reading.layout.country_columns import needs_country
from importer.reading.tables.columnar import cells_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.layout.layouts import Layout
    from importer.reading.tables.sheets import Sheet

_SHORTEST = 4
"""Letters of a sheet's name that is a country's; shorter ones may be those of a department."""


def ensure_of_region(name: str, found: Sequence[tuple[Sheet, Layout]], region: str | None) -> None:
    """Make sure that no sheet of a file is named after another country than the one given for all.

    Raises:
        UnreadableInput: one is, and has numbers that no cell says a country of.
    """
    for sheet, layout in found:
        other = _other_country(sheet, layout, region) if region else ""
        if other:
            shown = " ".join(sheet.name.split())
            raise UnreadableInput(
                f"{name}: sheet '{shown}' is named after another country than --region {region}, "
                f'and has numbers without a country code: read it alone with --sheet "{shown}" '
                f"--region {other}, and the others with --region {region}. If all are of "
                f"{region}: --country-column none."
            )


def _other_country(sheet: Sheet, layout: Layout, region: str) -> str:
    """Return the country that a sheet is named after, where its numbers may not be of `region`.

    Returns "" where it is named otherwise, or every number says its country in some other way.
    """
    name = sheet.name.strip()
    named = understand_region(name) if len(name) >= _SHORTEST else None
    if named is None or _code(named) == _code(region):
        return ""
    undecided = [at for at in layout.phones if not layout.countries_of(at)]
    lines = range(layout.first, len(sheet.lines))
    bare = (
        needs_country(text_of(cell))
        for at in undecided
        for cell in cells_at(sheet.lines, at, lines)
    )
    return named if any(bare) else ""


def _code(region: str) -> int:
    return phonenumbers.country_code_for_region(region)
