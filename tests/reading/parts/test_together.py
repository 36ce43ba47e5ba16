"""Several files as one list: the same rows however the list is cut, each known by its file."""

from __future__ import annotations

import gzip
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importer.errors import UnreadableInput
from importer.reading import ReadOptions, read_rows
from importer.reading.parts import together
from importer.reading.parts.blocks import lines_of
from importer.reading.parts.find import find_parts, is_list
from importer.reading.parts.stream import open_list
from importer.reading.parts.together import read_list, said
from tests.reading.files import text, workbook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.model import Rows
    from importer.reading.parts.stream import Block
    from importer.reading.tables.columnar import ColumnarLines

A, B, C = "+85235753351", "+85235753352", "+85235753353"
HEADER = "Name,Phone,Country"


def lines(count: int) -> list[str]:
    chance = random.Random(7)
    ways = ["+8523575{:04}", "8523575{:04}", "3575 {:04}", "{}", ""]
    return [
        f"p{at},{chance.choice(ways).format(chance.randrange(3000))},{chance.choice(['HK', ''])}"
        for at in range(count)
    ]


def cut(folder: Path, some: list[str], count: int, ending: str = "csv") -> Path:
    """Write lines as so many files of about equal length."""
    folder.mkdir()
    bounds = [len(some) * at // count for at in range(count + 1)]
    for at in range(count):
        part = some[bounds[at] : bounds[at + 1]]
        path = folder / f"part-{at:04}.{ending}"
        if ending == "parquet":
            cells = [line.split(",") for line in part]
            columns = {name: [one[n] for one in cells] for n, name in enumerate(HEADER.split(","))}
            pq.write_table(pa.table(columns, pa.schema([(n, pa.string()) for n in columns])), path)
        else:
            raw = "\n".join([HEADER, *part, ""]).encode()
            path.write_bytes(gzip.compress(raw) if ending.endswith("gz") else raw)
    return folder


def rows_in(block: Block) -> int:
    return len(block.cells)


def read(*given: Path | str, options: ReadOptions | None = None) -> Rows:
    names = [str(one) for one in given]
    return read_list(Path(names[0]), find_parts(names), options or ReadOptions())


def test_a_sheet_means_the_workbooks_of_a_list(tmp_path: Path) -> None:
    """Beside a workbook that needs --sheet a CSV is read whole, and that is said once."""
    folder = cut(tmp_path / "june", lines(4), 2)
    workbook(folder / "more.xlsx", HEADER.split(","), ["n", A, ""], title="July")
    rows = read(folder, options=ReadOptions(sheets=("July",)))
    assert len(set(rows.cells["sheet"])) == 3
    assert sum("whatever --sheet says" in note for note in rows.source.notes) == 1
    assert not any("--sheet" in note for note in read(folder).source.notes)


@pytest.mark.parametrize(
    ("count", "ending"), [(1, "csv"), (7, "csv"), (64, "csv"), (300, "csv.gz"), (7, "parquet")]
)
def test_the_same_rows_in_any_number_of_files(tmp_path: Path, count: int, ending: str) -> None:
    """A list in files is the list: cells, countries, other columns, in their order."""
    some = lines(900)
    whole = read_rows(text(tmp_path / "a.csv", "\n".join([HEADER, *some])))
    rows = read(cut(tmp_path / "june", some, count, ending))
    place = ["sheet", "row"]
    assert rows.cells.drop(columns=place).equals(whole.cells.drop(columns=place))
    assert rows.extras.equals(whole.extras)
    assert rows.source.is_list


def test_rows_are_known_by_file_and_row(tmp_path: Path) -> None:
    """The column Sheet names the file, and Row counts its rows as Excel would show them."""
    (tmp_path / "june" / "b").mkdir(parents=True)
    text(tmp_path / "june" / "a.csv", f"Phone\n{A}\n\n{B}\n")
    text(tmp_path / "june" / "b" / "c.csv", f"Phone\n{C}\n")
    cells = read(tmp_path / "june").cells
    assert list(zip(cells["sheet"], cells["row"], cells["original"], strict=True)) == [
        ("a.csv", 2, A),
        ("a.csv", 4, B),
        ("b/c.csv", 2, C),
    ]


def test_lists_without_a_header(tmp_path: Path) -> None:
    """Files without a header are whole lists of rows, also where their first rows are equal."""
    one = text(tmp_path / "1.csv", f"{A},x\n{B},y\n" * 10)
    two = text(tmp_path / "2.csv", f"{A},x\n{C},z\n" * 10)
    assert len(read(one, two).cells) == 40


def test_titles_above_the_header(tmp_path: Path) -> None:
    """Lines above the header, equal in all files, are no rows of any."""
    parts = [
        text(tmp_path / f"{at}.csv", f"Customers of June,\n\nName,Phone\nx,{number}\n")
        for at, number in enumerate((A, B, C))
    ]
    cells = read(*parts).cells
    assert [*cells["original"]] == [A, B, C]
    assert [*cells["row"]] == [4, 4, 4]


def test_a_header_below_the_names_of_parquet(tmp_path: Path) -> None:
    """Lines above the rows are the same in each file, however few of them a block has."""
    (tmp_path / "june").mkdir()
    for at, number in enumerate((A, B, C)):
        columns = {"_c0": ["Name", "x"], "_c1": ["Phone", number]}
        pq.write_table(pa.table(columns), tmp_path / "june" / f"{at}.parquet")
    large = open_list(tmp_path / "june", find_parts([str(tmp_path / "june")]), ReadOptions())
    cells = [one for block in large.blocks() for one in block.cells["original"]]
    assert cells == [*read(tmp_path / "june").cells["original"]] == [A, B, C]


def test_rows_that_all_files_begin_with(tmp_path: Path) -> None:
    """A first row that is the same in all files is a row of each."""
    parts = [
        text(tmp_path / f"{at}.csv", f"Name,Phone\nx,{A}\ny,{number}\n")
        for at, number in enumerate((B, C))
    ]
    assert [*read(*parts).cells["original"]] == [A, B, A, C]


def test_another_header_is_refused(tmp_path: Path) -> None:
    """Columns in another order would put other things under a header's name."""
    one = text(tmp_path / "1.csv", f"Name,Phone\nx,{A}\n")
    two = text(tmp_path / "2.csv", f"Phone,Name\n{B},y\n")
    with pytest.raises(
        UnreadableInput, match=r"2\.csv begins otherwise than 1\.csv: with 'Phone, "
    ):
        read(one, two)


def test_what_is_no_part(tmp_path: Path) -> None:
    """What other programs leave beside their exports is no part, nor are results of ours."""
    folder = cut(tmp_path / "june", [f"x,{A},HK"], 1)
    for name in ("_SUCCESS", ".part-0.csv.crc", "june.results.xlsx", "june.check (2).csv"):
        text(folder / name, "no list")
    assert [part.name for part in find_parts([str(folder)])] == ["part-0000.csv"]
    assert [part.name for part in find_parts([f"{folder}/*.csv"])] == ["part-0000.csv"]
    text(folder / "notes.pdf", b"%PDF-1.7")
    with pytest.raises(UnreadableInput, match=r"notes\.pdf is a PDF"):
        read(folder)


def test_files_that_hold_nothing(tmp_path: Path) -> None:
    """Empty files, as clusters write them, are passed; where all are, that is said."""
    folder = cut(tmp_path / "june", [f"x,{A},HK"], 1)
    text(folder / "part-0001.csv", "")
    text(folder / "part-0002.csv", f"{HEADER}\n")
    text(folder / "part-0003.csv.gz", gzip.compress(b""))
    large = open_list(folder, find_parts([str(folder)]), ReadOptions())
    assert sum(map(rows_in, large.blocks())) == 1
    assert [*read(folder).cells["original"]] == [A]
    text(tmp_path / "empty.csv", "")
    with pytest.raises(UnreadableInput, match="no file of it holds anything"):
        read(tmp_path / "empty.csv")


def test_names_that_mean_nothing(tmp_path: Path) -> None:
    """No file, and a file that is named twice, are told as such."""
    path = text(tmp_path / "a.csv", f"Phone\n{A}\n")
    (tmp_path / "june").mkdir()
    for given, words in (
        ([tmp_path / "june"], "has no file in it"),
        ([f"{tmp_path}/*.txt"], "matches no file"),
        ([tmp_path / "b.csv"], "does not exist"),
        ([path, path], "is named twice"),
    ):
        with pytest.raises(UnreadableInput, match=words):
            read(*given)
    assert is_list(str(tmp_path))
    assert is_list(f"{tmp_path}/*.csv")
    assert not is_list(str(path))


def test_places_in_azure_need_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """az://CONTAINER/PATH names no account: where nothing else does, that is said."""
    for name in ("AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME"):
        monkeypatch.delenv(name, raising=False)
    assert is_list("az://exports/june")
    with pytest.raises(UnreadableInput, match="set AZURE_STORAGE_ACCOUNT"):
        find_parts(["az://exports/june"])


def test_files_of_one_name(tmp_path: Path) -> None:
    """Files of one name in several folders are known by their whole paths."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        text(tmp_path / folder / "x.csv", f"Phone\n{A}\n")
    paths = [tmp_path / "a" / "x.csv", tmp_path / "b" / "x.csv"]
    assert [*read(*paths).cells["sheet"]] == [str(path) for path in paths]


def test_workbooks_among_the_files(tmp_path: Path) -> None:
    """A workbook of one sheet is a file like others; of several it is not clear which is meant."""
    one = workbook(tmp_path / "1.xlsx", ["Phone", "N"], [A, 1], [35753352, 2])
    two = text(tmp_path / "2.csv", f"Phone,N\n{C},3\n")
    cells = read(one, two).cells
    assert [*cells["original"]] == [A, "35753352", C]
    assert [*cells["kind"]] == ["text", "number", "text"]


def packed_csv(raw: bytes, path: Path) -> None:
    path.write_bytes(gzip.compress(raw))


def parquet(raw: bytes, path: Path) -> None:
    table = pa.table({"Phone": raw.decode().split()})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)


@pytest.mark.parametrize("write", [packed_csv, parquet])
def test_damaged_files(tmp_path: Path, write: Callable[[bytes, Path], None]) -> None:
    """Where a bit of a file with checksums is wrong, it is refused, or what is read is right."""
    chance = random.Random(3)
    path = tmp_path / "a.bin"
    write("".join(f"+8523575{chance.randrange(10_000):04}\n" for _ in range(500)).encode(), path)
    raw = path.read_bytes()
    whole = [said(line) for block in blocks_of(path) for line in block]
    refused = 0
    for _ in range(150):
        wrong = bytearray(raw)
        wrong[chance.randrange(len(raw) // 4, len(raw) // 2)] ^= 1 << chance.randrange(8)
        path.write_bytes(wrong)
        try:
            assert [said(line) for block in blocks_of(path) for line in block] == whole
        except UnreadableInput:
            refused += 1
    assert refused > 100


def blocks_of(path: Path) -> Iterator[ColumnarLines]:
    [part] = find_parts([str(path)])
    return lines_of(part, ReadOptions()).blocks


def test_more_than_one_workbook_of_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that is too long for memory is refused with the way that it can go."""
    monkeypatch.setattr(together, "GRID_CELLS", 100)
    with pytest.raises(UnreadableInput, match="--format parquet"):
        read(cut(tmp_path / "june", lines(60), 3))


def test_a_file_that_changes(tmp_path: Path) -> None:
    """A file that another program writes to meanwhile is refused: half of it may be missing."""
    folder = cut(tmp_path / "june", lines(20), 2)
    [first, _] = find_parts([str(folder)])
    opened = lines_of(first, ReadOptions())
    next(opened.blocks)
    with open(first.path, "a") as file:  # noqa: PTH123
        file.write("x,,\n")
    with pytest.raises(UnreadableInput, match="changed while it was read"):
        list(opened.blocks)


@pytest.mark.parametrize("before", ["", f"{HEADER}\nx,{A},HK\n"])
def test_a_file_that_changes_between_two_passes(tmp_path: Path, before: str) -> None:
    """Each pass over a long list is over the files that were found: also empty ones stay empty."""
    folder = cut(tmp_path / "june", lines(20), 2)
    last = text(folder / "part-0002.csv", before)
    large = open_list(folder, find_parts([str(folder)]), ReadOptions())
    assert sum(block.lines for block in large.blocks()) >= 20
    text(last, f"{HEADER}\nx,{B},HK\ny,{C},HK\n")
    with pytest.raises(UnreadableInput, match=r"part-0002\.csv changed while it was read"):
        list(large.blocks())
