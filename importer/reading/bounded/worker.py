"""The worker process: reads the workbook on standard input, writes its cells on standard output.

In and out go a length, a JSON object of that length, and bytes: the file, and an Arrow stream.
"""

from __future__ import annotations

import io
import json
import struct
import sys
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from importer.errors import UnreadableInput
from importer.reading.forms import Form
from importer.reading.limits import SMALL_FILE_BYTES, SMALL_FILE_WORKER_BYTES, WORKER_BYTES
from importer.reading.tables.sparse import SCHEMA
from importer.reading.tables.workbooks import damaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.tables.sparse import SparseSheet
    from importer.reading.tables.workbooks import SparseWorkbook


def serve() -> None:
    """Answer one request."""
    request = sys.stdin.buffer.read()
    _bound_memory(len(request))
    sys.stdout.buffer.write(answer(request))


def answer(request: bytes) -> bytes:
    """Return what a file holds, or one sentence about it."""
    (size,) = struct.unpack_from("<I", request)
    asked = json.loads(request[4 : 4 + size])
    name, raw = asked["name"], request[4 + size :]
    try:
        book = read_carefully(name, raw, Form[asked["form"]], asked["sheets"])
        return _packed(_about(book), book.sheets)
    except UnreadableInput as error:
        return _packed({"error": str(error)}, ())
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
    try:
        import resource
    except ImportError:
        return  # Windows has no such bound; there the process alone is lost.
    most = SMALL_FILE_WORKER_BYTES if size <= SMALL_FILE_BYTES else WORKER_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > most:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
