"""How long sending takes is said before it begins."""

from __future__ import annotations

import pytest

from importer.batch.planning.duration import sending_line, sending_time


@pytest.mark.parametrize(
    ("groups", "rate", "said"),
    [
        (1, 5, "less than a minute"),
        (299, 5, "less than a minute"),
        (300, 5, "about 1 minute"),
        (10_000, 5, "about 33 minutes"),
        (40_000, 5, "about 2 h 13 min"),
        (200_000, 5, "about 11 h 07 min"),
        (200_000, 0.5, "about 4 days 15 h"),
        (86_400, 1, "about 1 day 0 h"),
    ],
)
def test_in_words(groups: int, rate: float, said: str) -> None:
    """Minutes, hours or days, by the number of groups and the calls a second."""
    assert sending_time(groups, rate) == said


def test_short_lists_need_no_line() -> None:
    """The preview says it only where somebody would wait."""
    assert sending_line(299, 5) == []
    assert "about 1 minute at 5 calls a second" in sending_line(300, 5)[0]
