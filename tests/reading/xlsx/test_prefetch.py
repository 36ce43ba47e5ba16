"""Unpacking ahead changes when things are done, and nothing else."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.reading.xlsx.prefetch import ahead
from tests.reading.files import read, repack, workbook
from tests.reading.xlsx.fast.both_ways import plain_shared

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _unpacking() -> list[str]:
    """Return the threads that unpack; other tests may have left some of their own."""
    names = [thread.name for thread in threading.enumerate()]
    return [name for name in names if name.startswith("unpacking")]


class _Stop(Exception):
    pass


def _pieces(count: int, given: list[int], *, broken: bool = False) -> Iterator[bytes]:
    for at in range(count):
        given.append(at)
        yield b"%d" % at
    if broken:
        raise _Stop


@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 100])
def test_all_pieces_come_in_order(count: int) -> None:
    """Few pieces or many, empty ones too, each comes once."""
    assert list(ahead(_pieces(count, []))) == [b"%d" % at for at in range(count)]
    assert list(ahead(iter([b"", b"a", b""]))) == [b"", b"a", b""]
    assert not _unpacking()


def test_an_error_comes_after_the_pieces_before_it() -> None:
    """What was unpacked before a part breaks is given first, as without a thread."""
    pieces = ahead(_pieces(5, [], broken=True))
    assert [next(pieces) for _ in range(5)] == [b"%d" % at for at in range(5)]
    with pytest.raises(_Stop):
        next(pieces)
    assert not _unpacking()


def test_no_more_is_unpacked_than_a_few_pieces_ahead() -> None:
    """Who takes one piece and stops has a few unpacked, and no thread left."""
    given: list[int] = []
    pieces = ahead(_pieces(1000, given))
    assert next(pieces) == b"0"
    assert _unpacking()
    pieces.close()
    assert len(given) < 6
    assert not _unpacking()


def test_reading_that_stops_early_leaves_no_thread(tmp_path: Path) -> None:
    """A sheet that turns out not to be plain in its first rows is left at once."""
    path = workbook(tmp_path / "a.xlsx", ["Phone"], ["85235753351"])
    cell = '<row r="{0}"><c r="A{0}"><f>1</f><v>85235753351</v></c></row>'
    rows = "".join(cell.format(row) for row in range(1, 60_000))
    xml = f"<worksheet><sheetData>{rows}</sheetData></worksheet>"
    assert len(read(repack(path, "xl/worksheets/sheet1.xml", xml.encode())).cells)
    assert not _unpacking()


def test_a_refused_file_leaves_no_thread(tmp_path: Path) -> None:
    """Nor does one that is refused, even while what is wrong is still being told."""
    path = plain_shared(tmp_path / "a.xlsx")
    rich, long = b"<si><r/></si>" * 200_000, b"<si><t>" + b"9" * 5_000_000 + b"</t></si>"
    table = b"<sst>" + rich + long + b"</sst>"
    with pytest.raises(UnreadableInput, match="1,000,000 characters") as told:
        read(repack(path, "xl/sharedStrings.xml", table))
    assert told.value
    assert not _unpacking()
