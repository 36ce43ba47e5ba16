"""What a spreadsheet program makes of the workbook: LibreOffice opens, recalculates, converts."""

from __future__ import annotations

import csv
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from importer import report
from importer.model import Status
from tests.report import readback
from tests.report.contents import content
from tests.report.test_safety import HARMFUL

if TYPE_CHECKING:
    from pathlib import Path

SOFFICE = shutil.which("soffice")
EVERY_SHEET_AS_SHOWN = (
    "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1"
)
"""Commas, quotes, UTF-8, cells as shown, all sheets: LibreOffice's *CSV filter parameters*."""

pytestmark = pytest.mark.skipif(SOFFICE is None, reason="LibreOffice (soffice) is not installed")


def convert(source: Path, *formats: str) -> None:
    profile = (source.parent / "profile").as_uri()
    for form in formats:
        subprocess.run(  # noqa: S603
            [
                str(SOFFICE),
                "--headless",
                f"-env:UserInstallation={profile}",
                "--convert-to",
                form,
                "--outdir",
                str(source.parent),
                str(source),
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )


def test_libreoffice_shows_every_number_text_for_text(tmp_path: Path) -> None:
    """Opened, recalculated and converted, each text is what went in; Summary is one page."""
    # NUL and the like have no form in a CSV; lines are compared whole, so no line breaks.
    harmful = [text for text in HARMFUL if text.isprintable()]
    statuses = [Status.REJECTED] * len(harmful) + [Status.CREATED] * 30
    originals = [*harmful, *(f"+852 3500 {at:04}" for at in range(30))]
    told = content(statuses, originals=originals, extras={"=Formula": originals})
    book = report.write(tmp_path / "book.xlsx", told)
    convert(book, EVERY_SHEET_AS_SHOWN, "pdf")
    with (tmp_path / "book-Numbers.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = list(csv.reader(file))
    assert header[10] == "=Formula"
    assert [line[2] for line in lines] == originals
    assert [line[10] for line in lines] == originals
    assert [line[3] for line in lines] == list(told.lines["number"])
    assert [line[9] for line in lines] == list(told.statuses["group_id"])
    summary = (tmp_path / "book-Summary.csv").read_text("utf-8")
    assert "#REF" not in summary
    assert "Err:" not in summary
    pages = (tmp_path / "book.pdf").read_bytes().count(b"/Type/Page/")
    # Rejected is two pages wide, so that it can be written on.
    assert pages == len(readback.sheet_names(book)) + 1
