"""What is read in a process of its own is what would be read here, or one sentence."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import pytest

from importer.errors import UnreadableInput
from importer.reading import reader
from importer.reading.bounded import worker
from importer.reading.forms import Form
from importer.reading.limits import SMALL_FILE_BYTES
from tests.reading.damage import page
from tests.reading.files import read, shown, text
from tests.reading.xlsx.fast.both_ways import shared, sst

if TYPE_CHECKING:
    from pathlib import Path


def ask(raw: bytes, form: Form) -> dict[str, Any]:
    """Return what the worker says of a file, without its cells."""
    asked: dict[str, Any] = {
        "name": "a",
        "form": form.name,
        "sheets": [],
        "title": "a",
        "encoding": None,
    }
    header = json.dumps(asked).encode()
    answer = worker.answer(struct.pack("<I", len(header)) + header + raw)
    (size,) = struct.unpack_from("<I", answer)
    told: dict[str, Any] = json.loads(answer[4 : 4 + size])
    return told


def test_a_large_page_is_read_in_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever process reads a page, its rows, form and notes are the same."""
    path = page(tmp_path)
    here = read(path)
    monkeypatch.setattr(reader, "SMALL_FILE_BYTES", 10)
    there = read(path)
    assert shown(there) == shown(here)
    assert there.extras.equals(here.extras)
    assert there.source == here.source


@pytest.mark.parametrize("form", [Form.XLSX, Form.ODS, Form.XLS, Form.XLSB])
def test_no_memory_is_one_sentence(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that runs out of memory says so of the file, and what to do."""

    def exhausted(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(worker, "read_carefully", exhausted)
    assert "more than can be read in the memory" in ask(b"raw", form)["error"]


def test_a_text_in_every_cell(tmp_path: Path) -> None:
    """A small file may show a text that it holds once in so many cells as fit into memory."""
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>1</v></c></row>' for n in range(2, 9000))
    path = pointing_workbook(tmp_path / "a.xlsx", "x" * 30_000, rows)
    assert path.stat().st_size < SMALL_FILE_BYTES
    with pytest.raises(UnreadableInput, match="more than 128 million characters"):
        read(path)
    careful = rows.replace('<c r="A2" t="s">', '<c t="s">')
    with pytest.raises(UnreadableInput, match="more than 128 million characters"):
        read(pointing_workbook(tmp_path / "a.xlsx", "x" * 30_000, careful))


def pointing_workbook(path: Path, value: str, rows: str) -> Path:
    """Make a workbook with a text that its rows point to by the index 1."""
    head = '<row r="1"><c r="A1" t="s"><v>0</v></c></row>'
    return shared(path, head + rows, sst("<t>Phone</t>", f"<t>{value}</t>"))


def test_a_page_in_no_encoding_of_the_web(tmp_path: Path) -> None:
    """Codecs of Python that are no encodings of text are not tried on a page."""
    for charset in ("punycode", "idna", "unicode_escape", "hz"):
        raw = f"<html><meta charset={charset}><table><tr><td>Phone</table>"
        with pytest.raises(UnreadableInput, match="no known encoding"):
            read(text(tmp_path / "a.html", raw))
