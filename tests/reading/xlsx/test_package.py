"""A workbook's zip: what is in it, and what two programs could take for each other."""

from __future__ import annotations

import io
import zipfile

import pytest

from importer.errors import UnreadableInput
from importer.reading.xlsx.package import Package

SHEET = "xl/worksheets/sheet1.xml"


def _packed(*names: str, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as package:
        for name in names:
            package.writestr(name, b"<a/>")
    return packed.getvalue()


@pytest.mark.parametrize("name", [SHEET, SHEET.upper(), SHEET.replace("/", "\\")])
def test_a_part_is_found_whatever_its_case_and_slashes(name: str) -> None:
    """Names of parts differ in no more than case and slashes for any program that opens them."""
    assert Package("a.xlsx", _packed(name)).read(SHEET) == b"<a/>"


@pytest.mark.parametrize("other", [SHEET.title(), SHEET.replace("/", "\\")])
def test_two_parts_of_one_name(other: str) -> None:
    """Two programs could then see two different lists in one file."""
    with pytest.raises(UnreadableInput, match="two of its parts"):
        Package("a.xlsx", _packed(SHEET, other))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_part_packed_as_no_spreadsheet_program_packs(method: int) -> None:
    """Not every program could unpack it."""
    with pytest.raises(UnreadableInput, match="damaged"):
        Package("a.xlsx", _packed(SHEET, method=method))


def test_long_parts_come_in_pieces() -> None:
    """A piece is no more than a processor's cache holds, from the first on."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("a", bytes(3_000_000))
    pieces = list(Package("a.xlsx", packed.getvalue()).chunks("a"))
    assert b"".join(pieces) == bytes(3_000_000)
    assert max(map(len, pieces)) == 512 * 1024
