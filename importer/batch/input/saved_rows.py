"""The rows of a batch, saved beside the journal so that its results can be written again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from importer.batch.input.duplicates import ACCEPTED
from importer.batch.input.normalized_file import NormalizedFile
from importer.context import open_journal
from importer.errors import JournalError
from importer.model import Rows, Source

if TYPE_CHECKING:
    from importer.context import Context
    from importer.journal import Journal
    from importer.model import Batch


def save_rows(batch: Batch, normalized: NormalizedFile, journal: Journal) -> None:
    """Keep what the results need with the journal, before anything is sent.

    The input's path is saved as an absolute one: `importer results`, called in any folder, writes
    beside the input.
    """
    source = normalized.rows.source
    rows = replace(normalized.rows, source=replace(source, path=source.path.absolute()))
    journal.save_rows(batch.id, rows, normalized.lines, normalized.assumptions)


def load_rows(batch: Batch, context: Context) -> NormalizedFile:
    """Return the saved rows of a batch; where they were lost, the numbers of its groups.

    Only `results` and the workbook need rows: sending, settling and undo need the journal alone.
    """
    with open_journal(context) as journal:
        try:
            return NormalizedFile(*journal.load_rows(batch.id))
        except JournalError as error:
            return _of_groups(batch, journal, str(error))


def _of_groups(batch: Batch, journal: Journal, why: str) -> NormalizedFile:
    """Return the numbers that the journal has of a batch, as rows of no sheet."""
    groups = [one.group for one in journal.chain_groups(batch.id) if one.state.has_numbers]
    numbers = [(number, one.country) for one in groups for number in one.phones.split(",")]
    numbers += [(number, "") for number in journal.skipped(batch.id)["number"]]
    lines = pd.DataFrame(numbers, columns=["number", "country"], dtype="str")
    lines = lines.assign(type="", reason="", status=ACCEPTED).astype("str")
    cells = pd.DataFrame({"sheet": "", "row": 0, "original": lines["number"]}, lines.index)
    planned = json.loads(batch.settings)
    path = Path(planned.get("out") or ".") / batch.file
    path = path if path.parent.is_dir() else Path(batch.file)
    source = Source(path, "", (), corrects=batch.corrects)
    lost = f"{why} Until then its groups are known, and not its rows."
    return NormalizedFile(Rows(cells, pd.DataFrame(index=lines.index), source), lines, lost=lost)
