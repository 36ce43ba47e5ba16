"""What Excel shows of whole numbers under custom formats."""

from __future__ import annotations

import pytest

from importer.reading.tables.number_formats import changes_digits, shown


@pytest.mark.parametrize(
    ("value", "code", "text"),
    [
        (912345678, "0000000000", "0912345678"),
        (85235753351, "+0", "+85235753351"),
        (85235753351, '"+"#', "+85235753351"),
        (85235753351, "\\+###########", "+85235753351"),
        (4155552671, "(000) 000-0000", "(415) 555-2671"),
        (4155552671, "[<=9999999]###-####;(###) ###-####", "(415) 555-2671"),
        (5552671, "[<=9999999]###-####;(###) ###-####", "555-2671"),
        (85235753351, "00000000", "85235753351"),
        (852357533, "000-000-0000", "085-235-7533"),
        (85235753351, "[Red]0", "85235753351"),
        (35753351, '[$+852]\\ 0', "+852 35753351"),
        (35753351, '0"; "0', "3575335; 1"),
        (85235753351, "#,##0", "85235753351"),
        (85235753351, "0.00E+00", "85235753351"),
        (85235753351, "0.00", "85235753351"),
        (85235753351, "General", "85235753351"),
        (85235753351, "@", "85235753351"),
        (45352, "yyyy-mm-dd", "45352"),
        (35753351, "#######0_)", "35753351"),
    ],
)  # fmt: skip
def test_shown(value: int, code: str, text: str) -> None:
    """Digits, zeros, plus and brackets as Excel shows them; anything else leaves the digits."""
    assert shown(value, code) == text


@pytest.mark.parametrize("code", ["General", "0", "#", "#,##0", "0.00", "@", "[Red]0", "m/d/yy"])
def test_ordinary_formats_cost_nothing(code: str) -> None:
    """Formats that leave a number's digits alone are not looked at cell by cell."""
    assert not changes_digits(code)
