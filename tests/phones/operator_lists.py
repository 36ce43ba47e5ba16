"""Lists as operators have them, made by code from the numbering plans, with what each cell means.

`python -m tests.phones.operator_lists [CELLS]` decides about so many cells and prints how many of a
million become a number that is not the one that was meant.
"""

import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pandas as pd
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberFormat

from tests.phones.damage_corpus import REGIONS

SIZES = (1, 1, 3, 3, 10, 10, 30, 30, 100, 300, 1_000, 5_000)
_POOL = 400
_SLIPS = 0.01
"""The share of cells with a digit lost or doubled: no number is right for them."""
STYLES = ("plus", "zeros", "code", "home", "digits", "bare", "bare", "grouped")
SAID = ("right", "right", "missing", "missing", "wrong")
MIXTURES = (0.0, 0.0, 0.05, 0.3)


@dataclass(frozen=True, slots=True)
class OperatorList:
    """Some cells of one column, and what the operator said of their country."""

    texts: tuple[str, ...]
    countries: tuple[str, ...]
    """What the country column says in each row."""
    truth: tuple[str, ...]
    """The number that each cell means, digits only; "" for a slip."""
    region: str
    column_said: str
    region_said: str
    style: str

    @property
    def kind(self) -> str:
        """How the country was given: what the cells were read with, in a word."""
        said = self.column_said if self.column_said != "missing" else self.region_said
        return f"country {said}"


@cache
def numbers_of(region: str) -> tuple[str, ...]:
    """National numbers of a region, mostly mobile ones, as long as the plan's example."""
    rng = random.Random(region)
    plan = PhoneMetadata.metadata_for_region(region)
    assert plan is not None
    code = phonenumbers.country_code_for_region(region)
    found: dict[str, None] = {}
    for kind, count in ((plan.mobile, _POOL), (plan.fixed_line, _POOL * 5 // 4)):
        pattern = re.compile((kind.national_number_pattern if kind else None) or "")
        head = (kind.example_number if kind else None) or ""
        size = len(head)
        for tries in range(20_000):
            if len(found) >= count:
                break
            first = head[:1] if tries > 4_000 else ""
            national = first + f"{rng.randrange(10 ** (size - len(first))):0{size - len(first)}}"
            if pattern.fullmatch(national) and _is_valid(code, national):
                found[national] = None
    return tuple(found)


def _is_valid(code: int, national: str) -> bool:
    number = _built(code, national)
    return number is not None and phonenumbers.is_valid_number(number)


def _built(code: int, national: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(f"+{code}{national}")
    except phonenumbers.NumberParseException:
        return None
    same = phonenumbers.format_number(number, PhoneNumberFormat.E164) == f"+{code}{national}"
    return number if same else None


def _written(code: int, national: str, style: str) -> str:
    number = _built(code, national)
    assert number is not None
    at_home = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    ways: dict[str, Callable[[], str]] = {
        "plus": lambda: phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        "zeros": lambda: f"00{code}{national}",
        "code": lambda: f"{code}{national}",
        "home": lambda: at_home,
        "digits": lambda: re.sub(r"\D", "", at_home),
        "bare": lambda: national.lstrip("0"),
        "grouped": lambda: at_home.removeprefix("0"),
    }
    return ways[style]()


def _slipped(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) // 2, len(text))
    return text[:at] + (text[at + 1 :] if rng.random() < 0.5 else text[at] + text[at:])


def made(rng: random.Random) -> OperatorList:
    """One list."""
    main, other, wrong = rng.sample(REGIONS, 3)
    share, count = rng.choice(MIXTURES), rng.choice(SIZES)
    column_said, region_said = rng.choice(SAID), rng.choice(SAID)
    style = rng.choice(STYLES)
    rows = []
    for _ in range(count):
        region = other if rng.random() < share else main
        national = rng.choice(numbers_of(region))
        code = phonenumbers.country_code_for_region(region)
        text, truth = _written(code, national, style), f"{code}{national}"
        if rng.random() < _SLIPS:
            text, truth = _slipped(text, rng), ""
        said = {"right": region, "wrong": wrong, "missing": ""}[column_said]
        rows.append((text, said, truth))
    if rng.random() < 0.5:
        rows.sort()
    texts, countries, truths = zip(*rows, strict=True)
    default = {"right": main, "wrong": wrong, "missing": ""}[region_said]
    return OperatorList(texts, countries, truths, default, column_said, region_said, style)


def lists(cells: int, seed: int = 1) -> Iterator[OperatorList]:
    """Lists of at least so many cells together, the same each time."""
    rng = random.Random(seed)
    while cells > 0:
        one = made(rng)
        cells -= len(one.texts)
        yield one


def frame_of(one: OperatorList) -> pd.DataFrame:
    """What reading gives of a list."""
    cells = {"sheet": "Sheet1", "column": "Phone", "original": one.texts, "kind": "text"}
    return pd.DataFrame({**cells, "region": one.countries}).astype("str")


@dataclass
class Figures:
    """What became of the cells of one kind of list."""

    lists: int = 0
    cells: int = 0
    wrong: int = 0
    right: int = 0
    slips: int = 0
    """Wrong ones that came of a slip."""

    @property
    def per_million(self) -> float:
        return 1e6 * self.wrong / max(1, self.cells)


Numbers = Callable[[pd.DataFrame, str], list[str]]


def measure(cells: int, numbers: Numbers, seed: int = 1) -> dict[tuple[str, str], Figures]:
    """Decide about lists by a function from a frame and a region to a number or "" per cell."""
    found: dict[tuple[str, str], Figures] = defaultdict(Figures)
    for one in lists(cells, seed):
        came = numbers(frame_of(one), one.region)
        size = "under 10" if len(one.texts) < 10 else "10 and more"
        figures = found[one.kind, size]
        figures.lists += 1
        figures.cells += len(came)
        for got, truth in zip(came, one.truth, strict=True):
            figures.wrong += bool(got) and got != truth
            figures.slips += bool(got) and not truth
            figures.right += bool(got) and got == truth
    return dict(found)


def table(found: dict[tuple[str, str], Figures]) -> str:
    """The figures for people."""
    lines = [f"{'':32}{'lists':>8}{'cells':>11}{'right':>9}{'wrong':>8}{'of slips':>10}"]
    lines[0] += f"{'per million':>13}"
    for (kind, size), one in sorted(found.items()):
        lines.append(
            f"{kind + ', ' + size:32}{one.lists:>8,}{one.cells:>11,}{one.right / one.cells:>9.1%}"
            f"{one.wrong:>8,}{one.slips:>10,}{one.per_million:>13,.0f}"
        )
    return "\n".join(lines)


def ours(cells: pd.DataFrame, region: str) -> list[str]:
    """What the product makes of each cell, "" where it gives none or several."""
    from importer.phones import PhoneOptions, normalize

    lines = normalize(cells, PhoneOptions(region=region or None)).lines
    numbers = [""] * len(cells)
    for cell, number in zip(lines["cell"], lines["number"], strict=True):
        numbers[cell] = number
    return numbers


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    print(table(measure(count, ours)))
