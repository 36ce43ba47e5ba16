"""What a long list would make, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from importer.batch.planning import preview

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.batch.large.groups import Grouped
    from importer.batch.large.passes.decisions import DecidedList
    from importer.model import Group, Source


def preview_of(
    source: Source,
    assumptions: Sequence[str],
    decided: DecidedList,
    grouped: Grouped,
    groups: Sequence[Group],
) -> list[str]:
    """Return the lines of a preview, as `preview.preview` does for a list in memory."""
    return [
        f"{source.path.name}: {source.form}",
        *(preview.column_line(*one) for one in source.columns),
        *(f"  digits alone: {sentence}" for sentence in assumptions),
        *preview.counts_line("countries", commonest(grouped.by_country)),
        *preview.counts_line("rejected", commonest(decided.reasons)),
        *preview.examples(*decided.examples),
        preview.groups_line(groups),
    ]


def commonest(counts: Mapping[str, int]) -> pd.Series:
    """Return counts, the commonest first."""
    found = pd.Series(counts, dtype="int64")
    return found.sort_values(ascending=False, kind="stable")
