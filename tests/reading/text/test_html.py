"""Web pages that are saved as workbooks: what of a table's cells is shown."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.reading.text.html_looks import Look, Looks, style_sheets
from tests.reading.files import kinds, read, shown, text

if TYPE_CHECKING:
    from pathlib import Path

A, B = "+852 3575 3351", "+852 3575 3352"


def _page(path: Path, rows: str, style: str = "") -> Path:
    head = f"<head><style>{style}</style></head>" if style else ""
    table = f"<table><tr><th>Phone</th></tr>{rows}</table>"
    return text(path / "a.xls", f"<html>{head}<body>{table}</body></html>")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("35753351<br>35753352", "35753351\n35753352"),
        ("<p>35753351</p><p>35753352</p>", "35753351\n35753352"),
        ("35753351<span style='display:block'>35753352</span>", "35753351\n35753352"),
        ("35753351<span style='display: inline-block'>35753352</span>", "35753351\n35753352"),
        ("<span style='display:inline'>3575</span>3351", "35753351"),
        ("35753351<li>35753352", "35753351\n35753352"),
        (f"{A}<span hidden>9</span>", A),
        (f"{A}<span style='font-size:0'>9</span>", A),
        (f"{A}<i style='visibility: hidden'>9<b>9</b>9</i>", A),
        (f"{A}<span style='background-color:transparent'></span>", A),
        (f"{A}<span style='opacity: 0.0'>9</span>", A),
        (f"{A}<span style='width:0; overflow:hidden'>9</span>", A),
        (f"<span style='width:0'>{A}</span>", A),
        (f"<span style='max-width:0.5em;overflow:hidden'>{A}</span>", A),
        (f"{A}<span style='clip: rect(0,0,0,0)'>9</span>", A),
        (f"{A}<span style='clip: rect(1px 1px 1px 1px)'>9</span>", A),
        (f"<span style='clip: rect(0, 200px, 20px, 0)'>{A}</span>", A),
        (f"{A}<span style='transform: scale(0, 0)'>9</span>", A),
        (f"<span style='transform: scale(0.9)'>{A}</span>", A),
        (f"{A}<span style='clip-path: inset(50%)'>9</span>", A),
        (f"<span style='clip-path: none'>{A}</span>", A),
        (f"{A}<dialog>9</dialog>", A),
        (f"{A}<progress>9</progress>", A),
        (f"<ruby>{A}<rt>9</rt></ruby>", A),
        (f"{A}<details><summary>more</summary>9</details>", f"{A}\nmore\n9"),
        (f"{A}<bdo dir=rtl>9</bdo>", f"{A}\u202e9"),
        (f"<b style='direction: rtl; unicode-bidi: bidi-override'>{A}</b>", f"\u202e{A}"),
        (f"{A}<sup>1</sup>", f"{A}¹"),
        (f"{A}<span style='vertical-align:super'>1</span>", f"{A}¹"),
        (f"{A}<select><option>9</option></select>", A),
        (f"{A}<svg><text>9</text></svg>", A),
        (f"{A}<svg/>", A),
        ("+852&nbsp;3575&#32;3351", A),
        ("&plus;852 3575 <b>33</b>51", A),
        ("+852 3575 33<!-- 99 -->51", A),
    ],
)
def test_what_a_cell_shows(tmp_path: Path, cell: str, said: str) -> None:
    """Lines part numbers, hidden text is none, and a raised digit is the mark of a footnote."""
    assert shown(read(_page(tmp_path, f"<tr><td>{cell}</td></tr>"))) == [(2, said)]


@pytest.mark.parametrize(
    "row",
    [
        f"<tr><td><s><b>{A}</b></s></td></tr>",
        f"<tr><td><del>{A}</del></td></tr>",
        f"<tr><td class=old>{A}</td></tr>",
        f"<tr style='text-decoration: underline line-through'><td>{A}</td></tr>",
        f"<tr><td><span style='text-decoration-line:line-through'>{A}</span></td></tr>",
    ],
)
def test_what_is_struck_through_is_told(tmp_path: Path, row: str) -> None:
    """Digits with a line through them are not those of the other rows, however it is written."""
    style = ".old { text-decoration: line-through }"
    rows = f"{row}<tr><td style='text-decoration:underline'>{B}</td></tr>"
    struck = "".join(one if one == " " else f"{one}\u0336" for one in A)
    assert shown(read(_page(tmp_path, rows, style))) == [(2, struck), (3, B)]


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("<td style='mso-number-format:\"+0\"'>6562345601</td>", "format"),
        ("<td style=\"mso-number-format:'0000000000'\">912345678</td>", "format"),
        ('<td style="mso-number-format:&quot;\\0022+\\00220&quot;">6562345601</td>', "format"),
        ("<td style='color:red; mso-number-format:\\+0'>6562345601</td>", "format"),
        ("<td class=plus>6562345601</td>", "format"),
        ("<td style='mso-number-format:\"+0\\;-0\"'>6,562,345,601</td>", "format"),
        ("<td style='mso-number-format:\"+0\"'>+6562345601</td>", "text"),
        ("<td style='mso-number-format:\"0000000000\"'>0912345678</td>", "text"),
        ("<td style='mso-number-format:\"\\@\"'>0912345678</td>", "text"),
        ("<td style='mso-number-format:\"\\#\\,\\#\\#0\"'>6,562,345,601</td>", "text"),
        ("<td style='mso-number-format:General'>0912345678</td>", "text"),
        ("<td style='mso-number-format:\"+0\"'>+65 6234 5601</td>", "text"),
    ],
)
def test_number_formats_of_excel(tmp_path: Path, cell: str, kind: str) -> None:
    """Where Excel shows a plus or zeros that the page does not say, a number is not certain."""
    style = '.plus { mso-style-parent: style0; mso-number-format: "\\+0"; }'
    rows = read(_page(tmp_path, f"<tr>{cell}<td>x</td></tr><tr><td>{B}</td></tr>", style))
    assert rows.cells["kind"].tolist() == [kind, "text"]
    assert shown(rows)[1] == (3, B)


def test_a_row_with_a_number_format(tmp_path: Path) -> None:
    """A row's format counts for its cells that have none; merged cells keep their places."""
    rows = "<tr style='mso-number-format:\"+0\"'><td colspan=2>6562345601</td><td>7</td></tr>"
    found = read(_page(tmp_path, rows + f"<tr><td>{A}</td></tr>"), columns=("A",))
    assert kinds(found) == {2: ("6562345601", "format"), 3: (A, "text")}


@pytest.mark.parametrize(
    "style",
    [
        ".x{display:none}",
        "<!-- .y { color: red } td.x , .z { Visibility : Hidden } -->",
        "tr td span.x{font-size:0}",
        "@media print { .y { display:none } } .x { mso-hide:all }",
    ],
)
def test_what_a_class_hides(tmp_path: Path, style: str) -> None:
    """Rules of the page's own style count as what an element says itself."""
    cell = f"<tr><td>{A}<span class='a x'>9</span><span class=y>.</span></td></tr>"
    assert shown(read(_page(tmp_path, cell, style))) == [(2, f"{A}.")]


@pytest.mark.parametrize(
    "rows",
    [
        f"<tr style='display:none'><td>{A}</td></tr><tr><td>{B}</td></tr>",
        f"<tr hidden><td>{A}</td></tr><tr><td>{B}</td></tr>",
        f"<tr class='r x'><td>{A}</td></tr><tr><td>{B}</td></tr>",
        f"<tbody id=y><tr><td>{A}</td></tr></tbody><tbody><tr><td>{B}</td></tr></tbody>",
    ],
)
def test_hidden_rows(tmp_path: Path, rows: str) -> None:
    """Rows that the page hides are read and counted, and are left out on request."""
    path = _page(tmp_path, rows, ".x, #y { display: none }")
    found = read(path)
    assert shown(found) == [(2, A), (3, B)]
    assert any("hidden" in note for note in found.source.notes)
    assert shown(read(path, visible_only=True)) == [(3, B)]


def test_cells_that_reach_down(tmp_path: Path) -> None:
    """A `rowspan` moves the cells of the rows below, but not those of another part of the table."""
    rows = (
        f"<tr><td rowspan=9>{A}</td></tr><tbody><tr><td>{B}</td></tr></tbody>"
        f"<tbody><tr><td rowspan=0>{A}</td><td>x</td></tr><tr><td>7</td></tr></tbody>"
    )
    assert shown(read(_page(tmp_path, rows))) == [(2, A), (3, B), (4, A)]


def test_ends_that_may_be_left_out(tmp_path: Path) -> None:
    """A head without an end, rows and cells without one, hide nothing of the table."""
    page = f"<html><head><title>x<meta charset=utf-8><table><tr><td>Phone<tr><td>{A}<tr><td>{B}"
    assert shown(read(text(tmp_path / "a.html", page))) == [(2, A), (3, B)]


@pytest.mark.parametrize(
    "page",
    ["<html><p>no table</html>", f"<table><tr><td>Phone<tr><td>{A}</table><table></table>"],
)
def test_pages_without_one_table(tmp_path: Path, page: str) -> None:
    """Whose rows are meant can't be told."""
    with pytest.raises(UnreadableInput, match=r"a\.html"):
        read(text(tmp_path / "a.html", page))


def test_rules_of_style() -> None:
    """The last part of a selector says what is meant; an element's own style counts as well."""
    looks = Looks()
    looks.add(".a .b{display:none}.c.d{display:none}#e{display:flex}.f{vertical-align:sub}")
    assert looks.of("<td class=b>").hidden
    assert not looks.of("<td class='a c'>").hidden
    assert looks.of("<td id='e'>") == Look(parted=True)
    assert looks.of('<td class="f">').raised == "subscript"
    assert looks.of("<td>") == Look()
    assert list(style_sheets("<STYLE a=b>x</style><style>y</STYLE><style>")) == ["x", "y"]


def test_cells_shown_back_to_front(tmp_path: Path) -> None:
    """A cell whose style turns its digits round is read with the mark of that."""
    row = f"<tr><td class=n>{A}</td></tr><tr><td>{B}</td></tr>"
    path = _page(tmp_path, row, ".n{unicode-bidi:isolate-override;direction:rtl}")
    assert shown(read(path)) == [(2, f"\u202e{A}"), (3, B)]


def test_cells_without_a_width() -> None:
    """A cell that shortens what does not fit shows its number; elsewhere nothing is shown."""
    looks = Looks()
    looks.add(".n{max-width:0;overflow:hidden;text-overflow:ellipsis}")
    assert not looks.of("<td class=n>").hidden
    assert not looks.of("<TH style='width:0; overflow:hidden'>").hidden
    assert looks.of("<span class=n>").hidden
    assert looks.of("<tr style='height:0; overflow:hidden'>").hidden


@pytest.mark.parametrize(
    ("tag", "hidden"),
    [
        ("<td title='a hidden number' hidden>", True),
        ("<td title='a'hidden>", True),
        ("<td title='a hidden number'>", False),
        ('<td title="hidden = true">', False),
    ],
)
def test_hidden_in_an_attributes_value(tag: str, hidden: bool) -> None:
    """The word `hidden` hides as an attribute, not in the text of another one."""
    assert Looks().of(tag).hidden == hidden


@pytest.mark.parametrize(
    "rule", [".n:hover{opacity:0}", ".n::after{visibility:hidden}", ".clearfix:after, .n:before"]
)
def test_rules_that_are_not_the_elements_own(rule: str) -> None:
    """What hides the dot behind an element, or hides one under the mouse, hides no number."""
    looks = Looks()
    looks.add(rule if "}" in rule else rule + "{content:'.';height:0;visibility:hidden}")
    assert looks.of("<td class='n clearfix'>") == Look()


@pytest.mark.parametrize("piece", ["<style>", ".a{", "}", "class='", "id =", "{display:", "<td "])
def test_styles_take_linear_time(piece: str) -> None:
    """A page full of one piece takes no longer than its length asks for."""
    began = time.process_time()
    page = piece * (2_000_000 // len(piece))
    for sheet in [page, *style_sheets(page)]:
        looks = Looks()
        looks.add(sheet)
        looks.of(f"<td {page[:4096]}>")
    assert time.process_time() - began < 10
