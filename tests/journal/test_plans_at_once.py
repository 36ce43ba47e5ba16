"""Lists that are planned at once, long and short: no number comes into two groups, none is lost."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack, suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importer.journal.upkeep.checking import check
from tests.journal.long_plans import (
    NUMBERS,
    RUNNER,
    after_each_portion,
    in_small_portions,
    plan_as_a_run_does,
)
from tests.stores import new_store

SOME = st.lists(st.sampled_from(NUMBERS), unique=True, min_size=1, max_size=8)
SHORT = st.tuples(st.just("short"), SOME)
KILLED = st.tuples(st.just("killed"), SOME)
LONG = st.tuples(st.just("long"), SOME)
REMOVING = st.tuples(st.just("removing"), st.just(NUMBERS[:0]))
MEANWHILE = st.dictionaries(st.integers(1, 9), SHORT | LONG | KILLED | REMOVING, max_size=4)


@given(first=SOME, meanwhile=MEANWHILE, within=MEANWHILE, skips=st.booleans())
@settings(max_examples=30)
def test_any_lists_at_once(
    first: list[str],
    meanwhile: dict[int, tuple[str, list[str]]],
    within: dict[int, tuple[str, list[str]]],
    skips: bool,
) -> None:
    """Whatever is planned, killed or removed between the portions of a long list, and of others."""
    wanted: set[str] = set()
    names = count()
    with ExitStack() as held:
        patch = held.enter_context(pytest.MonkeyPatch.context())
        in_small_portions(patch)
        store = new_store("sqlite", Path(held.enter_context(tempfile.TemporaryDirectory())))

        def plan(depth: int, kind: str, phones: list[str]) -> None:
            """Plan a list as a run of its own, which others come between."""
            plans = (meanwhile, within, {})[depth]
            name = f"{kind}-{next(names)}"

            def between(portion: int) -> None:
                if kind == "killed" and portion == 2:
                    raise KeyboardInterrupt
                if portion in plans:
                    plan(depth + 1, *plans[portion])

            with suppress(KeyboardInterrupt), store.open() as journal:
                if kind == "removing":
                    journal.remove_abandoned_plans()
                    return
                after_each_portion(patch, journal, between)
                with journal.begin_run(RUNNER) as run:
                    plan_as_a_run_does(
                        journal,
                        run,
                        name,
                        phones,
                        is_long=kind != "short",
                        choice="skip" if skips else "ask",
                    )
                wanted.update(phones)

        plan(0, "long", first)
        with store.open() as journal:
            groups = [group for one in journal.batches() for group in journal.groups(one.id)]
            counts = Counter(n for one in groups for n in one.group.phones.split(","))
            journal.remove_abandoned_plans()
            wrong = [one for one in check(journal).findings if "rows of this batch" not in one]
    assert counts == dict.fromkeys(wanted, 1)
    assert wrong == []
