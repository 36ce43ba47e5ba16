"""What a run is about to do, in words, before it does anything. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.batch.input.duplicates import ACCEPTED
from importer.model import Status
from importer.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from importer.model import Group, Rows

EXAMPLES = 3
"""Of each way in which numbers were read."""
LOOKED_AT = 10_000
"""Lines in which examples are looked for."""
SHOWN = 8
"""Countries and reasons, before the rest is only counted."""

_NOT_DIGITS = re.compile(r"\D")


def preview(
    rows: Rows,
    lines: pd.DataFrame,
    groups: Sequence[Group],
    assumptions: Sequence[str],
    set_by_file: str = "",
) -> list[str]:
    """Return the lines of a preview: what was read and how, the rejects, what would be made.

    `set_by_file` says which importer.toml has set what, "" where none has.
    """
    accepted = lines["status"] == ACCEPTED
    rejected = lines.loc[lines["status"] == Status.REJECTED.value, "reason"]
    text = [
        f"{rows.source.path.name}: {rows.source.form}",
        *([f"  settings: {set_by_file}"] if set_by_file else []),
        *(column_line(*one) for one in rows.source.columns),
        *(f"  digits alone: {sentence}" for sentence in assumptions),
        *counts_line("countries", lines.loc[accepted, "country"].value_counts()),
        *counts_line("rejected", rejected.str.split(":", n=1).str[0].value_counts()),
    ]
    looked_at = lines.index[accepted][:LOOKED_AT]
    text += examples(rows.cells.loc[looked_at, "original"], lines.loc[looked_at, "number"])
    return [*text, groups_line(groups)]


def column_line(sheet: str, phone: str, country: str) -> str:
    """Say which columns of a sheet were read."""
    beside = f", country from '{country}'" if country else ""
    return f"  sheet '{sheet}': numbers from '{phone}'{beside}"


def counts_line(title: str, counted: pd.Series) -> Iterator[str]:
    """Say how many there are of each; the commonest stand first."""
    if counted.empty:
        return
    shown = [f"{name} {count:,}" for name, count in counted.head(SHOWN).items()]
    if len(counted) > SHOWN:
        shown.append(f"{counted.iloc[SHOWN:].sum():,} in {len(counted) - SHOWN} more")
    yield f"  {title}: {', '.join(shown)}"


def examples(originals: pd.Series, numbers: pd.Series) -> Iterator[str]:
    """Show some numbers for each way of reading, so that a wrong way catches the eye."""
    found: dict[str, list[str]] = {}
    for original, number in zip(originals, numbers, strict=True):
        shown = found.setdefault(_way(original, number), [])
        example = f"{original.strip()} -> {number}"
        if len(shown) < EXAMPLES and example not in shown:
            shown.append(example)
    for way, shown in found.items():
        yield f"  {way}: {' | '.join(shown)}"


def _way(original: str, number: str) -> str:
    if "+" in original or "\uff0b" in original:
        return "written with +"
    digits = _NOT_DIGITS.sub("", original)
    if digits == number:
        return "read as with country code"
    return "written with 00" if digits == f"00{number}" else "read as national"


def groups_line(groups: Sequence[Group]) -> str:
    """Say how many groups there are, and what they are called."""
    if not groups:
        return "  groups: none"
    between = f"'{groups[0].name}'" + (f" to '{groups[-1].name}'" if len(groups) > 1 else "")
    largest = max(group.size for group in groups)
    numbers = counted(largest, "number")
    return f"  groups: {len(groups):,}, {between}, at most {numbers} each"
