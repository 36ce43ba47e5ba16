"""What calamine makes of numbers under a style, such as dates, asked once for all that are alike.

Whether a number is a date, which one, and whether it is a time or a span, is calamine's to say. So
the different ones are put into a sheet of their own, in a workbook with the same styles.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

from python_calamine import CalamineWorkbook

from importer.reading.xlsx.package import common_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sheets import Cell
    from importer.reading.xlsx.package import Package


def ask(package: Package, part: str, title: str, numbers: Sequence[tuple[str, str]]) -> list[Cell]:
    """Return what cells of a sheet hold by their styles and their values as the file writes them.

    Raises:
        CalamineError: calamine can't read them.
    """
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" s="{style}"><v>{value}</v></c></row>'
        for row, (style, value) in enumerate(numbers, 1)
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as small:
        for other in common_parts(package):
            small.writestr(other, package.read(other))
        small.writestr(part, f"<worksheet><sheetData>{rows}</sheetData></worksheet>")
    packed.seek(0)
    with CalamineWorkbook.from_filelike(packed) as book:
        lines = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
    return [line[0] for line in lines]
