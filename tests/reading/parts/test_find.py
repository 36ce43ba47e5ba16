"""Which files a folder or a pattern means: none of them is passed over in silence."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.reading.parts.find import find_files, find_parts
from tests.reading.files import text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.served import Operator

ROW = "Phone\n+85235753351\n"


def folder(top: Path, *names: str) -> Path:
    """Make a folder with a list of one row in each of some files."""
    for name in names:
        path = top / "june" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text(path, ROW)
    return top / "june"


def test_files_that_are_left_out_are_said(tmp_path: Path) -> None:
    """What may be a list, but is named as results or as temporary files are, is named in a note."""
    june = folder(
        tmp_path,
        "a.csv",
        "bounced.results.csv",
        "june.check/numbers/part-00001.parquet",
        "june.check/numbers/part-00002.parquet",
        "_temporary/0/part-0.csv",
        "_SUCCESS",
        ".a.csv.crc",
        "~$a.xlsx",
    )
    found = find_files([str(june)])
    assert [part.name for part in found.parts] == ["a.csv"]
    [note] = found.notes
    assert note.startswith("Not read, as results are named so, or hidden and temporary files: ")
    assert "'_temporary', 'bounced.results.csv', 'june.check'." in note
    assert find_files([str(june / "bounced.results.csv")]).notes == ()
    (june / "a.csv").unlink()
    with pytest.raises(UnreadableInput, match=r"no file in it.*'bounced\.results\.csv'"):
        find_parts([str(june)])


def test_names_of_folders_are_no_columns(operator: Operator) -> None:
    """Folders that are named for a value, as clusters write them, are said to be no column."""
    june = folder(operator.folder, "country=HK/a.csv", "country=CN/a.csv")
    for form in ("parquet", "xlsx"):
        shown = operator.run("check", june, "--format", form)
        assert "Names of folders such as 'country=CN' are not read" in shown.out
        assert shown.exit == 0


@pytest.mark.parametrize("goal", ["other", "nowhere"])
def test_links_to_folders_are_refused(tmp_path: Path, goal: str) -> None:
    """A link to a file is that file; a link to a folder or to nothing is not passed over."""
    june = folder(tmp_path, "a.csv")
    (tmp_path / "other").mkdir()
    text(tmp_path / "other" / "b.csv", ROW)
    (june / "b.csv").symlink_to(tmp_path / "other" / "b.csv")
    assert len(find_parts([str(june)])) == 2
    (june / "c").symlink_to(tmp_path / goal)
    with pytest.raises(UnreadableInput, match=r"june.c is a link to a folder, or to nothing"):
        find_parts([str(june)])


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder within the list that the system does not open is refused, by its name."""
    june = folder(tmp_path, "a.csv", "closed/b.csv")
    real = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(UnreadableInput, match=r"closed can't be opened \(Permission denied\)"):
        find_parts([str(june)])


@pytest.mark.parametrize(("name", "kind"), [("_delta_log/0.json", "Delta"), (".hoodie/x", "Hudi")])
def test_tables_with_deleted_rows_are_refused(tmp_path: Path, name: str, kind: str) -> None:
    """The files of a table hold rows that were deleted since: those are nobody's list."""
    june = folder(tmp_path, "a.parquet", name)
    with pytest.raises(UnreadableInput, match=f"june is a table of {kind}"):
        find_parts([str(june)])
