"""Runs the importer, or a sandbox, in a world where time goes faster: 70 s of waiting take one.

`python -m tests.fast_forward importer ARGUMENTS...` is the command, also the command `sandbox`, and
`python -m tests.fast_forward sandbox SEED NAME=PROBABILITY...` a server that prints its URL. Only
clocks and sleep differ from the real thing, and they are not a switch of the product.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import closing, contextmanager
from functools import partial
from random import Random
from typing import TYPE_CHECKING

import importer.sandbox
from importer.commands.cli import main
from importer.journal.pace import PaceRow
from importer.journal.pace_file import PaceFile
from importer.nightly import clock
from importer.sandbox import Sandbox, serve_forever
from importer.sending import session
from importer.sending.calls import shared_pace
from importer.sending.calls.clock import Clock
from importer.store import PostgresStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPEED = float(os.environ.get("IMPORTER_TEST_SPEED", "60"))
"""Seconds of this world in one of the computer's. Processes that wait much can share a higher one;
an answer that takes the computer half a second takes a command too long at sixty."""
LONG = 3.0
"""Seconds of a sleep that `skip` shortens."""
LATE = SPEED
"""Seconds that a call may leave late: one of the computer's, whatever its timers do."""
EXPIRES = shared_pace.EXPIRES * SPEED
"""Seconds of this world that a call may leave late: threads and disks are as slow as ever."""
BEGIN = 1_700_000_000.0
"""Both processes count from here, so that their clocks agree."""


_skipped: list[float] = []
"""Sleeps that were left out, in seconds, where command and server share this process."""


def now() -> float:
    """Return this world's time, in seconds since the epoch."""
    return BEGIN + (time.time() - BEGIN) * SPEED + sum(_skipped)


async def sleep(seconds: float) -> None:
    """Sleep in this world's seconds."""
    await asyncio.sleep(seconds / SPEED)


async def skip(seconds: float) -> None:
    """Let a long sleep end soon: nothing happens in it but what the server does at once.

    What others have begun, such as recording a call, is given its time before the clock jumps.
    """
    await sleep(min(seconds, LONG))
    if seconds > LONG:
        _skipped.append(seconds - LONG)


def pass_time(seconds: float) -> None:
    """Let some seconds pass at once, where command and server share this process."""
    _skipped.append(seconds)


def fast_clock() -> Clock:
    """Give the fast clocks instead of the computer's."""
    return Clock(
        monotonic=lambda: time.monotonic() * SPEED,
        now_ms=lambda: int(now() * 1000),
        sleep=sleep,
        slack=LATE,
    )


def skipping_clock() -> Clock:
    """Give clocks that also leave out long sleeps; for a server in the same process only."""
    return Clock(
        monotonic=lambda: time.monotonic() * SPEED + sum(_skipped),
        now_ms=lambda: int(now() * 1000),
        sleep=skip,
        slack=LATE,
    )


@contextmanager
def open_pace(
    store: PostgresStore, account: str, learned: float | None, clock: Callable[[], float]
) -> Iterator[PaceRow]:
    """Keep the pace of a shared journal in a file: a real server's clock is not this world's."""
    store.place.parent.mkdir(parents=True, exist_ok=True)
    with closing(PaceFile(store.place.with_name("pace"), clock)) as file:
        yield PaceRow(file, account, learned, is_quick=True)


def run_importer(arguments: list[str]) -> None:
    """Run the command, with its world made fast."""
    setattr(PostgresStore, "open_pace", open_pace)  # noqa: B010
    setattr(session, "Clock", fast_clock)  # noqa: B010 - a type checker rightly forbids it
    setattr(shared_pace, "EXPIRES", EXPIRES)  # noqa: B010
    setattr(importer.sandbox, "Sandbox", partial(Sandbox, clock=now))  # noqa: B010
    settle = clock.NightClock().settle / SPEED
    setattr(clock, "NightClock", partial(clock.NightClock, settle=settle))  # noqa: B010
    sys.argv = ["importer", *arguments]
    main()


def run_sandbox(seed: str, *faults: str) -> None:
    """Serve a sandbox until killed."""
    chances = {name: float(share) for name, _, share in (one.partition("=") for one in faults)}
    sandbox = Sandbox(clock=now, random=Random(int(seed)), faults=chances)

    def announce(url: str) -> None:
        sys.stdout.write(url + "\n")
        sys.stdout.flush()

    asyncio.run(serve_forever(sandbox, 0, announce))


if __name__ == "__main__":
    if sys.argv[1] == "importer":
        run_importer(sys.argv[2:])
    else:
        run_sandbox(*sys.argv[2:])
