"""Promises of long sheets: written in bulk, they are as the library would have written them."""

from __future__ import annotations

import io
import math
import re
import shutil
import subprocess
import tempfile
import threading
import zipfile
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from isal import isal_zlib

from importer import report
from importer.columns import threads
from importer.errors import OutputError
from importer.model import Status
from importer.report import pages
from importer.report.fast import cell_xml, long_sheets
from tests.report import readback
from tests.report.contents import content
from tests.report.test_safety import HARMFUL

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(" \t\n<&>\"'="))
EXTRAS = st.one_of(
    st.lists(PLAIN, min_size=4, max_size=4),
    st.lists(st.integers(-(2**53), 2**53), min_size=4, max_size=4),
    st.lists(st.floats(allow_nan=True, allow_infinity=False), min_size=4, max_size=4),
    st.lists(
        st.datetimes(datetime(1901, 1, 1), datetime(9998, 1, 1)).map(
            lambda moment: moment.replace(microsecond=0)
        ),
        min_size=4,
        max_size=4,
    ),
    st.lists(st.dates(date(1901, 1, 1), date(9998, 1, 1)), min_size=4, max_size=4),
    st.lists(st.booleans(), min_size=4, max_size=4),
    st.lists(st.none() | st.booleans(), min_size=4, max_size=4),
    st.lists(st.sampled_from(["", "a"]), min_size=4, max_size=4),
    st.lists(st.none() | PLAIN, min_size=4, max_size=4),
    st.just([None] * 4),
)
KEPT = "{http://www.w3.org/XML/1998/namespace}space"
FOUR = [Status.CREATED, Status.REJECTED, Status.PLANNED, Status.REJECTED]


@pytest.fixture(params=["few", "many"])
def short(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sheets of two lines count as long, and are made in pieces of three.

    All texts count as few different ones, over and over, or as many.
    """
    monkeypatch.setattr(long_sheets, "FEWEST_LINES", 2)
    monkeypatch.setattr(long_sheets, "_PIECE", 3)
    monkeypatch.setattr(cell_xml, "_FEW", 99 if request.param == "few" else 0)


def written(
    told: report.ResultsContent, monkeypatch: pytest.MonkeyPatch, *, in_bulk: bool
) -> bytes:
    """Return a workbook, its long sheets written in bulk or by the library alone.

    In bulk what is unlike the sample fails, so that nothing is compared with itself.
    """
    with monkeypatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        if in_bulk:
            patch.setattr(long_sheets, "put_in", put_in_for_sure)
        else:
            patch.setattr(long_sheets, "is_plain", lambda table: False)
        return report.write(Path(folder) / "x.xlsx", told).read_bytes()


def put_in_for_sure(*given: Any, put_in: Any = long_sheets.put_in) -> None:
    """Write in bulk, or fail."""
    try:
        put_in(*given)
    except long_sheets.UnlikeSampleError as error:
        raise AssertionError from error


def sheets(package: bytes) -> dict[str, Any]:
    """Return all parts, the sheets' cells apart from what is around them."""
    found: dict[str, Any] = {}
    with zipfile.ZipFile(io.BytesIO(package)) as parts:
        for name in parts.namelist():
            if name == "docProps/core.xml":  # holds the second in which it was written
                continue
            text = parts.read(name).decode()
            found[name] = text
            if name.startswith("xl/worksheets/sheet"):
                begin, _, rest = text.partition("<sheetData>")
                lines, _, end = rest.partition("</sheetData>")
                found[name] = (begin, cells(f"<x>{lines}</x>"), end)
    return found


def cells(lines: str) -> list[tuple[str, ...]]:
    """Return reference, style, type and value of each cell; numbers as numbers.

    Space at the ends of a text counts where it is said to be kept.
    """
    found: list[tuple[str, ...]] = []
    for cell in ElementTree.fromstring(lines).iter("c"):  # noqa: S314 - written just now
        kind = cell.get("t", "")
        value = "".join(cell.itertext())
        if all(text.get(KEPT) != "preserve" for text in cell.iter("t")):
            value = value.strip(" \t\n")
        shown = value if kind or not value else repr(round(float(value), 9))
        found.append((cell.get("r", ""), cell.get("s", ""), kind, shown))
    return found


@settings(
    deadline=None,
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(originals=st.lists(PLAIN, min_size=4, max_size=4), extra=EXTRAS)
@example(originals=["", " a", "b\n", "<&>"], extra=[math.nan, 1.5, -0.0, 1e300])
@example(originals=["_x0041_", "\x00", "\r", "\ufffe"], extra=["", "", "", ""])
@example(originals=HARMFUL[:4], extra=HARMFUL[4:8])
@pytest.mark.usefixtures("short")
def test_bulk_and_library_write_the_same(
    originals: list[str], extra: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each part, range, style and cell is the same, whichever way a long sheet was written."""
    told = content(FOUR, originals=originals, extras={"Extra": pd.Series(extra)})
    assert sheets(written(told, monkeypatch, in_bulk=True)) == sheets(
        written(told, monkeypatch, in_bulk=False)
    )


@pytest.mark.usefixtures("short")
def test_long_sheets_are_written_in_bulk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The quick way is taken: the library gets no long sheet to write by cells."""
    heights: list[list[int]] = []
    write = pages._write

    def heard(target: Any, sheets: Any, options: Any) -> None:
        heights.append([page.num_rows for name, page in sheets if name != "Summary"])
        write(target, sheets, options)

    monkeypatch.setattr(pages, "_write", heard)
    report.write(tmp_path / "x.xlsx", content(FOUR * 5))
    report.write_tables(tmp_path / "y.xlsx", [("List", "x")], {"Changes": changes(20)})
    assert heights == [[1, 2, 2], [2]]


@pytest.mark.usefixtures("short")
def test_plain_tables_in_bulk_are_as_by_cells(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A workbook of tables is the same, whichever way its long sheets were written."""
    packages = []
    for at, is_plain in enumerate((long_sheets.is_plain, lambda table: False)):
        monkeypatch.setattr(long_sheets, "is_plain", is_plain)
        path = tmp_path / f"{at}.xlsx"
        report.write_tables(path, [("List", "x")], {"Changes": changes(50)})
        packages.append(path.read_bytes())
    assert sheets(packages[0]) == sheets(packages[1])
    assert readback.problems(tmp_path / "0.xlsx") == []


def changes(count: int) -> pd.DataFrame:
    """Return a sheet of so many lines, of which some have no row."""
    rows = pd.Series([None, *range(2, count + 1)], dtype="Int64")
    return pd.DataFrame({"Number": rows.astype("str"), "Change": "added", "Row": rows})


@pytest.mark.usefixtures("short")
def test_what_is_unlike_the_sample_is_left_to_the_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A library that writes its rows otherwise costs time, and no line."""
    monkeypatch.setattr(long_sheets, "_SAMPLE_ROWS", re.compile("no such row"))
    report.write(tmp_path / "x.xlsx", content(FOUR * 5))
    assert len(readback.openpyxl_rows(tmp_path / "x.xlsx", "Numbers")) == 21
    assert readback.problems(tmp_path / "x.xlsx") == []


def test_a_long_list_is_whole(tmp_path: Path) -> None:
    """Of 25,000 lines, which make several pieces, each is there once and in order."""
    told = content([Status.REJECTED] * 25_000)
    path = report.write(tmp_path / "x.xlsx", told)
    for sheet in ("Numbers", "Rejected"):
        lines = readback.calamine_rows(path, sheet)[1:]
        assert [line[1] for line in lines] == list(range(2, 25_002))
        assert [line[2] for line in lines] == told.rows.cells["original"].tolist()


@pytest.mark.parametrize("processors", [1, 2, 4])
def test_every_reader_reads_what_threads_have_packed(
    processors: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """However many threads packed its pieces, a workbook is sound and the same, byte for byte."""
    told = content(FOUR * 2_000)
    with monkeypatch.context() as patch:
        patch.setattr(threads, "_processors", lambda: 1)
        alone = report.write(tmp_path / "alone.xlsx", told)
    monkeypatch.setattr(threads, "_processors", lambda: processors)
    path = report.write(tmp_path / "x.xlsx", told)
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(alone) as same:
        assert parts.testzip() is None
        for name in set(parts.namelist()) - {"docProps/core.xml"}:
            assert parts.read(name) == same.read(name)
    lines = readback.openpyxl_rows(path, "Numbers")
    assert [line[1] for line in lines[1:]] == list(range(2, 8_002))
    assert [line[2] for line in lines] == [
        line[2] for line in readback.calamine_rows(path, "Numbers")
    ]


@pytest.mark.parametrize("count", [1, 7, 8, 9, 98, 99, 2_999, 3_000, 9_998, 100_007, 1_048_575])
def test_row_numbers_of_a_part_are_of_one_length(count: int) -> None:
    """Each line is in one part, in order, and no part goes from row 9 to 10 or from 99 to 100."""
    parts = long_sheets._parts(count)
    assert [line for part in parts for line in range(count)[part]] == list(range(count))
    for part in parts:
        assert part.start < part.stop
        assert len(str(part.start + 2)) == len(str(part.stop + 1))


@pytest.mark.parametrize("processors", [1, 2])
def test_a_disk_that_gets_full(
    processors: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the system says comes out in words; neither a half file nor a thread is left."""
    monkeypatch.setattr(threads, "_processors", lambda: processors)
    told = content([Status.CREATED] * 25_000)
    running = threading.active_count()
    with largest_file(300_000), pytest.raises(OutputError) as caught:
        report.write(tmp_path / "x.xlsx", told)
    assert isinstance(caught.value.__cause__, OSError)
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == running


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file grow beyond a size, as if the disk were full."""
    resource = pytest.importorskip("resource")
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_interrupt_ends_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Ctrl-C in the midst of writing comes out, and neither a half file nor a thread is left."""
    monkeypatch.setattr(threads, "_processors", lambda: 2)
    running = threading.active_count()
    pieces = iter(range(3))

    def interrupted(*given: Any, made: Any = cell_xml.xml_of) -> Any:
        if next(pieces, None) is None:
            raise KeyboardInterrupt
        return made(*given)

    monkeypatch.setattr(long_sheets, "xml_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        report.write(tmp_path / "x.xlsx", content(FOUR * 5_000))
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == running


@pytest.mark.usefixtures("short")
def test_what_a_zip_does_not_hold_is_left_to_the_library(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A workbook with a part of more than 2 GB takes the slow way, and is whole."""
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 9_999)
    report.write(tmp_path / "x.xlsx", content(FOUR * 5))
    assert len(readback.openpyxl_rows(tmp_path / "x.xlsx", "Numbers")) == 21
    assert readback.problems(tmp_path / "x.xlsx") == []


@pytest.mark.usefixtures("short")
def test_unzip_finds_nothing_wrong(tmp_path: Path) -> None:
    """Info-ZIP, which is stricter than Python, finds no fault in a workbook written in bulk."""
    if shutil.which("unzip") is None:
        pytest.skip("no unzip on this computer")
    report.write(tmp_path / "x.xlsx", content(FOUR * 5))
    done = subprocess.run(  # noqa: S603 - our own arguments
        ["unzip", "-tq", str(tmp_path / "x.xlsx")],  # noqa: S607 - wherever it is
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


class Counted:
    """A compressor that counts what it is given."""

    given = 0

    def __init__(self, compressor: Any) -> None:
        self._compressor = compressor

    def compress(self, data: bytes) -> bytes:
        Counted.given += len(data)
        return bytes(self._compressor.compress(data))

    def flush(self) -> bytes:
        return bytes(self._compressor.flush())


def test_the_fast_compressor_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All bytes of a part go through ISA-L on this Python: `zipfile` would use zlib in silence."""
    made = isal_zlib.compressobj
    monkeypatch.setattr(isal_zlib, "compressobj", lambda *given: Counted(made(*given)))
    monkeypatch.setattr(Counted, "given", 0)
    report.write(tmp_path / "x.xlsx", content([Status.CREATED] * 600))
    with zipfile.ZipFile(tmp_path / "x.xlsx") as book:
        assert Counted.given == sum(part.file_size for part in book.infolist())
