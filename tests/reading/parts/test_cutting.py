"""A list read in partitions has the rows that it has as a whole, or a partition can't be read."""

from __future__ import annotations

import csv
import gzip
import io
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importer.errors import UnreadableInput
from importer.reading import ReadOptions
from importer.reading.parts import cutting
from importer.reading.parts.cutting import partitions_of
from importer.reading.parts.find import find_parts
from importer.reading.parts.stream import open_list

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from importer.reading.parts.cutting import Partition
    from importer.reading.parts.stream import Block, LargeList

Line = tuple[int, int, str, str]


@pytest.fixture(autouse=True)
def small_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "BYTES", 400)
    monkeypatch.setattr(cutting, "ROWS", 25)


def opened(path: Path, options: ReadOptions | None = None) -> LargeList:
    return open_list(path, find_parts([str(path)]), options or ReadOptions())


def lines_in(blocks: Sequence[Block]) -> list[Line]:
    """Return the file, the row, the cell and another column of each row."""
    return [
        line
        for block in blocks
        for line in zip(
            block.parts.tolist(),
            block.rows.tolist(),
            block.cells["original"],
            block.extras.iloc[:, 0].astype("str"),
            strict=True,
        )
    ]


def in_partitions(large: LargeList) -> tuple[list[Line], list[Partition]]:
    """Read each partition by itself, its rows counted from those of the ones before."""
    partitions = partitions_of(large.parts, large.options)
    found: list[Line] = []
    rows = 0
    for partition in partitions:
        [first, *others] = partition
        rows = 0 if first.row == 1 else rows
        if first.shape is not None:
            first = replace(first, row=rows + 1)
        lines: list[int] = []
        found += lines_in([*large.blocks(portions=(first, *others), ended=lines.append)])
        rows += lines[0]
    return found, partitions


def text_of(rows: Sequence[Sequence[str]], quoting: Literal[0, 1] = csv.QUOTE_MINIMAL) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=quoting).writerows([["Phone", "City"], *rows])
    return file.getvalue()


def phones(count: int, city: str = "Sha Tin") -> list[list[str]]:
    return [[f"+8523575{at:04}", f"{city} {at}"] for at in range(count)]


@pytest.mark.parametrize(
    ("text", "least"),
    [
        (text_of(phones(100)), 5),
        (text_of(phones(100), csv.QUOTE_ALL), 5),
        ("\ufeff" + text_of(phones(100)), 5),
        ("sep=,\n" + text_of(phones(100)), 5),
        (text_of(phones(100, "Central\nHong Kong")), 5),
        (text_of(phones(100)).replace("\r\n", "\n").removesuffix("\n"), 5),
        (text_of(phones(100)).replace("\r\n", "\r"), 1),
        (text_of(phones(8, "x" * 300)), 5),
    ],
)
def test_text(tmp_path: Path, text: str, least: int) -> None:
    """A text file is cut at ends of records, however it is written."""
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode())
    large = opened(path)
    found, partitions = in_partitions(large)
    assert found == lines_in([*large.blocks()])
    assert len(partitions) >= least
    ends = [one.end for [one] in partitions if not one.is_whole]
    assert ends[-1:] in ([], [path.stat().st_size])


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    """A text file in another encoding than UTF-8 is not cut."""
    path = tmp_path / "list.csv"
    path.write_text(text_of(phones(100, "沙田")), encoding=encoding)
    large = opened(path, ReadOptions(encoding=encoding))
    found, partitions = in_partitions(large)
    assert len(partitions) == 1
    assert found == lines_in([*large.blocks()])


def test_several_files(tmp_path: Path) -> None:
    """Small files are read together, also packed ones; large ones are cut."""
    for at, count in enumerate([3, 3, 100, 0, 3, 90]):
        path = tmp_path / f"{at}.csv"
        path.write_text(text_of(phones(count)))
        if at == 5:
            (tmp_path / "5.csv.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    large = opened(tmp_path)
    found, partitions = in_partitions(large)
    assert found == lines_in([*large.blocks()])
    assert [one.at for one in partitions[0]] == [0, 1]
    assert len([one for one in partitions if one[0].at == 2]) > 5
    assert sum(one.is_whole for partition in partitions for one in partition) == 5


def test_parquet(tmp_path: Path) -> None:
    """A Parquet file is cut at its row groups; row 1 is its names."""
    table = pa.table({"Phone": [one for one, _ in phones(200)], "City": [*map(str, range(200))]})
    for name in ("a", "b"):
        pq.write_table(table, tmp_path / f"{name}.parquet", row_group_size=10)
    large = opened(tmp_path)
    found, partitions = in_partitions(large)
    assert found == lines_in([*large.blocks()])
    assert [(one.begin, one.end, one.row) for [one] in partitions[:3]] == [
        (0, 2, 1),
        (2, 4, 22),
        (4, 6, 42),
    ]


@given(seed=st.integers(0, 2**32))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_never_otherwise(tmp_path: Path, seed: int) -> None:
    """Quotes, ends of lines and delimiters anywhere: no partition is read as other rows."""
    chance = random.Random(seed)
    cells = ["Central", 'a "b" c', "a,b", "\n", 'x\n"\ny', '",\n', "\n+85235753351,Kowloon\n", ""]
    rows = [[phone, chance.choice(cells)] for phone, _ in phones(chance.randrange(1, 90))]
    text = text_of(rows, csv.QUOTE_ALL if chance.random() < 0.5 else csv.QUOTE_MINIMAL)
    text = text.replace("\r\n", chance.choice(["\r\n", "\n"]))
    if chance.random() < 0.3:  # Damaged: a sign is missing, or one more there.
        at = chance.randrange(20, len(text))
        text = text[:at] + chance.choice(["", '"', "\n"]) + text[at + 1 :]
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode())
    try:
        large = opened(path)
    except UnreadableInput:
        return
    try:
        found, _ = in_partitions(large)
    except UnreadableInput:
        return
    assert found == lines_in([*large.blocks()])
