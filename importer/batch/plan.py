"""From verdicts to a batch in the journal: the gates, what was done before, the new plan."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import pandas as pd

from importer.batch import fingerprint as fingerprints
from importer.batch import grouping
from importer.batch.preview import preview
from importer.columns.buffers import texts_of
from importer.columns.matching import is_among
from importer.errors import SettingsError
from importer.masking import masked
from importer.model import Batch, Group, GroupRecord, GroupState, Known, Rows
from importer.plurals import counted, plural
from importer.settings import merge

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from importer.batch.grouping import NameParts
    from importer.columns.matching import Flags
    from importer.context import Context, Job, Progress
    from importer.journal import Journal
    from importer.settings import Settings

_PLANNED_BY = ("region", "group_by", "group_size", "name", "strict", "max_rejects")
"""The settings that results tell and that a batch keeps from its plan on."""


@dataclass(frozen=True, slots=True)
class NormalizedFile:
    """A file as far as its verdicts: what `check` and `run` have in common."""

    rows: Rows
    lines: pd.DataFrame
    """`number`, `country`, `type`, `reason` and `status` of each line of `rows`."""
    assumptions: tuple[str, ...] = ()
    """How numbers without country code were read, a sentence each."""
    lost: str = ""
    """Why the rows are only the numbers of the groups; "" where they are the input's."""


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """A batch to go on with, or why there is none."""

    batch: Batch | None
    notes: tuple[str, ...] = ()
    problem: str = ""
    planned_now: bool = False
    """Whether this run has planned the batch, and not an earlier one."""


def check_template(job: Job) -> None:
    """Refuse a bad --name before a long file is read.

    Raises:
        SettingsError: the template can't be used.
    """
    try:
        grouping.check_template(job.settings.name, job.context.now.date())
    except grouping.TemplateError as error:
        raise SettingsError(f"--name: {error}.") from error


def too_many_groups(groups: int, settings: Settings) -> str:
    """Say why a plan may not be sent for its size, or "" where it may."""
    if groups <= settings.max_groups:
        return ""
    return (
        f"Nothing was sent: it would make {groups:,} groups, more than the "
        f"{settings.max_groups:,} that --max-groups allows."
    )


def find_or_plan(
    journal: Journal, job: Job, normalized: NormalizedFile, progress: Progress
) -> PlanOutcome:
    """Find the batch that this list was planned as before, or plan it now.

    Raises:
        SettingsError: --again, --name or --group-by does not fit this file.
        JournalError: the journal can't be read or written.
    """
    corrects = normalized.rows.source.corrects
    if corrects and job.settings.again:
        raise SettingsError(
            f"{job.path.name} is a results workbook, of which only what was corrected is sent: "
            "--again is for the list itself."
        )
    numbers = grouping.accepted_numbers(normalized.lines)
    fingerprint = fingerprints.fingerprint(numbers)
    seen = journal.batch_count()
    batch = journal.find(fingerprint, job.context.account)
    if batch is not None and (not job.settings.again or _was_cut_off(journal, batch)):
        return PlanOutcome(batch, (_told_before(journal, batch, job.context),))
    problem = _again_problem(journal, batch, job) or _other_account_problem(journal, numbers, job)
    if problem:
        return PlanOutcome(None, problem=problem)
    # What became of the corrected batch's numbers stays as it is; nobody has to decide about them.
    own = journal.settled_numbers(journal.correction_chain(corrects))
    own = own[_is_among(own, numbers)]
    known = journal.known_numbers(job.context.account, but=fingerprint)
    known = known[_is_among(known, numbers) & ~_is_among(known, own["number"])]
    choice = _known_choice(known, job)
    if choice is None:
        return PlanOutcome(None, problem=f"Nothing was sent: {_known_problem(known)}")
    skip = pd.concat([own, known]) if choice == "skip" else own
    planning = _Planning(fingerprint, skip, seen, None if batch is None else batch.id)
    return _plan(journal, job, normalized, planning, progress)


@dataclass(frozen=True, slots=True)
class _Planning:
    """What was found out about a list before it is planned."""

    fingerprint: str
    skip: pd.DataFrame
    """Numbers to leave out, each with the group that it is in."""
    seen: int
    """How many batches the journal had then."""
    earlier: str | None
    """The batch of the same list that --again makes once more."""


def _is_among(lines: pd.DataFrame, numbers: pd.Series) -> Flags:
    """Return which lines have one of these numbers."""
    return is_among(texts_of(lines["number"]), texts_of(numbers))


def _told_before(journal: Journal, batch: Batch, context: Context) -> str:
    before = datetime.fromtimestamp(batch.created_ms / 1000, context.now.tzinfo)
    note = f"This list was begun on {before:%Y-%m-%d at %H:%M} from {batch.file}"
    if _is_finished(journal.chain_groups(batch.id)):
        return f"{note}: its results are shown, no group was made (--again makes new ones)."
    return f"{note}: it is continued as it was planned then."


def _is_finished(groups: Sequence[GroupRecord]) -> bool:
    return not any(one.state.is_unfinished for one in groups)


def _was_cut_off(journal: Journal, batch: Batch) -> bool:
    """Whether a batch that --again made is unfinished: then the same command goes on with it."""
    groups = journal.groups(batch.id)
    undone = any(one.state.is_in_undo for one in groups)
    return bool(json.loads(batch.settings).get("again")) and not (undone or _is_finished(groups))


def _known_choice(known: pd.DataFrame, job: Job) -> str | None:
    if known.empty:
        return "allow"
    if job.settings.known != "ask":
        return job.settings.known
    return job.context.prompter.known(_known_problem(known))


def _known_problem(known: pd.DataFrame) -> str:
    batches = known["batch"].unique()
    some = ", ".join(batches[:3]) + (" and others" if len(batches) > 3 else "")
    are = plural(len(known), "number is", "numbers are")
    return (
        f"{len(known):,} {are} already in groups of earlier batches ({some}); --known skip "
        "leaves them out, --known allow puts them into new groups as well."
    )


def _plan(
    journal: Journal,
    job: Job,
    normalized: NormalizedFile,
    planning: _Planning,
    progress: Progress,
) -> PlanOutcome:
    """Cut the accepted numbers into groups, show them, and record them before anything is sent."""
    context = job.context
    created_ms = journal.moment_for(planning.fingerprint, context.account, context.now_ms)
    batch = Batch(
        id=fingerprints.batch_id(secrets.token_bytes(5)),
        fingerprint=planning.fingerprint,
        account=context.account,
        file=job.path.name.encode(errors="replace").decode(),
        created_ms=created_ms,
        settings=json.dumps(asdict(job.settings), default=str),
        corrects=normalized.rows.source.corrects,
    )
    lines = normalized.lines
    if not planning.skip.empty:
        lines = lines[~_is_among(lines, planning.skip["number"])]
    groups = make_groups(
        job,
        normalized,
        lines,
        batch.id,
        partial(_next_number, journal, job),
        size_limit=journal.learned_group_size(context.account),
    )
    problem = too_many_groups(len(groups), job.settings)
    if problem:
        return PlanOutcome(None, problem=problem)
    show_preview(normalized, lines, groups, progress)
    _tell_forgotten(journal, context, progress)
    new = new_journal_note(journal, context)
    if new:
        progress.note(new)
    if groups and not _agreed(journal, job, groups, planning.earlier, new):
        return PlanOutcome(None, problem="Nothing was sent, as you said.")
    journal.plan(batch, groups, list(_known_groups(planning.skip)), seen=planning.seen)
    return PlanOutcome(batch, planned_now=True)


def _agreed(
    journal: Journal, job: Job, groups: Sequence[Group], earlier: str | None, new: str
) -> bool:
    """Ask whether to send; where the list was sent before, Enter alone says no."""
    question = f"Make {_count(groups)} at {_where(job)}?"
    in_groups = 0
    if earlier is not None:
        in_groups = sum(
            one.group.size for one in journal.chain_groups(earlier) if one.state.is_at_vendor
        )
    if in_groups:
        are = plural(in_groups, "number is", "numbers are")
        question = (
            f"{in_groups:,} {are} in groups already (batch {earlier}), and would be in two groups "
            f"each. {question}"
        )
    return job.context.prompter.send(f"{new} {question}".strip(), default=not in_groups)


def new_journal_note(journal: Journal, context: Context) -> str:
    """Say that nothing is known of earlier lists, where that is so; "" elsewhere."""
    if context.credentials is None or not journal.is_new():
        return ""
    return f"A new journal was begun at {journal.path}: nothing is known of earlier lists."


def _next_number(journal: Journal, job: Job, names: Collection[NameParts]) -> int:
    """Return where the numbers in group names go on, so that no name is given twice."""
    return journal.highest_number(job.context.account, names) + 1


def _again_problem(journal: Journal, batch: Batch | None, job: Job) -> str:
    """Say why --again is refused where the list's batch is not finished, or ""."""
    if batch is None or not job.settings.again:
        return ""
    groups = [one for one in journal.groups(batch.id) if one.state.has_numbers]
    if not any(one.state.is_unfinished for one in groups):
        return ""
    made = sum(one.state is GroupState.CREATED for one in groups)
    return (
        f"Nothing was sent: {made:,} of {counted(len(groups), 'group')} of this list are made, and "
        f"batch {batch.id} is not finished: run it without --again."
    )


def _other_account_problem(journal: Journal, numbers: pd.Series, job: Job) -> str:
    """Say why nothing is sent where numbers are in groups of another account, or ""."""
    context = job.context
    if job.settings.known == "allow":
        return ""
    fingerprint = fingerprints.fingerprint(numbers)
    others = [one for one in journal.accounts() if one != context.account]
    found = {
        one: batch.id for one in others if (batch := journal.find(fingerprint, one)) is not None
    }
    count = len(numbers) if found else 0
    if others and not found:
        known = journal.known_numbers(context.account, but=fingerprint, of_others=True)
        known = known[_is_among(known, numbers)]
        count = len(known)
        of_batch = {one.id: one.account for one in journal.batches()} if count else {}
        found = {of_batch[batch]: batch for batch in known["batch"].unique()}
    if not count:
        return ""
    account, batch_id = next(iter(found.items()))
    are = plural(count, "number is", "numbers are")
    problem = (
        f"{count:,} {are} in groups of another account of this journal ('{account}', batch "
        f"{batch_id}). If that is the same account, with a new key or another address, set "
        f'IMPORTER_ACCOUNT="{account}"; if it is not, --known allow makes new groups.'
    )
    if context.prompter.accept(f"{problem} Make new groups at this account?"):
        return ""
    return f"Nothing was sent: {problem}"


def _tell_forgotten(journal: Journal, context: Context, progress: Progress) -> None:
    """Say what can't be told any more about numbers that are in groups already."""
    when = journal.forgotten(context.account)
    if when:
        last = datetime.fromtimestamp(when[-1] / 1000, context.now.tzinfo)
        progress.note(
            f"{counted(len(when), 'earlier batch', 'earlier batches')} forgot "
            f"{plural(len(when), 'its', 'their')} numbers, last on {last:%Y-%m-%d}: whether a "
            "number here is in one of their groups can't be told."
        )


def as_planned(batch: Batch, settings: Settings) -> Settings:
    """Return the settings with those that a batch was planned with, whatever they are today.

    Raises:
        SettingsError: the journal is damaged, so that a value is none.
    """
    planned = json.loads(batch.settings)
    values = {name: planned[name] for name in _PLANNED_BY if name in planned}
    if values.get("region", "") is None:
        del values["region"]
        settings = replace(settings, region=None)
    return merge(settings, values, f"The journal is damaged: of the settings of batch {batch.id}, ")


def show_preview(
    normalized: NormalizedFile, lines: pd.DataFrame, groups: Sequence[Group], progress: Progress
) -> None:
    """Say what would be done; where it goes to a log, with the numbers masked."""
    for line in preview(normalized.rows, lines, groups, normalized.assumptions):
        progress.note(masked(line) if progress.is_log else line)


def _count(groups: Sequence[Group]) -> str:
    numbers = sum(group.size for group in groups)
    return f"{counted(len(groups), 'group')} of {counted(numbers, 'number')}"


def _where(job: Job) -> str:
    who = job.context.credentials
    return who.url if who else "the sandbox"


def _known_groups(skip: pd.DataFrame) -> Iterator[Known]:
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
    plan = grouping.GroupingOptions(
        batch=batch,
        file=job.path.stem,
        date=job.context.now.date(),
        size=min(job.settings.group_size, size_limit or job.settings.group_size),
        by=job.settings.group_by,
        name=job.settings.name,
        remark=job.settings.remark,
    )
    try:
        return grouping.make_groups(
            lines, plan, _group_values(normalized, job.settings.group_by), first_number
        )
    except grouping.TemplateError as error:
        raise SettingsError(f"--name: {error}.") from error


def _group_values(normalized: NormalizedFile, by: str) -> pd.Series | None:
    """Return the column to group by, where it is one of the input's."""
    if by in {"country", "none"}:
        return None
    extras = normalized.rows.extras
    if by not in extras:
        there = ", ".join(f"'{name}'" for name in extras) or "no other"
        raise SettingsError(
            f"--group-by {by}: {normalized.rows.source.path.name} has no column of this name; "
            f"there is {there}."
        )
    return _as_shown(extras[by])


def _as_shown(values: pd.Series) -> pd.Series:
    """Return a column's texts as the sheet shows them: a whole number without `.0`."""
    if values.dtype.kind == "f":
        return values.map("{:.15g}".format, na_action="ignore").astype("str").fillna("")
    return values.astype("str").fillna("")
