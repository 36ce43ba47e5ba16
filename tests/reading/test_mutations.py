"""Random damage: every damaged file gives rows or one sentence, and never anything else.

The normal run does a few hundred; `READING_MUTATIONS=10000` does as many as that says.
"""

from __future__ import annotations

import io
import os
import random
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer.errors import UnreadableInput
from tests.reading.files import convert, read, text, workbook

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COUNT = int(os.environ.get("READING_MUTATIONS", "600"))
"""Damaged files in all, over the formats below."""

LINES: list[list[Any]] = [
    ["Name", "Phone", "Country"],
    *([f"n{n}", 85235753300 + n, "HK"] for n in range(20)),
]


def _excel(path: Path) -> Path:
    path = workbook(path / "a.xlsx", *LINES, ["x", "=1/0", "HK"], ["y", "+852 3575 3351", "HK"])
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet["B4"].number_format = "000000000000"
    sheet.row_dimensions[5].hidden = True
    sheet.merge_cells("C2:C9")
    book.save(path)
    return path


def _csv(path: Path) -> Path:
    lines = "".join(";".join(map(str, line)) + "\r\n" for line in LINES)
    return text(path / "a.csv", lines.replace("Name", "姓名").encode("gb18030"))


def _page(path: Path) -> Path:
    cells = "".join("<tr><td>" + "</td><td>".join(map(str, line)) + "</td></tr>" for line in LINES)
    return text(path / "a.html", f"<html><table border=1>{cells}</table></html>")


FORMATS: dict[str, tuple[Callable[[Path], Path], float]] = {
    "xlsx": (_excel, 0.4),
    "csv": (_csv, 0.3),
    "html": (_page, 0.1),
    "ods": (lambda path: convert(_excel(path), "ods"), 0.17),
    # Each one takes a process of its own, half a second.
    "xls": (lambda path: convert(_excel(path), "xls"), 0.03),
}
"""How each sample is made, and its share of the damage."""


def _damage(raw: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(damaged))
        damaged[at] = chance.choice((0, 255, chance.randrange(256), *b'09"<>&/=;,\n'))
    if chance.random() < 0.05:
        del damaged[chance.randrange(len(damaged)) :]
    return bytes(damaged)


def _damage_inside(raw: bytes, chance: random.Random) -> bytes:
    """Damage one part of a zip and pack it again, so that no sum gives the damage away."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(packed, "w") as new:
        damaged = chance.choice([name for name in old.namelist() if old.read(name)])
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, _damage(part, chance) if name == damaged else part)
    return packed.getvalue()


@pytest.mark.parametrize("form", FORMATS)
def test_damage_gives_a_clean_verdict(tmp_path: Path, form: str) -> None:
    """Whatever bytes are changed, the file is read or refused in one sentence."""
    make, share = FORMATS[form]
    raw = make(tmp_path).read_bytes()
    for seed in range(max(1, round(COUNT * share))):
        chance = random.Random(f"{form} {seed}")  # it need only be repeatable
        inside = raw.startswith(b"PK") and chance.random() < 0.7
        path = text(tmp_path / "damaged", (_damage_inside if inside else _damage)(raw, chance))
        assert "\n" not in _verdict(path), f"{form} {seed}"


def _verdict(path: Path) -> str:
    """Return why a file is refused, or that it was read; any other outcome fails the test."""
    try:
        rows = read(path)
    except UnreadableInput as told:
        return str(told)
    assert len(rows.cells) == len(rows.extras)
    return "read"
