"""Small files to read, and a short way to look at what was read."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from importer.reading import ReadOptions, read_rows

if TYPE_CHECKING:
    from pathlib import Path

    from importer.model import Rows

SPREADSHEETML = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook(path: Path, *rows: list[Any], title: str = "Sheet1") -> Path:
    """Write rows to the only sheet of a workbook."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def repack(path: Path, part: str, content: bytes | None) -> Path:
    """Put other bytes into a part of a workbook; None takes it out."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    parts.pop(part, None)
    if content is not None:
        parts[part] = content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, raw in parts.items():
            package.writestr(name, raw)
    path.write_bytes(packed.getvalue())
    return path


def sheet_xml(path: Path, data: str, after: str = "") -> Path:
    """Make a workbook whose sheet holds this XML, as no library would write it."""
    workbook(path, ["x"])
    xml = f'<worksheet xmlns="{SPREADSHEETML}"><sheetData>{data}</sheetData>{after}</worksheet>'
    return repack(path, "xl/worksheets/sheet1.xml", xml.encode())


def text(path: Path, content: str | bytes) -> Path:
    """Write a text file."""
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path, **options: Any) -> Rows:
    """Read a file with some options."""
    return read_rows(path, ReadOptions(**options))


def shown(rows: Rows) -> list[tuple[int, str]]:
    """Return each cell's row and text."""
    return list(zip(rows.cells["row"].tolist(), rows.cells["original"].tolist(), strict=True))


def kinds(rows: Rows) -> dict[int, tuple[str, str]]:
    """Return each cell's text and kind, by row."""
    columns = (rows.cells[name].tolist() for name in ("row", "original", "kind"))
    return {row: (original, kind) for row, original, kind in zip(*columns, strict=True)}


def convert(path: Path, ending: str) -> Path:
    """Convert a workbook with LibreOffice, or skip the test where there is none."""
    office = shutil.which("soffice")
    if office is None:
        pytest.skip(f"only LibreOffice can make an .{ending} here, and it is not installed")
    home = path.parent / "office"
    subprocess.run(  # noqa: S603 - the office found above
        [
            office,
            f"-env:UserInstallation={home.as_uri()}",
            "--headless",
            "--convert-to",
            ending,
            "--outdir",
            str(path.parent),
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return path.with_suffix(f".{ending}")
