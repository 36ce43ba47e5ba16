"""Why nothing may be sent of a file, and what the operator can do about it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.countries import region_name
from importer.model import Reason, Status
from importer.phones.advice import likely_regions

if TYPE_CHECKING:
    import pandas as pd

    from importer.model import Rows
    from importer.phones.advice import LikelyRegion
    from importer.settings import Settings

_LOOKED_AT = 5_000
"""Rejected cells that advice is drawn from."""
_OF_WRONG_REGION = (
    Reason.AMBIGUOUS,
    Reason.NOT_VALID,
    Reason.WRONG_LENGTH,
    Reason.TOO_SHORT,
    Reason.TOO_LONG,
    Reason.ZERO_LOST,
    Reason.UNKNOWN_CODE,
)
"""Why numbers of one country are rejected where another one was named."""


def gate(rows: Rows, lines: pd.DataFrame, settings: Settings) -> str:
    """Return why nothing may be sent of a file, "" where it may.

    `lines` has `status` and `reason` of each line of `rows`. Rejects are counted by rows, and by
    different numbers as well: a few numbers that repeat a thousand times must not hide them.
    """
    rejected = lines["status"] == Status.REJECTED.value
    accepted = ~rejected & (lines["status"] != Status.DUPLICATE.value)
    counts = RowCounts(
        rows=len(lines),
        rejected=int(rejected.sum()),
        accepted=int(accepted.sum()),
        different_rejects=rows.cells.loc[rejected.to_numpy(), "original"].nunique(),
        without_country=int((lines["reason"] == Reason.NO_COUNTRY.value).sum()),
    )
    return gate_of_counts(counts, rows, lines, settings)


@dataclass(frozen=True, slots=True)
class RowCounts:
    """How many rows a list has, and what they came to."""

    rows: int
    rejected: int
    accepted: int
    """Different numbers."""
    different_rejects: int
    without_country: int
    """Rejects that lack a country."""

    @property
    def shares(self) -> list[tuple[float, str]]:
        """The share of rejects among the rows and among different numbers."""
        different = self.accepted + self.different_rejects
        return [
            (self.rejected / max(1, self.rows), "rows"),
            (self.different_rejects / max(1, different), "different numbers"),
        ]


def gate_of_counts(counts: RowCounts, rows: Rows, lines: pd.DataFrame, settings: Settings) -> str:
    """Return why nothing may be sent of a list, "" where it may.

    `rows` and `lines` are those of the list, or some of its rejects.
    """
    if counts.rows == 0:
        return "Nothing was sent: the phone column is empty."
    if counts.rejected == counts.rows:
        problem = "Nothing was sent: no row has a number that is certain."
        return " ".join([problem, *_advice(counts, rows, lines, settings)])
    share, of_what = max(counts.shares)
    if share * 100 <= settings.max_rejects:
        return ""
    problem = (
        f"Nothing was sent: {share * 100:.0f} % of the {of_what} are rejected, more than the "
        f"{settings.max_rejects:g} % that {settings.origin('max_rejects')} allows; it may be the "
        "wrong file, column or --region."
    )
    return " ".join([problem, *_advice(counts, rows, lines, settings)])


def _advice(counts: RowCounts, rows: Rows, lines: pd.DataFrame, settings: Settings) -> list[str]:
    found = suggested_regions(rows, lines, settings)
    missing = counts.without_country
    name_it = (
        f"{missing:,} have no country: name it, as in --region HK, or in a column Country beside "
        "them; --country-column names a column that is called otherwise."
    )
    one_of = " Only one of these countries can be right." if len(found) > 1 else ""
    return [*([name_it] if missing else []), *([f"{_would_be(found)}?{one_of}"] if found else [])]


def _would_be(found: tuple[LikelyRegion, ...]) -> str:
    best, *others = found
    also = "".join(
        f", {one.valid:,} as {region_name(one.region)}: --region {one.region}" for one in others
    )
    return (
        f"{best.valid:,} of {best.cells:,} different rejects would be valid as "
        f"{region_name(best.region)}: --region {best.region}{also}"
    )


def suggested_regions(
    rows: Rows, lines: pd.DataFrame, settings: Settings
) -> tuple[LikelyRegion, ...]:
    """Return the regions that would make numbers of most rejects without a country code."""
    reasons = lines["reason"].str.split(":", n=1).str[0]
    wanted = {Reason.NO_COUNTRY.value}
    if not any(country for _, _, country in rows.source.columns):
        wanted |= {reason.value for reason in _OF_WRONG_REGION}
    chosen = reasons.isin(wanted) & (lines["status"] == Status.REJECTED.value)
    texts = rows.cells.loc[chosen.to_numpy(), "original"].head(_LOOKED_AT).str.strip()
    bare = [text for text in texts if not text.startswith(("+", "00"))]
    found = likely_regions(bare, set(lines.loc[~chosen, "country"]))
    return tuple(one for one in found if one.region != settings.region)


def question(found: tuple[LikelyRegion, ...]) -> str:
    """Ask an operator at a terminal for the region of numbers without a country code."""
    return f"{_would_be(found)}. Read them so?"
