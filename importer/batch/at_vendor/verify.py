"""`verify`: does the vendor hold what the journal says? Nothing is changed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from importer import report
from importer.batch.at_vendor import tables
from importer.batch.at_vendor.comparing import Compared, Comparison, Finding
from importer.batch.at_vendor.look import look_at_vendor
from importer.batch.history import ensure_same_account
from importer.batch.results.next_step import NextStep
from importer.batch.results.summary import next_lines
from importer.errors import Exit
from importer.plurals import counted, plural

if TYPE_CHECKING:
    from pathlib import Path

    from importer.context import Context
    from importer.model import Batch
    from importer.settings import Settings

SHOWN = 10
"""How many differences the terminal shows."""
_STEPS = (
    (Finding.IN_DOUBT, NextStep("find out what is in doubt", "importer resume")),
    (Finding.YOUNG, NextStep("look again in some minutes", "importer verify")),
)


@dataclass(frozen=True, slots=True)
class Verification:
    """Whether the vendor holds what the journal says."""

    comparison: Comparison
    """The groups of the journal, or of one batch, and those that have a mark of theirs."""
    workbook: Path | None
    """The differences; None where there are none."""

    @property
    def exit(self) -> Exit:
        """0 where all agrees, 1 where not, or where it can't be told."""
        return Exit.DONE if self.comparison.agrees else Exit.UNFINISHED

    @property
    def lines(self) -> list[str]:
        """Say what agrees, and what differs how."""
        different = self.comparison.differences
        groups = counted(len(self.comparison.groups), "group")
        if self.comparison.agrees:
            return [f"The vendor holds what the journal says: {groups}, no difference."]
        lines = [
            f"{len(different):,} of {groups} {plural(len(different), 'differs', 'differ')}:"
            if different
            else f"No difference was seen in {groups}."
        ]
        lines += [_line(one) for one in different[:SHOWN]]
        if len(different) > SHOWN:
            lines.append(f"  and {len(different) - SHOWN:,} more")
        if self.comparison.problem:
            lines.append(f"  note: the listing may not be whole: {self.comparison.problem}")
        if self.workbook is not None:
            lines += ["", f"  Workbook: {self.workbook}"]
        return [*lines, *next_lines(self._next_step())]

    def _next_step(self) -> NextStep | None:
        found = self.comparison.counts
        return next((step for finding, step in _STEPS if found[finding]), None)

    def as_json(self) -> dict[str, Any]:
        """Return the object that `importer verify --json` prints."""
        return {
            "groups": len(self.comparison.groups),
            "differences": [tables.as_json(one) for one in self.comparison.differences],
            "problem": self.comparison.problem,
            "workbook": None if self.workbook is None else str(self.workbook),
            "exit": int(self.exit),
        }


def verify(path: Path, batch: Batch | None, settings: Settings, context: Context) -> Verification:
    """Compare the vendor's groups with the journal's, or with those of one batch.

    A workbook of the differences is written where there are any.

    Raises:
        ImporterError: the batch is another account's, the vendor's groups can't be listed, or the
            workbook can't be written.
    """
    if batch is not None:
        ensure_same_account(batch, context)
    report.check_target(path)
    seen = look_at_vendor(settings, context)
    ours = [one for one in seen.groups if _is_asked_for(one, batch)]
    comparison = replace(seen, groups=tuple(ours))
    if comparison.agrees:
        return Verification(comparison, None)
    figures = tables.figures(ours, comparison.problem)
    sheets = {
        "Differences": tables.groups_table(comparison.differences),
        "Numbers": tables.differing_numbers_table(comparison.differences),
    }
    return Verification(comparison, report.write_tables(path, figures, sheets))


def _is_asked_for(one: Compared, batch: Batch | None) -> bool:
    return one.batch == batch.id if batch is not None else one.finding is not Finding.FOREIGN


def _line(one: Compared) -> str:
    place = f"{one.name}  {one.group_id}".rstrip()
    return f"  {place}: {one.finding.value}" + (f" ({one.details})" if one.details else "")
