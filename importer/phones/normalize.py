"""Rows to numbers and rejects, in bulk. Pure."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pandas as pd

from importer.model import CellKind, Reason
from importer.phones.decide import Strictness, Verdict, decide
from importer.phones.regions import understand_region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_REPORT_EVERY = 1_000


def normalize(
    cells: pd.DataFrame,
    default_region: str | None = None,
    strict: Strictness = "valid",
    progress: Callable[[int], None] = lambda count: None,
) -> pd.DataFrame:
    """Return one line per line of `cells`, with the same index.

    Takes the columns `original`, `kind` and `region` of `Rows.cells`. Gives `number` (digits with
    country code, "" for a reject), `country`, `type` and `reason` ("" for a number). A row whose
    country is given but not understood is a reject; it is never read with another country instead.
    """
    region_of = {text: _region(text, default_region) for text in cells["region"].unique()}
    lines = zip(cells["original"], cells["kind"], cells["region"].map(region_of), strict=True)
    verdicts = _verdicts(_counted(lines, progress), strict)
    return pd.DataFrame.from_records(
        [(one.number, one.country, one.type, one.explanation) for one in verdicts],
        columns=["number", "country", "type", "reason"],
        index=cells.index,
    ).astype("str")


_NOT_UNDERSTOOD = "?"


def _region(text: str, default_region: str | None) -> str:
    """Return the region to read with, "" for none, or a mark that the text is not understood."""
    if not text:
        return default_region or ""
    return understand_region(text) or _NOT_UNDERSTOOD


def _verdicts(lines: Iterable[tuple[str, str, str]], strict: Strictness) -> Iterator[Verdict]:
    """Decide line by line; a cell that stands in many rows is decided once."""

    @lru_cache(maxsize=100_000)
    def verdict(text: str, kind: str, region: str) -> Verdict:
        if region == _NOT_UNDERSTOOD:
            return Verdict(reason=Reason.UNKNOWN_COUNTRY)
        return decide(text, CellKind(kind), region or None, strict)

    for text, kind, region in lines:
        yield verdict(text, kind, region)


def _counted(
    lines: Iterable[tuple[str, str, str]], progress: Callable[[int], None]
) -> Iterator[tuple[str, str, str]]:
    count = 0
    for line in lines:
        yield line
        count += 1
        if count % _REPORT_EVERY == 0:
            progress(_REPORT_EVERY)
    progress(count % _REPORT_EVERY)
