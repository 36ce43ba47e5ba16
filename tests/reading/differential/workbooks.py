"""Workbooks in the dialects of .xlsx, made from a seed: ECMA-376 part 1, 18.3 and 18.4."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from importer.reading.tables.sheets import letters
from tests.reading.differential.writing import Chance, Made, escaped, packed, written

if TYPE_CHECKING:
    from collections.abc import Callable

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
FORMATS = (
    *("General", "0", "0.00", "#,##0", "@", '"+"0', '"+"General', r"\+0", r"\+General"),
    *('"0"General', "0000000000", "000000000000", "(000) 000-0000", '00" "000 000', '"+"#,##0'),
    *('[=1]"one";"+"0', '[<1000]0;"+"0', "[>99999999999]0;\\+0", "[Red]0", "0;[Red]-0", "+0"),
    *("[$-409]0", "+# ### ### ###", "yyyy-mm-dd", "h:mm", "[h]:mm", "0.00E+00", "# ?/?"),
    *('"tel "0', "0_);(0)", ";;;", "0%", "0,", "0.0,,", "#,##0.00 [$€-407]", "???????????0"),
    *('0" x"', '"0"0', '0;"+"0', '0;0;"zero"', "[Blue][>5]0;[Red]0", '"00"0', "0-00-00", "#"),
)
COMMON_FORMATS = ("General", "0", "@", "#,##0", "0.00", "yyyy-mm-dd", '"+"0', "0000000000")
VALUES = (
    *(85235753351, 4930123456, 6562345601, 912345678, 331234501, 35753351, 1, 0, 45000, 0.5, -5),
    *(8613812345678901, 123456789012345, 1234567.25, 43831.75, 12125550100),
)
ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")
_OWN_PLACE = "OWN PLACE"
HIDDEN = (' state="hidden"', ' state="veryHidden"')
TITLES = ("List", "Sheet1", "名单", "Old & new", "Kunden 2024", "a.b")


@dataclass(slots=True)
class _Sheet:
    """What is written of one sheet."""

    title: str
    xml: str
    hidden_rows: set[int]


@dataclass(slots=True)
class _Book:
    """What the sheets of a workbook share."""

    chance: Chance
    formats: list[str]
    text_formulas: bool
    texts: list[str] = field(default_factory=list)
    prefix: str = ""
    namespace: str = MAIN
    shared: int = 0
    """Formulas that are written as ones that cells share."""

    def tag(self, name: str) -> str:
        """Return an element's name with the prefix of this workbook."""
        return self.prefix + name

    def open(self, name: str, attributes: str = "") -> str:
        """Return a root element's start."""
        declared = f"xmlns:{self.prefix[:-1]}" if self.prefix else "xmlns"
        return f'<{self.tag(name)} {declared}="{self.namespace}" xmlns:r="{OFFICE}"{attributes}>'


def make_workbook(seed: str, *, text_formulas: bool = True) -> Made:
    """Return a workbook that follows from its seed."""
    chance = Chance.seeded(seed)
    formats = ["General", *(chance.one(COMMON_FORMATS) for _ in range(3))]
    if chance.random.random() < 0.5:
        formats += [chance.one(FORMATS) for _ in range(5)]
    book = _Book(chance, formats, text_formulas)
    if chance.odd(0.3):
        book.prefix = chance.one(("x:", "main:"))
    if chance.odd(0.15):
        book.namespace = STRICT
    titles = chance.random.sample(TITLES, chance.one((1, 1, 1, 2, 3)))
    sheets = [_sheet(book, title) for title in titles]
    hidden = {title for title in titles[1:] if chance.random.random() < 0.2}
    parts = _parts(book, sheets, hidden)
    renamed = _named_oddly(parts, chance)
    return Made(
        packed(renamed),
        {sheet.title: sheet.hidden_rows for sheet in sheets},
        hidden,
        # To LibreOffice, names in another case are other parts; to Excel they are not.
        office_reads=renamed.keys() == parts.keys(),
    )


def _parts(book: _Book, sheets: list[_Sheet], hidden: set[str]) -> dict[str, str | bytes]:
    chance, count = book.chance, len(sheets)
    listed = "".join(
        f'<{book.tag("sheet")} name="{escaped(sheet.title)}" sheetId="{at}" r:id="rId{at}"'
        f"{chance.one(HIDDEN) if sheet.title in hidden else ''}/>"
        for at, sheet in enumerate(sheets, 1)
    )
    known = f'<{book.tag("fileVersion")} appName="xl" lastEdited="7"/>'
    end = f"</{book.tag('workbook')}>"
    workbook = book.open("workbook") + known
    workbook += f"<{book.tag('sheets')}>{listed}</{book.tag('sheets')}>{end}"
    folder = chance.one(("worksheets/", "/xl/worksheets/")) if chance.odd() else "worksheets/"
    related = [(f"rId{at}", "worksheet", f"{folder}sheet{at}.xml") for at in range(1, count + 1)]
    related += [("rIdS", "styles", "styles.xml"), ("rIdT", "sharedStrings", "sharedStrings.xml")]
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _content_types(count),
        "_rels/.rels": _relations([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _declared(workbook, chance),
        "xl/_rels/workbook.xml.rels": _relations(related),
        "xl/styles.xml": _declared(_styles(book), chance),
        "xl/sharedStrings.xml": _declared(_shared(book), chance),
    }
    for at, sheet in enumerate(sheets, 1):
        parts[f"xl/worksheets/sheet{at}.xml"] = _encoded(sheet.xml, chance)
    return parts


def _declared(xml: str, chance: Chance) -> str:
    encoding = chance.one(("UTF-8", "utf-8"))
    return f'<?xml version="1.0" encoding="{encoding}" standalone="yes"?>\n{xml}'


def _encoded(xml: str, chance: Chance) -> bytes:
    if chance.odd(0.1):
        return f'<?xml version="1.0" encoding="UTF-16"?>{xml}'.encode("utf-16")
    mark = "\ufeff" if chance.odd(0.1) else ""
    return (mark + (xml if chance.odd(0.2) else _declared(xml, chance))).encode()


def _named_oddly(parts: dict[str, str | bytes], chance: Chance) -> dict[str, str | bytes]:
    """Write some names in the zip in another case, or with the slash of Windows."""
    if chance.odd(0.1):
        parts = {name.replace("/", "\\"): part for name, part in parts.items()}
    if chance.odd(0.2):
        parts = {
            name.replace("sheet1", "Sheet1") if "sheet1" in name else name: part
            for name, part in parts.items()
        }
    return parts


def _content_types(count: int) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml."
    named = [("workbook", "sheet.main"), ("styles", "styles"), ("sharedStrings", "sharedStrings")]
    named += [(f"worksheets/sheet{at}", "worksheet") for at in range(1, count + 1)]
    listed = "".join(
        f'<Override PartName="/xl/{name}.xml" ContentType="{kind}{what}+xml"/>'
        for name, what in named
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<Types xmlns="{TYPES}"><Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def _relations(related: list[tuple[str, str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="{id_}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for id_, kind, target in related
    )
    return f'<Relationships xmlns="{PACKAGE}">{listed}</Relationships>'


def _styles(book: _Book) -> str:
    own = "".join(
        f'<{book.tag("numFmt")} numFmtId="{164 + at}" formatCode="{escaped(code)}"/>'
        for at, code in enumerate(book.formats)
    )
    used = "".join(
        f'<{book.tag("xf")} numFmtId="{164 + at if code != "General" else 0}" fontId="0" fillId="0"'
        ' borderId="0" applyNumberFormat="1"/>'
        for at, code in enumerate(book.formats)
    )
    pieces = (
        ("numFmts", own),
        ("fonts", f"<{book.tag('font')}/>"),
        ("fills", f"<{book.tag('fill')}/>"),
        ("borders", f"<{book.tag('border')}/>"),
        ("cellStyleXfs", f'<{book.tag("xf")} numFmtId="0"/>'),
        ("cellXfs", used),
        ("dxfs", _conditional(book)),
    )
    inside = "".join(f"<{book.tag(name)}>{xml}</{book.tag(name)}>" for name, xml in pieces)
    return f"{book.open('styleSheet')}{inside}</{book.tag('styleSheet')}>"


def _conditional(book: _Book) -> str:
    dxf, font, bold, number = map(book.tag, ("dxf", "font", "b", "numFmt"))
    adding = f'<{number} numFmtId="299" formatCode="&quot;+&quot;0"/>'
    return f"<{dxf}><{font}><{bold}/></{font}></{dxf}><{dxf}>{adding}</{dxf}>"


def _shared(book: _Book) -> str:
    start = book.open("sst", f' count="{book.chance.below(9)}"' if book.chance.odd() else "")
    return f"{start}{''.join(book.texts)}</{book.tag('sst')}>"


def _text(book: _Book, text: str) -> str:
    """Return a text's element `t`."""
    needs = text != text.strip(" \t\r\n") or "\n" in text
    kept = ' xml:space="preserve"' if needs or book.chance.odd() else ""
    name = book.tag("t")
    return f"<{name}{kept}>{written(text, book.chance)}</{name}>"


def _runs(book: _Book, text: str) -> str:
    """Return a text as one element, or in runs with a look, with hints of how it is spoken."""
    chance = book.chance
    if not chance.odd(0.6):
        return _text(book, text)
    cut = chance.below(len(text) + 1)
    run, look = book.tag("r"), book.tag("rPr")
    raised = (
        f'<{book.tag("vertAlign")} val="{chance.one(("superscript", "subscript", "baseline"))}"/>'
    )
    inside = chance.one((f"<{book.tag('b')}/>", raised))
    runs = f"<{run}>{_text(book, text[:cut])}</{run}>"
    runs += f"<{run}><{look}>{inside}</{look}>{_text(book, text[cut:])}</{run}>"
    if chance.odd():
        spoken, hint = book.tag("rPh"), book.tag("phoneticPr")
        runs += f'<{spoken} sb="0" eb="1">{_text(book, "9")}</{spoken}><{hint} fontId="0"/>'
    return runs


def _sheet(book: _Book, title: str) -> _Sheet:
    chance = book.chance
    counted = chance.odd(0.2)
    """Whether places are left out, so that they are counted."""
    hidden: set[int] = set()
    rows: list[str] = []
    row = -1
    width = chance.one((1, 2, 3, 5))
    for _ in range(chance.one((2, 4, 7))):
        row += 1 if counted or chance.random.random() < 0.9 else 3
        rows.append(_row(book, row, width, hidden, counted))
    space = chance.one(("\n", "\n  ")) if chance.odd(0.4) else ""
    data, sheet = book.tag("sheetData"), book.tag("worksheet")
    xml = f"{_before(book)}<{data}>{space}{space.join(rows)}{space}</{data}>{_after(book, row)}"
    # Newer versions of Excel write attributes of their own, which readers pass over.
    spaces = ' xmlns:z="urn:z"' if 'z:dyDescent="' in xml else ""
    return _Sheet(title, f"{book.open('worksheet', spaces)}{xml}</{sheet}>", hidden)


def _before(book: _Book) -> str:
    chance = book.chance
    dimension = chance.one(("A1", "A1:B2", "1:4", "A:B", "", "A1:XFD1048576"))
    given = f'<{book.tag("dimension")} ref="{dimension}"/>' if chance.odd() else ""
    cols, col = book.tag("cols"), book.tag("col")
    style = f' style="{chance.below(len(book.formats))}"' if chance.odd() else ""
    hidden = f'<{cols}><{col} min="1" max="1" width="9" hidden="1"{style}/></{cols}>'
    before = f"<{book.tag('sheetPr')}/>{given}" if chance.odd(0.3) else given
    if chance.odd(0.3):
        views, view = book.tag("sheetViews"), book.tag("sheetView")
        before += f'<{views}><{view} workbookViewId="0" showZeros="1"/></{views}>'
    if chance.odd(0.3):
        before += f'<{book.tag("sheetFormatPr")} defaultRowHeight="15"/>'
    return before + (hidden if chance.odd(0.4) else "")


def _after(book: _Book, last: int) -> str:
    after = _merges(book, last) + (_condition(book, last) if book.chance.odd(0.2) else "")
    if book.chance.odd(0.2):
        sides = "".join(f' {one}="1"' for one in ("left", "right", "top", "bottom"))
        after += f'<{book.tag("pageMargins")}{sides} header="0" footer="0"/>'
    return after


def _condition(book: _Book, last: int) -> str:
    """Return a condition that all cells meet; the second style it may put on them adds a plus."""
    around, rule, formula = map(book.tag, ("conditionalFormatting", "cfRule", "formula"))
    inside = f"<{formula}>TRUE</{formula}>"
    style = book.chance.one((0, 0, 0, 1))
    return (
        f'<{around} sqref="A1:C{last + 1}"><{rule} type="expression" dxfId="{style}" priority="1">'
        f"{inside}</{rule}></{around}>"
    )


def _merges(book: _Book, last: int) -> str:
    chance = book.chance
    if chance.random.random() >= 0.15 and not chance.odd():
        return ""
    top, left = chance.below(last + 1), chance.below(3)
    bottom, right = top + chance.below(3), left + chance.below(3)
    area = f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"
    merges, merge = book.tag("mergeCells"), book.tag("mergeCell")
    if (top, left) == (bottom, right):
        return ""
    return f'<{merges} count="1"><{merge} ref="{area}"/></{merges}>'


def _row(book: _Book, row: int, width: int, hidden: set[int], counted: bool) -> str:
    chance = book.chance
    name = book.tag("row")
    attributes = "" if counted else f' r="{row + 1}"'
    if chance.random.random() < 0.1:
        hidden.add(row)
        attributes += f' hidden="{chance.one(("1", "true"))}"'
    if chance.odd():
        attributes += chance.one(
            (
                ' spans="1:9"',
                ' ht="15" customHeight="1"',
                ' s="1" customFormat="1"',
                ' outlineLevel="1" collapsed="0"',
                ' z:dyDescent="0.25"',
            )
        )
    cells = [
        _cell(book, row, column, counted)
        for column in range(width)
        if counted or chance.random.random() < 0.85
    ]
    if not cells and chance.odd():
        return f"<{name}{attributes}/>"
    space = "\n" if chance.odd(0.2) else ""
    return f"<{name}{attributes}>{space}{space.join(cells)}{space}</{name}>"


def _cell(book: _Book, row: int, column: int, counted: bool) -> str:
    chance = book.chance
    attributes = "" if counted else f' r="{letters(column)}{row + 1}"'
    style = chance.below(len(book.formats)) if chance.random.random() < 0.4 else 0
    attributes += f' s="{style}"' if style or chance.odd() else ""
    kinds: tuple[Callable[[_Book], tuple[str, str]], ...] = (
        *(_shared_cell, _shared_cell, _shared_cell, _number_cell, _number_cell, _inline_cell),
        *(_boolean_cell, _error_cell, _number_formula, _empty_cell),
        _text_formula if book.text_formulas else _inline_cell,
    )
    type_, inside = chance.one(kinds)(book)
    inside = inside.replace(_OWN_PLACE, f"{letters(column)}{row + 1}")
    name = book.tag("c")
    attributes += f' t="{type_}"' if type_ else ""
    if chance.odd(0.2):
        attributes += chance.one((' ph="1"', ' cm="0"', ' vm="0"'))
    if inside and chance.odd(0.1):
        more, one = book.tag("extLst"), book.tag("ext")
        inside += f'<{more}><{one} uri="x"><y:c xmlns:y="urn:y">9</y:c></{one}></{more}>'
    if chance.odd(0.2):
        attributes = " ".join(["", *reversed(attributes.split(" ")[1:])])
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def _value(book: _Book, text: str) -> str:
    return f"<{book.tag('v')}>{text}</{book.tag('v')}>"


def _spaced(book: _Book, text: str) -> str:
    space = book.chance.one((" ", "\n", "\t ")) if book.chance.odd(0.2) else ""
    return _value(book, f"{space}{written(text, book.chance)}{space}")


def _shared_cell(book: _Book) -> tuple[str, str]:
    if not book.texts or book.chance.random.random() < 0.8:
        text = book.chance.text()
        si = book.tag("si")
        book.texts.append(f"<{si}>{_runs(book, text)}</{si}>")
    return "s", _spaced(book, str(book.chance.below(len(book.texts))))


def _number_cell(book: _Book) -> tuple[str, str]:
    chance = book.chance
    value = chance.one(VALUES) + (chance.below(50) if chance.odd() else 0)
    text = repr(value)
    if chance.odd(0.5):
        text = chance.one((f"{value:.14E}", f"{value}E0", f"{value:.1f}", f"{value:+}"))
    return "n" if chance.odd() else "", _spaced(book, text)


def _inline_cell(book: _Book) -> tuple[str, str]:
    name = book.tag("is")
    return "inlineStr", f"<{name}>{_runs(book, book.chance.text())}</{name}>"


def _boolean_cell(book: _Book) -> tuple[str, str]:
    return "b", _spaced(book, book.chance.one(("0", "1")))


def _error_cell(book: _Book) -> tuple[str, str]:
    return "e", _spaced(book, book.chance.one(ERRORS))


def _formula(book: _Book, text: str) -> str:
    name = book.tag("f")
    attributes = book.chance.one((' ca="1"', ' t="normal"')) if book.chance.odd() else ""
    return f"<{name}{attributes}>{escaped(text)}</{name}>"


def _text_formula(book: _Book) -> tuple[str, str]:
    text = book.chance.one(("+852 3575 3351", "Ann", "+49 30 1234567"))
    return "str", _formula(book, f'"{text}"&""') + _value(book, written(text, book.chance))


def _number_formula(book: _Book) -> tuple[str, str]:
    number = book.chance.one((85235753351, 4930123456, 35753351))
    formula = book.chance.one((f"{number}+0", f"SUM({number},0)", f"ROUND({number},0)"))
    if book.chance.odd(0.3) and book.text_formulas:
        # A formula that several cells share stands in the first of them.
        book.shared += 1
        attributes = f't="shared" ref="{_OWN_PLACE}" si="{book.shared}"'
        shared = f"<{book.tag('f')} {attributes}>{formula}</{book.tag('f')}>"
        return "", shared + _value(book, str(number))
    return "", _formula(book, formula) + _value(book, str(number))


def _empty_cell(book: _Book) -> tuple[str, str]:
    return "", f"<{book.tag('v')}/>" if book.chance.odd(0.3) else ""
