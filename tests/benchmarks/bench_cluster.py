"""What a long list costs on a cluster, part by part, and from it how it grows with the workers.

`python -m tests.benchmarks.bench_cluster [MILLIONS [FORM]]` does for a list of so many million rows
(2) as `parquet` or `csv` what the workers and the client do, one after the other in this process,
and prints the processor time of each part, and the bytes that go over the network. Then it says
how long 100 million rows would take on 1, 10 and 100 workers of one thread each, and last it checks
the list here and on a real cluster of two processes on this computer, by the clock.
"""

from __future__ import annotations

import pickle
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from importer.batch.large import results_folder as results
from importer.batch.large.cluster import tasks, way
from importer.batch.large.groups import group, groups_of, names_by_seq
from importer.batch.large.passes.decisions import put_together
from importer.batch.large.passes.list_reading import ListReading
from importer.batch.large.shares import shares_for
from importer.batch.planning.grouping import GroupingOptions
from importer.phones import PhoneOptions
from importer.reading import ReadOptions
from importer.reading.parts.find import find_parts
from importer.reading.parts.stream import names_of, open_list
from tests.benchmarks.bench_long_lists import MILLION, checked, made

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from importer.batch.large.passes.evidence import ListEvidence
    from importer.reading.parts.stream import LargeList

_NETWORK = 125_000_000
"""Bytes a second of an ordinary network, 1 Gbit/s."""
_SPILLING = "client: spilling, and numbers that stand twice"
_GROUPS, _WRITING = "client: groups", "client: writing the lines"
_LINES = "to the client: decided lines"
_MODELLED = 100
"""Millions of rows."""


class Costs:
    """Seconds of a processor, and bytes, by what they went into."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.bytes: dict[str, int] = {}
        self.partitions = 0

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Count what the `with` block takes, but for what is counted inside it by another name."""
        inner = sum(self.seconds.values())
        began = time.process_time()
        yield
        inside = sum(self.seconds.values()) - inner
        took = time.process_time() - began - inside
        self.seconds[name] = self.seconds.get(name, 0.0) + took

    def sent(self, name: str, what: Any) -> None:
        """Count the bytes of what goes over the network."""
        buffers: list[Any] = []
        plain = pickle.dumps(what, protocol=5, buffer_callback=buffers.append)
        size = len(plain) + sum(one.raw().nbytes for one in buffers)
        self.bytes[name] = self.bytes.get(name, 0) + size


class _Done:
    """What a task has returned."""

    def __init__(self, value: Any) -> None:
        self.value = value


class InProcess:
    """Does in this process what a cluster's workers do, and counts what it costs."""

    address = "here"
    threads = 1

    def __init__(self, costs: Costs) -> None:
        self._costs = costs

    def submit(self, function: Callable[..., Any], *arguments: Any) -> _Done:
        """Do a task now."""
        name = function.__name__ if hasattr(function, "__name__") else ""
        given = [one.value if isinstance(one, _Done) else one for one in arguments]
        if not name:
            return _Done(function(*given))
        with self._costs.of(f"worker: {name}"):
            found = _Done(function(*given))
        if name == "count":
            self._costs.sent("between workers: cells that count", given[4:])
        return found

    def result(self, future: _Done) -> Any:
        """Return what a task has returned."""
        with self._costs.of("measuring"):
            kind = type(future.value).__name__
            self._costs.sent(f"to the client: {kind}", future.value)
        return future.value


def measured(folder: Path, work: Path, rows: int) -> Costs:
    """Do all of a check but its workbook."""
    costs = Costs()
    large = open_list(folder, find_parts([str(folder)]), ReadOptions())
    reading = ListReading(large, PhoneOptions(), shares_for(rows))
    cluster: Any = InProcess(costs)
    one = way.OnCluster(cluster, work)
    with costs.of("client: evidence"):
        evidence = one.evidence(reading, lambda lines: None)
    blocks: list[Any] = []
    works = way.works_of(reading, one._partitions, one._firsts)
    for piece in works:
        with costs.of("worker: decide"):
            found: Any = tasks.decide(piece, replace(evidence, types={}))
        costs.sent(_LINES, found)
        blocks += found
    costs.partitions = len(one._partitions)
    with costs.of(_SPILLING):
        decided = put_together(blocks, work, reading.shares, lambda lines: None)
    _finish(costs, large, evidence, decided, work)
    return costs


def _finish(
    costs: Costs, large: LargeList, evidence: ListEvidence, decided: Any, work: Path
) -> None:
    plan = GroupingOptions(
        "check", "june", date(2026, 1, 1), 500, "country", "{file} {country} {seq:03}", ""
    )
    with costs.of(_GROUPS):
        grouped = group(decided, plan, work / "groups")
        groups = groups_of(grouped, plan)
    others = [name for name in names_of(large) if name in evidence.types]
    types = results.types_of(others, evidence.types)
    layout = results.Layout([one.name for one in large.parts], types, names_by_seq(groups))
    with costs.of(_WRITING):
        blocks = range(len(decided.blocks))
        tables = (results.lines_of_block(decided, grouped, layout, at) for at in blocks)
        folder = work / "numbers-made"
        results.write_lines(tables, layout.schema, folder, "parquet", lambda lines: None)


def seconds_of_a_task() -> float:
    """Return what a task that does nothing takes a scheduler."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        client.gather(client.map(np.abs, range(100), pure=False))
        began = time.process_time()
        client.gather(client.map(np.abs, range(3_000), pure=False))
        return (time.process_time() - began) / 3_000


def show_model(costs: Costs, millions: int, a_task: float) -> None:
    """Say how long 100 million rows would take on so many workers, and what bounds it.

    The first pass ends before the second begins. Of the second pass, what comes back travels and is
    spilled while the workers go on; the groups are made and the lines written when it is over.
    """
    times = _MODELLED / millions
    took = {name: times * seconds for name, seconds in costs.seconds.items()}
    network = times * costs.bytes[_LINES] / _NETWORK
    print(f"\n{_MODELLED} million rows")
    alone = 0.0
    for workers in (1, 10, 100):
        bundles = min(shares_for(_MODELLED * MILLION), workers)
        # Of each partition: what it shows, the outcome, a piece for each bundle, and its lines.
        scheduler = times * costs.partitions * (3 + bundles) * a_task
        first = {
            "the workers": (took["worker: look"] + took["worker: count"]) / workers,
            "the scheduler": scheduler,
        }
        second = {
            "the workers": took["worker: decide"] / workers,
            "the client's spilling": took[_SPILLING],
            "the network": network,
        }
        rest = {"the client's groups and writing": took[_GROUPS] + took[_WRITING]}
        phases = [max(one.items(), key=itemgetter(1)) for one in (first, second, rest)]
        total = sum(seconds for _, seconds in phases)
        alone = alone or total
        bound, _ = max(phases, key=itemgetter(1))
        shown = " + ".join(f"{seconds:.0f}" for _, seconds in phases)
        print(
            f"{workers:>4} workers: {shown} = {total:.0f} s, {alone / total:.1f} times as fast as "
            f"one; bounded by {bound}"
        )


def by_the_clock(folder: Path) -> None:
    """Check a list here and on a cluster of two processes here, in turn, three times."""
    from tests.batch.large.cluster.clusters import running_cluster

    with tempfile.TemporaryDirectory() as top, running_cluster(Path(top) / "c", 2) as cluster:
        for at in range(3):
            here, cpu, *_ = checked(folder)
            before = _seconds_of(cluster.process.pid)
            there, client, *_ = checked(folder, "--cluster", cluster.address)
            after = _seconds_of(cluster.process.pid)
            scheduler, workers = (after[one] - before[one] for one in (0, 1))
            total = client + scheduler + workers
            print(
                f"run {at}: here {here:.1f} s ({cpu:.1f} s of processors), on two processes of a "
                f"cluster {there:.1f} s: {there / here:.2f}; processors {total / cpu:.2f}: the "
                f"client {client:.1f} s, the scheduler {scheduler:.1f} s, the workers "
                f"{workers:.1f} s"
            )


def _seconds_of(pid: int) -> tuple[float, float]:
    """Return the processor time of a cluster's first process, and of those that it has begun."""
    from psutil import Process

    first = Process(pid)
    of_each = [one.cpu_times() for one in (first, *first.children(recursive=True))]
    scheduler, *workers = [one.user + one.system for one in of_each]
    return scheduler, sum(workers)


def main() -> None:
    """Print all of it."""
    millions = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    form = sys.argv[2] if len(sys.argv) > 2 else "parquet"
    with tempfile.TemporaryDirectory() as top:
        folder, work = Path(top) / "list", Path(top) / "work"
        work.mkdir()
        made(folder, millions, form)
        costs = measured(folder, work, millions * MILLION)
        for name, seconds in costs.seconds.items():
            print(f"{name:<50} {seconds / millions:>6.2f} s a million rows")
        for name, size in costs.bytes.items():
            print(f"{name:<50} {size / millions / MILLION:>6.1f} bytes a row")
        a_task = seconds_of_a_task()
        print(f"{'scheduler: a task':<50} {a_task * 1000:>6.2f} ms")
        show_model(costs, millions, a_task)
        by_the_clock(folder)


if __name__ == "__main__":
    main()
