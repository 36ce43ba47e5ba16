"""Compressed files: read as what they hold, refused where they are damaged or archives."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest

from importer.errors import UnreadableInput
from importer.file_names import list_stem
from importer.reading import unpack
from tests.reading.files import read, text

if TYPE_CHECKING:
    from collections.abc import Callable

LIST = b"Phone,Note\n" + b"".join(b"+8523575%04d,x\n" % n for n in range(3_000))


def zstd(raw: bytes) -> bytes:
    return bytes(pa.compress(raw, codec="zstd", asbytes=True))


PACK: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "zst": zstd}


@pytest.mark.parametrize("ending", PACK)
def test_the_same_list(tmp_path: Path, ending: str) -> None:
    """A compressed list is the list: rows, sheet, form; in one piece or in several."""
    plain = read(text(tmp_path / "a.csv", LIST))
    half = len(LIST) // 2
    for raw in (PACK[ending](LIST), PACK[ending](LIST[:half]) + PACK[ending](LIST[half:])):
        rows = read(text(tmp_path / f"a.csv.{ending}", raw))
        assert rows.cells.equals(plain.cells)
        assert rows.extras.equals(plain.extras)
        assert rows.source.form.startswith(plain.source.form)


@pytest.mark.parametrize("ending", PACK)
@pytest.mark.parametrize("cut", [5, 10, 200, -1, -9])
def test_cut_off(tmp_path: Path, ending: str, cut: int) -> None:
    """Half a list looks like a whole one: a file that is cut off is refused."""
    with pytest.raises(UnreadableInput, match="cut off or damaged"):
        read(text(tmp_path / f"a.csv.{ending}", PACK[ending](LIST)[:cut]))


def test_damaged(tmp_path: Path) -> None:
    """Bytes that were changed on the way are noticed by gzip's check sum; zstd's is optional."""
    raw = bytearray(gzip.compress(LIST))
    raw[len(raw) // 2] ^= 0x55
    with pytest.raises(UnreadableInput, match="cut off or damaged"):
        read(text(tmp_path / "a.csv.gz", bytes(raw)))


def test_damage_that_only_the_codec_notices(tmp_path: Path) -> None:
    """The codec's own errors are that file's one sentence too."""
    raw = gzip.compress(LIST)
    for at in range(12, 400, 7):
        damaged = raw[:at] + b"\xff\xff\xff" + raw[at + 3 :]
        with pytest.raises(UnreadableInput, match=r"cut off or damaged|archive of files"):
            read(text(tmp_path / "a.csv.gz", damaged))


def test_what_unpacks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file that unpacks to more than can be read is refused before it fills the memory."""
    monkeypatch.setattr(unpack, "SMALL_FILE_UNPACKED_BYTES", 1024**2)
    for ending, pack in PACK.items():
        with pytest.raises(UnreadableInput, match="unpacks to more than the 1 MB"):
            read(text(tmp_path / f"a.csv.{ending}", pack(bytes(2 * 1024**2))))


def test_archives_of_files(tmp_path: Path) -> None:
    """An archive of files is no list, compressed twice neither."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(text(tmp_path / "a.csv", LIST), "a.csv")
    with pytest.raises(UnreadableInput, match="an archive of files"):
        read(text(tmp_path / "a.tar.gz", packed.getvalue()))
    with pytest.raises(UnreadableInput, match="is a compressed archive"):
        read(text(tmp_path / "a.csv.gz", gzip.compress(gzip.compress(LIST))))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("june.csv", "june"),
        ("june.csv.gz", "june"),
        ("june.CSV.ZST", "june"),
        ("june.gz", "june"),
        ("june.2024.csv.gz", "june.2024"),
        (".csv.gz", ".csv"),
    ],
)
def test_the_name_of_a_list(name: str, stem: str) -> None:
    """Results and groups of june.csv.gz are named as those of june.csv."""
    assert list_stem(Path(name)) == stem
