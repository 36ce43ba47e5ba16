"""How long phone numbers are kept: finished batches forget theirs, by hand or after some days.

Counts, groupIds, tokens and what a batch is known by stay, so that nothing is made twice. Whatever
is cut off is done again by the next call: the journal forgets by one commit, and remembers that its
bytes and the rows beside it are still to be cleaned.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from importer import masking
from importer.batch.input.long_lists import is_in_portions
from importer.batch.planned_settings import as_planned
from importer.batch.planning.forgotten_names import without_value
from importer.batch.planning.grouping import FORGOTTEN
from importer.batch.results import line_statuses
from importer.batch.results.summary import reasons
from importer.context import open_journal
from importer.errors import GateClosed, JournalError
from importer.file_names import list_stem
from importer.journal.forgetting import ForgottenBatch
from importer.model import ForgottenCounts, GroupState
from importer.results_columns import RESULTS_FORM, list_name
from importer.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from importer.context import Context
    from importer.journal import Journal
    from importer.model import Batch

DAY_MS = 24 * 60 * 60 * 1000
_GROUPS_AT_ONCE = 200
"""Groups whose numbers are read at once."""


@dataclass(frozen=True, slots=True)
class ForgetPlan:
    """What would be forgotten, and what is left for being unfinished."""

    forgotten: tuple[Batch, ...]
    left: tuple[Batch, ...]
    in_lists: tuple[Batch, ...] = ()
    """What is left because its numbers are those of a list that is kept in step."""

    @property
    def left_message(self) -> str:
        """Which batches keep their numbers and why; "" where none does."""
        sentences = []
        if self.left:
            names = ", ".join(one.id for one in self.left)
            sentences.append(
                f"Not finished, so left as it is: {names} (`importer resume` or `undo` finishes "
                "it)."
            )
        if self.in_lists:
            names = ", ".join(one.id for one in self.in_lists)
            sentences.append(
                f"In a list that is kept in step, so left as it is: {names} (`importer lists`)."
            )
        return " ".join(sentences)


def plan_forgetting(
    journal: Journal, *, before_ms: int | None = None, named: Sequence[str] = ()
) -> ForgetPlan:
    """Choose the batches that were last worked on before a moment, or named ones.

    A list and its corrections hold each other's rows, so they are forgotten together.
    """
    progress = journal.progress()
    forgotten: list[Batch] = []
    left: list[Batch] = []
    in_lists: list[Batch] = []
    needed = _needed_by_lists(journal)
    for chain in _correction_chains(journal):
        last_ms = max(progress[one.id].last_ms for one in chain)
        is_old = before_ms is not None and last_ms < before_ms
        if is_old or not {*named}.isdisjoint(one.id for one in chain):
            unfinished = any(progress[one.id].needs_numbers for one in chain)
            if not needed.isdisjoint(one.id for one in chain):
                in_lists.extend(chain)
            else:
                (left if unfinished else forgotten).extend(chain)
    return ForgetPlan(tuple(forgotten), tuple(left), tuple(in_lists))


def _needed_by_lists(journal: Journal) -> set[str]:
    """Return the batches without which a list could not be kept in step, or its newest undone."""
    needed = set()
    counts = journal.counts_by_state()
    newest: dict[tuple[str, str], str] = {}
    for one in [one for account in journal.accounts() for one in journal.list_batches(account)]:
        if one.undone_ms is None:
            newest[one.account, one.name] = one.batch
        if one.ended_ms is None or GroupState.CREATED in counts.get(one.batch, {}):
            needed.add(one.batch)
    return needed.union(newest.values())


def _correction_chains(journal: Journal) -> Collection[Sequence[Batch]]:
    """Return the batches that were not forgotten, each list with those that correct it."""
    chains: dict[str, list[Batch]] = defaultdict(list)
    for one in journal.batches():
        if one.forgotten_ms is None:
            chains[journal.correction_chain(one.id)[0]].append(one)
    return chains.values()


def forget(
    journal: Journal,
    batches: Sequence[Batch],
    now_ms: int,
    forgotten: Callable[[Batch], None] = lambda _: None,
) -> None:
    """Take the numbers of finished batches out of the journal and remove their rows beside it.

    The caller has the journal alone. `forgotten` hears of each batch once that is on disk.

    Raises:
        JournalError: the journal can't be written, or rows can't be removed; done again, it goes
            on.
    """
    by_list = defaultdict(list)
    for one in batches:
        by_list[journal.correction_chain(one.id)[0]].append(one)
    for together in by_list.values():
        journal.forget([_forgotten_batch(journal, one) for one in together], now_ms)
        for one in together:
            forgotten(one)
    clean(journal)


def clean(journal: Journal) -> None:
    """Finish what an earlier call, cut off, may have left: rows on disk, and bytes.

    Raises:
        JournalError: the journal can't be written, or rows can't be removed.
    """
    if journal.is_clean():
        return
    for one in journal.batches():
        if one.forgotten_ms is not None:
            journal.remove_rows(one.id)
    journal.clean()


def _forgotten_batch(journal: Journal, batch: Batch) -> ForgottenBatch:
    facts = journal.group_facts(batch.id)
    remains = counts_of(journal, batch)
    texts = [batch.file, remains.path, *_texts_in(json.loads(batch.settings))]
    for one in facts:
        texts += [one.group.remark, name_without_value(batch, one.group.name, one.group.country)]
    masked = masking_of(journal, batch, texts)
    return ForgottenBatch(
        batch.id,
        remains=replace(remains, path=masked(remains.path)).as_json(),
        settings=_masked_settings(batch, masked),
        file_name=masked,
        group_name=lambda name, country: masked(name_without_value(batch, name, country)),
        remark=masked,
        message=masking.without_digits,
    )


def masking_of(journal: Journal, batch: Batch, texts: Iterable[str]) -> Callable[[str], str]:
    """Return what hides the numbers of a list and of its corrections in some texts.

    The numbers are read a portion at a time, as a long list has more than memory holds.
    """
    sought = set().union(*map(masking.tails_in, texts))
    tails: set[str] = set()
    if sought:
        of_texts = pa.array(sorted(sought), pa.large_string())
        for phones in _phones_of_chain(journal, batch):
            numbers = pc.list_flatten(pc.split_pattern(pa.array(phones, pa.large_string()), ","))
            ends = pc.utf8_slice_codeunits(numbers, -masking.TAIL)
            tails.update(ends.filter(pc.is_in(ends, of_texts)).to_pylist())
    return partial(masking.without_numbers, tails=tails)


def _phones_of_chain(journal: Journal, batch: Batch) -> Iterator[list[str]]:
    for one in journal.correction_chain(batch.id):
        places = [facts.group.seq for facts in journal.group_facts(one)]
        for start in range(0, len(places), _GROUPS_AT_ONCE):
            some = journal.groups_at(one, places[start : start + _GROUPS_AT_ONCE])
            yield [record.group.phones for record in some]


def _texts_in(value: Any) -> Iterator[str]:
    """Give the texts of a batch's settings."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(one)


def name_without_value(batch: Batch, name: str, country: str) -> str:
    """Return the name of one of a batch's groups without values of the list.

    Raises:
        SettingsError: the journal is damaged: the batch's settings can't be read.
    """
    planned = as_planned(batch, Settings())
    fields = {"country": country, "batch": batch.id}
    stem = list_stem(Path(batch.file))
    # A corrected results workbook gives its groups the names of the list that it came from.
    names = (
        without_value(name, planned.name, planned.group_by, {**fields, "file": file})
        for file in (stem, list_name(stem, RESULTS_FORM))
    )
    return next((one for one in names if one != FORGOTTEN), FORGOTTEN)


def _masked_settings(batch: Batch, masked: Callable[[str], str]) -> str:
    """Hide a batch's own numbers in its settings: in the template of names, or a column's name."""

    def hide(value: Any) -> Any:
        if isinstance(value, list):
            return [hide(one) for one in value]
        return masked(value) if isinstance(value, str) else value

    return json.dumps({name: hide(value) for name, value in json.loads(batch.settings).items()})


def counts_of(journal: Journal, batch: Batch) -> ForgottenCounts:
    """Count a batch's rows as its results do; where they were lost, as far as its groups show."""
    try:
        if is_in_portions(batch):
            from importer.batch.large.recorded.results import forgotten_counts

            counts = forgotten_counts(journal, batch)
            if counts is not None:
                return counts
        return _counts_in_memory(journal, batch)
    except JournalError:
        skipped = len(journal.skipped(batch.id))
        groups = journal.chain_facts(batch.id)
        in_groups = sum(one.group.size for one in line_statuses.current_groups(groups))
        return ForgottenCounts(batch.file, "", in_groups + skipped, skipped, 0, {})


def _counts_in_memory(journal: Journal, batch: Batch) -> ForgottenCounts:
    rows, lines, _ = journal.load_rows(batch.id)
    groups = journal.chain_groups(batch.id)
    skipped = journal.skipped(batch.id)
    statuses = line_statuses.assign_statuses(lines, groups, skipped, journal.without_group(skipped))
    tally = line_statuses.tally(statuses, groups)
    return ForgottenCounts(
        path=str(rows.source.path),
        form=rows.source.form,
        rows=tally.rows,
        duplicate=tally.duplicate,
        rejected=tally.rejected,
        reasons=dict(reasons(statuses)),
    )


def forget_after_asking(
    context: Context, *, before_ms: int | None = None, named: Sequence[str] = ()
) -> list[str]:
    """Forget batches after asking, and return what to print. The caller has the journal alone.

    Raises:
        GateClosed: the operator does not agree, or nobody can be asked.
        JournalError: the journal can't be read or written, or rows can't be removed.
    """
    with open_journal(context) as journal:
        choice = plan_forgetting(journal, before_ms=before_ms, named=named)
        left = [choice.left_message] if choice.left_message else []
        if not choice.forgotten:
            clean(journal)
            return [*left, "Nothing was forgotten."]
        if not context.prompter.confirm(question(choice)):
            raise GateClosed(
                "Nothing was forgotten. Where nobody can be asked, --yes agrees: add it to the "
                "command."
            )
        forget(journal, choice.forgotten, context.now_ms)
    return [*left, f"Forgotten: {_names(choice.forgotten)}."]


def question(choice: ForgetPlan) -> str:
    """Say what would be forgotten and what that means, and ask."""
    return (
        f"The phone numbers of {_names(choice.forgotten)} would be removed from the journal, for "
        "good. The same list would still be recognised, but no single number of it: in another "
        "list, it would go into a new group. The files beside your lists stay. Forget them?"
    )


def _names(batches: Sequence[Batch]) -> str:
    names = ", ".join(f"{one.id} ({one.file})" for one in batches)
    return f"{'batch' if len(batches) == 1 else f'{len(batches)} batches:'} {names}"
