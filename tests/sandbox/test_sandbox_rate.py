"""What the sandbox's rate window promises."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import SettingsError
from importer.sandbox.rate import RateWindow

# Sixteenths of a second add up exactly, so that the edge of the window is met on the dot.
GAPS = st.lists(st.integers(min_value=0, max_value=20).map(lambda n: n / 16), max_size=60)


def taken(rate: float, times: list[float]) -> list[float]:
    window = RateWindow(rate)
    return [time for time in times if window.takes(time)]


@given(rate=st.integers(min_value=1, max_value=6), gaps=GAPS)
def test_no_second_holds_more_than_the_rate(rate: int, gaps: list[float]) -> None:
    """Whatever the arrivals, no window of one second holds more than `rate` taken calls."""
    calls = taken(rate, list(accumulate(gaps)))
    assert all(sum(start <= t < start + 1 for t in calls) <= rate for start in calls)


@given(rate=st.integers(min_value=1, max_value=6), gaps=GAPS)
def test_no_call_is_refused_without_need(rate: int, gaps: list[float]) -> None:
    """A call is refused only where the second before it holds `rate` taken calls."""
    window, calls = RateWindow(rate), list[float]()
    for time in accumulate(gaps):
        recent = sum(time - t < 1 for t in calls)
        assert window.takes(time) == (recent < rate)
        calls += [time] if recent < rate else []


def test_refused_call_does_not_count() -> None:
    """A client that hammers gets through as soon as the taken calls are a second old."""
    assert taken(1, [0.0, 0.25, 0.5, 0.75, 1.0]) == [0.0, 1.0]


def test_rate_below_one() -> None:
    """Half a call a second is one call in two seconds."""
    assert taken(0.5, [0.0, 1.0, 1.75, 2.0]) == [0.0, 2.0]


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_impossible_rate(rate: float) -> None:
    """A rate that is not above zero, or no number, is refused at the start."""
    with pytest.raises(SettingsError, match="rate"):
        RateWindow(rate)
