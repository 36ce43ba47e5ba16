"""Processes that send for one account at the same time: the rate they reach, and their shares.

Each is a process of its own with a list of its own, on one journal: a SQLite file, or a PostgreSQL
database that is started for it. They call one sandbox, which tells how many calls it saw in any one
second, and how many each process made in the time in which all of them sent. Then one process takes
durable steps of groups one by one, on both stores.

    python -m tests.benchmarks.bench_together [--rate N] [--seconds N] [--processes N...]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from importer.model import GroupState, Transition
from importer.sandbox import Sandbox
from tests.benchmarks.bench_sending import BATCH, most_in_a_second, plan
from tests.served import account_of, running
from tests.stores import KINDS, new_store

if TYPE_CHECKING:
    from importer.store import Store

LATENCY = 0.05
STEPS = 1_000
CHILD = "child"


def send(batch: str, rate: float) -> None:
    """Send one planned batch, as a run does; begin when a line comes."""
    from importer.api.client import Account
    from importer.batch.planning.grouping import halve
    from importer.environment import host_name
    from importer.model import Runner
    from importer.sandbox import ACCESS_KEY, ACCESS_SECRET
    from importer.sending.session import Terms, send_batch
    from importer.store import store_of
    from tests.benchmarks.bench_sending import Silent

    store = store_of(os.environ)
    account = Account(os.environ["NXCLOUD_URL"], ACCESS_KEY, ACCESS_SECRET)
    with (
        store.open() as journal,
        journal.begin_run(Runner("run", "ann", host_name(), os.getpid())) as run,
    ):
        run.take([batch])
        terms = Terms(rate, 8, timeout=30, open_pace=partial(store.open_pace, "a", None))
        print("ready", flush=True)
        sys.stdin.readline()
        asyncio.run(send_batch(batch, journal, account, terms, partial(halve, batch), Silent()))


def measure(kind: str, processes: int, rate: float, seconds: float) -> tuple[float, int, list[int]]:
    """Return the calls a second, the most in any second, and each one's calls."""
    sandbox = Sandbox(latency=LATENCY)
    with tempfile.TemporaryDirectory() as folder, running(sandbox) as url:
        store = new_store(kind, Path(folder))
        names = [f"{BATCH}{at}" for at in range(processes)]
        with store.open() as journal:
            for name in names:
                plan(journal, int(rate * seconds * 2), size=2, batch=name)
        environment = os.environ | account_of(url) | {"IMPORTER_JOURNAL": str(store)}
        children = [
            subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-m", "tests.benchmarks.bench_together", CHILD, one, str(rate)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
            )
            for one in names
        ]
        for one in children:
            assert one.stdout is not None
            assert one.stdout.readline() == "ready\n"
        for one in children:
            assert one.stdin is not None
            print(file=one.stdin, flush=True)
        time.sleep(seconds + 1)
        for one in children:
            one.kill()
            one.wait()
    made = [one.group_name.partition(" ")[0] for one in sandbox.groups.values()]
    return figures([one.at for one in sandbox.calls], made, names, seconds)


def figures(
    moments: list[float], made: list[str], names: list[str], seconds: float
) -> tuple[float, int, list[int]]:
    """Look at the calls from when all processes had begun; `made` has whose group each made."""
    begin = max(made.index(one) for one in names)
    during = moments[
        begin : begin + sum(moments[begin] <= at < moments[begin] + seconds for at in moments)
    ]
    shares = Counter(made[begin : begin + len(during)])
    rate = (len(during) - 1) / (during[-1] - during[0])
    return rate, most_in_a_second(moments), [shares[one] for one in names]


def steps(store: Store) -> float:
    """Return how many durable steps a second are taken, one by one."""
    with store.open() as journal:
        plan(journal, STEPS, size=2, batch=BATCH)
        begun = time.perf_counter()
        for seq in range(1, STEPS + 1):
            step = Transition(BATCH, seq, GroupState.PLANNED, GroupState.SENDING, 0)
            journal.apply([step])
        return STEPS / (time.perf_counter() - begun)


def main() -> None:
    """Run all and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 3, 4, 8])
    chosen = parser.parse_args()
    for kind in KINDS:
        for processes in chosen.processes:
            reached, most, shares = measure(kind, processes, chosen.rate, chosen.seconds)
            print(
                f"{kind:11} {processes} processes at {chosen.rate:g}: {reached:6.2f} calls a "
                f"second, at most {most} in any second, shares {shares}",
                flush=True,
            )
    for kind in KINDS:
        with tempfile.TemporaryDirectory() as folder:
            rate = steps(new_store(kind, Path(folder)))
            print(f"{kind:11} {rate:7.0f} durable steps a second, one by one", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        send(sys.argv[2], float(sys.argv[3]))
    else:
        main()
