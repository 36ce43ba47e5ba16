"""Text files: their encodings, delimiters and records."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.errors import UnreadableInput
from tests.reading.files import read, shown, text

CHINESE = "姓名,手机号码,国家\n张三,13800138000,中国\n李四,13900139000,中国香港\n"
TAIWANESE = "姓名,手機號碼,國家\n陳大文,0912345678,台灣\n林小明,0922345678,台灣\n"
GERMAN = "Name;Telefon;Land\nMüller;0711123456;Österreich\nGrün;0711123457;Österreich\n"
RUSSIAN = "Имя;Телефон;Страна\nИван;79161234567;Россия\nПётр;79161234568;Россия\n"


@pytest.mark.parametrize(
    ("content", "codec", "form"),
    [
        (CHINESE, "utf-8", "CSV, UTF-8, comma"),
        (CHINESE, "utf-8-sig", "CSV, UTF-8, comma"),
        (CHINESE, "utf-16", "CSV, UTF-16, comma"),
        (CHINESE, "utf-32", "CSV, UTF-32, comma"),
        (CHINESE, "utf-16-le", "CSV, UTF-16, comma (encoding guessed)"),
        (CHINESE, "gb18030", "CSV, GB18030, comma (encoding guessed)"),
        (TAIWANESE, "big5", "CSV, Big5, comma (encoding guessed)"),
        (GERMAN, "cp1252", "CSV, Windows-1252, semicolon (encoding guessed)"),
        (RUSSIAN, "cp1251", "CSV, Windows-1251, semicolon (encoding guessed)"),
    ],
)
def test_finds_the_encoding_and_says_so(
    tmp_path: Path, content: str, codec: str, form: str
) -> None:
    """Names and countries come out right in every encoding, and a guess is called one."""
    rows = read(text(tmp_path / "list.csv", content.encode(codec)))
    assert rows.source.form == form
    lines = [line.split(";" if ";" in content else ",") for line in content.splitlines()]
    assert shown(rows) == [(at, line[1]) for at, line in enumerate(lines[1:], 2)]
    assert rows.cells["region"].tolist() == [line[2] for line in lines[1:]]
    assert bool(rows.source.notes) is ("guessed" in form)


def test_named_encoding_overrides(tmp_path: Path) -> None:
    """--encoding is taken at its word, and what is shown is what was named."""
    path = text(tmp_path / "list.csv", GERMAN.encode("cp1250"))
    rows = read(path, encoding="windows-1250")
    assert rows.source.form == "CSV, WINDOWS-1250, semicolon"
    assert rows.cells["region"].tolist() == ["Österreich", "Österreich"]


@pytest.mark.parametrize(
    ("encoding", "sentence"),
    [("utf-8", "is not in utf-8 (line 2)"), ("rot13", "is no encoding"), ("x", "is no encoding")],
)
def test_named_encoding_must_fit(tmp_path: Path, encoding: str, sentence: str) -> None:
    """An encoding that does not exist or does not fit is refused, never bent to fit."""
    path = text(tmp_path / "list.csv", GERMAN.encode("cp1252"))
    with pytest.raises(UnreadableInput) as told:
        read(path, encoding=encoding)
    assert sentence in str(told.value)


def test_damaged_utf8_is_no_other_encoding(tmp_path: Path) -> None:
    """One bad byte in a UTF-8 file is told as damage, and does not turn it into Windows-125x."""
    raw = (CHINESE * 3).encode()
    path = text(tmp_path / "list.csv", raw + b"\xff,1,2\n")
    with pytest.raises(UnreadableInput, match=r"UTF-8 but damaged in line 10"):
        read(path)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("phone,name\n85235753351,a\n", "comma"),
        ("phone;name\n85235753351;a, b\n", "semicolon"),
        ("phone\tname\n85235753351\ta, b\n", "tab"),
        ("phone|name\n85235753351|a, b; c\n", "pipe"),
        ("phone\n85235753351\n", "one column"),
        ("List of May\n\nphone;name\n85235753351;a\n85235753352;b\n", "semicolon"),
        ("sep=|\nphone|name\n85235753351|a\n", "pipe"),
    ],
)
def test_finds_the_delimiter(tmp_path: Path, content: str, named: str) -> None:
    """Every usual delimiter is found, below titles too, and one column needs none."""
    rows = read(text(tmp_path / "list.csv", content))
    assert rows.source.form.endswith(named)
    assert "85235753351" in rows.cells["original"].tolist()


def test_named_delimiter_overrides(tmp_path: Path) -> None:
    """--delimiter takes a character or a name, and refuses what can't be one."""
    path = text(tmp_path / "list.txt", "phone~name,x\n85235753351~a,b\n")
    assert shown(read(path, delimiter="~")) == [(2, "85235753351")]
    with pytest.raises(UnreadableInput, match="--delimiter ab is no delimiter"):
        read(path, delimiter="ab")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("Phone;Name,First\n+6562345601;Lee,Ann\n+6562345602;Lim,Bo\n", "semicolon"),
        ('"Phone"\tName, First, Last\n+6562345601\tLee, Ann, B\n', "tab"),
        ("Phone,Name;First\n+6562345601,Lee;Ann\n+6562345602,Lim;Bo\n", "comma"),
        ("a;b,c\n+6562345601;Lee,Ann\n", "comma"),
    ],
)
def test_two_delimiters_that_cut_evenly(tmp_path: Path, content: str, named: str) -> None:
    """The one that parts the header of the phone column from others is meant."""
    rows = read(text(tmp_path / "a.csv", content), columns=("A",))
    assert rows.source.form.endswith(named)


@pytest.mark.parametrize("sign", ["^", "~", ":", "#"])
def test_a_delimiter_that_no_program_knows_is_a_hint(tmp_path: Path, sign: str) -> None:
    """Excel shows such a list as one column; the message says which option parts it."""
    lines = [["Phone", "Name"], ["+85235753351", "Ann"], ["+85235753352", "Bo"]]
    path = text(tmp_path / "a.txt", "\n".join(map(sign.join, lines)))
    with pytest.raises(UnreadableInput, match=f'add --delimiter "{re.escape(sign)}"'):
        read(path)
    assert read(path, delimiter=sign).extras["Name"].tolist() == ["Ann", "Bo"]


def test_a_sign_that_belongs_to_each_cell_parts_nothing(tmp_path: Path) -> None:
    """A list of one column is read as it is, whatever stands in each of its cells."""
    rows = read(text(tmp_path / "a.txt", "tel:phone\ntel:+85235753351\ntel:+85235753352\n"))
    assert [row for row, _ in shown(rows)] == [2, 3]


def test_a_line_without_end_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text would take several times the memory of its bytes."""
    monkeypatch.setattr("importer.reading.text.delimited.LINE_CHARACTERS", 100)
    monkeypatch.setattr("importer.reading.text.delimited.decode", None)
    with pytest.raises(UnreadableInput, match="a line of more than 100 characters"):
        read(text(tmp_path / "a.csv", "Phone\n" + "9" * 1000))


def test_excels_own_delimiter_line_is_no_row(tmp_path: Path) -> None:
    """Excel hides the line `sep=;`, so that rows count from the line below it."""
    assert shown(read(text(tmp_path / "list.csv", "sep=;\nphone;a\n85235753351;b\n"))) == [
        (2, "85235753351")
    ]


def test_records_are_rows(tmp_path: Path) -> None:
    """A quoted line break stays inside its row, and empty lines count, as they do in Excel."""
    content = 'name,phone\n"a\nb",85235753351\n\n\nc,85235753352\n'
    assert shown(read(text(tmp_path / "list.csv", content))) == [
        (2, "85235753351"),
        (5, "85235753352"),
    ]


def test_text_stays_as_it_is(tmp_path: Path) -> None:
    """Leading zeros, plus signs, exponents and formulas as text are kept to the character."""
    cells = ["0035235753351", "+852 3575 3351", "8.6138E+12", '=""0912345678""', " 1 "]
    content = "phone\n" + "".join(f'"{cell}"\n' for cell in cells)
    rows = read(text(tmp_path / "list.csv", content))
    assert [one for _, one in shown(rows)] == [cell.replace('""', '"') for cell in cells]
    assert set(rows.cells["kind"]) == {"text"}


def test_open_quote_is_told_with_its_row(tmp_path: Path) -> None:
    """A quotation mark that never closes would swallow rows; it is refused, saying where."""
    path = text(tmp_path / "list.csv", 'phone,n\n1,a\n85235753351,"b\n85235753352,c\n')
    with pytest.raises(UnreadableInput, match="below row 2"):
        read(path)


ROWS = [("Ann", "X"), ("Bob", "Y"), ("Cid", "Z"), ("Dan", "Z"), ("Eve", "Z")]


def _lines(delimiter: str, opens: str, closes: str) -> str:
    """Return a list in which a quotation mark opens before one cell and closes behind another."""
    lines = [["Name", "Phone", "City"]]
    lines += [[name, f"+852 3575 335{at}", city] for at, (name, city) in enumerate(ROWS)]
    for line in lines:
        line[:] = [f'"{cell}' if cell == opens else cell for cell in line]
        line[:] = [f'{cell}"' if cell == closes else cell for cell in line]
    return "\n".join(delimiter.join(line) for line in lines)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize(
    ("opens", "closes"),
    [
        ("Bob", "Dan"),
        ("+852 3575 3351", "+852 3575 3352"),
        ("+852 3575 3351", "Dan"),
        ("Y", "Eve"),
        ("Y", "+852 3575 3354"),
    ],
)
def test_a_stray_quote_that_closes_again(
    tmp_path: Path, delimiter: str, opens: str, closes: str
) -> None:
    """Rows that a pair of stray quotation marks makes one cell of are missed, and it is said."""
    path = text(tmp_path / "list.csv", _lines(delimiter, opens, closes))
    with pytest.raises(UnreadableInput, match="the quotation mark in line 3"):
        read(path)


@pytest.mark.parametrize(
    "cell",
    [
        "Flat 3, Tower 2\nKowloon, Hong Kong",
        "+852 3575 3352, +852 3575 3353\n+852 3575 3354, +852 3575 3355",
        "call after 6\n+852 3575 3352",
        "a\nb\nc",
    ],
)
def test_cells_of_several_lines(tmp_path: Path, cell: str) -> None:
    """Addresses, notes and several numbers in a cell are what they are."""
    path = text(tmp_path / "list.csv", f'Phone,Note\n+85235753351,"{cell}"\n+85235753350,x\n')
    rows = read(path)
    assert shown(rows) == [(2, "+85235753351"), (3, "+85235753350")]
    assert rows.extras["Note"].tolist() == [cell, "x"]


ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "gb18030"]
CELLS = st.text(
    st.characters(codec="gb18030", exclude_characters="\0", exclude_categories=["Cs"]), max_size=8
)


@given(
    grid=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
)
@settings(max_examples=150, deadline=None)
def test_any_grid_reads_back_the_same(
    grid: list[tuple[str, str, str]], delimiter: str, encoding: str
) -> None:
    """Whatever is in the cells, each comes back to the character with the row it stands in."""
    lines = io.StringIO()
    writer = csv.writer(lines, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerows([("name", "phone", "note"), *grid])
    with TemporaryDirectory() as folder:
        path = text(Path(folder) / "list.csv", lines.getvalue().encode(encoding))
        rows = read(path, encoding=encoding, delimiter=delimiter)
    held = [(at, cells[1]) for at, cells in enumerate(grid, 2) if cells[1].strip()]
    assert shown(rows) == held


@given(
    numbers=st.lists(st.from_regex(r"\+?[0-9]{8,13}", fullmatch=True), min_size=1, max_size=30),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS[:3]),
)
@settings(max_examples=100, deadline=None)
def test_delimiter_and_encoding_are_found(
    numbers: list[str], delimiter: str, encoding: str
) -> None:
    """A plain list reads the same whatever it is written with, nothing being said about it."""
    lines = [delimiter.join(["姓名", "phone"])]
    lines += [delimiter.join([f"n{at}", number]) for at, number in enumerate(numbers)]
    with TemporaryDirectory() as folder:
        rows = read(text(Path(folder) / "list.csv", "\n".join(lines).encode(encoding)))
    assert shown(rows) == list(enumerate(numbers, 2))
    assert not rows.source.notes


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Nombre,Teléfono\nJosé Núñez,+34912345678\n", "cp1252"),
        ("Nom,Tél\nÉlodie,+33123456789\n", "cp1252"),
    ],
)
def test_accents_of_western_europe(tmp_path: Path, content: str, encoding: str) -> None:
    """A few accents of Spanish or French are not taken for Polish or Japanese."""
    rows = read(text(tmp_path / "a.csv", content.encode(encoding)))
    assert rows.extras.iloc[0, 0] == content.split("\n")[1].split(",")[0]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_broken_quote_names_its_line(tmp_path: Path, delimiter: str) -> None:
    """A quote that never ends would swallow the rest of the list."""
    lines = ["Name" + delimiter + "Phone"]
    lines += [f"N{n}{delimiter}+85235753{n:03}" for n in range(3)]
    lines += [f'"Ann{delimiter}+85235753351'] + [
        f"M{n}{delimiter}+85235754{n:03}" for n in range(5)
    ]
    with pytest.raises(UnreadableInput, match="5"):
        read(text(tmp_path / "a.csv", "\n".join(lines)))


def test_rows_with_another_delimiter_are_told_by_their_column(tmp_path: Path) -> None:
    """A row that is parted otherwise has an empty phone column: that is said, not that it has none.

    Its number stands in the first column, where no number is looked for.
    """
    rows = [f"Ann;+852 9123 {at:04};HK" for at in range(10)]
    rows[4] = rows[4].replace(";", ",")
    found = read(text(tmp_path / "list.csv", "\n".join(["Name;Phone;Country", *rows])))
    assert len(shown(found)) == 9
    assert "1 row has nothing in a phone column and was passed." in found.source.notes[0]
