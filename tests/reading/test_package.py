"""A workbook's zip, and the same without one of its parts."""

from __future__ import annotations

import io
import zipfile

import pytest

from importer.reading.xlsx.package import Package

PARTS = {"a/b.xml": b"<b/>" * 99, "a/text.xml": b"<t/>" * 99, "a/text.xm": b"a/text.xml", "z": b""}


def _packed(method: int = zipfile.ZIP_DEFLATED, extra: bytes = b"", comment: bytes = b"") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.comment = b"a/text.xml"
        for name, raw in PARTS.items():
            info = zipfile.ZipInfo(name)
            info.compress_type, info.extra, info.comment = method, extra, comment
            package.writestr(info, raw)
    return packed.getvalue()


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("comment", [b"", b"a/b.xml"])
def test_one_part_is_not_found_and_all_others_are(name: str, comment: bytes) -> None:
    """A part under another name is one letter in the zip's directory; nothing else changes."""
    raw = _packed(comment=comment)
    rest = Package("a.xlsx", raw).without(name)
    assert rest is not None
    assert len(rest) == len(raw)
    assert sum(a != b for a, b in zip(rest, raw, strict=True)) == 1
    left = Package("a.xlsx", rest)
    assert left.parts - {f"{name[:-1]}~"} == PARTS.keys() - {name}
    assert all(left.read(part) == PARTS[part] for part in PARTS if part != name)


@pytest.mark.parametrize(
    "raw",
    [
        _packed(zipfile.ZIP_BZIP2),
        _packed(zipfile.ZIP_LZMA),
        _packed(extra=b"\x75\x70\x02\x00ab"),
    ],
)
def test_parts_that_are_packed_otherwise_stay(raw: bytes) -> None:
    """Whether another program finds and unpacks those is for it to say."""
    assert Package("a.xlsx", raw).without("a/text.xml") is None


def test_a_part_that_is_not_there() -> None:
    """There is nothing to leave out."""
    assert Package("a.xlsx", _packed()).without("a") is None


def test_a_zip_behind_other_bytes() -> None:
    """The directory is found where it is, and not where the zip says it is."""
    rest = Package("a.xlsx", b"x" * 77 + _packed()).without("a/text.xml")
    assert rest is not None
    assert "a/text.xml" not in Package("a.xlsx", rest).parts


def test_long_parts_come_in_pieces() -> None:
    """A piece is no more than a processor's cache holds, from the first on."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("a", bytes(3_000_000))
    pieces = list(Package("a.xlsx", packed.getvalue()).chunks("a"))
    assert b"".join(pieces) == bytes(3_000_000)
    assert max(map(len, pieces)) == 512 * 1024
