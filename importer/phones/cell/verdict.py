"""What a cell, or a piece of one, came to. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importer.model import Reason
    from importer.phones.cell.readings import Bare, Reading


@dataclass(frozen=True, slots=True)
class Verdict:
    """A `number` and its facts, or a `reason` why there is none."""

    number: str = ""
    """Country code and national number, digits only, as the API wants it."""
    country: str = ""
    """Two letters, or `001` for codes that no country owns."""
    type: str = ""
    reason: Reason | None = None
    detail: str = ""
    """Of a reject: what the reason is about, such as the two readings of an ambiguous number."""
    repair: str = ""
    """Of a number: what was certain enough to be put right."""
    note: str = ""
    """Of a number: what else the operator should know, such as a country not understood."""
    bare: Bare | None = None
    """What the digits can mean where the column they stand in may change the verdict."""

    @property
    def explanation(self) -> str:
        """What the workbook shows beside the cell."""
        if self.reason is None:
            repaired = f"repaired: {self.repair}" if self.repair else ""
            return "; ".join(one for one in (repaired, self.note) if one)
        return f"{self.reason}: {self.detail}" if self.detail else self.reason.value


def accept(reading: Reading, repair: str = "", bare: Bare | None = None) -> Verdict:
    """Take a reading; `repair` is what its text needed before it could be read."""
    number = reading.number
    repairs = ", ".join(one for one in (repair, reading.repair) if one)
    return Verdict(number.digits, number.country, number.type, repair=repairs, bare=bare)


def reject(reason: Reason, detail: str = "", bare: Bare | None = None) -> Verdict:
    """Take none."""
    return Verdict(reason=reason, detail=detail, bare=bare)
