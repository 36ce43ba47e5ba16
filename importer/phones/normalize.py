"""Cells to numbers and rejects, in bulk: each different cell is decided once. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from importer.model import CellKind, Reason
from importer.phones.conventions import Column, assumption, gather, settle
from importer.phones.decide import decide, several
from importer.phones.options import Decided, PhoneOptions
from importer.phones.regions import understand_region
from importer.phones.verdict import Verdict, reject

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.phones.readings import Bare

_REPORT_EVERY = 1_000
_NOT_UNDERSTOOD = "?"
_AUTO = PhoneOptions()

Verdicts = tuple[Verdict, ...]


def normalize(
    cells: pd.DataFrame,
    options: PhoneOptions = _AUTO,
    progress: Callable[[int], None] = lambda count: None,
) -> Decided:
    """Decide about `Rows.cells`: a line for each number found and for each cell rejected.

    A row whose country is given but not understood is a reject; it is never read with another
    country instead. `progress` is told how many more cells are decided.
    """
    keys, distinct = _distinct_cells(cells, options.region)
    verdicts = _decide_all(distinct, keys, options, progress)
    assumptions = _settle_all(distinct, verdicts) if options.bare_digits == "auto" else ()
    return Decided(_lines(keys, verdicts), assumptions)


def _distinct_cells(
    cells: pd.DataFrame, default_region: str | None
) -> tuple[pd.Series, pd.DataFrame]:
    """Return for each cell the number of its kind of cell, and those kinds as a frame."""
    region_of = {text: _region(text, default_region) for text in cells["region"].unique()}
    told = pd.DataFrame(
        {
            "sheet": cells.get("sheet", ""),
            "column": cells.get("column", ""),
            "original": cells["original"],
            "kind": cells["kind"],
            "region": cells["region"].map(region_of),
        }
    ).reset_index(drop=True)
    keys = told.groupby(list(told.columns), sort=False, dropna=False).ngroup()
    return keys, told[~keys.duplicated()].reset_index(drop=True)


def _region(text: str, default_region: str | None) -> str:
    """Return the region to read with, "" for none, or a mark that the text is not understood."""
    if not text.strip():
        return default_region or ""
    return understand_region(text) or _NOT_UNDERSTOOD


def _decide_all(
    distinct: pd.DataFrame,
    keys: pd.Series,
    options: PhoneOptions,
    progress: Callable[[int], None],
) -> list[Verdicts]:
    counts = keys.value_counts(sort=False).sort_index()
    verdicts: list[Verdicts] = []
    done = 0
    cells = zip(distinct["original"], distinct["kind"], distinct["region"], counts, strict=True)
    for text, kind, region, count in cells:
        verdicts.append(_decide_cell(text, kind, region, options))
        done += int(count)
        if done >= _REPORT_EVERY:
            progress(done)
            done = 0
    progress(done)
    return verdicts


def _decide_cell(text: str, kind: str, region: str, options: PhoneOptions) -> Verdicts:
    if region == _NOT_UNDERSTOOD:
        return (reject(Reason.UNKNOWN_COUNTRY),)
    return decide(text, CellKind(kind), region or None, options)


def _settle_all(distinct: pd.DataFrame, verdicts: list[Verdicts]) -> tuple[str, ...]:
    """Settle the bare digits by what each column shows; return what was assumed."""
    sentences = []
    for (_, name, region), indices in _places(distinct).items():
        bares = [bare for at in indices for bare in _bares(verdicts[at])]
        evidence = gather({bare.digits: bare for bare in bares}.values())
        column = evidence.column()
        for at in indices:
            verdicts[at] = _settle_cell(verdicts[at], column)
        sentences.append(assumption(name, region, evidence))
    return tuple(dict.fromkeys(sentence for sentence in sentences if sentence))


def _places(distinct: pd.DataFrame) -> dict[tuple[str, str, str], list[int]]:
    """Return the cells of each sheet, column and region: what may have a convention of its own."""
    places: dict[tuple[str, str, str], list[int]] = {}
    keys = zip(distinct["sheet"], distinct["column"], distinct["region"], strict=True)
    for at, key in enumerate(keys):
        places.setdefault(key, []).append(at)
    return places


def _bares(verdicts: Verdicts) -> list[Bare]:
    return [one.bare for one in verdicts if one.bare is not None]


def _settle_cell(verdicts: Verdicts, column: Column) -> Verdicts:
    """Settle each piece; a cell with several numbers is rejected where one piece is."""
    settled = tuple(_settle_piece(one, column) for one in verdicts)
    if len(settled) > 1 and not all(one.number for one in settled):
        return (several([f"+{one.number}" for one in verdicts]),)
    return settled


def _settle_piece(verdict: Verdict, column: Column) -> Verdict:
    bare = verdict.bare
    if bare is None:
        return verdict
    if bare.national or bare.international:
        return settle(bare, column, verdict.repair)
    if bare.region is None and column.distrusted:
        return reject(Reason.NO_COUNTRY)
    return verdict


def _lines(keys: pd.Series, verdicts: list[Verdicts]) -> pd.DataFrame:
    """Lay the verdicts out, a line each, in the order of the cells."""
    parts = pd.DataFrame.from_records(
        [
            (kind, one.number, one.country, one.type, one.explanation)
            for kind, found in enumerate(verdicts)
            for one in found
        ],
        columns=["key", "number", "country", "type", "reason"],
    ).astype({"key": "int64", "number": "str", "country": "str", "type": "str", "reason": "str"})
    cells = pd.DataFrame({"cell": range(len(keys)), "key": keys.astype("int64")})
    lines = cells.merge(parts, on="key", how="left", sort=False).drop(columns="key")
    return lines.reset_index(drop=True)
