"""The worker process: reads a file from standard input, writes its cells to standard output.

Both begin with a length and a JSON object of that length. Behind it stand the bytes of the file, or
an Arrow stream of its cells.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if sys.platform != "win32":
    import resource

from importer.errors import UnreadableInput
from importer.reading.budget import Budget
from importer.reading.forms import Form
from importer.reading.limits import (
    SMALL_FILE_BYTES,
    SMALL_FILE_SECONDS,
    SMALL_FILE_WORKER_BYTES,
    WORKER_BYTES,
)
from importer.reading.tables.sparse import SCHEMA, sparse_sheet
from importer.reading.tables.workbooks import SparseWorkbook, damaged, too_much_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sparse import SparseSheet


def serve() -> None:
    """Answer one request."""
    request = sys.stdin.buffer.read()
    if sys.platform != "win32":  # Windows has no such bounds: there the process alone is lost.
        _bound_memory(len(request))
        _bound_work(len(request))
    sys.stdout.buffer.write(answer(request))


def answer(request: bytes) -> bytes:
    """Return what a file holds, or one sentence about it."""
    (size,) = struct.unpack_from("<I", request)
    asked = json.loads(request[4 : 4 + size])
    name, raw = asked["name"], request[4 + size :]
    try:
        form = Form[asked["form"]]
        if form is Form.HTML:
            book = _read_webpage(name, asked["title"], raw, asked["encoding"])
        else:
            book = read_carefully(name, raw, form, asked["sheets"])
        return _packed(_about(book), book.sheets)
    except UnreadableInput as error:
        return _packed({"error": str(error)}, ())
    except MemoryError:
        return _packed({"error": str(too_much_memory(name))}, ())
    except Exception:  # noqa: BLE001 - whatever a reader raises is that file's one sentence
        return _packed({"error": str(damaged(name))}, ())


def read_carefully(name: str, raw: bytes, form: Form, wanted: Sequence[str]) -> SparseWorkbook:
    """Read a file's visible sheets, or those that are wanted, cell by cell.

    Raises:
        UnreadableInput: it is broken, locked with a password, holds too much, or has no sheet of a
            wanted name.
    """
    if form is Form.XLSX:
        from importer.reading.xlsx.careful import read_xlsx

        return read_xlsx(name, raw, wanted)
    if form is Form.ODS:
        from importer.reading.other.opendocument import read_opendocument

        return read_opendocument(name, raw, wanted)
    if form is Form.XLSB:
        from importer.reading.other.xlsb import read_xlsb

        return read_xlsb(name, raw, wanted)
    from importer.reading.other.xls import read_xls

    return read_xls(name, raw, wanted)


def _read_webpage(name: str, title: str, raw: bytes, encoding: str | None) -> SparseWorkbook:
    from importer.reading.text.html import read_webpage

    page = read_webpage(name, title, raw, encoding, lambda _: None)
    (sheet,) = page.sheets
    return SparseWorkbook(page.form, (sparse_sheet(sheet, Budget(name, len(raw))),), page.notes)


def _about(book: SparseWorkbook) -> dict[str, Any]:
    return {
        "form": book.form,
        "notes": book.notes,
        "sheets": [
            {
                "name": sheet.name,
                "merged": [(*first, *last) for first, last in sheet.merged],
                "hidden": sorted(sheet.hidden),
            }
            for sheet in book.sheets
        ],
    }


def _packed(about: dict[str, Any], sheets: Sequence[SparseSheet]) -> bytes:
    header = json.dumps(about).encode()
    out = io.BytesIO()
    out.write(struct.pack("<I", len(header)) + header)
    with pa.ipc.new_stream(out, SCHEMA) as stream:
        for sheet in sheets:
            sheet.pack()
            for batch in sheet.batches:
                stream.write_batch(batch)
    return out.getvalue()


def _bound_memory(size: int) -> None:
    more = SMALL_FILE_WORKER_BYTES if size <= SMALL_FILE_BYTES else WORKER_BYTES
    most = _address_space() + more
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))


def _bound_work(size: int) -> None:
    if size <= SMALL_FILE_BYTES:
        spent = sum(os.times()[:2])
        most = round(spent) + SMALL_FILE_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))


def _address_space() -> int:
    """Return how many bytes of addresses this process has; libraries reserve some for each core."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[0]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 2 * 1024**3  # Systems without /proc don't tell; libraries reserve less than that.
