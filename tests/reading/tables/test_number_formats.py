"""What Excel shows of numbers under number formats."""

from __future__ import annotations

import pytest

from importer.model import CellKind
from importer.reading.tables.cells import describe
from importer.reading.tables.number_formats import cell_of, is_plain, may_add
from importer.reading.tables.text_formats import shows_texts, text_of


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (912345678, "0000000000", "0912345678"),
        (85235753351, "+0", "+85235753351"),
        (85235753351, '"+"#', "+85235753351"),
        (85235753351, "\\+###########", "+85235753351"),
        (85235753351, '"+"General', "+85235753351"),
        (85235753351, "\\+General", "+85235753351"),
        (912345678, '"0"General', "0912345678"),
        (85235753351, '"+"#,##0', "+85235753351"),
        (85235753351, '[=1]"one";"+"0', "+85235753351"),
        (4155552671, "(000) 000-0000", "(415) 555-2671"),
        (4155552671, "[<=9999999]###-####;(###) ###-####", "(415) 555-2671"),
        (5552671, "[<=9999999]###-####;(###) ###-####", "555-2671"),
        (852357533, "000-000-0000", "085-235-7533"),
        (85235753351, "[Red]0", "85235753351"),
        (35753351, "[$+852]\\ 0", "+852 35753351"),
        (85235753351, "#,##0", "85235753351"),
        (85235753351, "0.00E+00", "85235753351"),
        (85235753351, "0.00", "85235753351"),
        (85235753351, '"+"0.00', "+85235753351"),
        (85235753351, "General", "85235753351"),
        (85235753351, "@", "85235753351"),
        (85235753351, "G/標準", "85235753351"),
        (85235753351, '"+"G/通用格式', "+85235753351"),
        (85235753351, "Standard", "85235753351"),
    ],
)  # fmt: skip
def test_shown(value: int, code: str, text: str) -> None:
    """Digits, zeros, plus and brackets as Excel shows them."""
    shown, kind = describe(cell_of(float(value), code))
    assert (shown, kind) == (text, CellKind.NUMBER)


@pytest.mark.parametrize(
    "code", ["!+0", "0!0", '"+"@', "0%", '"+"0%', '"+"0,', ";;;", "*00", "x" * 5000, '"+"0E+0']
)
def test_a_plus_or_a_zero_that_is_not_understood(code: str) -> None:
    """What Excel shows is not known, so that the cell is no certain number."""
    assert describe(cell_of(6562345601.0, code))[1] is CellKind.FORMAT


def test_less_than_zero() -> None:
    """A negative number stays one; where a plus or zeros are added to it, it is no certain one."""
    assert describe(cell_of(-65.0, "#,##0_);(#,##0)")) == ("-65", CellKind.NUMBER)
    assert describe(cell_of(-65.0, '"+"0'))[1] is CellKind.FORMAT


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("General", "x"),
        ("@", "x"),
        ("0.00", "x"),
        ('_(* #,##0_);_(* (#,##0);_(* "-"_);_(@_)', "x"),
        ('"+"@', "+x"),
        ('0;-0;0;"00"@', "00x"),
        ('0;-0;0;@" "@', "x x"),
    ],
)
def test_texts(code: str, shown: str) -> None:
    """A text is shown as it is, unless the format has a section of its own for texts."""
    assert text_of("x", code) == shown
    assert shows_texts(code) is (shown == "x")


@pytest.mark.parametrize(
    "code", ["!+@", ";;;", '0;0;0;"none"', "0;0;0;0@", "*0@", "0;0;0;@;@", "x" * 5000]
)
def test_a_text_that_is_not_shown(code: str) -> None:
    """What Excel shows instead is not known, so that the cell is no certain number."""
    assert describe(text_of("x", code)) == ("x", CellKind.FORMAT)
    assert not shows_texts(code)


@pytest.mark.parametrize("code", ["yyyy-mm-dd", "[h]:mm", "hh:mm", "d. mmm", "aaa", "aaaa"])
def test_a_number_that_no_date_has(code: str) -> None:
    """Excel shows `####` of it; it spoils no other cell."""
    assert describe(cell_of(85291234543.0, code)) == ("85291234543", CellKind.DATE)


@pytest.mark.parametrize("code", ["General", "0", "#", "#,##0", "0.00", "[Red]0", "@"])
def test_ordinary_formats_cost_nothing(code: str) -> None:
    """Formats that leave a number's digits alone are not looked at cell by cell."""
    assert is_plain(code)


@pytest.mark.parametrize(
    ("code", "adds"),
    [
        ('"+"0', True),
        ("000", True),
        (";;;", True),
        ("x" * 5000, True),
        ("0%", True),
        ("yyyy-mm-dd", False),
        ("[h]:mm", False),
        ("#,##0.00", False),
        ("General", False),
    ],
)
def test_formats_that_may_add(code: str, adds: bool) -> None:
    """A plus, zeros or nothing at all may be shown; a date is no phone number in any case."""
    assert may_add(code) is adds


@pytest.mark.parametrize("piece", ["[", ";", "x", '"', "\\", "0", "[$", "*"])
def test_any_length_of_format(piece: str) -> None:
    """A format longer than Excel's is not taken apart at all."""
    assert not is_plain(piece * 1_000_000)
