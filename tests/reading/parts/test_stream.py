"""Long lists block by block: each block is bounded, whatever the files are like."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importer.reading.options import ReadOptions
from importer.reading.parts import blocks, stream, text_blocks
from importer.reading.parts.find import find_parts
from importer.reading.parts.stream import LargeList, open_list
from importer.reading.tables import parquet

if TYPE_CHECKING:
    from pathlib import Path


def opened(folder: Path) -> LargeList:
    return open_list(folder, find_parts([str(folder)]), ReadOptions())


def csv_files(folder: Path, rows: list[int], note: str) -> Path:
    """Write a file for each count of rows."""
    folder.mkdir()
    number = iter(range(sum(rows)))
    for at, count in enumerate(rows):
        lines = [f"+85235{next(number):06},{note}\n" for _ in range(count)]
        (folder / f"part-{at}.csv").write_text("Phone,Note\n" + "".join(lines), encoding="utf-8")
    return folder


def places(large: LargeList) -> tuple[list[int], list[tuple[int, int]]]:
    """Return how many rows each block has, and the file and row of each of them."""
    found = list(large.blocks())
    rows = [(part, row) for one in found for part, row in zip(one.parts, one.rows, strict=True)]
    return [len(one.cells) for one in found], rows


def test_blocks_of_equal_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are cut and put together into blocks of so many rows, which keep their places."""
    monkeypatch.setattr(stream, "ROWS", 10)
    large = opened(csv_files(tmp_path / "list", [25, 1, 2, 12], "x"))
    lengths, rows = places(large)
    assert lengths == [10, 10, 10, 10]
    assert rows == [(at, n + 2) for at, count in enumerate([25, 1, 2, 12]) for n in range(count)]


def test_blocks_of_long_cells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of long cells has fewer rows, and a cell that fills one by itself has its own."""
    monkeypatch.setattr(stream, "BYTES", 5_000)
    lengths, rows = places(opened(csv_files(tmp_path / "list", [25], "x" * 1_000)))
    assert max(lengths) == 4
    assert [row for _, row in rows] == list(range(2, 27))
    monkeypatch.setattr(stream, "BYTES", 100)
    assert places(opened(tmp_path / "list")) == ([1] * 25, rows)


def test_the_sample_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of long cells, fewer of the first rows are held in memory to find the columns by."""
    monkeypatch.setattr(text_blocks, "BLOCK_BYTES", 5_000)
    large = opened(csv_files(tmp_path / "list", [200], "x" * 100))
    assert large.sampled == 201
    monkeypatch.setattr(stream, "SAMPLE_BYTES", 10_000)
    assert 80 < opened(tmp_path / "list").sampled < 150


@pytest.mark.parametrize("different", [True, False])
def test_parquet_of_long_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, different: bool
) -> None:
    """Texts that a Parquet file holds once, or each by itself, are unfolded a block at a time."""
    monkeypatch.setattr(blocks, "BYTES", 50_000)
    monkeypatch.setattr(stream, "BYTES", 50_000)
    monkeypatch.setattr(parquet, "_DICTIONARY_BYTES", 2_000)
    folder = tmp_path / "list"
    folder.mkdir()
    notes = [f"{at if different else 0:04}" * 250 for at in range(1_000)]
    table = pa.table({"Phone": [f"+85235{at:06}" for at in range(1_000)], "Note": notes})
    pq.write_table(table, folder / "a.parquet")
    [part] = find_parts([str(folder)])
    lengths = [len(one) for one in blocks.lines_of(part, ReadOptions()).blocks]
    assert max(lengths) <= 60, "more are not even unfolded"
    found = list(opened(folder).blocks())
    assert max(len(one.cells) for one in found) <= 50
    assert [note for one in found for note in one.extras["Note"]] == notes


def test_codes_only_where_texts_repeat(tmp_path: Path) -> None:
    """Of a column of different texts no codes are made, which would grow with the row group."""
    table = pa.table(
        {
            "Phone": [f"+852{at:012}{at:012}" for at in range(60_000)],
            "Country": ["HK", "CN", "TW"] * 20_000,
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    file = parquet.open_parquet("a", pa.OSFile(str(tmp_path / "a.parquet")), in_portions=True)
    kinds = {one.name: pa.types.is_dictionary(one.type) for one in file.schema_arrow}
    assert kinds == {"Phone": False, "Country": True}
