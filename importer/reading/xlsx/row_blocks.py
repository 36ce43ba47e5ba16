"""Cuts a sheet's XML into blocks of whole rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.reading.limits import ROW_BYTES
from importer.reading.xlsx.prefetch import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.xlsx.package import Package


def row_blocks(package: Package, part: str) -> Iterator[bytes]:
    """Yield a sheet's XML in blocks, none of which is cut inside a row.

    Raises:
        UnreadableInput: the part is broken, or has a row longer than any can be.
    """
    held: list[bytes] = []
    size = searched = 0
    for chunk in ahead(package.chunks(part)):
        held.append(chunk)
        size += len(chunk)
        if size < min(2 * searched, ROW_BYTES):
            continue  # Search a long row again only when it has doubled.
        rest = b"".join(held)
        cut = max(rest.rfind(b"<row"), rest.rfind(b"<", 0, max(rest.rfind(b":row "), 0)))
        if cut > 0:
            yield rest[:cut]
            held, size, searched = [rest[cut:]], size - cut, 0
        elif size > ROW_BYTES:
            raise UnreadableInput(
                f"{package.name} has a row of more than {ROW_BYTES // 1024**2} MB, more than Excel "
                "allows: remove it."
            )
        else:
            held, searched = [rest], size
    yield b"".join(held)
