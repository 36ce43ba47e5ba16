"""Lines break between words, whatever the script, and nothing is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from importer.text_lines import text_width, wrap

WORDS = st.text(st.sampled_from("ab `、。（中文字한국é\u0301"), max_size=60)


def test_words_are_not_cut_and_what_follows_is_set_in() -> None:
    """Lines break between words; the rest begins with the indent."""
    line = "  note: Sheet 'Old 2019' is hidden and was left out."
    assert wrap(line, 30, "    ") == ["  note: Sheet 'Old 2019' is", "    hidden and was left out."]
    assert wrap(line, 100) == [line]


def test_a_chinese_character_takes_two_columns() -> None:
    """Chinese breaks between characters, and no line begins with a comma or a closing bracket."""
    lines = wrap("表格里的电话号码可能在这一列，请选择（姓名）。", 20)
    assert all(text_width(line) <= 20 for line in lines)
    assert "".join(lines) == "表格里的电话号码可能在这一列，请选择（姓名）。"
    assert not {line[0] for line in lines} & set("，。）")
    assert not {line[-1] for line in lines} & set("（")


def test_korean_breaks_at_its_spaces() -> None:
    """Korean has spaces between words, so no word is cut."""
    assert wrap("전화 번호 목록 파일", 10) == ["전화 번호", "목록 파일"]


def test_paths_and_commands_stay_whole() -> None:
    """A path and a command between backticks are copied: no line end gets into them."""
    path = "/srv/shared/lists/customers-of-spring.results.xlsx"
    assert path in wrap(f"  Results: {path}", 20)
    command = "`importer run list.csv --column Mobile`"
    assert command in wrap(f"Type {command} to go on.", 30)


@given(WORDS, st.integers(4, 40))
def test_nothing_is_lost_and_no_line_is_too_long(text: str, width: int) -> None:
    """But for spaces at breaks the text is whole; a longer line holds one word that is so long."""
    lines = wrap(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    for line in lines:
        if text_width(line) > width and "`" not in line:
            assert len(line.split()) <= 1, lines
