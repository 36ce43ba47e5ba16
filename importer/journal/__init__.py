"""The journal: a SQLite file that knows what was planned, sent and answered. All SQL is here.

`schema` holds the tables and brings older journals up to date. `opening` and `journal_file` open
the file. `batches`, `groups` and `numbers` read; `transitions`, `accounts` and `forgetting` write;
`journal` is all of them. `batch_rows`, `lock` and `disk_space` are about what lies beside the file.
"""

from importer.journal.journal import Journal
from importer.journal.schema import SCHEMA_VERSION

__all__ = ["SCHEMA_VERSION", "Journal"]
