"""A list decided in parts comes to what the whole comes to, however it is cut and dealt out."""

from __future__ import annotations

import pickle
import random
from collections import defaultdict
from itertools import islice, pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from importer.phones import PhoneOptions, normalize
from importer.phones.blocks import decide_block, encode_block, survey_all
from importer.phones.list_facts import FactCounts, ListFacts
from importer.phones.options import Decided
from importer.phones.shares import Counts, Dealt, Places, count_share, deal
from tests.phones.bulk.test_agreement import frame, mixture
from tests.phones.damage_corpus import cases
from tests.phones.damaged_lists import damaged_lists
from tests.phones.operator_lists import frame_of, lists

if TYPE_CHECKING:
    from collections.abc import Sequence


def in_parts(
    cells: pd.DataFrame, options: PhoneOptions, cuts: Sequence[int], shares: int
) -> Decided:
    """Decide a frame cut at these rows, its evidence counted by so many shares."""
    bounds = [0, *cuts, len(cells)]
    parts = [
        (begin, cells.iloc[begin:end].reset_index(drop=True))
        for begin, end in pairwise(bounds)
        if end > begin
    ]
    facts = ListFacts()
    for attempt in range(4):
        counts = FactCounts(all_phones=options.bare_digits != "auto")
        for first, part in parts:
            encode_block(part, options, facts, first, counts)
        if not attempt:
            assert counts_apart(parts, options, facts).facts() == counts.facts()
        facts = counts.facts()
    places, dealt = Places(), []
    for first, part in parts:
        surveyed = survey_all(encode_block(part, options, facts, first), options)
        dealt.append(deal(surveyed, places, shares))
    found = Counts()
    for share in reversed(range(shares)):
        found.add(count_share(joined(dealt, share), share, shares, places, options))
    columns, sentences = found.columns(places)
    by_hand = options.bare_digits != "auto"
    decided = [
        decide_block(
            survey_all(encode_block(part, options, facts, first), options),
            None if by_hand else columns,
            options,
        )
        for first, part in parts
    ]
    for lines, (first, _) in zip(decided, parts, strict=True):
        lines["cell"] += first
    return Decided(pd.concat(decided, ignore_index=True), () if by_hand else sentences)


def counts_apart(
    parts: Sequence[tuple[int, pd.DataFrame]], options: PhoneOptions, facts: ListFacts
) -> FactCounts:
    """Count each part by itself, two in one process and one in another, and add up the counts."""
    all_phones = options.bare_digits != "auto"
    total = FactCounts(all_phones)
    for begin in range(0, len(parts), 2):
        start = parts[begin][0]
        here = FactCounts(all_phones, all_digits=True)
        for first, part in parts[begin : begin + 2]:
            encode_block(part, options, facts, first - start, here)
        total.merge(pickle.loads(pickle.dumps(here)), start)  # noqa: S301 - it is ours
    return total


def test_seconds_in_order_but_for_one_place() -> None:
    """Both parts of a column rise, but not one after the other: they are no seconds in order."""
    texts = [*IN_ORDER[:220], *IN_ORDER[80:]]
    parts = [(at, frame(texts[at : at + 110])) for at in range(0, 440, 110)]
    for some in (parts, parts[:2]):
        whole = FactCounts()
        for first, part in some:
            encode_block(part, PhoneOptions(), ListFacts(), first, whole)
        assert counts_apart(some, PhoneOptions(), ListFacts()).facts() == whole.facts()
        assert bool(whole.facts().kinds) == (some is not parts)


def joined(dealt: Sequence[Dealt], share: int) -> Dealt:
    kept = [one.shares == share for one in dealt]
    return Dealt(
        np.concatenate([one.shares[flags] for one, flags in zip(dealt, kept, strict=True)]),
        pa.concat_arrays(
            [one.texts.filter(pa.array(f)) for one, f in zip(dealt, kept, strict=True)]
        ),
        np.concatenate([one.kinds[flags] for one, flags in zip(dealt, kept, strict=True)]),
        np.concatenate([one.places[flags] for one, flags in zip(dealt, kept, strict=True)]),
    )


def assert_same(cells: pd.DataFrame, options: PhoneOptions | None = None, seed: int = 0) -> None:
    options = options or PhoneOptions()
    cells = cells.drop(columns="sheet", errors="ignore")
    whole = normalize(cells, options)
    rng = random.Random(seed)
    cuts = sorted(rng.randrange(len(cells) + 1) for _ in range(rng.choice([1, 3, 9])))
    cut = in_parts(cells, options, cuts, rng.choice([1, 2, 7]))
    assert cut.lines["cell"].tolist() == whole.lines["cell"].tolist()
    different = (cut.lines != whole.lines).any(axis=1)
    assert cut.lines[different].to_dict("records") == whole.lines[different].to_dict("records")
    assert cut.assumptions == whole.assumptions


@pytest.mark.parametrize(
    "options",
    [
        PhoneOptions(),
        PhoneOptions(region="CN"),
        PhoneOptions(region="US", strict="possible"),
        PhoneOptions(region="HK", bare_digits="national"),
        PhoneOptions(region="DE", bare_digits="international"),
    ],
    ids=repr,
)
def test_mixture(options: PhoneOptions) -> None:
    """Every region, type and form, near misses and junk, in two columns and in one."""
    cells = mixture(5, 1_200)
    assert_same(cells, options, 1)
    assert_same(cells.assign(column="Home", region=""), options, 2)


def test_damage_corpus() -> None:
    """All damaged cells, also those that hold several numbers, in one column."""
    corpus = list(cases())
    kinds, names = [case.kind for case in corpus], [case.country for case in corpus]
    cells = frame([case.text for case in corpus], names, kinds)
    assert_same(cells, seed=3)


@pytest.mark.parametrize("region", ["US", "HK"])
def test_damaged_lists(region: str) -> None:
    """Lists that make strangers' numbers easily, each a column, cut within each."""
    by_region: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for at, one in enumerate(damaged_lists([region], (3, 30))):
        by_region[one.region].extend((str(at), text, one.country) for text, _ in one.cells)
    for seed, (default, rows) in enumerate(by_region.items()):
        random.Random(seed).shuffle(rows)
        cells = pd.DataFrame(rows, columns=["column", "original", "region"], dtype="str")
        assert_same(cells.assign(kind="text"), PhoneOptions(region=default or None), seed)


def test_operators_lists() -> None:
    """Lists with a right, wrong or missing country, mixed and sorted."""
    for seed, one in enumerate(islice(lists(10**9, 5), 10)):
        if len(one.texts) <= 300:
            assert_same(frame_of(one), PhoneOptions(region=one.region or None), seed)


def test_digits_written_twice() -> None:
    """Digits count once in a column's evidence, as they are written last, also across parts."""
    rng = random.Random(3)
    texts = [*ITALIAN, *(f"{one[:3]} {one[3:]}" for one in ITALIAN[:40]), *ITALIAN[:20]]
    texts += ["".join(chr(0xFF10 + int(sign)) for sign in one) for one in ITALIAN[:30]]
    for seed in range(3):
        rng.shuffle(texts)
        for count in (25, len(texts)):
            kinds = rng.choices(["text", "number"], k=count)
            assert_same(frame(texts[:count], "IT", kinds), seed=seed)


ITALIAN = [f"39{at % 3 + 320}{at * 7_919 % 10**7:07}" for at in range(90)]
DAYS = [f"2024{month:02}{day:02}" for month in range(1, 13) for day in range(1, 29)]
SECONDS = [str(1_700_000_000 + 7_919 * at * at % 20_000_000) for at in range(300)]
IN_ORDER = [str(1_600_000_000 + 200_000 * at) for at in range(300)]
ARTICLES = ["4006381333931", "9780306406157", "5901234123457", "4012345678901", "7612345678900"]
NUMBERS = [f"3575{at:04}" for at in range(300)]
ROUNDED = [*NUMBERS[:60], *(f"85235{at:02}00000" for at in range(5))]


@pytest.mark.parametrize(
    "texts",
    [
        DAYS,
        DAYS[:200] + NUMBERS[:5],
        DAYS[:250] + NUMBERS[:90],
        NUMBERS[:150] + DAYS * 12,
        SECONDS,
        IN_ORDER,
        IN_ORDER[::-1],
        [*IN_ORDER, IN_ORDER[0]],
        [*SECONDS, "1999999999"],
        ARTICLES * 30,
        [*ARTICLES * 30, *NUMBERS],
        ROUNDED,
        ROUNDED + NUMBERS * 4,
        ["852357510000000", "852357510000000"],
        [*NUMBERS, str(sum(map(int, NUMBERS)))],
        [*NUMBERS, str(sum(map(int, NUMBERS)) + 1)],
        [*NUMBERS, "35750149"],
        [str(1_700_000_000_000 + 91 * at * at) for at in range(300)],
        [*NUMBERS[:2], "a", f" {sum(map(int, NUMBERS[:2])):,} "],
    ],
    ids=range(19),
)
def test_other_digits_of_the_whole_list(texts: list[str]) -> None:
    """Days, seconds, article numbers, lost digits and sums are known by all parts together."""
    for seed, options in enumerate(
        (PhoneOptions(region="HK"), PhoneOptions("HK", bare_digits="national"))
    ):
        assert_same(frame(texts), options, seed)
