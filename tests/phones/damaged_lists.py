"""Lists that make strangers' numbers easily, of every kind, for every country of the corpus.

`python -m tests.phones.damaged_lists [KIND [SIZE...]]` prints per kind how many cells became a
wrong number, how many of those that can be read were, and the same of plain phonenumbers.
"""

import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType

from importer.phones import PhoneOptions, normalize
from tests.phones.damage_corpus import REGIONS
from tests.phones.operator_lists import _written as written
from tests.phones.operator_lists import numbers_of

SIZES = (1, 3, 10, 30, 300)
UNSETTLED = ("another region", "a digit lost or doubled")
"""How kinds begin where no digit tells a stranger's number from the one that was meant."""

REGION_KINDS = ("another region that fits", "the region that is right")
"""Kinds of lists with a region that takes all of their numbers."""

Cell = tuple[str, str]
"""A text, and the only number that it may become, "" for none."""


@dataclass(frozen=True, slots=True)
class DamagedList:
    """One column: its kind, its cells, and the country that is given for it."""

    kind: str
    cells: tuple[Cell, ...]
    country: str = ""
    """What the row's country cell holds."""
    region: str = ""
    """The default region."""


def damaged_lists(
    regions: Sequence[str] = REGIONS,
    sizes: Sequence[int] = SIZES,
    begin: str = "",
    leave_out: Sequence[str] = (),
) -> Iterator[DamagedList]:
    """Every kind, country and size, the same each time.

    Where `begin` is said, only kinds whose names begin so; kinds in `leave_out` are not made.
    """
    for region in regions:
        for size in sizes:
            rng = random.Random(f"{region}{size}")
            for kind, make in _KINDS.items():
                if kind in leave_out or not kind.startswith(begin):
                    continue
                yield from (one for one in make(kind, region, size, rng) if one.cells)


Maker = Callable[[str, str, int, random.Random], Iterator[DamagedList]]


def code_of(region: str) -> int:
    return phonenumbers.country_code_for_region(region)


def drawn(region: str, size: int, rng: random.Random) -> list[str]:
    pool = numbers_of(region)
    return rng.sample(pool, min(size, len(pool)))


def cells_of(region: str, nationals: Sequence[str], style: str) -> tuple[Cell, ...]:
    code = code_of(region)
    return tuple((written(code, one, style), f"{code}{one}") for one in nationals)


def _without_country(
    kind: str, region: str, size: int, rng: random.Random
) -> Iterator[DamagedList]:
    for style in ("home", "digits", "bare"):
        cells = cells_of(region, drawn(region, size, rng), style)
        yield DamagedList(f"{kind}, {style}", cells)


def _one_area(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    """Numbers of one town or operator, without a country: they are all alike abroad, or none."""
    nationals = drawn(region, 300, rng)
    first = nationals[0][:3]
    code = code_of(region)
    alike = _completed(region, first, size, rng)
    yield DamagedList(kind, tuple((one.lstrip("0"), f"{code}{one}") for one in alike))


def _completed(region: str, first: str, size: int, rng: random.Random) -> list[str]:
    code, length = code_of(region), len(numbers_of(region)[0])
    found: dict[str, None] = {}
    for _ in range(20 * size):
        one = first + "".join(rng.choices("0123456789", k=length - len(first)))
        if len(found) < size and phonenumbers.is_valid_number(
            phonenumbers.PhoneNumber(code, int(one), italian_leading_zero=one[0] == "0" or None)
        ):
            found[one] = None
    return list(found)


def _trunk_among_codes(
    kind: str, region: str, size: int, rng: random.Random
) -> Iterator[DamagedList]:
    nationals = drawn(region, size + 3, rng)
    cells = cells_of(region, nationals[3:], "code") + cells_of(region, nationals[:3], "digits")
    yield DamagedList(kind, cells, region=region)


def _few_without_code(
    kind: str, region: str, size: int, rng: random.Random
) -> Iterator[DamagedList]:
    nationals = drawn(region, size + 3, rng)
    few = max(1, min(3, size // 10))
    for style in ("plus", "code"):
        cells = cells_of(region, nationals[3:], style) + cells_of(region, nationals[:few], "bare")
        yield DamagedList(f"{kind}, the rest with {style}", cells)


def _another_region(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    length = len(numbers_of(region)[0])
    alike = [
        one
        for one in REGIONS
        if len(numbers_of(one)[0]) == length and code_of(one) != code_of(region)
    ]
    if alike:
        cells = cells_of(region, drawn(region, size, rng), "bare")
        yield DamagedList(kind, cells, region=rng.choice(alike))


def _another_fitting_region(
    kind: str, region: str, size: int, rng: random.Random
) -> Iterator[DamagedList]:
    """Lists of all that a wrong region would take as its own: nothing but the whole list tells."""
    for what, nationals in _some_of_each(region, size, rng):
        style = rng.choice(("bare", "digits"))
        cells = cells_of(region, nationals, style)
        taken = [one for one in REGIONS if _takes(one, cells) and code_of(one) != code_of(region)]
        if taken:
            yield DamagedList(f"{kind}: {what}", cells, region=rng.choice(taken))


def _the_right_region(
    kind: str, region: str, size: int, rng: random.Random
) -> Iterator[DamagedList]:
    """The same lists with their own region: how many are doubted without need."""
    for what, nationals in _some_of_each(region, size, rng):
        style = rng.choice(("bare", "digits"))
        yield DamagedList(f"{kind}: {what}", cells_of(region, nationals, style), region=region)


def _some_of_each(
    region: str, size: int, rng: random.Random
) -> Iterator[tuple[str, Sequence[str]]]:
    """Mobile numbers, fixed lines, both, and lists of two operators, of a town and of a province.

    Numbers whose first 0 is their own are left out: what a number cell leaves of them is another
    matter.
    """
    pool = [one for one in numbers_of(region) if one[0] != "0"]
    mobile = [one for one in pool if _kind(region, one) != PhoneNumberType.FIXED_LINE]
    fixed = [one for one in pool if _kind(region, one) == PhoneNumberType.FIXED_LINE]
    most = max(len(mobile), len(fixed))
    for what, some in (("mobile numbers", mobile), ("fixed lines", fixed)):
        if len(some) >= min(size, most):
            yield what, rng.sample(some, min(size, len(some)))
    if not mobile or not fixed:
        return
    yield (
        "both",
        rng.sample(mobile, min(size * 2 // 3, len(mobile)))
        + rng.sample(fixed, min(size // 3, len(fixed))),
    )
    for what, some, count, width in (
        ("two operators", mobile, 2, 3),
        ("one town", fixed, 1, 2),
        ("one province", fixed, 1, 1),
    ):
        beginnings = [one[:width] for one in rng.sample(some, count)]
        alike = [number for one in beginnings for number in _completed(region, one, size, rng)]
        same = [one for one in alike if _kind(region, one) == _kind(region, some[0])]
        if len(same) >= min(size, 10):
            yield what, rng.sample(same, min(size, len(same)))


def _kind(region: str, national: str) -> int:
    return phonenumbers.number_type(phonenumbers.PhoneNumber(code_of(region), int(national)))


def _takes(region: str, cells: Sequence[Cell]) -> bool:
    """Whether nine in ten cells are valid numbers of a region."""
    code, slips = str(code_of(region)), 0
    for text, _ in cells:
        slips += not _plain(text, region).startswith(code)
        if slips > 0.1 * len(cells):
            return False
    return True


def _slips(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    nationals = drawn(region, size + 1, rng)
    at = rng.randrange(2, len(nationals[0]))
    lost = rng.random() < 0.5
    slip = nationals[0][:at] + ("" if lost else nationals[0][at]) + nationals[0][at + lost :]
    cells = (*cells_of(region, nationals[1:], "bare"), (slip, ""))
    yield DamagedList(kind, cells, country=region)


def _with_country(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    for style in ("home", "digits", "bare", "code"):
        cells = cells_of(region, drawn(region, size, rng), style)
        yield DamagedList(f"{kind}, {style}", cells, country=region)


def _with_default(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    for style in ("home", "digits", "bare", "code"):
        cells = cells_of(region, drawn(region, size, rng), style)
        yield DamagedList(f"{kind}, {style}", cells, region=region)


def _not_understood(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    for style in ("plus", "zeros"):
        cells = cells_of(region, drawn(region, size, rng), style)
        yield DamagedList(f"{kind}, {style}", cells, country="Atlantis")


def _sum_below(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    if size < 3:
        return
    cells = cells_of(region, drawn(region, size, rng), "code")
    total = str(sum(int(text) for text, _ in cells))
    yield DamagedList(kind, (*cells, (total, "")), country=region)


def _trunk_after_code(
    kind: str, region: str, size: int, rng: random.Random
) -> Iterator[DamagedList]:
    plan = PhoneMetadata.metadata_for_region(region)
    trunk, code = plan.national_prefix if plan else None, code_of(region)
    if not trunk or region in {"US", "CA", "AR"}:
        return
    nationals = drawn(region, size, rng)
    for dress in ("+{} {}{}", "+{} ({}){}"):
        cells = tuple((dress.format(code, trunk, one), f"{code}{one}") for one in nationals)
        yield DamagedList(kind, cells)


def _dressed(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    dresses = ("M: {}", "Ph: {}", "Tlf. {}", "Cell#: {}", "{}.", "Mobile {}", "{} ::: {}")
    pairs = cells_of(region, drawn(region, size, rng), "plus")[:30]
    cells = tuple((rng.choice(dresses[:6]).format(text), number) for text, number in pairs)
    yield DamagedList(kind, cells)


def _no_phones(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    day = f"{rng.randint(1, 28):02} {rng.randint(1, 12):02} 19{rng.randint(50, 99)}"
    texts = [day, f"35{rng.randrange(10**13):013}", f"{rng.randrange(10**16):016}"]
    texts += [f"{rng.randint(10, 89)}.{rng.randrange(10**6):06}", "2021. 07. 09", "202106210821"]
    yield DamagedList(kind, tuple((text, "") for text in texts[:size]), country=region)


def _chinese(kind: str, region: str, size: int, rng: random.Random) -> Iterator[DamagedList]:
    if region not in {"US", "CA"}:
        return
    nationals = [one for one in drawn("CN", 400, rng) if len(one) == 11][:size]
    for style in ("bare", "home"):
        yield DamagedList(kind, cells_of("CN", nationals, style), region=region)


_KINDS: dict[str, Maker] = {
    "no country": _without_country,
    "no country and one area": _one_area,
    "trunk prefix among codes": _trunk_among_codes,
    "a few without their code": _few_without_code,
    "another region of equally long numbers": _another_region,
    "another region that fits": _another_fitting_region,
    "the region that is right": _the_right_region,
    "a digit lost or doubled": _slips,
    "country beside it": _with_country,
    "country by default": _with_default,
    "country not understood": _not_understood,
    "a sum below": _sum_below,
    "trunk prefix after the code": _trunk_after_code,
    "labels and signs around": _dressed,
    "no phone numbers": _no_phones,
    "Chinese mobiles in North America": _chinese,
}


@dataclass
class Figures:
    """What became of the cells of one kind."""

    cells: int = 0
    wrong: int = 0
    recovered: int = 0
    recoverable: int = 0
    examples: tuple[str, ...] = ()

    def add(self, text: str, got: str, truth: str) -> None:
        self.cells += 1
        self.recoverable += bool(truth)
        self.recovered += bool(truth) and got == truth
        if got and got != truth:
            self.wrong += 1
            self.examples = (*self.examples, f"{text} -> {got}, not {truth or 'a number'}")[:9]


def ours(some: Sequence[DamagedList]) -> list[list[str]]:
    """What the product makes of each cell of each list; lists of one default region at once."""
    found: list[list[str]] = [[] for _ in some]
    by_region: defaultdict[str, list[int]] = defaultdict(list)
    for at, one in enumerate(some):
        by_region[one.region].append(at)
    for region, places in by_region.items():
        rows = [
            (str(at), text, some[at].country, at) for at in places for text, _ in some[at].cells
        ]
        frame = pd.DataFrame(rows, columns=["column", "original", "region", "at"], dtype="str")
        lines = normalize(frame.assign(kind="text"), PhoneOptions(region=region or None)).lines
        numbers = lines.drop_duplicates("cell")["number"].tolist()
        for (_, _, _, at), number in zip(rows, numbers, strict=True):
            found[at].append(number)
    return found


def plainly(some: Sequence[DamagedList]) -> list[list[str]]:
    """What a script with phonenumbers would make of them."""
    return [[_plain(text, one.country or one.region) for text, _ in one.cells] for one in some]


def _plain(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region if len(region) == 2 else None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return re.sub(r"\D", "", phonenumbers.format_number(number, 0))


def measure(some: Sequence[DamagedList], came: list[list[str]]) -> dict[str, Figures]:
    """Count per kind."""
    figures: defaultdict[str, Figures] = defaultdict(Figures)
    for one, numbers in zip(some, came, strict=True):
        for (text, truth), got in zip(one.cells, numbers, strict=True):
            figures[one.kind].add(text, got, truth)
    return dict(figures)


def table(mine: dict[str, Figures], plain: dict[str, Figures]) -> str:
    """The figures for people."""
    lines = [
        f"{'':44}{'cells':>9}{'wrong':>8}{'recovered':>11}{'plain: wrong':>14}{'recovered':>11}"
    ]
    for kind, one in mine.items():
        other = plain[kind]
        least = max(1, one.recoverable)
        lines.append(
            f"{kind:44}{one.cells:>9,}{one.wrong:>8,}{one.recovered / least:>11.1%}"
            f"{other.wrong:>14,}{other.recovered / least:>11.1%}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sizes = [int(one) for one in sys.argv[2:]] or SIZES
    every = list(damaged_lists(sizes=sizes, begin=sys.argv[1] if len(sys.argv) > 1 else ""))
    answers = measure(every, ours(every))
    print(table(answers, measure(every, plainly(every))))
    for kind, one in answers.items():
        print(kind, *one.examples, sep="\n    ")
