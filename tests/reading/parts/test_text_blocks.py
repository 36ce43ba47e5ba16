"""Text files read block by block: the same cells as the file read as a whole."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import UnreadableInput
from importer.reading.options import ReadOptions
from importer.reading.parts import text_blocks as module
from importer.reading.parts.text_blocks import text_blocks
from importer.reading.text.delimited import read_delimited

if TYPE_CHECKING:
    from importer.reading.tables.columnar import Column


def blocks(raw: bytes, options: ReadOptions | None = None, size: int = 50) -> list[list[str]]:
    """Read a file in blocks of so many bytes, and return its lines."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BLOCK_BYTES", size)
        read = list(text_blocks("a.csv", io.BytesIO(raw), options or ReadOptions()))
    return [[str(cell) for cell in line] for block in read for line in block]


def whole(raw: bytes, options: ReadOptions | None = None) -> list[list[str]]:
    book = read_delimited("a.csv", "a", raw, options or ReadOptions(), lambda count: None)
    return [[str(cell) for cell in line] for line in book.sheets[0].lines]


def padded(lines: list[list[str]]) -> list[list[str]]:
    width = max(map(len, lines), default=0)
    return [line + [""] * (width - len(line)) for line in lines]


CELLS = st.text(st.sampled_from(' ab1+,;"\r\n\t中'), max_size=6)
PLAIN = st.text(st.sampled_from("ab1+中 "), max_size=6)


def csv_of(lines: list[list[str]], end: str) -> bytes:
    return "".join(
        ",".join(
            f'"{cell.replace(chr(34), chr(34) * 2)}"' if {*cell} & {*',"\r\n'} else cell
            for cell in line
        )
        + end
        for line in lines
    ).encode()


@given(
    st.lists(st.lists(CELLS | PLAIN, min_size=2, max_size=3), min_size=1, max_size=30),
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 200),
)
def test_as_the_whole_file(lines: list[list[str]], end: str, size: int) -> None:
    """Wherever a block ends, also within a quoted cell, the lines are those of the file."""
    raw = csv_of([["Phone", "Name", "Note"], *lines], end)
    options = ReadOptions(delimiter=",")
    try:
        expected = whole(raw, options)
    except UnreadableInput:
        with pytest.raises(UnreadableInput):
            blocks(raw, options, size)
        return
    assert padded(blocks(raw, options, size)) == padded(expected)


def test_plain_blocks_are_read_in_bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain lines go through Arrow, and so does what follows a block with quoted cells."""
    raw = b"Phone,Name\n" + b"1,x\n" * 50 + b'2,"a\nb"\n' + b"3,y\n" * 50
    slow: list[int] = []
    real = module._Records._one_by_one

    def spied(self: module._Records, block: bytes) -> list[Column]:
        slow.append(len(block))
        return real(self, block)

    monkeypatch.setattr(module._Records, "_one_by_one", spied)
    assert padded(blocks(raw)) == padded(whole(raw))
    assert sum(slow) < 200


@pytest.mark.parametrize(
    ("raw", "options"),
    [
        ("\ufeffPhone,Name\n1,é\n".encode(), ReadOptions()),
        ("Phone,Name\n1,é\n".encode("utf-16"), ReadOptions()),
        ("Phone,Name\n1,中文\n".encode("gb18030"), ReadOptions(encoding="gb18030")),
        (b"sep=;\nPhone;Name\n1;2\n", ReadOptions()),
        (b"Phone|Name\n1|2\n", ReadOptions(delimiter="pipe")),
        (b"Phone\n1\n\n2\n", ReadOptions()),
        (b"Phone,Name\n1,2\n\n3\n4,5,6\n7,8", ReadOptions()),
        (b"Phone,Name\r1,2\r3,4\r", ReadOptions()),
    ],
)
@pytest.mark.parametrize("size", [3, 7, 1000])
def test_forms_of_text(raw: bytes, options: ReadOptions, size: int) -> None:
    """Marks, encodings, delimiters, empty lines and lines of other lengths read as in a whole."""
    assert padded(blocks(raw, options, size)) == padded(whole(raw, options))


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is empty"),
        (b"Phone,Name\n1,caf\xe9\n", r"not in UTF-8 \(line 2\).*--encoding"),
        (b'Phone,Name\n1,"x\n2,y\n', "quotation mark is not closed"),
        (b'Phone,Name\n1,"x"y\n2,y\n', "quotation mark"),
        (b"Phone,Name\n1,x\n\0\0,y\n", "line 3 holds bytes"),
        (
            b'Phone,Name\n+85235753351,"x\n+85235753352,Ann\n+85235753353,"\n',
            "ends only some lines",
        ),
    ],
)
@pytest.mark.parametrize("size", [4, 1000])
def test_refused(raw: bytes, said: str, size: int) -> None:
    """What can't be read for certain is refused, with its line, wherever a block ends."""
    with pytest.raises(UnreadableInput, match=said):
        blocks(raw, size=size)


def test_a_line_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that never ends does not fill the memory."""
    monkeypatch.setattr(module, "LINE_CHARACTERS", 1000)
    with pytest.raises(UnreadableInput, match="line of more than 1,000"):
        blocks(b"Phone\n" + b"1" * 5000)
