"""Reads a file in a worker process; where that process dies, one sentence says so of the file."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from importer.errors import UnreadableInput
from importer.reading.limits import SMALL_FILE_BYTES, SMALL_FILE_SECONDS, WORKER_SECONDS
from importer.reading.tables.sheets import Advance, Sheet, Workbook
from importer.reading.tables.sparse import dense_sheet
from importer.reading.tables.workbooks import damaged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.forms import Form
    from importer.reading.options import ReadOptions

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from importer.reading.bounded.worker import serve; serve()"
)
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "TEMP", "TMPDIR", "LD_LIBRARY_PATH", "LANG", "LC_ALL")
"""The variables that a Python process needs; none of them holds credentials."""
_OWN = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""numpy would start a thread for each core, which takes longer than most files."""


def read_in_worker(
    name: str,
    raw: bytes,
    form: Form,
    options: ReadOptions,
    progress: Advance,
    *,
    sheets: Sequence[str] = (),
    title: str = "",
) -> Workbook:
    """Read a file's sheets in a worker process: these, else those of `options`, else all visible.

    `title` is the name of the sheet of a form that has no sheets.

    Raises:
        UnreadableInput: the file is broken, locked with a password, holds too much, has no sheet of
            a wanted name, or takes too long.
    """
    asked = {
        "name": name,
        "form": form.name,
        "sheets": [*(sheets or options.sheets)],
        "title": title,
        "encoding": options.encoding,
    }
    header = json.dumps(asked).encode()
    output = _run(name, b"".join((struct.pack("<I", len(header)), header, raw)), len(raw))
    try:
        (size,) = struct.unpack_from("<I", output)
        answer = json.loads(output[4 : 4 + size])
        if answer.get("error"):
            raise UnreadableInput(str(answer["error"]))
        cells = pa.ipc.open_stream(pa.py_buffer(output)[4 + size :]).read_all()
        return _workbook(answer, cells, progress)
    except (struct.error, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise damaged(name) from error


def _run(name: str, request: bytes, size: int) -> bytes:
    counts_work = sys.platform != "win32"
    small = size <= SMALL_FILE_BYTES
    seconds = SMALL_FILE_SECONDS if small and not counts_work else WORKER_SECONDS
    try:
        return subprocess.run(  # noqa: S603 - this interpreter; a file's name is no argument
            [sys.executable, "-c", _START, json.dumps(sys.path)],
            input=request,
            capture_output=True,
            timeout=seconds,
            check=True,
            env={key: os.environ[key] for key in _KEPT_VARIABLES if key in os.environ} | _OWN,
        ).stdout
    except subprocess.TimeoutExpired as error:
        raise _too_slow(name, seconds) from error
    except subprocess.CalledProcessError as error:
        if counts_work and error.returncode == -signal.SIGXCPU:
            raise _too_slow(name, SMALL_FILE_SECONDS) from error
        raise damaged(name) from error
    except OSError as error:
        raise damaged(name) from error


def _too_slow(name: str, seconds: int) -> UnreadableInput:
    return UnreadableInput(
        f"{name} could not be read within {seconds} seconds: open it in Excel, copy the list into "
        "a new workbook and save it as .xlsx."
    )


def _workbook(answer: dict[str, Any], cells: pa.Table, progress: Advance) -> Workbook:
    # The worker writes one sheet after the other.
    bounds = np.searchsorted(cells["sheet"].to_numpy(), np.arange(len(answer["sheets"]) + 1))
    sheets: list[Sheet] = []
    for about, (start, stop) in zip(answer["sheets"], pairwise(bounds.tolist()), strict=True):
        mine = cells.slice(start, stop - start)
        merged = [((a, b), (c, d)) for a, b, c, d in about["merged"]]
        sheets.append(dense_sheet(about["name"], mine, merged, about["hidden"]))
        progress(len(sheets[-1].lines))
    return Workbook(answer["form"], tuple(sheets), tuple(answer["notes"]))
