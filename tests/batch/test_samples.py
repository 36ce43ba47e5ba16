"""The samples: they are what their script makes, and a person would want them imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from python_calamine import CalamineWorkbook

import importer
from tests.make_samples import CITIES, MAKERS, SAMPLES, example, main

ROOT = Path(importer.__file__).parents[1]


def content_of(path: Path) -> Any:
    """Return what a person sees in a file: its text, or the cells of its sheets."""
    if path.suffix == ".csv":
        return path.read_text(encoding="utf-8").splitlines()
    with CalamineWorkbook.from_path(path) as book:
        return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def check(path: Path, out: Path) -> dict[str, Any]:
    """Run `importer check` and return what it tells scripts."""
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        [sys.executable, "-m", "importer", "check", str(path), "--out", str(out), "--json"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=out,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_samples_are_what_the_script_makes(tmp_path: Path) -> None:
    """Nobody changed a sample by hand: the script makes the same files."""
    main(tmp_path)
    made = sorted(path.name for path in tmp_path.iterdir())
    assert made == sorted(path.name for path in SAMPLES.iterdir() if path.name in MAKERS)
    for name in made:
        assert content_of(SAMPLES / name) == content_of(tmp_path / name)


def test_samples_are_made_the_same(tmp_path: Path) -> None:
    """The script makes the same bytes each time, workbooks included."""
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        main(folder)
    for name in MAKERS:
        first, second = (Path(folder / name).read_bytes() for folder in folders)
        assert first == second


@pytest.mark.parametrize(
    ("name", "rows", "groups"),
    [
        ("customers.csv", 120, 4),
        ("national-with-country.csv", 90, 5),
        ("asia-europe.xlsx", 398, 14),
    ],
)
def test_samples_are_good_input(name: str, rows: int, groups: int, tmp_path: Path) -> None:
    """Of every sample at least 90 % is accepted, and something is left to show of the rest."""
    told = check(SAMPLES / name, tmp_path)
    assert (told["rows"], told["groups"]) == (rows, groups)
    assert told["planned"] >= 0.9 * rows
    assert told["duplicate"] > 0
    assert told["rejected"] > 0
    assert told["planned"] + told["duplicate"] + told["rejected"] == rows
    assert Path(told["results"]).is_file()


def test_forms() -> None:
    """The samples differ in what a reader has to master."""
    national = (SAMPLES / "national-with-country.csv").read_bytes()
    assert national.startswith(b"\xef\xbb\xbf" + "客户;国家;手机号".encode())
    assert not (SAMPLES / "customers.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    book = content_of(SAMPLES / "asia-europe.xlsx")
    assert [*book] == ["Asia", "Europe"]
    for lines in book.values():
        assert {type(line[2]) for line in lines[1:]} >= {str, float}


def test_nobodys_numbers() -> None:
    """Each number is its numbering plan's published example but for the last three digits."""
    examples = {
        phonenumbers.format_number(example(region), phonenumbers.PhoneNumberFormat.E164)[:-3]
        for region in CITIES
    }
    for line in content_of(SAMPLES / "customers.csv")[1:]:
        phone = line.split(",")[1].replace(" ", "").replace("-", "")
        if phone.lstrip("+").isdigit() and len(phone) > 10:
            assert f"+{phone.lstrip('+0')}"[:-3] in examples
