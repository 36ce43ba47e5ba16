"""A written workbook as others read it."""

from __future__ import annotations

import re
import zipfile
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import openpyxl
from python_calamine import CalamineWorkbook

if TYPE_CHECKING:
    from pathlib import Path

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def openpyxl_rows(path: Path, sheet: str) -> list[list[Any]]:
    """Return a sheet's values, its header first; an empty cell is None."""
    book = openpyxl.load_workbook(path, read_only=True)
    return [[_plain(value) for value in row] for row in book[sheet].iter_rows(values_only=True)]


def calamine_rows(path: Path, sheet: str) -> list[list[Any]]:
    """Return a sheet's values, its header first; an empty cell is an empty text."""
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python()


def sheet_names(path: Path) -> list[str]:
    """Return the names of a workbook's sheets, in order."""
    return openpyxl.load_workbook(path, read_only=True).sheetnames


def cell_types(path: Path, sheet: str) -> dict[str, set[str]]:
    """Return for each header the types of the cells below it: `s`, `n`, `d`, `b` or `f`."""
    header, *lines = openpyxl.load_workbook(path)[sheet].iter_rows()
    found: dict[str, set[str]] = {}
    for line in lines:
        for title, cell in zip(header, line, strict=True):
            if cell.value is not None:
                found.setdefault(str(title.value), set()).add(cell.data_type)
    return found


def parts(path: Path) -> dict[str, ElementTree.Element]:
    """Parse each XML part of a workbook, which fails where one is damaged."""
    with zipfile.ZipFile(path) as package:
        return {
            name: ElementTree.fromstring(package.read(name))  # noqa: S314
            for name in package.namelist()
            if name.endswith((".xml", ".rels", ".vml"))
        }


def problems(path: Path) -> list[str]:
    """Name what makes Excel offer a repair: rows out of order or twice, and formulas."""
    found = []
    for name, root in parts(path).items():
        rows = [int(row.attrib["r"]) for row in root.iter(f"{_MAIN}row")]
        if rows != sorted(set(rows)):
            found.append(f"{name}: rows are out of order or twice")
        if "worksheets/" in name and any(True for _ in root.iter(f"{_MAIN}f")):
            found.append(f"{name}: a formula")
    return found


def part(path: Path, sheet: str) -> ElementTree.Element:
    """Return a sheet's XML."""
    place = sheet_names(path).index(sheet) + 1
    return parts(path)[f"xl/worksheets/sheet{place}.xml"]


def found(root: ElementTree.Element, tag: str) -> list[dict[str, str]]:
    """Return the attributes of each element of the main namespace with this tag."""
    return [dict(element.attrib) for element in root.iter(f"{_MAIN}{tag}")]


def _plain(value: Any) -> Any:
    """Resolve `_x0001_`, as Excel does and openpyxl does not."""
    if not isinstance(value, str):
        return value
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), value)
