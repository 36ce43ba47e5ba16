"""The journal: all SQL, all transitions of groups, and what becomes of phone numbers in the end.

`schema` holds the tables and brings older journals up to date, `journal` reads and writes them,
`forgetting` takes the phone numbers out of finished batches.
"""

from importer.journal.journal import Journal
from importer.journal.schema import SCHEMA_VERSION

__all__ = ["SCHEMA_VERSION", "Journal"]
