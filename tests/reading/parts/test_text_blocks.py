"""Text files read block by block: the same cells as the file read as a whole."""

from __future__ import annotations

import csv
import gc
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import UnreadableInput
from importer.reading.options import ReadOptions
from importer.reading.parts import text_blocks as module
from importer.reading.parts.fast.plain_text import plain_columns
from importer.reading.parts.text_blocks import text_blocks
from importer.reading.tables.columnar import ColumnarLines
from importer.reading.text.delimited import read_delimited

if TYPE_CHECKING:
    from collections.abc import Iterator


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
    """Plain lines go through Arrow, also where all is quoted, and what follows an odd block."""
    odd = b'2,"a\nb"\n'
    raw = b"Phone,Name\n" + b"1,x\n" * 50 + odd + b'"3","y, ""z"""\n' * 50
    slow: list[int] = []
    real = module._Records._one_by_one

    def spied(self: module._Records, block: bytes) -> Iterator[ColumnarLines]:
        slow.append(len(block))
        return real(self, block)

    monkeypatch.setattr(module._Records, "_one_by_one", spied)
    assert padded(blocks(raw)) == padded(whole(raw))
    assert sum(slow) < 200


QUOTED = st.text(st.sampled_from('a,"\r\n中'), max_size=6)


@given(st.lists(QUOTED, min_size=1, max_size=12), st.sampled_from(["", "\n", "\r\n"]))
def test_plain_columns_are_as_record_by_record(pieces: list[str], end: str) -> None:
    """What Arrow reads of any text is what Python's `csv` reads of it."""
    text = '","'.join(pieces) + end
    for block in (text, f'"{text}', f'"{text}"', f'"{text}"\n'):
        columns = plain_columns(block.encode(), ",", 2)
        if columns is not None:
            records = list(csv.reader(io.StringIO(block, newline=""), strict=True))
            assert [*ColumnarLines(columns)] == [line + [""] * (2 - len(line)) for line in records]


def test_few_records_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read record by record comes in portions, with rows and lines counted through all."""
    monkeypatch.setattr(module, "_RECORDS", 3)
    raw = b"Phone,Name\n" + b'1,"a\nb"\n' * 10
    read = list(text_blocks("a.csv", io.BytesIO(raw), ReadOptions()))
    assert [len(one) for one in read] == [3, 3, 3, 2]
    with pytest.raises(UnreadableInput, match="below row 11: in line 22 "):
        blocks(raw + b'2,"x"y\n', size=1000)


def test_a_file_leaves_nothing_behind() -> None:
    """A file that was read takes no memory, also where nobody looks for garbage."""
    gc.collect()
    gc.disable()
    try:
        before = sum(isinstance(one, module._Records) for one in gc.get_objects())
        blocks(b'Phone,Name\n1,"a\nb"\n' * 10)
        after = sum(isinstance(one, module._Records) for one in gc.get_objects())
    finally:
        gc.enable()
    assert after == before


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
