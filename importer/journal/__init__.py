"""The journal: what was planned, sent and answered. All SQL is here.

`batches`, `groups` and `numbers` read; `transitions`, `accounts` and `forgetting` write; `journal`
is all of them, over a `database`. `batch_rows`, `lock` and `disk_space` are about what lies beside
a journal that is a file.
"""

from importer.journal.database.sqlite.schema import SCHEMA_VERSION
from importer.journal.journal import Journal

__all__ = ["SCHEMA_VERSION", "Journal"]
