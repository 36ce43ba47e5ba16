"""What strangers wrote is shown, and does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.log import Log
from importer.masking import masked
from importer.plurals import counted, share_of, visible

if TYPE_CHECKING:
    from tests.served import Operator


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "a<U+001B>[2Jb"),
        ("a\n2026-03-01 file done", "a<U+000A>2026-03-01 file done"),
        ("a\rb\x85c\u2028d", "a<U+000D>b<U+0085>c<U+2028>d"),
        ("\u202excod.exe", "<U+202E>xcod.exe"),
        ("名前 a\tb é", "名前 a\tb é"),
        ("List\u200b \ufeffa\u00adb\u2060", "List<U+200B> <U+FEFF>a<U+00AD>b<U+2060>"),
        ("a\u200db \u200c 名\u200d单", "a<U+200D>b <U+200C> 名<U+200D>单"),
        (
            "می\u200cخواهم क\u094d\u200dष 👩\u200d💻 ❤\ufe0f",
            "می\u200cخواهم क\u094d\u200dष 👩\u200d💻 ❤\ufe0f",
        ),
    ],
)
def test_what_a_terminal_would_act_on_is_shown(text: str, shown: str) -> None:
    """Escape sequences, line ends, turns of direction and characters without width are marks.

    Other texts stay, and so do joiners where a language or a picture needs them.
    """
    assert visible(text) == shown


@given(st.text())
def test_one_line_stays_one_line(text: str) -> None:
    """Whatever a text holds, it is shown in one line, without a control character but the tab."""
    assert len(visible(text).splitlines()) <= 1
    assert all(one == "\t" or ord(one) >= 32 for one in visible(text))


@pytest.mark.parametrize("as_json", [False, True])
def test_a_file_name_forges_no_line_of_a_log(
    as_json: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line end and an escape sequence in a file's name stay in the event that names the file."""
    from datetime import UTC, datetime

    log = Log(lambda: datetime(2026, 3, 1, tzinfo=UTC), as_json=as_json)
    with log.about("a\n2026-03-01T00:00:00 · night ended\x1b[2J.csv"):
        log.event("file begun", "x\ny")
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "\x1b" not in err


def test_a_file_name_does_nothing_to_a_terminal(operator: Operator) -> None:
    """What a command says of a file holds no escape sequence of the file's name."""
    done = operator.run("check", operator.folder / "no\x1b[31m.csv")
    assert done.exit == 2
    assert "\x1b" not in done.out + done.err


@pytest.mark.parametrize("number", ["852{0}3575{0}3351", "+852{0}35{0}75{0}33{0}51"])
@pytest.mark.parametrize("between", [*"\u00a0/·‐‑–—_,\t .()\u202f\u2060", "", " - "])
def test_numbers_are_masked_in_any_dress(number: str, between: str) -> None:
    """Whatever stands between the digits, the middle ones are hidden."""
    assert sum(map(str.isdigit, masked(number.format(between)))) == 6


def test_other_scripts_digits_are_masked() -> None:
    """Digits of other scripts are digits."""
    for first in (0x0660, 0x06F0, 0x0966, 0xFF10):
        number = "".join(chr(first + int(one)) for one in "85235753351")
        assert sum(map(str.isdecimal, masked(number))) == 6


def test_what_only_looks_like_a_number_stays() -> None:
    """Dates, counts and lists of rows are for the operator to read."""
    for text in ("2026-03-01 22:00", "1,000,000 rows", "rows 12, 13, 14, 15", "127.0.0.1:8765"):
        assert masked(text) == text


def test_counts_are_said_with_their_noun() -> None:
    """One thing is said in the singular, others in the plural."""
    assert counted(1, "group") == "1 group"
    assert counted(2_000, "batch", "batches") == "2,000 batches"


def test_none_of_a_whole_is_said_in_words() -> None:
    """A sentence does not count to nought: `none of 5 groups are made`."""
    assert share_of(0, 5, "group") == "none of 5 groups"
    assert share_of(1_000, 2_000, "group") == "1,000 of 2,000 groups"
