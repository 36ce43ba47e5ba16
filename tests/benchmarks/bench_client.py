"""How much of a bare aiohttp loop's throughput the client keeps, with no limit on the rate.

A server in a process of its own answers every POST at once. In turns, several rounds long, four
ways send the same bytes to it with the same concurrency: a bare aiohttp loop that has them ready, a
bare one that serializes and signs them as it goes, `Client.create_group`, and the whole sending of
a batch with a journal on disk. Printed are the ratios of the medians to the first of them.

    python -m tests.benchmarks.bench_client [--calls N] [--group-size N] [--rounds N] [--profile]
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import multiprocessing
import pstats
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from importer.api.client import Account, Client, open_session
from importer.api.signing import signed_headers
from importer.batch.planning.grouping import halve
from importer.journal import Journal
from importer.model import Batch, Group, GroupState
from importer.sending.session import Terms, send_batch

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

GOAL = 0.80
KEY, SECRET = "fme2na3kdi3ki", "abciiiko2k3"
CONCURRENCY = 8
GROUP_SIZE = 500
TIMEOUT = 30.0
ANSWER = b'{"code":0,"msg":"success","requestId":"1602248485121429504","groupId":"6a7sd3402px214"}'
RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
    len(ANSWER),
    ANSWER,
)

Way = Callable[[Account, Sequence[Group]], Coroutine[None, None, None]]


class AnswerAtOnce(asyncio.Protocol):
    """Answers each request as soon as its last byte is there."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
        if len(body) >= length:
            self._received = b""
            self._transport.write(RESPONSE)


def serve(told: Connection) -> None:
    """Serve on a free port of loopback until the process is ended."""

    async def listen() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(AnswerAtOnce, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(listen())


@contextmanager
def server() -> Iterator[str]:
    """Give the URL of a server in a process of its own."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{here.recv()}/api/pns/"
    finally:
        process.terminate()
        process.join()


def groups_of(count: int, size: int = GROUP_SIZE) -> list[Group]:
    return [
        Group(
            seq=seq,
            name=f"customers HK {seq:03}",
            country="HK",
            remark=f"#{seq:010}",
            phones=",".join(str(85251000000 + seq * size + at) for at in range(size)),
            size=size,
        )
        for seq in range(1, count + 1)
    ]


def now_ms() -> int:
    return time.time_ns() // 1_000_000


async def in_workers(groups: Sequence[Group], call: Callable[[Group], Awaitable[None]]) -> None:
    """Make a call for every group, some at a time."""
    ahead = iter(groups)

    async def work() -> None:
        for group in ahead:
            await call(group)

    await asyncio.gather(*(work() for _ in range(CONCURRENCY)))


def signed(group: Group) -> tuple[bytes, dict[str, str]]:
    """Return the bytes and headers that the client sends for a group."""
    fields = {"phones": group.phones, "groupName": group.name, "remark": group.remark}
    body = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return body, signed_headers("createGroup", body, access_key=KEY, secret=SECRET, ts=now_ms())


def bare_loop(request: Callable[[Group], tuple[bytes, dict[str, str]]]) -> Way:
    """Post what `request` gives, and read the answers: what aiohttp itself costs."""

    async def send(account: Account, groups: Sequence[Group]) -> None:
        connector = aiohttp.TCPConnector(limit=CONCURRENCY)
        async with aiohttp.ClientSession(connector=connector) as session:

            async def post(group: Group) -> None:
                body, headers = request(group)
                async with session.post(account.url, data=body, headers=headers) as response:
                    json.loads(await response.read())

            await in_workers(groups, post)

    return send


async def through_client(account: Account, groups: Sequence[Group]) -> None:
    """Sign and post by `Client.create_group`."""
    async with open_session(connections=CONCURRENCY, use_proxy=False) as session:
        client = Client(session, account, timeout=TIMEOUT, now_ms=now_ms)

        async def call(group: Group) -> None:
            reply = await client.create_group(group, client.next_ts())
            assert reply.code == 0

        await in_workers(groups, call)


class Quiet:
    """Watches a batch being sent, and says nothing."""

    def group_finished(self, state: GroupState) -> None:
        assert state is GroupState.CREATED

    def waiting(self, seconds: float, why: str) -> None:
        raise AssertionError(why)

    def stopping(self, calls: int, seconds: float) -> None:
        """Hear that the run was interrupted."""

    def not_understood(self, answer: str) -> None:
        raise AssertionError(answer)


def whole_batches(journal: Journal) -> Way:
    """Send a batch as `importer run` does: each step on disk before the next."""
    terms = Terms(rate=None, concurrency=CONCURRENCY, timeout=TIMEOUT)
    names = (f"batch {count}" for count in range(1_000_000))

    async def send(account: Account, groups: Sequence[Group]) -> None:
        batch = next(names)
        journal.plan(Batch(batch, batch, "account", "bench.csv", 0), groups)
        clock.begin()
        ending = await send_batch(batch, journal, account, terms, partial(halve, batch), Quiet())
        assert ending.stop is None

    return send


class Clock:
    """Measures a round from `begin`, which a way may call again when it is ready."""

    def begin(self) -> None:
        self._begun = time.perf_counter()

    def seconds(self) -> float:
        return time.perf_counter() - self._begun


clock = Clock()


def measure(way: Way, account: Account, groups: Sequence[Group]) -> float:
    """Return the calls a second of one round."""
    clock.begin()
    asyncio.run(way(account, groups))
    return len(groups) / clock.seconds()


def compare(ways: dict[str, Way], account: Account, groups: Sequence[Group], rounds: int) -> None:
    """Measure all ways in turns, and print what each keeps of the first one's throughput."""
    for way in ways.values():
        measure(way, account, groups[: len(groups) // 4])
    rates: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            rates[name].append(measure(way, account, groups))
    base = statistics.median(next(iter(rates.values())))
    for name, measured in rates.items():
        median = statistics.median(measured)
        spread = f"{min(measured):,.0f} to {max(measured):,.0f}"
        print(f"{name:32}{median:8,.0f} calls/s  ({spread})  ratio {median / base:.2f}")
    print(f"The goal of Client.create_group is a ratio of {GOAL:.2f}, in groups of {GROUP_SIZE}.")


def profile(way: Way, account: Account, groups: Sequence[Group]) -> None:
    """Print where the time of a round goes."""
    profiler = cProfile.Profile()
    profiler.runcall(measure, way, account, groups)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description="The client's throughput beside bare aiohttp's.")
    parser.add_argument("--calls", type=int, default=2_000, help="calls in a round")
    parser.add_argument("--group-size", type=int, default=GROUP_SIZE, help="numbers in a call")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--profile", action="store_true", help="profile the whole batch")
    arguments = parser.parse_args()
    groups = groups_of(arguments.calls, arguments.group_size)
    ready = {group: signed(group) for group in groups}
    with (
        server() as url,
        tempfile.TemporaryDirectory() as folder,
        Journal.open(Path(folder) / "journal.sqlite3") as journal,
    ):
        account = Account(url, KEY, SECRET)
        ways: dict[str, Way] = {
            "bare aiohttp, bytes ready": bare_loop(ready.__getitem__),
            "bare aiohttp, signing": bare_loop(signed),
            "Client.create_group": through_client,
            "whole batch with its journal": whole_batches(journal),
        }
        if arguments.profile:
            profile(ways["whole batch with its journal"], account, groups)
        else:
            compare(ways, account, groups, arguments.rounds)


if __name__ == "__main__":
    main()
