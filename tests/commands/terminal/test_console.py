"""What a terminal shows: no word is cut in two, and nothing is lost."""

from __future__ import annotations

from importer.commands.terminal.console import Stopwatch, Terminal
from importer.commands.terminal.output import fitted


def test_a_narrow_terminal_cuts_no_word() -> None:
    """Lines break between words, and what follows is set in below what it belongs to."""
    line = "  note: Sheet 'Old 2019' is hidden and was left out."
    told = fitted(line, 31).splitlines()
    assert told == ["  note: Sheet 'Old 2019' is", "    hidden and was left out."]
    assert fitted(line, 100) == line


def test_columns_and_paths_stay_as_they_are() -> None:
    """Spaces between columns are kept, and a path that has to be copied stays whole."""
    assert (
        fitted("  created          113  in 4 groups", 80) == "  created          113  in 4 groups"
    )
    path = "/srv/shared/lists/customers-of-spring.results.xlsx"
    assert path in fitted(f"  Results: {path}", 30).split()
    assert fitted("", 30) == ""


def test_stopwatch_counts_every_second() -> None:
    """Loading, each stage and what lies between them add up to the whole, a stage told once."""
    seconds = iter([10.0, 11.0, 14.0, 14.0, 20.0, 20.5])
    stopwatch = Stopwatch(Terminal(quiet=True), 0.5, lambda: next(seconds))
    for _ in range(2):
        with stopwatch.stage("Reading", None, "row"):
            pass
    told = {line[:22].strip(): line[22:].split() for line in stopwatch.lines()}
    assert told == {
        "Loading": ["0.50", "s", "5%"],
        "Reading": ["9.00", "s", "82%"],
        "Grouping and planning": ["1.50", "s", "14%"],
        "Together": ["11.00", "s", "100%"],
    }
    assert list(told) == ["Loading", "Reading", "Grouping and planning", "Together"]
