"""OpenDocument sheets in many dialects, made from a seed: OASIS OpenDocument 1.3, part 3."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.reading.differential.writing import Chance, Made, escaped, packed, written

ODF = "urn:oasis:names:tc:opendocument:xmlns:"
SPACES = f' xmlns:of="{ODF}of:1.2"' + "".join(
    f' xmlns:{short}="{ODF}{name}:1.0"'
    for short, name in (
        *(("office", "office"), ("table", "table"), ("text", "text"), ("style", "style")),
        *(("number", "datastyle"), ("draw", "drawing"), ("fo", "xsl-fo-compatible")),
    )
)
MIME = "application/vnd.oasis.opendocument.spreadsheet"
NUMBER = "<number:number number:min-integer-digits='{}' number:decimal-places='{}'{}/>"
GROUPED = " number:grouping='true'"
STYLES: dict[str, tuple[str, str]] = {
    "plain": ("number", NUMBER.format(1, 0, "")),
    "grouped": ("number", NUMBER.format(1, 0, GROUPED)),
    "decimals": ("number", NUMBER.format(1, 2, "")),
    "plus": ("number", f"<number:text>+</number:text>{NUMBER.format(1, 0, '')}"),
    "zeros": ("number", NUMBER.format(10, 0, "")),
    "zero": ("number", f"<number:text>0</number:text>{NUMBER.format(1, 0, '')}"),
    "spoken": ("number", f"<number:text>Tel </number:text>{NUMBER.format(1, 0, '')}"),
    "percent": ("percentage", f"{NUMBER.format(1, 0, '')}<number:text>%</number:text>"),
    "euro": ("currency", f"{NUMBER.format(1, 2, '')}<number:text> €</number:text>"),
    "day": ("date", "<number:year number:style='long'/><number:text>-</number:text>"
            "<number:month number:style='long'/><number:text>-</number:text>"
            "<number:day number:style='long'/>"),
}  # fmt: skip
"""The format of each cell style that cells may have, by its name."""
VALUES = (85235753351, 4930123456, 6562345601, 912345678, 331234501, 35753351, 1, 0, -5, 2.5)
TITLES = ("List", "Sheet1", "名单", "Old & new", "Kunden 2024")


@dataclass(slots=True)
class _Table:
    """What is written of one table."""

    chance: Chance
    row: int = 0
    hidden: set[int] = field(default_factory=set)

    @property
    def space(self) -> str:
        """Space between elements, which is no content."""
        return self.chance.one(("\n", "\n   ")) if self.chance.odd(0.2) else ""


def make_document(seed: str) -> Made:
    """Return an OpenDocument sheet that follows from its seed."""
    chance = Chance.seeded(seed)
    titles = chance.random.sample(TITLES, chance.one((1, 1, 1, 2, 3)))
    hidden = {title for title in titles[1:] if chance.random.random() < 0.2}
    tables, rows = [], {}
    for title in titles:
        table = _Table(chance)
        style = "hidden" if title in hidden else "shown"
        tables.append(
            f'<table:table table:name="{escaped(title)}" table:style-name="{style}">'
            f"{_columns(table)}{_rows(table)}</table:table>"
        )
        rows[title] = table.hidden
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content{SPACES} '
        f'office:version="1.3"><office:automatic-styles>{_styles()}</office:automatic-styles>'
        f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
        "</office:document-content>"
    )
    return Made(packed({"mimetype": MIME, "content.xml": content, **_manifest()}), rows, hidden)


def _manifest() -> dict[str, str | bytes]:
    start = f'<manifest:manifest xmlns:manifest="{ODF}manifest:1.0" manifest:version="1.3">'
    entry = '<manifest:file-entry manifest:full-path="{}" manifest:media-type="{}"/>'
    entries = entry.format("/", MIME) + entry.format("content.xml", "text/xml")
    return {"META-INF/manifest.xml": f"{start}{entries}</manifest:manifest>"}


def _styles() -> str:
    formats = "".join(
        f'<number:{kind}-style style:name="N{name}">{inside}</number:{kind}-style>'
        for name, (kind, inside) in STYLES.items()
    )
    cells = "".join(
        f'<style:style style:name="{name}" style:family="table-cell" '
        f'style:data-style-name="N{name}"/>'
        for name in STYLES
    )
    tables = "".join(
        f'<style:style style:name="{name}" style:family="table">'
        f'<style:table-properties table:display="{shown}"/></style:style>'
        for name, shown in (("hidden", "false"), ("shown", "true"))
    )
    looks = "".join(
        f'<style:style style:name="{name}" style:family="text">'
        f'<style:text-properties style:text-position="{look} 58%"/></style:style>'
        for name, look in (("raised", "super"), ("lowered", "sub"))
    )
    return formats + cells + tables + looks


def _columns(table: _Table) -> str:
    chance = table.chance
    default = ""
    if chance.odd(0.3):
        default = f' table:default-cell-style-name="{chance.one(tuple(STYLES))}"'
    hidden = ' table:visibility="collapse"' if chance.odd(0.2) else ""
    rest = '<table:table-column table:number-columns-repeated="9"/>'
    return f"<table:table-column{default}{hidden}/>{rest}"


def _rows(table: _Table) -> str:
    chance = table.chance
    width = chance.one((1, 2, 3, 5))
    rows = []
    for _ in range(chance.one((2, 4, 7))):
        row = _row(table, width)
        if chance.odd(0.1):
            row = f"<table:table-header-rows>{row}</table:table-header-rows>"
        rows.append(row)
    return table.space + table.space.join(rows)


def _row(table: _Table, width: int) -> str:
    chance = table.chance
    cells: list[str] = []
    while len(cells) < width:
        cells.append(_merged(table) if chance.odd(0.1) else _cell(table))
    end = '<table:table-cell table:number-columns-repeated="4"/>' if chance.odd() else ""
    inside = f"{table.space}{''.join(cells)}{end}"
    # LibreOffice repeats no formula and no merge, and moves what stands behind one.
    once = "table:formula" in inside or "spanned" in inside
    repeated = chance.one((2, 3)) if chance.odd(0.2) and not once else 1
    attributes = f' table:number-rows-repeated="{repeated}"' if repeated > 1 else ""
    if chance.random.random() < 0.1:
        table.hidden.update(range(table.row, table.row + repeated))
        attributes += f' table:visibility="{chance.one(("collapse", "filter"))}"'
    table.row += repeated
    return f"<table:table-row{attributes}>{inside}</table:table-row>"


def _merged(table: _Table) -> str:
    """Return a cell over two columns, and what it covers."""
    covered = _cell(table).replace("table:table-cell", "table:covered-table-cell")
    covered = covered.replace(" table:number-columns-repeated", " table:x")
    return _cell(table, ' table:number-columns-spanned="2"', repeats=False) + covered


def _cell(table: _Table, attributes: str = "", *, repeats: bool = True) -> str:
    chance = table.chance
    make = chance.one((_string, _string, _string, _number, _number, _formula, _other, _empty))
    more, inside = make(chance)
    if repeats and chance.odd(0.2) and "formula" not in more:
        attributes += f' table:number-columns-repeated="{chance.one((1, 2, 3))}"'
    inside = table.space + inside if inside else ""
    return f"<table:table-cell{attributes}{more}>{inside}</table:table-cell>"


def _paragraph(text: str, chance: Chance) -> str:
    """Return a text as a paragraph; space that counts is written as an element."""
    inside = ""
    before = " "
    for char in text:
        if char == "\t":
            inside += "<text:tab/>"
        elif char == "\n":
            inside += "<text:line-break/>"
        elif char == " " and (before == " " or chance.odd(0.3)):
            inside += chance.one(("<text:s/>", '<text:s text:c="1"/>'))
        else:
            inside += written(char, chance)
        before = char
    if inside.endswith(" "):
        inside = inside[:-1] + "<text:s/>"
    return f"<text:p>{inside}</text:p>"


def _content(text: str, chance: Chance) -> str:
    """Return a text as what a cell holds, some of it in spans, links and several paragraphs."""
    lines = text.split("\n") if chance.random.random() < 0.7 else [text]
    content = "".join(_paragraph(line, chance) for line in lines)
    if chance.odd(0.3) and "<text:s" not in content and len(text) > 3 and "\n" not in text:
        style = chance.one((' text:style-name="raised"', ' text:style-name="lowered"', ""))
        cut = chance.below(len(text) - 2) + 1
        first, last = written(text[:cut], chance), written(text[cut:], chance)
        content = f"<text:p>{first}<text:span{style}>{last}</text:span></text:p>"
    if chance.odd(0.1):
        content = f"<office:annotation><text:p>+4930999</text:p></office:annotation>{content}"
    return content


def _string(chance: Chance) -> tuple[str, str]:
    text = chance.text().replace("\r", "")
    typed = "" if chance.odd(0.2) else ' office:value-type="string"'
    return typed, _content(text, chance)


def _number(chance: Chance) -> tuple[str, str]:
    value = chance.one(VALUES)
    style = chance.one(tuple(STYLES)) if chance.random.random() < 0.3 else ""
    kind = STYLES[style][0] if style else "number"
    styled = f' table:style-name="{style}"' if style else ""
    if kind == "date":
        return styled + ' office:value-type="date" office:date-value="2024-03-01"', ""
    type_ = {"number": "float"}.get(kind, kind)
    shown = f"<text:p>{shown_number(value, style)}</text:p>" if not chance.odd(0.3) else ""
    return f'{styled} office:value-type="{type_}" office:value="{value}"', shown


def shown_number(value: float, style: str) -> str:
    """Return what LibreOffice would write of a number under one of the styles."""
    whole = f"{value:.0f}" if value == int(value) else f"{value}"
    shown = {
        "grouped": f"{value:,.0f}",
        "decimals": f"{value:.2f}",
        "plus": f"+{value:.0f}",
        "zeros": f"{value:010.0f}",
        "zero": f"0{value:.0f}",
        "spoken": f"Tel {value:.0f}",
        "percent": f"{value:.0%}",
        "euro": f"{value:.2f} €",
    }
    return shown.get(style, whole)


def _formula(chance: Chance) -> tuple[str, str]:
    number = chance.one((85235753351, 35753351))
    formula = chance.one(("of:={}+0", "of:=SUM({};0)", "of:=ROUND({};0)")).format(number)
    return (
        f' table:formula="{formula}" office:value-type="float" office:value="{number}"',
        f"<text:p>{number}</text:p>",
    )


def _other(chance: Chance) -> tuple[str, str]:
    if chance.random.random() < 0.5:
        return ' office:value-type="boolean" office:boolean-value="true"', "<text:p>TRUE</text:p>"
    return (
        ' office:value-type="date" office:date-value="2024-03-01"',
        "<text:p>2024-03-01</text:p>",
    )


def _empty(chance: Chance) -> tuple[str, str]:
    return "", ""
