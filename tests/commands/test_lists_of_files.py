"""A list of several files goes the whole way as one batch, by whatever name it is given."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running


@pytest.fixture
def june(operator: Operator) -> Path:
    """Two files, of which the second repeats a number of the first."""
    folder = operator.folder / "june"
    folder.mkdir()
    first, second = hong_kong(4), hong_kong(6)[3:]
    (folder / "a.csv").write_text("\n".join(["Phone", *first, "n/a"]), encoding="utf-8")
    (folder / "b.csv").write_text("\n".join(["Phone", *second]), encoding="utf-8")
    return folder


@pytest.mark.parametrize("given", ["folder", "pattern", "together"])
def test_run_and_results(
    operator: Operator, june: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One batch, each number once, rows known by their files, and the same results again."""
    monkeypatch.chdir(operator.folder)
    names = {
        "folder": ["june"],
        "pattern": ["june/*.csv"],
        "together": ["june/a.csv", "june/b.csv", "--together"],
    }[given]
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        checked = operator.run("check", *names)
        assert f"importer run {' '.join(names).replace('june/*.csv', repr('june/*.csv'))}" in (
            checked.out
        )
        told = json.loads(operator.run("run", *names, "--json", "--yes").out)
        assert (told["rows"], told["created"], told["duplicate"], told["rejected"]) == (8, 6, 1, 1)
        again = json.loads(operator.run("run", *names, "--json", "--yes").out)
        assert (again["batch"], again["created"]) == (told["batch"], 6)
        Path(told["results"]).unlink()
        assert operator.run("results", told["batch"]).exit == 0
    assert len(numbers_at(server)) == 6
    sheet = load_workbook(told["results"])["Numbers"]
    rows = [[cell.value for cell in row[:8]] for row in sheet.iter_rows(min_row=2)]
    assert [row[:2] for row in rows] == [["a.csv", at] for at in range(2, 7)] + [
        ["b.csv", at] for at in range(2, 5)
    ]
    assert rows[5][6:] == ["duplicate", "same as a.csv row 5"]


@pytest.mark.parametrize("given", [".", "..", "../june", "../*/*.csv", "*.csv", "../june/*.csv"])
def test_a_folder_is_called_by_its_name_from_wherever_one_stands(
    operator: Operator, june: Path, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Standing in the folder itself, `.` is june, and its groups are called so."""
    at = june / "below" if given == ".." else june
    at.mkdir(exist_ok=True)
    monkeypatch.chdir(at)
    done = operator.run("check", given)
    assert done.exit == 0, done.err
    assert len([*operator.folder.rglob("*.check.xlsx")]) == 1
    name = operator.folder.name if given == "../*/*.csv" else "june"
    assert f"'{name} HK 001'" in done.out + done.err


def test_a_stray_file_in_a_folder(operator: Operator, june: Path) -> None:
    """It is named, with how the list is read without it."""
    (june / "photo.docx").write_bytes(b"PK\x03\x04 no workbook")
    done = operator.run("check", "june")
    assert done.exit == 2
    assert "photo.docx" in done.err
    assert "move it out of the folder, or name the files by a pattern" in done.err
    assert operator.run("check", "june/*.csv").exit == 0
