"""What stands around plain rows, and how the zip is made, is plain, or left to calamine."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from importer.reading.xlsx.fast.frame import merged_ranges
from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.package import Package
from importer.reading.xlsx.sheet_xml import number_styles, used_formats

DATA = "<sheetData></sheetData>"
MERGED = '<mergeCells><mergeCell ref="B2:B4"/></mergeCells>'
SHEET = "xl/worksheets/sheet1.xml"


def test_merged_ranges_in_their_place() -> None:
    """As Excel writes them."""
    assert merged_ranges(f"<worksheet>{DATA}{MERGED}</worksheet>".encode()) == (((1, 1), (3, 1)),)


@pytest.mark.parametrize(
    "inside",
    [
        f"<x:sheetData/>{DATA}",
        f"<a>{DATA}</a>",
        f'<x:dimension ref="?"/>{DATA}',
        f'<dimension ref="A&#49;"/>{DATA}',
        DATA + MERGED.replace("mergeCells", "x:mergeCells"),
        DATA + MERGED.replace("mergeCell ", "x:mergeCell "),
        DATA + MERGED + MERGED,
        f"{DATA}<mergeCells/>{MERGED}",
        f'{DATA}<mergeCell ref="B2:B4"/>',
        f"{DATA}<extLst>{MERGED}</extLst>",
        DATA + MERGED.replace("B2", "&#66;2"),
    ],
)
def test_what_calamine_may_take_otherwise(inside: str) -> None:
    """Under a prefix, in another place, twice, or with characters by their numbers."""
    with pytest.raises(NotPlainError):
        merged_ranges(f"<worksheet>{inside}</worksheet>".encode())


def _package(*names: str, method: int = zipfile.ZIP_DEFLATED, extra: bytes = b"") -> Package:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.compress_type, info.extra = method, extra
            package.writestr(info, b"<a/>")
    return Package("a.xlsx", packed.getvalue())


def test_a_plain_package() -> None:
    """Other extra fields, such as times, do no harm."""
    assert _package(SHEET, "xl/styles.xml", extra=struct.pack("<HHBI", 0x5455, 5, 1, 9)).plain


@pytest.mark.parametrize("other", [SHEET.title(), SHEET.replace("/", "\\")])
def test_two_parts_that_calamine_takes_for_one(other: str) -> None:
    """It looks for a part without regard to case and to which way a slash leans."""
    assert not _package(SHEET, other).plain


def test_a_part_by_another_name() -> None:
    """A name in an extra field counts more for calamine, and nothing for Python."""
    name = struct.pack("<HHBI", 0x7075, 8, 1, zlib.crc32(SHEET.encode())) + b"a.b"
    assert not _package(SHEET, extra=name).plain


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_calamine_can_not_unpack(method: int) -> None:
    """It says that the workbook is damaged."""
    assert not _package(SHEET, method=method).plain


def test_formats_below_those_of_conditions() -> None:
    """A format counts wherever the list of formats stands."""
    styles = (
        '<styleSheet><dxfs/><numFmts><numFmt numFmtId="49" formatCode="d"/></numFmts>'
        '<cellXfs><xf numFmtId="49"/></cellXfs></styleSheet>'
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("xl/styles.xml", styles)
    used = used_formats(Package("a.xlsx", packed.getvalue()), "xl/styles.xml")
    assert used == [("49", "d")]
    assert not number_styles(used)
