"""One run on a journal: shown as alive, its leases kept until it ends."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from importer.errors import JournalError, JournalLocked
from importer.journal.leases import LOOK_AGAIN, RENEW_AFTER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.journal.leases import Leases
    from importer.model import Runner


class Run:
    """What a run holds. `wait` lets it wait for other runs; `note` tells the operator of that."""

    def __init__(
        self,
        journal: Leases,
        owner: str,
        runner: Runner,
        *,
        wait: bool,
        note: Callable[[str], None],
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._journal = journal
        self._owner = owner
        self._runner = runner
        self._wait = wait
        self._note = note
        self._sleep = sleep

    def take(self, names: Sequence[str]) -> bool:
        """Hold batches, or other names, until the run ends: all of them, or none.

        Return whether it had to wait, so that something may have changed since it was looked at.

        Raises:
            JournalLocked: another run holds one, and this one does not wait.
        """
        told = False
        while True:
            try:
                self.take_now(names)
            except JournalLocked as error:
                if not self._wait:
                    raise
                if not told:
                    self._note(f"Waiting: {str(error).partition(':')[0].lower()}.")
                    told = True
                self._sleep(LOOK_AGAIN)
            else:
                return told

    def take_now(self, names: Sequence[str]) -> None:
        """Hold batches, also within a transaction, where nobody can wait.

        Raises:
            JournalLocked: another run holds one.
        """
        self._journal.take_leases(names, self._owner, self._runner)


@contextmanager
def begun(
    journal: Leases, owner: str, runner: Runner, *, wait: bool, note: Callable[[str], None]
) -> Iterator[Run]:
    """Give a run whose leases are renewed until the `with` block ends, and then given back."""
    ended = threading.Event()
    keeping = threading.Thread(
        target=_keep_leases, args=(journal, owner, ended), name="leases", daemon=True
    )
    journal.owner = owner
    keeping.start()
    try:
        yield Run(journal, owner, runner, wait=wait, note=note)
    except BaseException:
        journal.database.stop_waiting()
        raise
    finally:
        ended.set()
        keeping.join()
        journal.owner = ""
        with suppress(JournalError):  # They run out.
            journal.release_leases(owner)


def _keep_leases(journal: Leases, owner: str, ended: threading.Event) -> None:
    pause = RENEW_AFTER
    while not ended.wait(pause):
        pause = RENEW_AFTER
        try:
            journal.renew_leases(owner)
        except JournalError:  # A step that can't be recorded says so.
            pause = LOOK_AGAIN
