"""Shared texts: plain tables are read the fast way, all others come to what they always did."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from importer.reading.xlsx.package import Package
from tests.reading.files import read, repack
from tests.reading.xlsx.fast.both_ways import HEAD, A, B, ensure_same, plain_shared, shared, sst

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.parametrize(
    "table",
    [
        sst("<t>Phone</t>", f"<r><t>{A}</t></r>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t><rPh sb='0' eb='1'><t>x</t></rPh>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", f"<t> {A} </t>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", "<t/>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", "", f"<t>{B}</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}_x0041_&#65;</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>") + "<sst/>",
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>").replace("</sst>", ""),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>").replace("<si>", "<x><si>", 1),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>").replace(
            "<sst ", '<?xml version="2"?><sst '
        ),
        sst("<t>Phone</t>", f'<t>{A}"</t>', f"<t>{B}</t>", "<t>x</t>").replace("<sst ", '<sst x="'),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{B}</t>").replace("<sst ", '<sst x="\udcff" '),
        sst("<t>Phone</t>", f"<t>{A}\udcff</t>", f"<t>{B}</t>"),
        '<?xml version="1.0" standalone="no" encoding="latin1"?>'
        + sst("<t>Phone</t>", f"<t>{A}é</t>", f"<t>{B}</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{'9' * 1_000_001}</t>"),
        sst("<t>Phone</t>", f"<t>{A}</t>", f"<t>{'9' * 4_000_001}</t>"),
        "",
    ],
)
def test_unusual_tables_of_shared_texts(tmp_path: Path, table: str) -> None:
    """Rich texts, phonetic runs, missing entries and broken tables end as they always did."""
    path = plain_shared(tmp_path / "a.xlsx")
    table = table.replace("</sst>", "<si><t>y</t></si><si><t>z</t></si></sst>", 1)
    raw = table.encode(errors="surrogateescape")
    ensure_same(repack(path, "xl/sharedStrings.xml", raw))
    xml = f"<worksheet><sheetData>{HEAD}</sheetData></worksheet>"
    ensure_same(repack(path, "xl/worksheets/sheet1.xml", xml.encode()))


@pytest.mark.parametrize(("change", "times"), [(b"<t>", 1), (b"<x/><t>", 1)])
def test_shared_texts_are_unpacked_once(
    tmp_path: Path, change: bytes, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table is gone through once in this process, plain or not."""
    path = plain_shared(tmp_path / "a.xlsx")
    table = zipfile.ZipFile(path).read("xl/sharedStrings.xml").replace(b"<t>", change)
    repack(path, "xl/sharedStrings.xml", table)
    unpacked: list[str] = []
    chunks = Package.chunks

    def watch(package: Package, part: str) -> Iterator[bytes]:
        unpacked.append(part)
        return chunks(package, part)

    monkeypatch.setattr(Package, "chunks", watch)
    read(path)
    assert unpacked.count("xl/sharedStrings.xml") == times


@pytest.mark.parametrize("pointer", ["+1", "-0", "01", "0x1", " 1", "1.0", "9", ""])
def test_unusual_pointers_to_shared_texts(tmp_path: Path, pointer: str) -> None:
    """What points to a shared text is a number of digits, and no other writing of one."""
    row = f'<row r="2"><c r="A2" t="s"><v>{pointer}</v></c></row>'
    ensure_same(shared(tmp_path / "a.xlsx", HEAD + row, sst("<t>x</t>", f"<t>{A}</t>")))
