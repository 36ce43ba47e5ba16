"""What a frame of cells tells of each cell, as its text and small integers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from importer.columns.buffers import texts_of
from importer.countries import understand_region
from importer.model import CellKind

if TYPE_CHECKING:
    import pyarrow as pa

    from importer.columns.buffers import Flags, Ints

NOT_UNDERSTOOD = "?"
_READABLE = (CellKind.TEXT.value, CellKind.NUMBER.value)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of each cell: its text, and in small integers the rest."""

    texts: pa.Array
    kinds: Ints
    kind_names: list[str]
    regions: Ints
    region_names: list[str]
    """Two letters, "" for none, or NOT_UNDERSTOOD."""
    places: Ints
    """Sheet, column and region: what may have a convention of its own."""
    place_names: list[tuple[str, str]]
    """A place's column and region."""

    def readable(self, part: slice) -> Flags:
        """Cells that `decide` would read, and not reject for what they are or where they stand."""
        kinds = np.isin(self.kind_names, _READABLE)
        regions = np.array([name != NOT_UNDERSTOOD for name in self.region_names], dtype=np.bool_)
        return np.asarray(kinds[self.kinds[part]] & regions[self.regions[part]])


def tell(cells: pd.DataFrame, default_region: str | None) -> Told:
    """Look at the columns of `Rows.cells`; rows that name no country get the default region."""
    kinds, kind_names = _coded(cells["kind"])
    texts, region_texts = _coded(cells["region"])
    meant, region_names = _coded(
        pd.Series([_region(one, default_region) for one in region_texts], dtype="str")
    )
    regions = _narrow(meant[texts])
    names, keys = _keys(cells, regions, len(region_names))
    places, different = pd.factorize(keys)
    return Told(
        texts=texts_of(cells["original"]),
        kinds=kinds,
        kind_names=kind_names,
        regions=regions,
        region_names=region_names,
        places=_narrow(places),
        place_names=[
            (names[key // len(region_names) % len(names)], region_names[key % len(region_names)])
            for key in different.tolist()
        ],
    )


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


def _region(text: str, default_region: str | None) -> str:
    """Return the region to read with, "" for none, or a mark that the text is not understood."""
    if not text.strip():
        return default_region or ""
    return understand_region(text) or NOT_UNDERSTOOD
