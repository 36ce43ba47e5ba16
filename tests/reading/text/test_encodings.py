"""Which encoding a text file is in that does not say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.reading.text.east_asian import east_asian_encoding
from importer.reading.text.latin import latin_code_page
from tests.reading.files import read, text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("codec", "header", "names"),
    [
        ("cp1250", "Név", ["Szabó Győző", "Kovács Ödön", "Szűcs Jenő"]),
        ("cp1250", "Nev", ["Szűcs Anna", "Tóth Éva", "Nagy"]),
        ("cp1250", "Nev", ["Szabo Győző", "Toth", "Nagy"]),
        ("cp1250", "Nume", ["Bălan Ioan", "Ţepeş Vlad", "Mânzu"]),
        ("cp1250", "Nume", ["Tănase Ioan", "Pop Ana", "Mândruţ"]),
        ("cp1250", "Nume", ["Tănase Ioan", "Pop Ana", "Cîmpeanu"]),
        ("cp1250", "Imię", ["Łukasz Wójcik", "Świętosława", "Żak"]),
        ("cp1250", "Jméno", ["Jiří Dvořák", "Růžena Nováková", "Žáček"]),
        ("cp1250", "Ime", ["Đurđa Šarić", "Božić", "Ana"]),
        ("cp1254", "İsim", ["Yıldız Şahin", "Çağrı Öztürk", "Ali"]),
        ("cp1257", "Vardas", ["Žydrūnas Šimkus", "Rūta Čepaitė", "Ona"]),
        ("cp1257", "Nimi", ["Tõnu Mägi", "Jüri Õun", "Mari"]),
        ("cp1252", "Nome", ["João Simões", "Conceição", "Antônio"]),
        ("cp1252", "Nome", ["Joao Simões", "Ana", "Rui"]),
        ("cp1252", "Nom", ["Benoît Coûteau", "Hélène", "Zoé"]),
        ("cp1252", "Nom", ["Lesûr", "Anne", "Luc"]),
        ("cp1252", "Namn", ["Åsa Öberg", "Jönsson", "Bo"]),
        ("cp1252", "Navn", ["Søren Kjær", "Åge", "Bo"]),
        ("cp1252", "Name", ["Müller", "Weiß", "Jörg"]),
        ("cp1252", "Nafn", ["Þórður", "Guðrún", "Ævar"]),
        ("cp1252", "Nome", ["Niccolò", "Andrè", "Bo"]),
        ("cp1252", "Nombre", ["Muñoz", "José", "Ana"]),
        ("cp1252", "Nom", ["Lluís Gràcia", "Núria Puig", "Ana"]),
        ("cp1252", "Name", ["Müller", "Maier", "Huber"]),
    ],
)
def test_names_of_european_languages(
    tmp_path: Path, codec: str, header: str, names: list[str]
) -> None:
    """A few names with accents tell the code page, though most bytes are letters in all of them."""
    lines = [f"{header};Phone", *(f"{name};+4930123456{at}" for at, name in enumerate(names))]
    rows = read(text(tmp_path / "list.csv", "\n".join(lines).encode(codec)))
    assert [*rows.extras] == [header]
    assert rows.extras[header].tolist() == names
    assert "(encoding guessed)" in rows.source.form


@pytest.mark.parametrize(
    ("codec", "names"),
    [
        ("cp932", ["ｱﾝ", "佐藤"]),
        ("cp932", ["山田太郎", "鈴木花子"]),
        ("cp949", ["김철수", "이영희", "박지훈"]),
        ("gb18030", ["张三", "李四"]),
        ("gb18030", ["王小明", "赵云", "陈静"]),
        ("big5", ["陳大文", "林小明"]),
        ("big5", ["黃志強", "張美玲"]),
    ],
)
def test_names_of_east_asia(tmp_path: Path, codec: str, names: list[str]) -> None:
    """Two names tell the encoding, where in the others they would be characters nobody uses."""
    lines = ["name;phone", *(f"{name};+8613800138{at:03}" for at, name in enumerate(names))]
    rows = read(text(tmp_path / "list.csv", "\n".join(lines).encode(codec)))
    assert rows.extras["name"].tolist() == names


def test_what_no_rule_tells() -> None:
    """Letters of other scripts are no Latin, and a character that is common in two is no proof."""
    pages = ["cp1252", "cp1250", "cp1254", "cp1257"]
    assert latin_code_page("Иван Пётр".encode("cp1251"), pages) is None
    assert latin_code_page("Γιώργος".encode("cp1253"), pages) is None
    assert latin_code_page("5 €".encode("cp1252"), pages) is None
    assert east_asian_encoding("李".encode("gb18030"), ["gb18030", "big5hkscs"]) is None
    assert east_asian_encoding("ｱﾝ".encode("cp932"), ["cp932"]) is None


def test_digits_are_the_same_in_every_guess(tmp_path: Path) -> None:
    """Whatever a name's bytes are taken for, the number beside it is read or the file refused."""
    for byte in range(0x80, 0x100):
        content = b"name;phone\nA" + bytes([byte]) + b"b;+85235753351\n"
        try:
            rows = read(text(tmp_path / "list.csv", content))
        except UnreadableInput:
            continue
        assert rows.cells["original"].tolist() == ["+85235753351"], hex(byte)


@pytest.mark.parametrize(
    ("codec", "shown", "header", "name"),
    [
        ("koi8_u", "KOI8-U", "Телефон,Ім'я", "Їжакевич"),
        ("koi8_r", "KOI8-U", "Телефон,Имя", "Жуков"),
        ("cp866", "DOS 866", "Телефон,Имя", "Жуков"),
        ("mac_cyrillic", "Mac Cyrillic", "Телефон,Имя", "Жуков"),
        ("mac_roman", "Mac Roman", "Téléphone,Prénom", "Zoë"),
        ("euc_jp", "EUC-JP", "電話番号,名前", "山田太郎"),
        ("johab", "Johab", "전화,이름", "김철수"),
        ("iso2022_jp", "ISO-2022-JP", "電話番号,名前", "やまだ"),
        ("iso2022_kr", "ISO-2022-KR", "전화,이름", "김철수"),
        ("hz", "HZ", "电话,姓名", "王小明"),
    ],
)
def test_encodings_of_other_programs(
    tmp_path: Path, codec: str, shown: str, header: str, name: str
) -> None:
    """A header that only one encoding makes readable speaks for it; others have their own marks."""
    rows = read(text(tmp_path / "a.csv", f"{header}\n+85235753351,{name}\n".encode(codec)))
    assert rows.extras.iloc[:, 0].tolist() == [name]
    assert f"{shown}, comma (encoding guessed)" in rows.source.form


def test_a_header_in_two_encodings(tmp_path: Path) -> None:
    """Where a header is the same word in two old encodings, a name that differs is not guessed."""
    content = "Téléphone,Nom\n+33123456789,Gràcia\n".encode("cp850")
    assert "Grůcia" in content.decode("cp852")
    with pytest.raises(UnreadableInput, match="encoding that can't be told"):
        read(text(tmp_path / "a.csv", content))


def test_a_text_in_two_encodings(tmp_path: Path) -> None:
    """A file that is the same text in two old encodings needs no choice between them."""
    content = "Téléphone,Nom\n+33123456789,Zoë\n".encode("cp850")
    assert content.decode("cp850") == content.decode("cp852")
    assert read(text(tmp_path / "a.csv", content)).extras["Nom"].tolist() == ["Zoë"]


@pytest.mark.parametrize("note", ["~{a~}", "~{~}"])
def test_marks_of_an_encoding_that_are_none(tmp_path: Path, note: str) -> None:
    """Signs that only look like the marks of an encoding stay what they are."""
    rows = read(text(tmp_path / "a.csv", f"Phone,Note\n+85235753351,{note}\n"))
    assert rows.extras["Note"].tolist() == [note]
