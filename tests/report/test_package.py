"""Promises of the zip that is made of packed pieces: every program that reads zips reads it."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from importer.report.fast import checksum, package
from importer.report.fast.package import Package, TooLargeError, pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PIECES = st.lists(st.binary(max_size=100), max_size=4)


def zipped(parts: Mapping[str, Sequence[bytes]]) -> bytes:
    """Return a zip of parts, each of so many pieces."""
    file = io.BytesIO()
    target = Package(file)
    for name, pieces in parts.items():
        target.add(name, map(pack, pieces))
    target.close()
    return file.getvalue()


@given(parts=st.lists(PIECES, max_size=3))
@example(parts=[])
@example(parts=[[], [b""], [b"x" * 100_000, b"", b"x" * 100_000]])
def test_pieces_are_one_stream(parts: list[list[bytes]]) -> None:
    """Each part is its pieces one after the other, with their checksum, in the order given."""
    names = [f"xl/part{at}.xml" for at in range(len(parts))]
    with zipfile.ZipFile(io.BytesIO(zipped(dict(zip(names, parts, strict=True))))) as read:
        assert read.namelist() == names
        assert read.testzip() is None
        for told, pieces in zip(read.infolist(), parts, strict=True):
            whole = b"".join(pieces)
            assert read.read(told) == whole
            assert (told.CRC, told.file_size) == (zlib.crc32(whole), len(whole))


def test_what_stands_before_a_part_is_true() -> None:
    """Readers that go from the front, without the list at the end, find the same facts."""
    made = zipped({"a": [b"one", b"two"], "b": [b"three"]})
    with zipfile.ZipFile(io.BytesIO(made)) as read:
        for told in read.infolist():
            header = made[told.header_offset :][:26]
            facts = [int.from_bytes(header[at : at + 4], "little") for at in (14, 18, 22)]
            assert facts == [told.CRC, told.compress_size, told.file_size]


@pytest.mark.skipif(shutil.which("unzip") is None, reason="no unzip on this computer")
def test_unzip_finds_nothing_wrong(tmp_path: Path) -> None:
    """Info-ZIP, which is stricter than Python, finds no fault in it."""
    (tmp_path / "x.zip").write_bytes(zipped({"a": [b"one" * 9_999, b"two"], "b/c": [b"three"]}))
    done = subprocess.run(  # noqa: S603 - our own arguments
        ["unzip", "-tq", str(tmp_path / "x.zip")],  # noqa: S607 - wherever it is
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")


@given(before=st.binary(), after=st.binary())
@example(before=b"a", after=bytes(70_000))
def test_checksums_are_joined(before: bytes, after: bytes) -> None:
    """The checksum of a whole comes out of those of its halves."""
    halves = zlib.crc32(before), zlib.crc32(after)
    assert checksum.joined(*halves, len(after)) == zlib.crc32(before + after)


@pytest.mark.parametrize("parts", [{"a": [bytes(60), bytes(60)]}, {"a": [b"0"], "b": [b"1"]}])
def test_more_than_a_zip_holds(
    parts: dict[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that is too large, or ends too far behind, is an error and no damaged file."""
    monkeypatch.setattr(package, "_MOST", 60)
    with pytest.raises(TooLargeError):
        zipped(parts)
