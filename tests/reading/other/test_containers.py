"""Compound files: each is read in time that grows with its length, however it is damaged."""

from __future__ import annotations

import io
import random
import struct
from contextlib import suppress

import pytest
from xlrd.compdoc import CompDoc

from importer.reading.other.containers import workbook_stream
from tests.reading.xls_files import container

STREAM = bytes(range(256)) * 40
NEXT = 512
"""Where a container's table of the sectors begins that follow each."""
FOLDER = 1024
BOOK = FOLDER + 128
_END = 0xFFFFFFFE


def _changed(at: int, *numbers: int) -> bytes:
    raw = bytearray(container(STREAM))
    struct.pack_into(f"<{len(numbers)}I", raw, at, *numbers)
    return bytes(raw)


def _scattered() -> bytes:
    """Return a container whose stream lies in its sectors from the last to the first."""
    raw = container(STREAM)
    first, count = 2, len(STREAM) // 512
    blocks = [raw[1536 + 512 * at : 2048 + 512 * at] for at in range(count)]
    changed = bytearray(raw[:1536] + b"".join(reversed(blocks)))
    table = [_END, *range(first, first + count - 1)]
    struct.pack_into(f"<{count}I", changed, NEXT + 4 * first, *table)
    struct.pack_into("<I", changed, BOOK + 116, first + count - 1)
    return bytes(changed)


def _small() -> bytes:
    """Return a container whose stream of 100 bytes lies in a stream of small ones."""
    raw = bytearray(container(STREAM))
    struct.pack_into("<I", raw, 60, 3)  # the sectors that follow each small one
    struct.pack_into("<4I", raw, NEXT, 0xFFFFFFFD, _END, _END, _END)
    struct.pack_into("<2I", raw, FOLDER + 116, 2, 512)  # the root's stream holds the small ones
    struct.pack_into("<2I", raw, BOOK + 116, 5, 100)
    struct.pack_into("<128I", raw, 512 + 3 * 512, *[0xFFFFFFFF] * 5, 1, *[_END] * 122)
    struct.pack_into("<I", raw, 512 + 3 * 512 + 4, _END)
    return bytes(raw)


def _large_sectors() -> bytes:
    """Return a container of version 4, whose sectors have 4,096 bytes."""
    raw = container(STREAM)
    parts = [raw[:512], raw[512:1024], raw[1024:1536]]
    head, table, folder = (part.ljust(4096, b"\0") for part in parts)
    changed = bytearray(head + table + folder + raw[1536:].ljust(3 * 4096, b"\0"))
    struct.pack_into("<2H", changed, 26, 4, 0xFFFE)
    struct.pack_into("<H", changed, 30, 12)
    struct.pack_into("<5I", changed, 4096, 0xFFFFFFFD, _END, 3, 4, _END)
    return bytes(changed)


def test_streams() -> None:
    """A stream is read wherever its sectors lie, and whatever their size is."""
    assert workbook_stream(container(STREAM)) == STREAM
    assert workbook_stream(container(STREAM, wide=False)) == STREAM
    assert workbook_stream(_scattered()) == STREAM
    assert workbook_stream(_large_sectors()) == STREAM
    small = _small()
    assert workbook_stream(small) == STREAM[5 * 64 : 6 * 64] + STREAM[64:100]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        container(STREAM)[:600],
        container(STREAM)[:4000],
        _changed(28, 0),
        _changed(30, 0xFFFF),
        _changed(48, 5000),
        _changed(NEXT + 4, 1),
        _changed(NEXT + 4 * 6, 2),
        _changed(NEXT + 4 * 6, 7000),
        _changed(NEXT + 4 * 6, _END),
        _changed(BOOK + 120, 2**31),
        _changed(BOOK + 64, 0),
        _changed(FOLDER + 66, 0),
        _changed(68, 2, 1),
        _changed(76, 2**30),
    ],
)
def test_damage(raw: bytes) -> None:
    """A chain that goes in a circle, ends too soon or leads out of the file is damage."""
    with pytest.raises(ValueError, match=r".+"):
        workbook_stream(raw)


def test_as_xlrd() -> None:
    """What xlrd reads of a damaged container without a complaint is what is read here."""
    pairs: list[tuple[bytes, bytes]] = []
    for seed in range(400):
        chance = random.Random(seed)  # it need only be repeatable
        raw = bytearray(_scattered())
        for _ in range(chance.choice((1, 2))):
            raw[chance.randrange(1536)] = chance.choice((0, 1, 2, 255, chance.randrange(256)))
        with suppress(Exception):  # xlrd raises whatever it comes upon
            ours = workbook_stream(bytes(raw))
            found = CompDoc(bytes(raw), logfile=io.StringIO()).locate_named_stream("Workbook")
            pairs.append((ours, found[0][found[1] : found[1] + found[2]]))
    assert all(ours == theirs for ours, theirs in pairs)
    assert len(pairs) > 200
