"""The columns of a frame of cells as texts and small integers, for work in bulk. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from importer.columns.buffers import texts_of
from importer.countries import understand_region
from importer.model import CellKind
from importer.phones.other_digits import other_digits
from importer.phones.rounded import rounded
from importer.phones.totals import sums_at_end

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from importer.columns.buffers import Flags, Ints

    KindsOf = Callable[[pa.Array, list[Ints]], list[tuple[CellKind, Ints]]]

NOT_UNDERSTOOD = "?"
"""The first character of a region name that is the row's own text and names no country."""
_READABLE = (CellKind.TEXT.value, CellKind.NUMBER.value)


@dataclass(frozen=True, slots=True)
class Place:
    """Cells that may have a convention of their own: of one column, in rows of one region."""

    column: int
    """Counts the columns of all sheets."""
    name: str
    """The column's header."""
    region: str
    """Two letters, "" for none, or NOT_UNDERSTOOD and the row's own text."""
    from_row: bool
    """The rows name the region themselves; it is not the default."""


@dataclass(frozen=True, slots=True)
class ColumnInputs:
    """The cells' texts, and per cell small integers that point into lists of what differs."""

    texts: pa.Array
    kinds: Ints
    kind_names: list[str]
    regions: Ints
    region_names: list[str]
    """As in `Place.region`; a region may stand here twice, once as the default."""
    places: Ints
    place_names: list[Place]

    def readable(self, part: slice) -> Flags:
        """Return which cells hold text or a whole number, in rows without an unclear country."""
        kinds = np.isin(self.kind_names, _READABLE)
        regions = [not name.startswith(NOT_UNDERSTOOD) for name in self.region_names]
        known = np.array(regions, dtype=np.bool_)
        return np.asarray(kinds[self.kinds[part]] & known[self.regions[part]])


def encode_columns(
    cells: pd.DataFrame,
    default_region: str | None,
    *,
    all_phones: bool = False,
    kinds_of: KindsOf | None = None,
) -> ColumnInputs:
    """Encode the columns of `Rows.cells`; rows that name no country get the default region.

    With `all_phones` no column is looked at for dates or other digits that are no phone numbers.
    Of cells that are a part of a list, `kinds_of` says what the whole list shows: it is given the
    texts and the cells of each column, and returns cells that are of another kind.
    """
    kinds, kind_names = _coded(cells["kind"])
    texts, region_texts = _coded(cells["region"])
    region_of_text, meant = pd.factorize(
        pd.Series([_region(one, default_region) for one in region_texts], dtype="object")
    )
    regions = _narrow(region_of_text[texts])
    names, keys = _keys(cells, regions, len(meant))
    places, different = pd.factorize(keys)
    originals = texts_of(cells["original"])
    columns = list(_cells_of_columns(keys // len(meant)))
    shown = (
        _kinds_of_columns(originals, columns, all_phones=all_phones)
        if kinds_of is None
        else kinds_of(originals, columns)
    )
    kinds, kind_names = _with_kinds(kinds, kind_names, shown)
    return ColumnInputs(
        texts=originals,
        kinds=kinds,
        kind_names=kind_names,
        regions=regions,
        region_names=[region for region, _ in meant],
        places=_narrow(places),
        place_names=[_place(int(key), names, list(meant)) for key in different.tolist()],
    )


def _kinds_of_columns(
    texts: pa.Array, columns: list[Ints], *, all_phones: bool
) -> list[tuple[CellKind, Ints]]:
    """Return the cells that their columns show to be no phone numbers, and what they are."""
    others = () if all_phones else other_digits(texts, columns)
    sums = np.array(sums_at_end(texts, columns), dtype=np.int64)
    return [*others, (CellKind.ROUNDED, rounded(texts, columns)), (CellKind.TOTAL, sums)]


def _cells_of_columns(columns: Ints) -> Iterator[Ints]:
    """Return the cells of each column; `columns` says of which one each cell is."""
    for column in np.unique(columns):
        yield np.flatnonzero(columns == column)


def _with_kinds(
    kinds: Ints, names: list[str], found: list[tuple[CellKind, Ints]]
) -> tuple[Ints, list[str]]:
    """Return the kinds where some cells turned out to be of another kind."""
    changed = kinds.astype(np.int64) if any(len(cells) for _, cells in found) else kinds
    names = list(names)
    for kind, cells in found:
        if len(cells):
            changed[cells] = len(names)
            names.append(kind.value)
    return _narrow(changed), names


def _place(key: int, names: list[str], regions: list[tuple[str, bool]]) -> Place:
    column, region = divmod(key, len(regions))
    return Place(column, names[column % len(names)], *regions[region])


def _keys(cells: pd.DataFrame, regions: Ints, count: int) -> tuple[list[str], Ints]:
    """Return the columns' names, and for each cell its sheet, column and region in one integer.

    `count` is how many regions there are.
    """
    sheets, sheet_names = _coded(cells["sheet"]) if "sheet" in cells else (0, [""])
    columns, names = _coded(cells["column"]) if "column" in cells else (0, [""])
    most = len(sheet_names) * len(names) * count
    keys = np.zeros(len(cells), dtype=np.min_scalar_type(-1 - most))
    keys += sheets
    keys *= len(names)
    keys += columns
    keys *= count
    keys += regions
    return names, keys


def _coded(values: pd.Series) -> tuple[Ints, list[str]]:
    """Return for each value where it stands in the list of the different ones."""
    coded = texts_of(values).dictionary_encode()
    return _narrow(coded.indices.to_numpy()), coded.dictionary.to_pylist()


def _narrow(codes: Ints) -> Ints:
    """Return codes in as few bytes as they need, of which a million rows have several."""
    return codes.astype(np.min_scalar_type(-1 - int(codes.max(initial=0))))


def _region(text: str, default_region: str | None) -> tuple[str, bool]:
    """Return the region to read with, and whether the row names it."""
    if not text.strip():
        return default_region or "", False
    return understand_region(text) or f"{NOT_UNDERSTOOD}{text.strip()}", True
