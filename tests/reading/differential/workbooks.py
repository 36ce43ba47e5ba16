"""Workbooks in the dialects of .xlsx, made from a seed: ECMA-376 part 1, 18.2 to 18.4 and 18.8."""

from __future__ import annotations

from tests.reading.differential.book import OFFICE, STRICT, Book
from tests.reading.differential.worksheets import SheetPart, make_sheet
from tests.reading.differential.writing import Chance, Made, escaped, packed

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
HIDDEN = (' state="hidden"', ' state="veryHidden"')
TITLES = ("List", "Sheet1", "名单", "Old & new", "Kunden 2024", "a.b")


def make_workbook(seed: str, *, text_formulas: bool = True) -> Made:
    """Return a workbook that follows from its seed."""
    chance = Chance.seeded(seed)
    formats = ["General", *(chance.one(COMMON_FORMATS) for _ in range(3))]
    if chance.random.random() < 0.5:
        formats += [chance.one(FORMATS) for _ in range(5)]
    book = Book(chance, formats, text_formulas)
    if chance.odd(0.3):
        book.prefix = chance.one(("x:", "main:"))
    if chance.odd(0.15):
        book.namespace = STRICT
    titles = chance.random.sample(TITLES, chance.one((1, 1, 1, 2, 3)))
    sheets = [make_sheet(book, title) for title in titles]
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


def _parts(book: Book, sheets: list[SheetPart], hidden: set[str]) -> dict[str, str | bytes]:
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


def _styles(book: Book) -> str:
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


def _conditional(book: Book) -> str:
    dxf, font, bold, number = map(book.tag, ("dxf", "font", "b", "numFmt"))
    adding = f'<{number} numFmtId="299" formatCode="&quot;+&quot;0"/>'
    return f"<{dxf}><{font}><{bold}/></{font}></{dxf}><{dxf}>{adding}</{dxf}>"


def _shared(book: Book) -> str:
    start = book.open("sst", f' count="{book.chance.below(9)}"' if book.chance.odd() else "")
    return f"{start}{''.join(book.texts)}</{book.tag('sst')}>"
