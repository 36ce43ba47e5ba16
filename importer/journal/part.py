"""What every part of the journal has: the database, and methods that are one transaction."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self, TypeVar

from importer.model import GroupState

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from importer.journal.database.protocol import Database

P = ParamSpec("P")
T = TypeVar("T")
Part = TypeVar("Part", bound="JournalPart")


class JournalPart:
    """A journal's database, open. Use it as a context manager; it may pass between threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.owner = ""
        """The run that steps are recorded for; "" where none has begun."""

    @property
    def database(self) -> Database:
        """Where the rows are, for what is done to the whole journal."""
        return self._database

    def run(self, work: Callable[[], T]) -> T:
        """Do `work` in one transaction of this journal, whole or not at all.

        It may be done again from its start where the database went away meanwhile, so it must do
        nothing but read and change this journal.

        Raises:
            JournalError: the database failed.
        """
        return self._database.run(work)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def in_one_transaction(
    method: Callable[Concatenate[Part, P], T],
) -> Callable[Concatenate[Part, P], T]:
    """Make a method of the journal one transaction: see `JournalPart.run`."""

    @wraps(method)
    def whole(part: Part, /, *args: P.args, **options: P.kwargs) -> T:
        return part.run(lambda: method(part, *args, **options))

    return whole


def states(belong: Callable[[GroupState], bool]) -> str:
    """Return the states of a group that have a property, as SQL's `IN` takes them."""
    return f"({','.join(repr(one.value) for one in GroupState if belong(one))})"
