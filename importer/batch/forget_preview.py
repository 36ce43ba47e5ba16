"""What forgetting batches would remove and what it would leave, for the operator to read before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.batch.retention import masking_of, name_without_value, plan_forgetting
from importer.context import open_journal
from importer.plurals import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.context import Context
    from importer.journal import Journal
    from importer.model import Batch

_GOES_AND_STAYS = (
    "What goes, for good, from the journal and the folder of rows beside it:",
    "  - the phone numbers of groups, and of rows that were left out as known or duplicate",
    "  - the rows: original texts, rejects and the input's other columns",
    "  - values of the list in group names, and its numbers in names and remarks",
    "  - digits in what the vendor answered",
    "What stays:",
    "  - the batch's name, file name and folder, settings, counts and reasons of rejects",
    "  - the groups' names (without values), countries, groupIds, marks, states and times",
    "  - a salted hash of the list, so that it is recognised and not sent again",
    "  - who settled a group by hand, and when",
    "  - lists, results and copies of the journal that you keep, and the groups at the vendor",
)


def preview_forgetting(
    context: Context, *, before_ms: int | None = None, named: Sequence[str] = ()
) -> list[str]:
    """Say what forgetting would remove and what it would leave. Nothing is changed.

    Raises:
        JournalError: the journal can't be read.
    """
    with open_journal(context) as journal:
        choice = plan_forgetting(journal, before_ms=before_ms, named=named)
        left = [choice.left_message] if choice.left_message else []
        if not choice.forgotten:
            return [*left, "Nothing would be forgotten."]
        return [
            *left,
            "Would be forgotten:",
            *(line for one in choice.forgotten for line in _preview_of(journal, one)),
            *_GOES_AND_STAYS,
        ]


def _preview_of(journal: Journal, batch: Batch) -> list[str]:
    groups = journal.group_facts(batch.id)
    names = [name_without_value(batch, one.group.name, one.group.country) for one in groups]
    masked = masking_of(journal, batch, names)
    numbers = sum(one.group.size for one in groups if one.state.has_numbers)
    lines = [
        f"  {batch.id} ({batch.file}): {counted(numbers, 'number')} in "
        f"{counted(len(groups), 'group')}"
    ]
    for one, name in zip(groups, names, strict=True):
        after = masked(name)
        if after != one.group.name:
            return [*lines, f"    group names lose values: '{one.group.name}' becomes '{after}'"]
    return lines
