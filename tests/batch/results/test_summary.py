"""The summary: what an operator reads and what a script parses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.batch.results.summary import (
    Summary,
    as_json,
    check_headline,
    exit_of,
    headline,
    reasons,
    terminal_lines,
)
from importer.errors import Exit
from importer.model import Reason, Status, Tally

OK = Tally(rows=4000, created=3900, duplicate=70, rejected=30, groups=9)
IN_DOUBT = Tally(rows=1500, created=500, in_doubt=1000, groups=1)
REFUSED = Tally(rows=1000, created=500, refused=500, groups=1)
INTERRUPTED = Tally(rows=1000, created=500, planned=500, groups=1)
ALL_REJECTED = Tally(rows=3, rejected=3)
CHECK = Tally(rows=1200, planned=1199, rejected=1, groups=3)
ALL = [OK, IN_DOUBT, REFUSED, INTERRUPTED, ALL_REJECTED, CHECK]


def summary_of(tally: Tally, **changes: Any) -> Summary:
    fields: dict[str, Any] = {
        "file": Path("lists") / "customers.csv",
        "tally": tally,
        "exit": exit_of(tally),
        "headline": headline(tally),
        "batch": "abcdefgh",
        "results": Path("lists") / "customers.results.xlsx",
    }
    return Summary(**(fields | changes))


@pytest.mark.parametrize(
    ("tally", "told"),
    [
        (OK, "3,900 of 4,000 numbers are in 9 groups. 30 need a correction, see Rejected."),
        (
            IN_DOUBT,
            "500 of 1,500 numbers are in 1 group. 1,000 are in doubt, see Groups: run the same "
            "command again, which looks at the vendor first.",
        ),
        (
            REFUSED,
            "500 of 1,000 numbers are in 1 group. 500 were refused by the vendor, see Groups.",
        ),
        (
            INTERRUPTED,
            "500 of 1,000 numbers are in 1 group. 500 wait to be sent: run the same command again.",
        ),
        (ALL_REJECTED, "No number is in a group. 3 need a correction, see Rejected."),
    ],
)
def test_headline(tally: Tally, told: str) -> None:
    """The first sentence says whether it worked, the next ones what is left to do."""
    assert headline(tally) == told


def test_headline_of_a_rehearsal() -> None:
    """On the sandbox the headline begins with that: nobody takes it for the real thing."""
    told = headline(OK, sandbox=True)
    assert told.startswith("A rehearsal on the sandbox: nothing reached the vendor. 3,900 of")


def test_headline_of_a_rehearsal_that_was_left() -> None:
    """Its journal is thrown away, so the same command would not go on with it."""
    assert headline(INTERRUPTED, sandbox=True).endswith("500 wait to be sent.")


def test_headline_of_unbalanced_books() -> None:
    """Books that don't balance come before everything else."""
    assert headline(OK, sandbox=True, imbalance="THE BOOKS DO NOT BALANCE.").startswith("THE BOOKS")


def test_headline_of_a_check() -> None:
    """A check says that nothing was sent, and what would be."""
    assert check_headline(CHECK) == (
        "A check: nothing was sent. 1,199 of 1,200 numbers would go into 3 groups. "
        "1 needs a correction, see Rejected."
    )


def test_headline_of_a_check_that_finds_nothing() -> None:
    """Where all are rejected, it does not count none into no groups."""
    assert check_headline(ALL_REJECTED) == (
        "A check: nothing was sent. No number would go into a group. "
        "3 need a correction, see Rejected."
    )


def test_headline_at_a_gate() -> None:
    """Where a gate stopped the run, its reason comes first."""
    problem = "Nothing was sent: no row has a number that is certain."
    assert check_headline(ALL_REJECTED, problem) == f"{problem} 3 need a correction, see Rejected."
    assert check_headline(CHECK, problem).startswith(f"{problem} 1,199 of 1,200 numbers would")


def test_headline_of_an_early_end() -> None:
    """Why it ended comes before what it did."""
    assert headline(INTERRUPTED, stopped="Stopped early: why.").startswith(
        "Stopped early: why. 500"
    )


def test_headline_of_an_undone_batch() -> None:
    """Numbers whose groups were deleted wait for nothing."""
    told = headline(Tally(rows=3, planned=3), undone=True)
    assert told == "No number is in a group. The batch was undone: its groups are deleted."


def test_headline_counts_one_as_one() -> None:
    """One number is, and waits."""
    told = headline(Tally(rows=2, created=1, planned=1, groups=1))
    assert told.startswith("1 of 2 numbers is in 1 group. 1 waits to be sent")


@pytest.mark.parametrize(
    ("tally", "code"),
    [
        (OK, Exit.DONE),
        (ALL_REJECTED, Exit.DONE),
        (Tally(rows=0), Exit.DONE),
        (IN_DOUBT, Exit.UNFINISHED),
        (REFUSED, Exit.UNFINISHED),
        (INTERRUPTED, Exit.UNFINISHED),
    ],
)
def test_exit(tally: Tally, code: Exit) -> None:
    """0 says that every accepted number is in a created group; rejects are data, not failure."""
    assert exit_of(tally) is code


def test_terminal_lines() -> None:
    """A run's lines: file and batch, the headline, the figures, where the results are."""
    summary = summary_of(
        OK,
        reasons=(("too short", 20), ("country missing", 10)),
        notes=("Sheet 'Old' is hidden and was left out.",),
    )
    assert terminal_lines(summary) == [
        "customers.csv  (batch abcdefgh)",
        "  3,900 of 4,000 numbers are in 9 groups. 30 need a correction, see Rejected.",
        "",
        "  rows with a number         4,000",
        "  created                    3,900  in 9 groups",
        "  duplicate                     70",
        "  rejected                      30  20 too short, 10 country missing",
        "  note: Sheet 'Old' is hidden and was left out.",
        "",
        f"  Results: {Path('lists') / 'customers.results.xlsx'}",
    ]


@pytest.mark.parametrize(
    ("tally", "line"),
    [
        (IN_DOUBT, "  in doubt                   1,000"),
        (REFUSED, "  refused                      500"),
        (INTERRUPTED, "  planned                      500  not sent"),
        (CHECK, "  planned                    1,199  not sent"),
        (ALL_REJECTED, "  created                        0"),
    ],
)
def test_what_is_not_zero_is_shown(tally: Tally, line: str) -> None:
    """Each outcome that occurred has its line."""
    assert line in terminal_lines(summary_of(tally))


def test_many_reasons() -> None:
    """Of many reasons the commonest are named and the rest is counted."""
    many = tuple((reason.value, 10 - at) for at, reason in enumerate([*Reason][:8]))
    lines = terminal_lines(summary_of(ALL_REJECTED, reasons=many))
    [line] = [line for line in lines if "rejected" in line]
    assert line.endswith(f"7 {[*Reason][3].value}, 18 other")


@pytest.mark.parametrize("tally", ALL)
def test_a_dozen_lines(tally: Tally) -> None:
    """A summary is about a dozen lines, each made for a cp1252 console."""
    told = ("Stopped early: the run was interrupted.",)
    lines = terminal_lines(summary_of(tally, notes=told, reasons=(("too short", 3),)))
    assert len(lines) <= 12
    assert all(line.encode("cp1252") for line in lines if line)


def test_all_words_fit_every_console() -> None:
    """Every status, reason and advice can be printed on a cp1252 console."""
    words = [*Status, *Reason, *(reason.advice for reason in Reason)]
    assert all(word.encode("cp1252") for word in words)


def test_reasons() -> None:
    """Rejects are counted by reason, the commonest first, without their details."""
    settled = pd.DataFrame(
        {
            "status": ["rejected", "created", "rejected", "rejected", "duplicate"],
            "reason": ["ambiguous: +1 or +2", "", "too short", "ambiguous: +3 or +4", "same as x"],
        },
        dtype="str",
    )
    assert reasons(settled) == (("ambiguous", 2), ("too short", 1))


KEYS = [
    "batch",
    "file",
    "rows",
    "created",
    "planned",
    "duplicate",
    "rejected",
    "refused",
    "in_doubt",
    "groups",
    "results",
    "exit",
]


def test_json() -> None:
    """The JSON object has exactly the promised keys, in their order, and plain values."""
    told = json.loads(json.dumps(as_json(summary_of(OK))))
    assert list(told) == KEYS
    assert told == {
        "batch": "abcdefgh",
        "file": str(Path("lists") / "customers.csv"),
        "rows": 4000,
        "created": 3900,
        "planned": 0,
        "duplicate": 70,
        "rejected": 30,
        "refused": 0,
        "in_doubt": 0,
        "groups": 9,
        "results": str(Path("lists") / "customers.results.xlsx"),
        "exit": 0,
    }


def test_json_without_batch() -> None:
    """What there is not is null: a check has no batch, a failure no results."""
    told = json.loads(json.dumps(as_json(summary_of(CHECK, batch=None, results=None))))
    assert list(told) == KEYS
    assert told["batch"] is None
    assert told["results"] is None


counts = st.integers(0, 10**7)


@given(
    tally=st.builds(Tally, counts, counts, counts, counts, counts, counts, counts, groups=counts)
)
def test_every_figure_is_told(tally: Tally) -> None:
    """Whatever the figures, each that is not zero stands in the lines and in the JSON object."""
    summary = summary_of(tally)
    text = "\n".join(terminal_lines(summary))
    told = as_json(summary)
    for status in Status:
        count = told[status.name.lower()]
        assert not count or f"  {status.value:20}{count:>12,}" in text
