"""Rows of made-up lists, written as files, and named by their places."""

from __future__ import annotations

import csv
import gzip
import random
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ["Name", "Phone", "Country", "City"]
Row = list[str]


def rows_of(count: int, seed: int = 1) -> list[Row]:
    """Numbers of several countries in several ways, doubles, rejects, empty cells and labels."""
    chance = random.Random(seed)
    ways = ["+8523575{:04}", "8523575{:04}", "3575 {:04}", "+86138001{:05}", "+44 20 7946 {:04}"]
    cities = ["Central", "Kowloon", '"Sha Tin", N.T.', "", "Total"]
    rows = []
    for at in range(count):
        phone = chance.choice(ways).format(chance.randrange(count))
        odd = chance.random()
        if odd < 0.1:
            phone = chance.choice(["", "n/a", "+852 12", "35753351 / 35753352", "+8523575335O"])
        country = chance.choice(["HK", "HK", "", "Nowhere"]) if odd < 0.9 else "HK"
        city = chance.choice(cities[:4]) if chance.random() < 0.999 else cities[4]
        rows.append([f"p{at}", phone, country, city])
    return rows


def written(folder: Path, rows: list[Row], count: int, ending: str) -> Path:
    """Write rows as so many files of a folder."""
    folder.mkdir()
    bounds = [len(rows) * at // count for at in range(count + 1)]
    for at in range(count):
        path = folder / f"part-{at:04}.{ending}"
        part = rows[bounds[at] : bounds[at + 1]]
        if ending == "parquet":
            columns = {name: [row[n] for row in part] for n, name in enumerate(HEADER)}
            pq.write_table(pa.table(columns, pa.schema([(n, pa.string()) for n in HEADER])), path)
            continue
        opened = gzip.open if ending.endswith("gz") else open
        with opened(path, "wt", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *part])
    return folder


def without_places(lines: list[Row], places: dict[tuple[str, str], str]) -> list[Row]:
    """Name each row by its place in the list, as far as lines name rows."""
    found = []
    for sheet, row, *others in lines[1:]:
        reason = others[5]
        if reason.startswith("same as "):
            file, _, first = reason.removeprefix("same as ").rpartition(" row ")
            others[5] = f"same as {places[file, first]}"
        found.append([places[sheet, row], *others])
    return found


def places_in(files: list[str], lengths: list[int]) -> dict[tuple[str, str], str]:
    """Return the place in the list of each row of each file, below its header."""
    found, at = {}, 0
    for file, length in zip(files, lengths, strict=True):
        for row in range(length):
            found[file, str(row + 2)] = str(at)
            at += 1
    return found
