"""Promises about the file: whole or not at all, and never over somebody else's."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

import pytest
import rustpy_xlsxwriter

from importer import report
from importer.errors import OutputError
from importer.file_names import numbered
from importer.model import Status
from tests.report import readback
from tests.report.contents import content

TOLD = content([Status.CREATED] * 3)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "list.results.xlsx"


def second(target: Path) -> Path:
    return target.with_name("list.results (2).xlsx")


def test_results_of_an_earlier_run_are_replaced(target: Path) -> None:
    """Written again, the results are in the same place and nothing else is left behind."""
    report.write(target, content([Status.PLANNED]))
    assert report.write(target, TOLD) == target
    assert len(readback.openpyxl_rows(target, "Numbers")) == 4
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@pytest.mark.parametrize("owner", ["~$list.results.xlsx", ".~lock.list.results.xlsx#"])
def test_results_that_are_open_are_left_alone(target: Path, owner: str) -> None:
    """While Excel or LibreOffice has it open, the results go beside it, and the path says so."""
    report.write(target, content([Status.PLANNED]))
    before = target.read_bytes()
    target.with_name(owner).touch()
    assert report.write(target, TOLD) == second(target)
    assert target.read_bytes() == before


def test_a_file_that_cannot_be_replaced_is_left_alone(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system refuses the rename, as Windows does, the next name is taken."""
    rename = Path.replace

    def replace(part: Path, to: Path) -> Path:
        if to == target:
            raise PermissionError(13, "locked")
        return rename(part, to)

    monkeypatch.setattr(Path, "replace", replace)
    assert report.write(target, TOLD) == second(target)


@pytest.mark.parametrize("bytes_", [b"PK\x03\x04 not ours", b"a,b\n1,2\n", b"\xef\xbb\xbfName\n"])
def test_somebody_elses_file_is_never_replaced(target: Path, bytes_: bytes) -> None:
    """A file that is no results workbook keeps its bytes."""
    target.write_bytes(bytes_)
    assert report.write(target, TOLD) == second(target)
    assert target.read_bytes() == bytes_


def test_the_input_is_never_replaced(target: Path) -> None:
    """Corrected results are an input: written to the same name, they stay as they are."""
    report.write(target, TOLD)
    before = target.read_bytes()
    assert report.write(target, content([Status.CREATED], path=target)) == second(target)
    assert target.read_bytes() == before


def test_an_empty_file_is_filled(target: Path) -> None:
    """A place that a script has reserved with an empty file is used."""
    target.touch()
    assert report.write(target, TOLD) == target


def test_only_the_owner_may_read_it(target: Path) -> None:
    """Phone numbers are nobody else's: rights are 0600, whatever the umask."""
    before = os.umask(0)
    try:
        report.write(target, TOLD)
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("failure", [OSError(28, "no space"), RuntimeError("Excel write error")])
def test_a_failure_leaves_nothing_and_loses_nothing(
    target: Path, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """If it can't be written, the old results stand, no part is left, and one sentence tells."""
    report.write(target, TOLD)
    before = target.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(rustpy_xlsxwriter, "write_worksheets", fail)
    with pytest.raises(OutputError, match="Nothing is lost"):
        report.write(target, TOLD)
    assert target.read_bytes() == before
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def test_an_interrupt_leaves_no_part(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl+C while it is written leaves no half file."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rustpy_xlsxwriter, "write_worksheets", interrupt)
    with pytest.raises(KeyboardInterrupt):
        report.write(target, TOLD)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("source", "out", "suffix", "expected"),
    [
        ("in/list.xlsx", None, ".results.xlsx", "in/list.results.xlsx"),
        ("in/list.xlsx", "out", ".results.xlsx", "out/list.results.xlsx"),
        ("in/list.xlsx", "out/x.XLSX", ".results.xlsx", "out/x.XLSX"),
        ("in/list.xlsx", "out/x.csv", ".results.csv", "out/x.csv"),
        ("in/a.b.csv", None, ".check.xlsx", "in/a.b.check.xlsx"),
    ],
)
def test_where_results_go(source: str, out: str | None, suffix: str, expected: str) -> None:
    """Beside the input, in the folder of --out, or at the file of --out."""
    found = report.target_path(Path(source), Path(out) if out else None, suffix)
    assert found == Path(expected)


def test_a_long_name_leaves_room_for_the_suffix(tmp_path: Path) -> None:
    """A name as long as a system allows has results all the same, and replacements too."""
    source = tmp_path / f"{'客户' * 41}.csv"
    found = report.target_path(source, None, ".results.xlsx")
    assert found.name.startswith("客户" * 30)
    assert all(len(one.name.encode()) <= 255 for one in islice(numbered(found), 99))
    assert report.write(found, TOLD) == found


def test_a_place_is_checked_before_anything_is_sent(tmp_path: Path) -> None:
    """A missing folder, or a folder in the file's place, is told before the first call."""
    with pytest.raises(OutputError, match="does not exist"):
        report.check_target(tmp_path / "missing" / "x.xlsx")
    (tmp_path / "x.xlsx").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        report.check_target(tmp_path / "x.xlsx")
    report.check_target(tmp_path / "new.xlsx")
