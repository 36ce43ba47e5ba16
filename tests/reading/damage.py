"""Samples of every format, and random damage to them."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from tests.reading import xlsb_files as binary
from tests.reading.files import convert, sheet_xml, text, workbook

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

COUNT = int(os.environ.get("READING_MUTATIONS", "0"))
"""Damaged files of each format; 0: 600 in all, as every change is tested with."""

LINES: list[list[Any]] = [
    ["Name", "Phone", "Country"],
    *([f"n{n}", 85235753300 + n, "HK"] for n in range(20)),
]


def plain_excel(path: Path) -> Path:
    """A workbook that is read in bulk: formats, a hidden row and merged cells, and no formula."""
    path = workbook(path / "a.xlsx", *LINES, ["x", "#N/A", "HK"], ["y", "+852 3575 3351", "HK"])
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    sheet["B4"].number_format = "000000000000"
    sheet.row_dimensions[5].hidden = True
    sheet.merge_cells("C2:C9")
    book.save(path)
    return path


def excel(path: Path) -> Path:
    """The same with a formula that has no value."""
    path = plain_excel(path)
    book = openpyxl.load_workbook(path)
    book.worksheets[0].append(["x", "=1/0", "HK"])
    book.save(path)
    return path


def rich_excel(path: Path) -> Path:
    """A workbook that is read cell by cell: runs, references, CDATA, shared formulas, comments."""
    rows = [
        '<c t="inlineStr"><is><t>Phone</t></is></c><c t="str"><v>Name</v></c>',
        '<c r="A2" t="inlineStr"><is><r><t>+852 3575</t></r><r><rPr><vertAlign val="superscript"/>'
        '</rPr><t xml:space="preserve"> 3351</t></r></is></c><c r="B2" t="b"><v>1</v></c>',
        '<c r="A3" t="str"><f t="shared" ref="A3:A4" si="0">B3&amp;""</f>'
        "<v>&#43;852<!-- --> 35753352</v></c>",
        '<c r="A4" t="str"><f t="shared" si="0"/><v><![CDATA[35753353]]></v></c>'
        '<c t="e"><v>#N/A</v></c>',
        '<c r="A5"><v> 85235753354 </v></c><c r="B5" t="d"><v>2024-01-01</v></c>',
        '<c r="A6"><f>SUM(A2:A5)</f><v>5</v></c><c r="C6" t="s"><v>0</v></c>',
    ]  # fmt: skip
    data = "".join(f'<row r="{number}">{row}</row>' for number, row in enumerate(rows, 1))
    return sheet_xml(path / "a.xlsx", data)


def csv(path: Path) -> Path:
    """A text file in an encoding that has to be guessed, with quoted cells."""
    lines = "".join(";".join(f'"{cell}"' for cell in line) + "\r\n" for line in LINES)
    return text(path / "a.csv", lines.replace("Name", "姓名").encode("gb18030"))


def page(path: Path) -> Path:
    """A web page."""
    cells = "".join("<tr><td>" + "</td><td>".join(map(str, line)) + "</td></tr>" for line in LINES)
    return text(path / "a.html", f"<html><table border=1>{cells}</table></html>")


def xlsb(path: Path) -> Path:
    """A binary workbook with formats, shared texts, an error and a merge."""
    rows = [
        binary.row(at, binary.number_cell(0, 85235753300.0 + at, at % 3), binary.shared_cell(1, 1))
        for at in range(2, 12)
    ]
    sheet = (
        binary.row(1, binary.shared_cell(0, 0), binary.text_cell(1, "Country"))
        + b"".join(rows)
        + binary.row(12, binary.error_cell(0, 0x2A), hidden=True)
        + binary.merge(2, 4, 1, 1)
    )
    return binary.xlsb(
        path / "a.xlsb",
        sheet,
        texts=binary.shared_texts("Phone", "HK"),
        formats=binary.styles("+0", "0000000000000"),
    )


def parquet(path: Path) -> Path:
    """A Parquet file with texts, numbers, days and lists."""
    names, phones, countries = zip(*LINES[1:], strict=True)
    days = pa.array([18_000] * len(names), pa.int32()).cast(pa.date32())
    columns = {"Name": names, "Phone": phones, "Country": countries, "Since": days}
    pq.write_table(pa.table(columns | {"Tags": [["x", "y"]] * len(names)}), path / "a.parquet")
    return path / "a.parquet"


def compressed(path: Path) -> Path:
    """The text file, compressed."""
    return text(path / "a.csv.gz", gzip.compress(csv(path).read_bytes(), mtime=0))


FORMATS: dict[str, tuple[Callable[[Path], Path], float]] = {
    "xlsx": (plain_excel, 0.2),
    "xlsx with more": (rich_excel, 0.15),
    "xls": (lambda path: convert(excel(path), "xls"), 0.1),
    "xlsb": (xlsb, 0.1),
    "ods": (lambda path: convert(excel(path), "ods"), 0.1),
    "csv": (csv, 0.1),
    "html": (page, 0.1),
    "parquet": (parquet, 0.1),
    "gzip": (compressed, 0.05),
}
"""How each sample is made, and its share of the damage."""


def damage(raw: bytes, chance: random.Random) -> bytes:
    """Change some bytes of a file, and sometimes cut it."""
    damaged = bytearray(raw)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        at = chance.randrange(len(damaged))
        damaged[at] = chance.choice((0, 255, chance.randrange(256), *b'09"<>&/=;,\n'))
    if chance.random() < 0.05:
        del damaged[chance.randrange(len(damaged)) :]
    return bytes(damaged)


def damage_inside(raw: bytes, chance: random.Random) -> bytes:
    """Damage one part of a zip and pack it again, so that no sum gives the damage away."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(packed, "w") as new:
        damaged = chance.choice([name for name in old.namelist() if old.read(name)])
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, damage(part, chance) if name == damaged else part)
    return packed.getvalue()
