"""A file as far as its numbers: each row read, each line decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from importer.model import Rows


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
