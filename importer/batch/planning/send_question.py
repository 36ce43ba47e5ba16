"""What is asked before anything is sent, and what is said where nobody can be asked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from importer.columns.buffers import texts_of
from importer.columns.matching import is_among
from importer.model import Batch, Group, GroupState
from importer.plurals import counted, plural, share_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from importer.batch.planning.list_to_plan import KnownNumbers, NumbersToPlan
    from importer.columns.matching import Flags
    from importer.context import Context, Job, Progress
    from importer.journal import Journal
    from importer.model import ListBatch


def lines_with(lines: pd.DataFrame, numbers: pd.Series) -> Flags:
    """Return which lines have one of these numbers."""
    return is_among(texts_of(lines["number"]), texts_of(numbers))


def known_choice(known: KnownNumbers, job: Job) -> str | None:
    """Return `skip` or `allow` for known numbers; None where nobody decides, so nothing is sent."""
    if not known.count:
        return "allow"
    if job.settings.known != "ask":
        return job.settings.known
    return job.context.prompter.known(f"{_known_numbers(known)}.")


def known_problem(known: KnownNumbers) -> str:
    """Say which batches have put numbers into groups already, and what may be done."""
    return (
        f"{_known_numbers(known)}; --known skip leaves them out, --known allow puts them into new "
        "groups as well."
    )


def _known_numbers(known: KnownNumbers) -> str:
    some = ", ".join(known.batches[:3]) + (" and others" if len(known.batches) > 3 else "")
    are = plural(known.count, "number is", "numbers are")
    return f"{known.count:,} {are} already in groups of earlier batches ({some})"


def agreed_to_send(
    journal: Journal, job: Job, groups: Sequence[Group], earlier: str | None
) -> bool:
    """Ask whether to send; where the list was sent before, Enter alone says no."""
    question = f"Put {_count(groups)} at {_where(job)}?"
    in_groups = 0
    if earlier is not None:
        in_groups = sum(
            one.group.size for one in journal.chain_facts(earlier) if one.state.is_at_vendor
        )
    if in_groups:
        are = plural(in_groups, "number is", "numbers are")
        question = (
            f"{in_groups:,} {are} in groups already (batch {earlier}), and would be in two groups "
            f"each. {question}"
        )
    return job.context.prompter.send(question, default=not in_groups)


def kept_in_step_problem(member: ListBatch, job: Job) -> str:
    """Say why a file is not run whose numbers are a named list's."""
    return (
        f"Nothing was sent: these are numbers of the list {member.name}, which is kept in step by "
        f"`importer sync {job.path.name} --list {member.name}`; --again makes groups of their own."
    )


def new_journal_note(journal: Journal, context: Context) -> str:
    """Say that nothing is known of earlier lists, where that is so; "" elsewhere."""
    if context.credentials is None or not journal.is_new():
        return ""
    return f"A new journal was begun at {context.store}: nothing is known of earlier lists."


def again_problem(journal: Journal, batch: Batch | None, job: Job) -> str:
    """Say why --again is refused where the list's batch is not finished, or ""."""
    if batch is None or not job.settings.again:
        return ""
    groups = [one for one in journal.group_facts(batch.id) if one.state.has_numbers]
    if not any(one.state.is_unfinished for one in groups):
        return ""
    made = sum(one.state is GroupState.CREATED for one in groups)
    return (
        f"Nothing was sent: {share_of(made, len(groups), 'group')} of this list are made, and "
        f"batch {batch.id} is not finished: run it without --again."
    )


def other_account_problem(journal: Journal, numbers: NumbersToPlan, job: Job) -> str:
    """Say why nothing is sent where numbers are in groups of another account, or ""."""
    context = job.context
    if job.settings.known == "allow":
        return ""
    others = [one for one in journal.accounts() if one != context.account]
    found = {
        one: batch.id
        for one in others
        if (batch := journal.find(numbers.fingerprint, one)) is not None
    }
    count = numbers.count() if found else 0
    if others and not found:
        known = numbers.find_elsewhere(journal, context.account)
        count = known.count
        of_batch = {one.id: one.account for one in journal.batches()} if count else {}
        found = {of_batch[batch]: batch for batch in known.batches}
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


def note_forgotten(journal: Journal, context: Context, progress: Progress) -> None:
    """Say that batches forgot their numbers, so that known numbers may not be recognised."""
    when = journal.forgotten(context.account)
    if when:
        last = datetime.fromtimestamp(when[-1] / 1000, context.now.tzinfo)
        progress.note(
            f"{counted(len(when), 'earlier batch', 'earlier batches')} forgot "
            f"{plural(len(when), 'its', 'their')} numbers, last on {last:%Y-%m-%d}: whether a "
            "number here is in one of their groups can't be told."
        )


def _count(groups: Sequence[Group]) -> str:
    numbers = sum(group.size for group in groups)
    return f"{counted(numbers, 'number')} into {counted(len(groups), 'group')}"


def _where(job: Job) -> str:
    who = job.context.credentials
    return who.url if who else "the sandbox"
