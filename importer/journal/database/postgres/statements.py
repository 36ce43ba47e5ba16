"""The journal's SQL as PostgreSQL takes it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from importer.journal.database.protocol import Given, Values

_HINT = re.compile(r"\s+INDEXED BY \w+")
_CLOCKS = {
    "now_ms()": "(extract(epoch FROM clock_timestamp()) * 1000)::bigint",
    "now_us()": "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
}
_NAMED = re.compile(r"(?<![:\w]):([a-z_]+)")


@lru_cache(maxsize=512)
def for_postgres(statement: str) -> str:
    """Return a statement of the journal with the marks and functions of PostgreSQL."""
    statement = _HINT.sub("", statement).replace("%", "%%")
    for name, clock in _CLOCKS.items():
        statement = statement.replace(name, clock)
    return _NAMED.sub(r"%(\1)s", statement).replace("?", "%s")


def table_given(given: Given) -> str:
    """Return the beginning of a statement that reads the table `given`."""
    names = ", ".join(given)
    arrays = ", ".join(
        f"?::{'text' if column and isinstance(column[0], str) else 'bigint'}[]"
        for column in given.values()
    )
    return f"WITH given ({names}) AS (SELECT * FROM unnest({arrays}))"


def storable(values: Values) -> Sequence[Any] | Mapping[str, Any]:
    """Return values as PostgreSQL can keep them: its texts can't hold the character NUL."""
    if isinstance(values, dict):
        return {name: _without_nul(value) for name, value in values.items()}
    return [_without_nul(value) for value in values]


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "\ufffd") if isinstance(value, str) and "\0" in value else value
