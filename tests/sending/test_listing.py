"""Looking at all groups: whole pages, whole lists, and patience that has an end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from importer.sending import listing
from importer.sending.listing import GroupLister, ListingError, Snapshot
from importer.sending.pacing import Pacer
from importer.sending.retry import LONGEST_PAUSE
from tests.sending.fakes import LOST, NOT_SENT, answered, date_of
from tests.sending.virtual_time import VirtualLoop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.api.reply import Reply

SERVER_MS = 1_700_000_000_000
PAGE = 3


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE_SIZE", PAGE)


def page_of(names: Iterable[str], total: int) -> Reply:
    groups = [{"groupId": one, "groupName": one, "phones": "1", "remark": ""} for one in names]
    return answered(0, data={"total": total, "groups": groups}, date=date_of(SERVER_MS))


class ListOfGroups:
    """A vendor's list that changes between pages as `before_page` says.

    `before_page` is given the number of the page, counted through all readings from 1, and may
    change `names` or return another answer.
    """

    def __init__(
        self,
        names: str,
        before_page: Callable[[int, ListOfGroups], Reply | None] = lambda number, vendor: None,
        most: int = PAGE,
    ) -> None:
        self.names = list(names)
        self.asked: list[tuple[int, int]] = []
        self.followed: list[int] = []
        self.clock_ms = 0
        self._before_page = before_page
        self._most = most

    async def list_groups(self, *, limit: int, offset: int) -> Reply:
        self.asked.append((limit, offset))
        answer = self._before_page(len(self.asked), self)
        if answer is None:
            shown = self.names[offset : offset + min(limit, self._most)]
            answer = page_of(shown, len(self.names))
        return replace(answer, clock_ms=self.clock_ms)

    def follow_clock(self, server_ms: int) -> None:
        self.followed.append(server_ms)
        self.clock_ms = 1


class Seen:
    """One look at a list: what was seen, how long it paused, when it ended."""

    def __init__(self, vendor: ListOfGroups) -> None:
        self.pauses: list[float] = []
        self.snapshot: Snapshot | None = None
        self.problem: ListingError | None = None
        run_virtually(self._look(vendor))

    async def _look(self, vendor: ListOfGroups) -> None:
        async def pause(seconds: float) -> None:
            self.pauses.append(seconds)

        pacer = Pacer(None, clock=lambda: 0.0, sleep=pause)
        try:
            self.snapshot = await GroupLister(vendor, pacer, pause).look()
        except ListingError as error:
            self.problem = error

    @property
    def names(self) -> set[str]:
        assert self.snapshot is not None, self.problem
        return {one.group_id for one in self.snapshot.groups}


@pytest.mark.parametrize("names", ["", "a", "abc"])
def test_one_page_is_one_answer(names: str) -> None:
    """A list that one answer holds is whole: it is read once."""
    vendor = ListOfGroups(names)
    assert Seen(vendor).names == set(names)
    assert vendor.asked == [(PAGE, 0)]


def test_all_pages_are_read_twice() -> None:
    """A longer list is read to its last page, and again: groups can move between pages."""
    vendor = ListOfGroups("abcdefgh")
    assert Seen(vendor).names == set("abcdefgh")
    assert vendor.asked == [(PAGE, 0), (PAGE, 3), (PAGE, 6)] * 2


def test_a_server_with_smaller_pages_is_read_whole() -> None:
    """Fewer groups than asked for on a page are no end, and such a list is no single answer."""
    vendor = ListOfGroups("abc", most=2)
    assert Seen(vendor).names == set("abc")
    assert vendor.asked == [(PAGE, 0), (PAGE, 2)] * 2


def test_a_list_that_grows_is_read_again() -> None:
    """A total that changes between pages makes the reading void."""

    def grow(number: int, vendor: ListOfGroups) -> None:
        if number == 2:
            vendor.names.insert(0, "x")

    vendor = ListOfGroups("abcdef", grow)
    assert Seen(vendor).names == set("xabcdef")
    assert len(vendor.asked) == 2 + 3 + 3


def test_a_group_seen_twice_makes_the_reading_void() -> None:
    """The total stands, but one group shows on two pages: another one was missed."""

    def turn(number: int, vendor: ListOfGroups) -> None:
        if number == 2:
            vendor.names = list("xabcde")

    vendor = ListOfGroups("abcdef", turn)
    assert Seen(vendor).names == set("xabcde")
    assert len(vendor.asked) == 2 + 2 + 2


def test_a_group_that_slips_onto_a_page_already_read_is_seen() -> None:
    """Total and number of groups stand, yet one was missed: the second reading has it.

    Group d moves to the first page while another goes and a new one comes at the end.
    """

    def slip(number: int, vendor: ListOfGroups) -> None:
        if number == 2:
            vendor.names = list("bcdefx")

    vendor = ListOfGroups("abcdef", slip)
    assert Seen(vendor).names >= set("bcdefx")


def test_readings_count_only_in_a_row() -> None:
    """A void reading between two good ones leaves the first one without its second."""

    def grow(number: int, vendor: ListOfGroups) -> None:
        if number == 4:
            vendor.names.append("x")

    vendor = ListOfGroups("abcdef", grow)
    assert Seen(vendor).names == set("abcdefx")
    assert len(vendor.asked) == 2 + 2 + 3 + 3


def test_a_list_that_never_stands_still_is_not_seen() -> None:
    """After MAX_PASSES readings that are not whole, there is no snapshot at all."""

    def grow(number: int, vendor: ListOfGroups) -> None:
        vendor.names.append(f"x{number}")

    vendor = ListOfGroups("abcdef", grow)
    seen = Seen(vendor)
    assert "kept changing" in str(seen.problem)
    assert len(vendor.asked) == 2 * listing.MAX_PASSES


def test_a_list_that_ends_too_early_is_not_seen() -> None:
    """A total that no page bears out is not believed, and does not go on for ever."""
    seen = Seen(ListOfGroups("", lambda number, vendor: page_of("ab", 9)))
    assert seen.problem is not None


FAILURES = [
    LOST,
    NOT_SENT,
    answered(None, http_status=500),
    answered(27),
    answered(0, data=None),
    answered(0, data={"total": 1, "groups": [{}]}),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_page_that_fails_is_asked_for_again(failure: Reply) -> None:
    """Asking again is harmless, so it is done with growing pauses."""
    vendor = ListOfGroups("abc", lambda number, vendor: failure if number < 4 else None)
    seen = Seen(vendor)
    assert seen.names == set("abc")
    assert seen.pauses == [listing.FIRST_PAUSE, 2 * listing.FIRST_PAUSE, 4 * listing.FIRST_PAUSE]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_page_that_always_fails_ends_the_look(failure: Reply) -> None:
    """After MAX_TRIES tries there is no snapshot, and the reason is a sentence."""
    vendor = ListOfGroups("abc", lambda number, vendor: failure)
    seen = Seen(vendor)
    assert len(vendor.asked) == listing.MAX_TRIES
    assert seen.problem is not None
    assert not seen.problem.credentials
    assert str(seen.problem) == (
        failure.message if failure.code != 0 else "the answer was no list of groups"
    )


def test_a_page_waits_as_long_as_the_server_asks() -> None:
    """Retry-After is honoured, up to what a run has patience for."""
    busy = answered(None, http_status=429, retry_after=30.0)
    assert Seen(ListOfGroups("abc", lambda n, v: busy if n == 1 else None)).pauses == [30.0]
    tomorrow = replace(busy, retry_after=LONGEST_PAUSE + 1)
    seen = Seen(ListOfGroups("abc", lambda number, vendor: tomorrow))
    assert (seen.pauses, str(seen.problem)) == ([], "told")


@pytest.mark.parametrize("code", [1003, 1005])
def test_refused_credentials_are_not_tried_again(code: int) -> None:
    """Every call would be refused, so the first refusal ends the look and says so."""
    vendor = ListOfGroups("abc", lambda number, vendor: answered(code))
    seen = Seen(vendor)
    assert seen.problem is not None
    assert seen.problem.credentials
    assert len(vendor.asked) == 1


def test_a_clock_that_is_off_is_corrected_once() -> None:
    """A resumed run or an undo begins with a look: 1004 is put right there too, by Date, once."""

    def refuse(number: int, vendor: ListOfGroups) -> Reply | None:
        return None if vendor.clock_ms else answered(1004, date=date_of(SERVER_MS))

    vendor = ListOfGroups("abc", refuse)
    assert Seen(vendor).names == set("abc")
    assert vendor.followed == [SERVER_MS]

    never = ListOfGroups("abc", lambda number, vendor: answered(1004, date=date_of(SERVER_MS)))
    assert Seen(never).problem is not None
    assert never.followed == [SERVER_MS]


def test_sight_is_as_old_as_its_first_page() -> None:
    """The time of a snapshot is the server's when its first reading began, never a later one."""

    def later(number: int, vendor: ListOfGroups) -> Reply:
        offset = vendor.asked[-1][1]
        shown = vendor.names[offset : offset + PAGE]
        return replace(page_of(shown, len(vendor.names)), date=date_of(SERVER_MS + 1000 * number))

    snapshot = Seen(ListOfGroups("abcdef", later)).snapshot
    assert snapshot is not None
    assert snapshot.server_ms == SERVER_MS + 1000


def test_the_servers_time_is_asked_with_the_smallest_page() -> None:
    """Asking for the time reads one group only."""
    vendor = ListOfGroups("abcdef")
    loop = VirtualLoop()

    async def main() -> int:
        async def pause(seconds: float) -> None:
            raise AssertionError(seconds)

        pacer = Pacer(None, clock=loop.time, sleep=pause)
        return await GroupLister(vendor, pacer, pause).server_ms()

    assert run_virtually(main(), loop) == SERVER_MS
    assert vendor.asked == [(1, 0)]


def test_every_page_keeps_the_shared_pace() -> None:
    """Looking does not get around the rate."""
    loop = VirtualLoop()
    times: list[Any] = []
    vendor = ListOfGroups("abcdef", lambda number, vendor: times.append(loop.time()))

    async def main() -> None:
        async def pause(seconds: float) -> None:
            loop.now += seconds

        await GroupLister(vendor, Pacer(2, clock=loop.time, sleep=pause), pause).look()

    run_virtually(main(), loop)
    assert len(times) == 4
    assert times[-1] - times[0] >= 1.5


def test_looking_waits_for_the_end_of_a_pause() -> None:
    """While the server asked everybody to wait, nobody looks either."""
    loop = VirtualLoop()
    times: list[float] = []
    vendor = ListOfGroups("abc", lambda number, vendor: times.append(loop.time()))

    async def main() -> None:
        pacer = Pacer(2, clock=loop.time, sleep=asyncio.sleep)
        pacer.pause(30)
        await GroupLister(vendor, pacer, asyncio.sleep).look()

    run_virtually(main(), loop)
    assert times == [pytest.approx(30)]
