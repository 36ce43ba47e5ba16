"""A batch's rows beside the journal: what is read back is what was kept, to the last space."""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import Exit, JournalError
from importer.journal import Journal, batch_rows
from importer.model import Batch, Rows, Source

if TYPE_CHECKING:
    from collections.abc import Callable

OURS = ("sheet", "row", "original", "number", "status", "reason")
SOURCE = Source(
    path=Path("lists/客户 é.xlsx").absolute(),
    form="Excel workbook",
    columns=(("Sheet1", "Phone", "Country"), ("号码", "电话", "")),
    notes=("Sheet2 was left out: it is empty.",),
)

texts = st.text(max_size=12) | st.sampled_from(["", " ", "=1+1", "007", "\r\n", "é", "e\u0301"])


def columns_of(count: int) -> st.SearchStrategy[pd.Series]:
    """Return columns as reading makes them: texts, numbers or dates, some cells empty."""

    def series(values: st.SearchStrategy[object], dtype: str) -> st.SearchStrategy[pd.Series]:
        lists = st.lists(st.none() | values, min_size=count, max_size=count)
        return lists.map(lambda held: pd.Series(held, index=range(count), dtype=dtype))

    dates = st.datetimes(pd.Timestamp("1900-01-01"), pd.Timestamp("2200-01-01"))
    return st.one_of(
        series(texts, "str"),
        series(st.floats(allow_nan=False), "float64"),
        series(dates, "datetime64[us]"),
    )


def frame_of(columns: dict[str, pd.Series], count: int) -> pd.DataFrame:
    return pd.DataFrame(columns, index=range(count))


@st.composite
def kept(draw: st.DrawFn) -> tuple[Rows, pd.DataFrame, tuple[str, ...]]:
    """Make up a batch: its cells, its lines, and other columns that may be called as ours are."""
    count = draw(st.integers(0, 5))

    def text_column() -> pd.Series:
        held = draw(st.lists(texts, min_size=count, max_size=count))
        return pd.Series(held, index=range(count), dtype="str")

    cells = frame_of(
        {
            "sheet": text_column(),
            "row": pd.Series(range(2, count + 2), dtype="int64"),
            "original": text_column(),
        },
        count,
    )
    lines = frame_of({"number": text_column(), "status": text_column()}, count)
    names = draw(st.lists(texts | st.sampled_from(OURS), unique=True, max_size=4))
    extras = frame_of({name: draw(columns_of(count)) for name in names}, count)
    assumptions = tuple(draw(st.lists(texts, max_size=2)))
    return Rows(cells, extras, SOURCE), lines, assumptions


def assert_same(loaded: pd.DataFrame, saved: pd.DataFrame) -> None:
    assert list(loaded) == list(saved)
    assert len(loaded) == len(saved)
    if len(saved.columns):
        pd.testing.assert_frame_equal(
            loaded, saved, check_index_type=False, check_column_type=False
        )


@settings(max_examples=60, deadline=None)
@given(kept())
def test_what_is_loaded_is_what_was_saved(
    batch: tuple[Rows, pd.DataFrame, tuple[str, ...]],
) -> None:
    """Cells, lines, other columns, source and assumptions come back, types and order included."""
    rows, lines, assumptions = batch
    with tempfile.TemporaryDirectory() as folder:
        path = batch_rows.path_of(Path(folder) / "journal.sqlite3", "b1")
        batch_rows.save(path, rows, lines, assumptions)
        loaded, loaded_lines, loaded_assumptions = batch_rows.load(path)
    assert_same(loaded.cells, rows.cells)
    assert_same(loaded.extras, rows.extras)
    assert_same(loaded_lines, lines)
    assert loaded.source == SOURCE
    assert loaded_assumptions == assumptions


def plain() -> tuple[Rows, pd.DataFrame]:
    """Make a small batch whose other column is called as one of ours."""
    cells = pd.DataFrame({"sheet": ["List"] * 50, "row": range(50), "original": ["1"] * 50})
    extras = pd.DataFrame({"status": ["theirs"] * 50})
    return Rows(cells, extras, SOURCE), pd.DataFrame({"status": ["ours"] * 50})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return batch_rows.path_of(tmp_path / "journal.sqlite3", "b1")


def test_columns_of_one_name_are_told_apart(path: Path) -> None:
    """The input may have a column `status`: it is neither lost nor taken for ours."""
    rows, lines = plain()
    batch_rows.save(path, rows, lines)
    loaded, loaded_lines, _ = batch_rows.load(path)
    assert set(loaded.extras["status"]) == {"theirs"}
    assert set(loaded_lines["status"]) == {"ours"}


def test_no_other_columns_still_have_their_rows(path: Path) -> None:
    """Where the input has the phone column only, the extras are as long as the cells."""
    rows, lines = plain()
    batch_rows.save(path, Rows(rows.cells, rows.extras[[]], SOURCE), lines)
    assert batch_rows.load(path)[0].extras.shape == (50, 0)


def test_batches_and_journals_do_not_share_files(tmp_path: Path) -> None:
    """Each batch of each journal has a file of its own, also where names differ in the ending."""
    journals = [tmp_path / name for name in ("a.sqlite3", "b.sqlite3", "a.db", "a", "a.rows.db")]
    assert len({batch_rows.path_of(j, b) for j in journals for b in ("b1", "b2")}) == 10
    assert batch_rows.folder_of(tmp_path / "a.sqlite3") == (tmp_path / "a.rows").resolve()


def test_rows_of_journals_that_shared_a_folder_are_parted(tmp_path: Path) -> None:
    """Rows that an older version kept for a.db in a.rows are its own again, a.sqlite3's stay."""
    rows, lines = plain()
    ours, theirs = tmp_path / "a.db", tmp_path / "a.sqlite3"
    for journal, batch in ((ours, "b1"), (theirs, "b2")):
        with Journal.open(journal) as opened:
            opened.plan(Batch(batch, "f", "main", "a.csv", 7), [])
        batch_rows.save(tmp_path / "a.rows" / f"{batch}.arrow", rows, lines)
    for journal, batch in ((ours, "b1"), (theirs, "b2"), (ours, "b1")):
        with Journal.open(journal) as opened:
            opened.refuse_lost_batches()
        assert batch_rows.load(batch_rows.path_of(journal, batch))[0].cells.shape[0] == 50


def test_rows_that_a_journal_lost_are_noticed_in_the_shared_folder(tmp_path: Path) -> None:
    """A journal a.db that does not know the rows in a.rows is older than they are."""
    rows, lines = plain()
    batch_rows.save(tmp_path / "a.rows" / "b1.arrow", rows, lines)
    with (
        Journal.open(tmp_path / "a.db") as journal,
        pytest.raises(JournalError, match="does not know 1 of the batches"),
    ):
        journal.refuse_lost_batches()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_its_owner_can_read_it(path: Path) -> None:
    """It holds phone numbers and whatever else the input had."""
    old = os.umask(0)
    try:
        batch_rows.save(path, *plain())
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_saving_replaces_and_leaves_nothing_behind(path: Path) -> None:
    """A file saved again is the new one, and no half of another lies beside it."""
    rows, lines = plain()
    batch_rows.save(path, rows, lines)
    batch_rows.save(path, rows, lines, ("newer",))
    assert batch_rows.load(path)[2] == ("newer",)
    assert list(path.parent.iterdir()) == [path]


def test_a_full_disk_leaves_what_was_there(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows are replaced whole or not at all, and a full disk is one sentence."""
    rows, lines = plain()
    batch_rows.save(path, rows, lines)

    def no_room(table: object, file: IO[bytes], **options: object) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pyarrow.feather.write_feather", no_room)
    with pytest.raises(JournalError, match=r"can't be kept in .*No space left"):
        batch_rows.save(path, rows, lines, ("newer",))
    assert batch_rows.load(path)[2] == ()


def truncated(whole: bytes) -> bytes:
    return whole[: len(whole) // 2]


def overwritten(whole: bytes) -> bytes:
    return whole[:8] + b"\xff" * (len(whole) - 16) + whole[-8:]


def without_its_end(whole: bytes) -> bytes:
    return whole[:-4]


@pytest.mark.parametrize(
    "damage", [truncated, overwritten, without_its_end, lambda whole: b"", lambda whole: b"text"]
)
def test_a_damaged_file_is_told(path: Path, damage: Callable[[bytes], bytes]) -> None:
    """What can't be read is one sentence that names the file and says what helps."""
    batch_rows.save(path, *plain())
    path.write_bytes(damage(path.read_bytes()))
    assert_told(path)


def test_a_missing_file_is_told(path: Path) -> None:
    """The rows of a batch may have been deleted; running its input again brings them back."""
    assert_told(path)


def test_another_programs_file_is_told(path: Path) -> None:
    """A columnar file that we did not write is no batch of ours."""
    path.parent.mkdir()
    pd.DataFrame({"a": [1]}).to_feather(path)
    assert_told(path)


def assert_told(path: Path) -> None:
    with pytest.raises(JournalError, match="run the importer on the input file again") as caught:
        batch_rows.load(path)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code is Exit.USAGE


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_damage_is_a_traceback(data: st.DataObject) -> None:
    """Whatever bytes were lost at the end, the file is whole or it is told."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "b1.arrow"
        batch_rows.save(path, *plain())
        whole = path.read_bytes()
        path.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
        assert_told(path)


def test_a_folder_that_can_not_be_made(path: Path) -> None:
    """Where the rows can't be kept, nothing is sent, and the text says why."""
    path.parent.write_text("not a folder")
    with pytest.raises(JournalError, match="can't be kept in") as caught:
        batch_rows.save(path, *plain())
    assert str(path) in str(caught.value)
