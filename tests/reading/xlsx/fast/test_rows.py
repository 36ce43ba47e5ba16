"""The rows of a block of XML are found in bulk, and nothing else is taken for rows."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

import pytest

from importer.reading.tables.sheets import column_of
from importer.reading.xlsx.fast.cells import Form, _kind
from importer.reading.xlsx.fast.rows import PlainRows
from importer.reading.xlsx.fast.tags import NotPlainError
from importer.reading.xlsx.fast.texts import as_texts

BLOCK = (
    b'<row r="9" ht="2"><c r="A9" s="1" t="s"><v>12</v></c><c r="AB9"><v>7&amp;</v></c></row>'
    b'<row r="10"/><row r="11"><c r="B11" s="2"/><c r="C11" t="inlineStr"><is><t>x y</t></is></c>'
    b'<c r="D11" t="inlineStr"><is><t xml:space="preserve"> z</t></is></c></row><row r="100"></row>'
)
CHANGES = b'09Aa<>/"&= \ncrvt;-\x7f\xff'


def told(block: bytes) -> Any:
    """Return what a block holds: of each row its number, of each cell all that is known."""
    rows = PlainRows(block)
    found: dict[int, list[Any]] = {number: [] for number in rows.numbers.tolist()}
    for at in range(rows.width):
        column = rows.column(at)
        contents = as_texts(column.contents, entities=True).to_pylist()
        cells = zip(found, column.codes.tolist(), column.forms.tolist(), contents, strict=True)
        for number, code, form, content in cells:
            attributes = column.attributes[code]
            _kind(attributes)
            assert not content or form != Form.NOTHING
            if attributes or form:
                found[number].append((at, attributes.decode().rstrip(), form, content))
    return list(found.items())


def parsed(block: bytes) -> Any:
    """Return the same by a parser of XML, element by element."""
    rows: list[Any] = []
    texts: list[str] = []
    forms = {"v": Form.VALUE, "is": Form.INLINE}
    form = Form.NOTHING

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal form
        if name == "row":
            rows.append((int(attributes["r"]), []))
        elif name == "c":
            form = Form.NOTHING
            texts.clear()
            rows[-1][1].append(attributes)
        form = forms.get(name, form)

    def end(name: str) -> None:
        if name != "c":
            return
        cell = rows[-1][1].pop()
        row = str(rows[-1][0])
        assert cell["r"].endswith(row)
        at = column_of(cell.pop("r").removesuffix(row))
        attributes = "".join(f' {key}="{value}"' for key, value in cell.items())
        if attributes or form:
            rows[-1][1].append((at, attributes, form, "".join(texts)))

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = texts.append
    parser.Parse(b"<x>" + block + b"</x>", True)
    return rows


def test_rows_are_what_a_parser_finds() -> None:
    """Numbers, columns, attributes, values, inline texts, missing cells and empty rows."""
    assert told(BLOCK) == parsed(BLOCK)
    assert told(BLOCK)[0] == (
        9, [(0, ' s="1" t="s"', Form.VALUE, "12"), (27, "", Form.VALUE, "7&")]
    )  # fmt: skip


@pytest.mark.parametrize("at", range(len(BLOCK)))
def test_any_byte_changed(at: int) -> None:
    """Whatever byte is another, or one more, the block is refused or is what a parser finds."""
    for change in CHANGES:
        for after in (at, at + 1):
            block = BLOCK[:at] + bytes([change]) + BLOCK[after:]
            try:
                found = told(block)
            except NotPlainError:
                continue
            assert found == parsed(block)


@pytest.mark.parametrize("at", range(len(BLOCK)))
def test_any_byte_left_out(at: int) -> None:
    """Nor does a byte that is missing go unseen."""
    block = BLOCK[:at] + BLOCK[at + 1 :]
    try:
        found = told(block)
    except NotPlainError:
        return
    assert found == parsed(block)


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b" ",
        b"<",
        b'<c r="A9"/></row><row r="9">',
        b'<c r="A9"/>',
        b"</row>",
        b'<row r="9">',
        b'<row r="9"/>x',
        b'x<row r="9"/>',
        b'<row r="09"/>',
        b'<row r="0"/>',
        b'<row r="12345678"/>',
        b'<row r=""/>',
        b'<row r="10"/><row r="9"/>',
        b'<row r="9"/><row r="9"/>',
        b'<row r="9" r="8"/>',
        b'<row r="9"><c r="BI9"/></row>',
        b'<row r="9"><c r="AAA9"/></row>',
        b'<row r="9"><c r="a9"/></row>',
        b'<row r="9"><c r="B9"/><c r="A9"/></row>',
        b'<row r="9"><c r="A9"/><c r="A9"/></row>',
        b'<row r="9"><c r="A8"/></row>',
        b'<row r="9"><c r="A99"/></row>',
        b'<row r="9"><c r="A9"><v>1</v></c><!-- --></row>',
        b'<row r="9"><c r="A9"><is><t>x</t><t>y</t></is></c></row>',
    ],
)
def test_what_is_not_plain(block: bytes) -> None:
    """Rows that are cut, out of order, in a wide sheet, or written otherwise."""
    with pytest.raises(NotPlainError):
        PlainRows(block)


def test_the_widest_sheet() -> None:
    """Column BH is the last that is read here."""
    rows = PlainRows(b'<row r="9"><c r="Z9"/><c r="AA9"><v>1</v></c><c r="BH9"><v>2</v></c></row>')
    assert rows.width == 60
    assert [rows.column(at).contents.to_pylist() for at in (25, 26, 59)] == [[b""], [b"1"], [b"2"]]
