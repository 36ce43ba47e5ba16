"""What becomes of spreadsheets as they really are, in figures, beside a naive script."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd
import phonenumbers
import pytest

from importer.phones import normalize
from tests.phones.damage_corpus import REGIONS, Case, cases, digits

Answers = list[tuple[str, ...]]
RECOVERED_FLOOR = 0.98
"""Measured, less a little: a change that loses rows is to be noticed."""


@dataclass(frozen=True)
class Figures:
    wrong: list[tuple[Case, tuple[str, ...]]]
    recoverable: int
    recovered: int

    @property
    def share(self) -> float:
        return self.recovered / self.recoverable


def measure(corpus: Sequence[Case], answers: Answers) -> Figures:
    pairs = list(zip(corpus, answers, strict=True))
    return Figures(
        wrong=[(case, got) for case, got in pairs if got and got != case.truth],
        recoverable=sum(bool(case.truth) for case in corpus),
        recovered=sum(bool(case.truth) and got == case.truth for case, got in pairs),
    )


def ours(corpus: Sequence[Case]) -> Answers:
    """Decide about each case in a column of its own, where no other cell can help."""
    cells = pd.DataFrame(
        {
            "sheet": "Sheet1",
            "row": range(2, len(corpus) + 2),
            "column": [str(at) for at in range(len(corpus))],
            "original": [case.text for case in corpus],
            "kind": [case.kind for case in corpus],
            "region": [case.country for case in corpus],
        }
    )
    lines = normalize(cells).lines
    found: Answers = [()] * len(corpus)
    for cell, number in zip(lines["cell"], lines["number"], strict=True):
        found[cell] += (number,) if number else ()
    return found


def naive(corpus: Sequence[Case]) -> Answers:
    """Do what most scripts do: parse with the country as the default region, keep what is valid."""
    return [naive_number(case) for case in corpus]


def naive_number(case: Case) -> tuple[str, ...]:
    try:
        number = phonenumbers.parse(case.text, case.country if len(case.country) == 2 else None)
    except phonenumbers.NumberParseException:
        return ()
    return (digits(number),) if phonenumbers.is_valid_number(number) else ()


@pytest.fixture(scope="module")
def corpus() -> list[Case]:
    return list(cases())


def test_corpus_is_wide(corpus: list[Case]) -> None:
    """Hundreds of cases, over at least forty countries, with negative ones among them."""
    assert len(REGIONS) >= 40
    assert len(corpus) >= 500
    assert sum(not case.truth for case in corpus) >= 200
    assert all(case.why for case in corpus)


def test_never_a_wrong_number(corpus: list[Case], capsys: pytest.CaptureFixture[str]) -> None:
    """Silently wrong is 0; of what can be recovered nearly all is; a naive script does neither."""
    figures = measure(corpus, ours(corpus))
    beside = measure(corpus, naive(corpus))
    with capsys.disabled():
        print(table(len(corpus), {"importer": figures, "naive phonenumbers": beside}))
    assert figures.wrong == []
    assert figures.share >= RECOVERED_FLOOR
    assert beside.wrong


def table(count: int, rows: dict[str, Figures]) -> str:
    lines = [
        f"\n{count:,} damaged cells, {len(REGIONS)} countries",
        f"{'':20}{'silently wrong':>15}",
    ]
    lines[1] += f"{'recovered':>18}"
    for name, one in rows.items():
        recovered = f"{one.recovered:,} of {one.recoverable:,}"
        lines.append(f"{name:20}{len(one.wrong):>15,}{recovered:>18} {one.share:7.1%}")
    return "\n".join(lines)


@pytest.mark.parametrize("answer", [ours, naive])
def test_same_answer_each_time(answer: Callable[[Sequence[Case]], Answers]) -> None:
    """The figures don't depend on the run."""
    some = list(cases())[::50]
    assert answer(some) == answer(some)
