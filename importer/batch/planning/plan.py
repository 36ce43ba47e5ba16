"""From verdicts to a batch in the journal: the gates, what was done before, the new plan."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from importer.batch.planning import fingerprint as fingerprints
from importer.batch.planning import grouping
from importer.batch.planning.duration import sending_line
from importer.batch.planning.list_to_plan import IN_PORTIONS
from importer.batch.planning.preview import preview
from importer.batch.planning.send_question import (
    again_problem,
    agreed_to_send,
    kept_in_step_problem,
    known_choice,
    known_problem,
    new_journal_note,
    note_forgotten,
    other_account_problem,
)
from importer.errors import PlanOvertaken, SettingsError
from importer.masking import masked
from importer.model import Batch, Group, GroupRecord, Known
from importer.moments import zone_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from importer.batch.input.normalized_file import NormalizedFile
    from importer.batch.planning.grouping import NameParts
    from importer.batch.planning.list_to_plan import ListToPlan
    from importer.context import Context, Job, Progress
    from importer.journal import Journal
    from importer.journal.run import Run
    from importer.settings import Settings


MOST_LOOKS = 20
"""How often a list is looked up anew because other runs plan theirs meanwhile."""


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """A batch to go on with, or why there is none."""

    batch: Batch | None
    notes: tuple[str, ...] = ()
    problem: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    """The settings that would let it be sent, where any would."""
    planned_now: bool = False
    """Whether this run has planned the batch, and not an earlier one."""


def size_gate(groups: int, settings: Settings) -> tuple[str, Mapping[str, Any]]:
    """Return why a plan may not be sent for its size, and the settings that would let it.

    Nothing of either where it may.
    """
    if groups <= settings.max_groups:
        return "", {}
    problem = (
        f"Nothing was sent: it would make {groups:,} groups, more than the "
        f"{settings.max_groups:,} that {settings.origin('max_groups')} allows."
    )
    return problem, {"max_groups": groups}


def find_or_plan(
    journal: Journal, job: Job, listed: ListToPlan, progress: Progress, run: Run
) -> PlanOutcome:
    """Find the batch that this list was planned as before, or plan it now; `run` holds it then.

    Where another run has planned a list meanwhile, or was waited for, all is looked up anew: the
    same list begun by two runs at the same moment is one batch, and no number is planned by both.

    Raises:
        SettingsError: --again, --name or --group-by does not fit this file.
        JournalLocked: another run works on the batch.
        JournalError: the journal can't be read or written.
    """
    for _ in range(MOST_LOOKS):
        try:
            planned = _find_or_plan(journal, job, listed, progress, run)
        except PlanOvertaken:
            continue
        if planned.batch is None or planned.batch.forgotten_ms is not None:
            return planned
        waited = run.take(journal.correction_chain(planned.batch.id))
        if planned.planned_now or not (waited or _is_gone(journal, planned.batch)):
            return planned
    return _find_or_plan(journal, job, listed, progress, run)


def _is_gone(journal: Journal, batch: Batch) -> bool:
    """Whether a batch was undone or forgotten since it was found."""
    return journal.is_undone(batch.id) or journal.is_forgotten(batch.id)


def _find_or_plan(
    journal: Journal, job: Job, listed: ListToPlan, progress: Progress, run: Run
) -> PlanOutcome:
    if listed.corrects and job.settings.again:
        raise SettingsError(
            f"{job.path.name} is a results workbook, of which only what was corrected is sent: "
            "--again is for the list itself: run that file with it."
        )
    fingerprint = listed.fingerprint
    seen = journal.plannings(job.context.account)
    batch = journal.find(fingerprint, job.context.account)
    member = None if batch is None else journal.list_batch(batch.id)
    if member is not None and not job.settings.again:
        return PlanOutcome(None, problem=kept_in_step_problem(member, job))
    if batch is not None and (not job.settings.again or _was_cut_off(journal, batch)):
        return PlanOutcome(batch, (_earlier_note(journal, batch, job.context),))
    problem = again_problem(journal, batch, job) or other_account_problem(journal, listed, job)
    if problem:
        return PlanOutcome(None, problem=problem)
    known = listed.find_known(journal, job.context.account)
    choice = known_choice(known, job)
    if choice is None:
        return PlanOutcome(
            None, problem=f"Nothing was sent: {known_problem(known)}", changes={"known": "skip"}
        )
    earlier = None if batch is None else batch.id
    planning = _Planning(seen, earlier, skip_known=choice == "skip")
    return _plan(journal, job, listed, planning, progress, run)


@dataclass(frozen=True, slots=True)
class _Planning:
    """What was found out about a list before it is planned."""

    seen: int
    """What `Journal.plannings` said then."""
    earlier: str | None
    """The batch of the same list that --again makes once more."""
    skip_known: bool
    """Whether numbers that other batches have in groups are left out."""


def _earlier_note(journal: Journal, batch: Batch, context: Context) -> str:
    before = datetime.fromtimestamp(batch.created_ms / 1000, context.now.tzinfo)
    when = f"{before:%Y-%m-%d at %H:%M} {zone_of(before)}"
    note = f"This list was begun on {when} from {batch.file}"
    if _is_finished(journal.chain_facts(batch.id)):
        return f"{note}: its results are shown, no group was made (--again makes new ones)."
    return f"{note}: it is continued as it was planned then."


def _is_finished(groups: Sequence[GroupRecord]) -> bool:
    return not any(one.state.is_unfinished for one in groups)


def _was_cut_off(journal: Journal, batch: Batch) -> bool:
    """Whether a batch that --again made is unfinished: then the same command goes on with it."""
    groups = journal.group_facts(batch.id)
    undone = any(one.state.is_in_undo for one in groups)
    return bool(json.loads(batch.settings).get("again")) and not (undone or _is_finished(groups))


def _plan(
    journal: Journal,
    job: Job,
    listed: ListToPlan,
    planning: _Planning,
    progress: Progress,
    run: Run,
) -> PlanOutcome:
    """Cut the accepted numbers into groups, show them, and record them before anything is sent."""
    context = job.context
    marks = {IN_PORTIONS: True} if listed.in_portions else {}
    created_ms = journal.moment_for(listed.fingerprint, context.account, context.now_ms)
    batch = Batch(
        id=fingerprints.batch_id(secrets.token_bytes(5)),
        fingerprint=listed.fingerprint,
        account=context.account,
        file=job.path.name.encode(errors="replace").decode(),
        created_ms=created_ms,
        settings=json.dumps(job.settings.values() | marks, default=str),
        corrects=listed.corrects,
    )
    learned = None if job.settings.any_size else journal.learned_group_size(context.account)
    groups = listed.make_groups(
        job,
        batch.id,
        partial(next_number, journal, job),
        size_limit=learned,
        skip_known=planning.skip_known,
    )
    problem, changes = size_gate(len(groups), job.settings)
    if problem:
        return PlanOutcome(None, problem=problem, changes=changes)
    listed.show(groups, job.settings, progress)
    note_forgotten(journal, context, progress)
    new = new_journal_note(journal, context)
    if new:
        progress.note(new)
    if groups and not agreed_to_send(journal, job, groups, planning.earlier):
        return PlanOutcome(None, problem="Nothing was sent, as you said.")

    listed.prepare(groups)
    notes = listed.record(journal, batch, groups, run, planning.seen)
    return PlanOutcome(batch, (*_size_notes(job.settings, learned), *notes), planned_now=True)


def _size_notes(settings: Settings, learned: int | None) -> tuple[str, ...]:
    """Say that groups are smaller than was asked for, where the account has refused larger ones."""
    if learned is None or learned >= settings.group_size:
        return ()
    return (
        f"The groups have at most {learned:,} numbers and not {settings.group_size:,}, because "
        "this account refused larger ones before; --any-size tries larger ones again.",
    )


def next_number(journal: Journal, job: Job, names: Collection[NameParts]) -> int:
    """Return where the numbers in group names go on, so that no name is given twice."""
    return journal.highest_number(job.context.account, names) + 1


def show_preview(
    normalized: NormalizedFile,
    lines: pd.DataFrame,
    groups: Sequence[Group],
    settings: Settings,
    progress: Progress,
) -> None:
    """Say what would be done; where it goes to a log, with the numbers masked."""
    text = preview(normalized.rows, lines, groups, normalized.assumptions, settings.set_by_file)
    sent = min(len(groups), settings.limit_groups or len(groups))
    for line in (*text, *sending_line(sent, settings.rate)):
        progress.note(masked(line) if progress.is_log else line)


def known_groups(skip: pd.DataFrame) -> Iterator[Known]:
    """Return numbers that are left out, by the groups that they are in."""
    for _, members in skip.groupby(["batch", "seq"], sort=False):
        first = members.iloc[0]
        phones = ",".join(members["number"])
        yield Known(first["batch"], int(first["seq"]), first["group_name"], phones)


def make_groups(
    job: Job,
    normalized: NormalizedFile,
    lines: pd.DataFrame,
    batch: str,
    first_number: Callable[[Collection[NameParts]], int] = lambda _: 1,
    *,
    size_limit: int | None = None,
) -> list[Group]:
    """Cut accepted lines into groups as the settings say.

    `size_limit` is the most numbers of a group that the account takes, None where not known.

    Raises:
        SettingsError: --name or --group-by does not fit this file.
    """
    plan = grouping_options(job, batch, size_limit)
    try:
        return grouping.make_groups(
            lines, plan, _group_values(normalized, job.settings), first_number
        )
    except grouping.TemplateError as error:
        raise SettingsError(f"{job.settings.origin('name')}: {error}.") from error


def group_keys(job: Job, normalized: NormalizedFile) -> pd.Series:
    """Return for each line what it has in common with its group's other lines.

    Raises:
        SettingsError: --group-by does not fit this file.
    """
    if job.settings.group_by == "country":
        return normalized.lines["country"]
    values = _group_values(normalized, job.settings)
    if values is None:
        return pd.Series("", index=normalized.lines.index, dtype="str")
    return values


def grouping_options(
    job: Job, batch: str, size_limit: int | None = None
) -> grouping.GroupingOptions:
    """Return how a job's numbers become groups; see `make_groups`."""
    return grouping.GroupingOptions(
        batch=batch,
        file=job.list_name,
        date=job.context.now.date(),
        size=min(job.settings.group_size, size_limit or job.settings.group_size),
        by=job.settings.group_by,
        name=job.settings.name,
        remark=job.settings.remark,
    )


def ensure_column(settings: Settings, columns: Collection[str], file: str) -> None:
    """Make sure that the column to group by, if it is one, is among a list's.

    Raises:
        SettingsError: it is not.
    """
    by = settings.group_by
    if grouping.groups_by_column(by) and by not in columns:
        there = ", ".join(f"'{name}'" for name in columns) or "no other"
        raise SettingsError(
            f"{settings.origin('group_by')} is '{by}', but {file} has no column of this name; "
            f"there is {there}."
        )


def _group_values(normalized: NormalizedFile, settings: Settings) -> pd.Series | None:
    """Return the column to group by, where it is one of the input's."""
    by = settings.group_by
    if not grouping.groups_by_column(by):
        return None
    extras = normalized.rows.extras
    ensure_column(settings, [str(name) for name in extras], normalized.rows.source.path.name)
    return _as_shown(extras[by])


def _as_shown(values: pd.Series) -> pd.Series:
    """Return a column's texts as the sheet shows them: a whole number without `.0`."""
    if values.dtype.kind == "f":
        return values.map("{:.15g}".format, na_action="ignore").astype("str").fillna("")
    return values.astype("str").fillna("")
