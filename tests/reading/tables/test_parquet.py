"""Parquet files: their columns as cells, their rows as those of the same list in CSV."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importer.errors import UnreadableInput
from importer.reading.tables import parquet
from tests.reading.files import read, text

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = "85235753351", "85235753352", "85235753353"


def parquet_file(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_the_same_rows_as_in_csv(tmp_path: Path) -> None:
    """A list is the same list in CSV and in Parquet: rows, texts, countries, other columns."""
    lines = ["Phone,Country,Note", f"+{A},HK,x", ",HK,y", f" {B},,", "+44 20 7946 0958,GB,'z"]
    of_csv = read(text(tmp_path / "a.csv", "\n".join(lines)))
    cells = list(zip(*(line.split(",") for line in lines[1:]), strict=True))
    named = dict(zip(("Phone", "Country", "Note"), map(list, cells), strict=True))
    of_parquet = read(parquet_file(tmp_path / "a.parquet", **named))
    assert of_parquet.cells.equals(of_csv.cells)
    assert of_parquet.extras.equals(of_csv.extras)
    assert of_parquet.source.form == "Parquet"


def test_nothing_is_a_text_that_is_none(tmp_path: Path) -> None:
    """Where a column has no value, the cell is empty, whatever stands for it in the file."""
    rows = read(
        parquet_file(
            tmp_path / "a.parquet",
            Phone=[f"+{A}", None, f"+{B}"],
            Note=pa.array([None, "x", None]),
            Amount=pa.array([1.5, 2.5, float("nan")]),
        )
    )
    assert [*rows.cells["row"]] == [2, 4]
    assert rows.extras["Note"].isna().all()
    assert rows.extras["Amount"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([int(A), int(B)]),
        pa.array([float(A), float(B)]),
        pa.array([Decimal(A), Decimal(B)]),
        pa.array([int(A), int(B)], pa.uint64()),
    ],
)
def test_numbers_stay_numbers(tmp_path: Path, values: pa.Array) -> None:
    """A number is read with all its digits, and known as one, which may have lost its zeros."""
    cells = read(parquet_file(tmp_path / "a.parquet", Phone=values)).cells
    assert [*cells["original"]] == [A, B]
    assert [*cells["kind"]] == ["number", "number"]


@pytest.mark.parametrize(
    ("kind", "small"), [(pa.float32(), 91234567.0 / 8), (pa.float16(), 2000.0)]
)
def test_floats_of_few_bits(tmp_path: Path, kind: pa.DataType, small: float) -> None:
    """Their last digits are rounded away when they are written: such a number is not certain."""
    values = pa.array([60_000.0 if kind == pa.float16() else float(A), round(small), None], kind)
    rows = read(parquet_file(tmp_path / "a.parquet", Phone=values, Note=["x", "y", "z"]))
    assert rows.cells["kind"].tolist() == ["imprecise", "number"]
    assert rows.extras["Note"].tolist() == ["x", "y"]


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    """Their hexadecimal digits are marked as such, so that they look like no number."""
    values = pa.array([b"1234567", b"\xff"])
    rows = read(parquet_file(tmp_path / "a.parquet", Phone=values, Note=["x", "y"]))
    assert rows.cells["original"].tolist() == ["0x31323334353637", "0xff"]


def test_days_are_no_numbers(tmp_path: Path) -> None:
    """Days, times and truths are shown as in a workbook."""
    rows = read(
        parquet_file(
            tmp_path / "a.parquet",
            Phone=[f"+{A}", f"+{B}"],
            Day=[dt.date(2024, 1, 31), dt.date(2024, 2, 1)],
            At=pa.array(
                [dt.datetime(2024, 1, 31, 5, tzinfo=dt.UTC), None],
                pa.timestamp("ns", "Asia/Hong_Kong"),
            ),
            Agreed=[True, False],
        )
    )
    assert [str(one)[:10] for one in rows.extras["Day"]] == ["2024-01-31", "2024-02-01"]
    assert str(rows.extras["At"][0]).startswith("2024-01-31 13:00")
    assert [*map(str, rows.extras["Agreed"])] == ["TRUE", "FALSE"]


def test_lists_in_a_column_are_said(tmp_path: Path) -> None:
    """What no cell can show is left out, and that is said."""
    rows = read(parquet_file(tmp_path / "a.parquet", Phone=[f"+{A}"], Tags=[["x", "y"]]))
    assert "Tags" not in rows.extras
    assert any("'Tags'" in note for note in rows.source.notes)


def test_many_row_groups(tmp_path: Path) -> None:
    """Each row group has its own codes for texts; the rows come out as they went in."""
    path = tmp_path / "a.parquet"
    notes = [f"note {n % 7}" if n % 3 else None for n in range(1_000)]
    phones = [f"+8523575{n:04}" for n in range(1_000)]
    pq.write_table(pa.table({"Phone": phones, "Note": notes}), path, row_group_size=70)
    rows = read(path)
    assert [*rows.cells["original"]] == phones
    assert [one if isinstance(one, str) else None for one in rows.extras["Note"]] == notes


def test_damaged_and_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is cut off, or holds more than can be read, is refused in a sentence."""
    whole = parquet_file(tmp_path / "a.parquet", Phone=[f"+{A}"] * 99).read_bytes()
    for raw in (whole[:-9], whole[:50], b"PAR1", whole[:20] + bytes(30) + whole[50:]):
        with pytest.raises(UnreadableInput, match=r"b.parquet (is a Parquet file|can't be read)"):
            read(text(tmp_path / "b.parquet", raw))
    monkeypatch.setattr(parquet, "SMALL_FILE_CELLS", 98)
    with pytest.raises(UnreadableInput, match="has 99 cells, more than the 98"):
        read(tmp_path / "a.parquet")
    monkeypatch.undo()
    monkeypatch.setattr("importer.reading.budget.SMALL_FILE_TEXT_CHARACTERS", 99 * len(A))
    with pytest.raises(UnreadableInput, match="more than can be read"):
        read(tmp_path / "a.parquet")


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (pa.array([1234567890123456789, None], pa.int64()), ["1234567890123456789", None]),
        (pa.array([2**64 - 1, 7], pa.uint64()), ["18446744073709551615", "7"]),
        (pa.array([-1234567890123456, 7], pa.int64()), ["-1234567890123456", "7"]),
        (pa.array([Decimal("1234567890123456.70"), None]), ["1234567890123456.70", None]),
        (pa.array([123456789012345, 7], pa.int64()), [123456789012345.0, 7.0]),
        (pa.array([Decimal("1.500000000000000000"), None]), [1.5, None]),
    ],
)
def test_ids_keep_their_digits(tmp_path: Path, values: pa.Array, shown: list[Any]) -> None:
    """Whole numbers that no cell of Excel keeps are shown as texts, and all others as numbers."""
    rows = read(parquet_file(tmp_path / "a.parquet", Phone=["+" + A, "+" + B], Id=values))
    found = [None if one != one else one for one in rows.extras["Id"]]
    assert found == shown
