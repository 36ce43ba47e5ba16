"""`lists`: the named lists of an account, how large they are and when they were last synced."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from importer.batch.lists.state import ListState, load_list
from importer.context import open_journal
from importer.model import ListRole
from importer.moments import zone_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import tzinfo

    from importer.context import Context


@dataclass(frozen=True, slots=True)
class ListOverview:
    """One named list."""

    state: ListState

    @property
    def synced_ms(self) -> int | None:
        """When it was last brought into step, in ms since the epoch; None where it never was."""
        ended = [one.ended_ms for one in self.state.standing if one.ended_ms is not None]
        return max(ended, default=None)

    @property
    def outcome(self) -> str:
        """`in step`, or `not finished` where its last sync was cut off."""
        return "not finished" if self.state.unfinished is not None else "in step"

    @property
    def file(self) -> str:
        """The file that it was last made of."""
        made = [one for one in self.state.standing if one.role is not ListRole.UNDO]
        return made[-1].file if made else ""

    def as_json(self) -> dict[str, Any]:
        """Return the object that `importer lists --json` prints."""
        return {
            "list": self.state.name,
            "groups": len(self.state.groups),
            "numbers": self.state.size,
            "synced_ms": self.synced_ms,
            "finished": self.state.unfinished is None,
            "file": self.file,
            "batches": [one.batch for one in self.state.standing],
        }


def all_lists(context: Context) -> list[ListOverview]:
    """Return the lists of the journal's accounts; none where there is no journal yet.

    Raises:
        JournalError: the journal can't be read.
    """
    if not context.store.exists():
        return []
    with open_journal(context) as journal:
        names = sorted(
            {
                (account, one.name)
                for account in journal.accounts()
                for one in journal.list_batches(account)
            }
        )
        return [ListOverview(load_list(journal, account, name)) for account, name in names]


def overview_lines(lists: Sequence[ListOverview], zone: tzinfo | None) -> list[str]:
    """Lay the lists out as a table for the terminal."""
    if not lists:
        return ["No list is kept yet: `importer sync FILE --list NAME` begins one."]
    lines = [f"{'list':24}{'groups':>8}{'numbers':>12}  {'last in step':28}{'now':14}file"]
    for one in lists:
        when = ""
        if one.synced_ms is not None:
            synced = datetime.fromtimestamp(one.synced_ms / 1000, zone)
            when = f"{synced:%Y-%m-%d %H:%M} {zone_of(synced)}"
        lines.append(
            f"{one.state.name:24}{len(one.state.groups):>8,}{one.state.size:>12,}  "
            f"{when:28}{one.outcome:14}{one.file}"
        )
    return lines
