"""`groups`: what is at the vendor now, as a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer import report
from importer.batch.at_vendor import tables
from importer.batch.at_vendor.comparing import Finding
from importer.batch.at_vendor.look import look_at_vendor
from importer.batch.results.next_step import NextStep
from importer.batch.results.summary import next_lines

if TYPE_CHECKING:
    from pathlib import Path

    from importer.batch.at_vendor.comparing import Comparison
    from importer.context import Context
    from importer.settings import Settings


@dataclass(frozen=True, slots=True)
class GroupsReport:
    """All groups of the account, and where they were written."""

    comparison: Comparison
    workbook: Path

    @property
    def lines(self) -> list[str]:
        """Lay the figures out for the terminal."""
        figures = tables.figures(self.comparison.groups, self.comparison.problem)
        differ = NextStep("see what differs", "importer verify")
        return [
            *(f"  {what:36}{figure:>12}" for what, figure in figures),
            "",
            f"  Workbook: {self.workbook}",
            *next_lines(differ if self.comparison.differences else None),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the object that `importer groups --json` prints."""
        counts = self.comparison.counts
        listed = [one for one in self.comparison.groups if one.listed is not None]
        return {
            "groups": [tables.as_json(one) for one in self.comparison.groups],
            "at_vendor": len(listed),
            "ours": len(listed) - counts[Finding.FOREIGN],
            "foreign": counts[Finding.FOREIGN],
            "missing": counts[Finding.GONE],
            "changed": counts[Finding.NUMBERS] + counts[Finding.RENAMED],
            "problem": self.comparison.problem,
            "workbook": str(self.workbook),
        }


def report_groups(path: Path, settings: Settings, context: Context) -> GroupsReport:
    """Write a workbook of all groups at the vendor; nothing is changed there.

    Raises:
        ImporterError: the vendor's groups can't be listed, or the workbook can't be written.
    """
    report.check_target(path)
    comparison = look_at_vendor(settings, context)
    figures = tables.figures(comparison.groups, comparison.problem)
    sheets = {
        "Groups": tables.groups_table(comparison.groups),
        "Numbers": tables.numbers_table(comparison.groups),
    }
    return GroupsReport(comparison, report.write_tables(path, figures, sheets))
