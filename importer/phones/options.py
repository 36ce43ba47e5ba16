"""What the operator may say about deciding, and what deciding gives. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Strictness = Literal["valid", "possible"]
BareDigits = Literal["auto", "national", "international"]


@dataclass(frozen=True, slots=True)
class PhoneOptions:
    """How to decide about one file's cells."""

    region: str | None = None
    """The two-letter region of rows that name no country themselves; None: none is assumed."""
    strict: Strictness = "valid"
    """`possible` also takes numbers whose length fits though no such number is known to be used."""
    bare_digits: BareDigits = "auto"
    """What digits without `+` or an international prefix are; `auto`: found by the column."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the cells came to.

    `lines` holds one line per number found or cell rejected: `cell` (the position of its line in
    `cells`, from 0; a split cell has several lines), `number` (digits with country code, "" for a
    reject), `country`, `type`, and `reason` (of a reject: a `Reason`, or one and `: ` and a detail;
    of a number: what was repaired, or "").
    """

    lines: pd.DataFrame
    assumptions: tuple[str, ...] = ()
    """One sentence per column whose bare digits were read by a convention, with its evidence."""
