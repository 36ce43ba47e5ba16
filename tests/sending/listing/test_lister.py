"""Looking at all groups: whole pages, whole lists, and patience that has an end."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, cast

import pytest

from importer.sending.calls.access import VendorAccess
from importer.sending.calls.pacing import Pacer
from importer.sending.calls.retry import LONGEST_PAUSE, MAX_TRIES, Stop
from importer.sending.calls.stop_signal import StopSignal
from importer.sending.listing import lister
from importer.sending.listing.lister import GroupLister, ListingError, Snapshot
from tests.sending.fakes import (
    LOST,
    NOT_SENT,
    SendingProgress,
    UnaskedApi,
    answered,
    clock_of,
    date_of,
)
from tests.sending.virtual_time import VirtualLoop, run_virtually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from importer.api.reply import Reply

SERVER_MS = 1_700_000_000_000
PAGE = 3


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lister, "PAGE_SIZE", PAGE)


def page_of(names: Iterable[str], total: int) -> Reply:
    groups = [{"groupId": one, "groupName": one, "phones": "1", "remark": ""} for one in names]
    return answered(0, data={"total": total, "groups": groups}, date=date_of(SERVER_MS))


class ListOfGroups(UnaskedApi):
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

    def next_ts(self) -> int:
        return SERVER_MS

    def follow_clock(self, server_ms: int) -> None:
        self.followed.append(server_ms)
        self.clock_ms = 1


class Seen:
    """One look at a list: what was seen, how long it took, or why nothing was seen."""

    def __init__(self, vendor: ListOfGroups, rate: float | None = None) -> None:
        self.snapshot: Snapshot | None = None
        self.problem: ListingError | None = None
        self.loop = VirtualLoop()
        run_virtually(self._look(vendor, rate), self.loop)

    async def _look(self, vendor: ListOfGroups, rate: float | None) -> None:
        clock = clock_of(self.loop)
        pacer = Pacer(rate, clock=clock.monotonic, sleep=clock.sleep)
        access = VendorAccess(vendor, pacer, clock, SendingProgress())
        try:
            self.snapshot = await GroupLister(access, StopSignal()).read()
        except ListingError as error:
            self.problem = error
        self.seconds = self.loop.time()

    @property
    def names(self) -> set[str]:
        assert self.snapshot is not None, self.problem
        assert self.snapshot.is_whole, self.snapshot.problem
        assert {one.group_id for one in self.snapshot.groups} >= self.snapshot.ids
        return set(self.snapshot.ids)


@pytest.mark.parametrize("names", ["", "a", "ab"])
def test_one_page_is_one_answer(names: str) -> None:
    """A list that one answer holds is whole: it is read once."""
    vendor = ListOfGroups(names)
    assert Seen(vendor).names == set(names)
    assert vendor.asked == [(PAGE, 0)]


def test_pages_are_joined() -> None:
    """Each page begins with a group of the one before, so that nothing can slip past."""
    vendor = ListOfGroups("abcdefgh")
    assert Seen(vendor).names == set("abcdefgh")
    assert vendor.asked == [(PAGE, 0), (PAGE, 2), (PAGE, 4), (PAGE, 6), (PAGE, 7)]


def test_a_server_with_smaller_pages_is_read_whole() -> None:
    """Fewer groups than asked for on a page are no end."""
    assert Seen(ListOfGroups("abcdefgh", most=2)).names == set("abcdefgh")


def before(number: int, names: str) -> Callable[[int, ListOfGroups], Reply | None]:
    """Change the list before a page."""

    def change(page: int, vendor: ListOfGroups) -> None:
        if page == number:
            vendor.names = list(names)

    return change


@pytest.mark.parametrize("later", ["xabcdef", "bcdefx", "abcdefx", "def", "abdef", "xyabcdef"])
@pytest.mark.parametrize("number", [2, 3])
def test_what_is_there_all_the_time_is_seen(number: int, later: str) -> None:
    """Groups that come and go meanwhile let no other group slip past between two pages."""
    seen = Seen(ListOfGroups("abcdef", before(number, later)))
    assert seen.names >= set("abcdef") & set(later)


def test_a_list_that_never_stands_still_is_not_whole() -> None:
    """What is found counts, but nothing is absent from a list that changes without end."""

    def shuffle(number: int, vendor: ListOfGroups) -> None:
        vendor.names = [f"{number}-{at}" for at in range(7)]

    snapshot = Seen(ListOfGroups("abcdefg", shuffle)).snapshot
    assert snapshot is not None
    assert "never came out whole" in snapshot.problem


@pytest.mark.parametrize("seed", range(20))
def test_a_list_without_order_is_known_at_last(seed: int) -> None:
    """Where each page has another order, passes go on until nothing new shows."""
    random = Random(seed)
    names = [f"g{at}" for at in range(9)]
    vendor = ListOfGroups("", lambda number, vendor: random.shuffle(vendor.names))
    vendor.names = list(names)
    snapshot = Seen(vendor).snapshot
    assert snapshot is not None
    assert not snapshot.is_whole or snapshot.ids == set(names)


@pytest.mark.parametrize("total", [9, 7, "8", "many", None])
def test_a_total_that_is_off(total: object) -> None:
    """A total off by one, as text or missing is no reason to disbelieve a list that joins."""

    def answer(number: int, vendor: ListOfGroups) -> Reply:
        offset = vendor.asked[-1][1]
        page = page_of(vendor.names[offset : offset + PAGE], 8)
        return replace(page, data={**page.data, "total": total})  # type: ignore[dict-item]

    assert Seen(ListOfGroups("abcdefgh", answer)).names == set("abcdefgh")


def test_a_page_that_counts_less_than_the_ones_before_is_no_end() -> None:
    """A page that is cut short, with its own count, does not end the list."""

    def cut(number: int, vendor: ListOfGroups) -> Reply | None:
        return page_of(vendor.names[2:3], 1) if number % 2 == 0 else None

    snapshot = Seen(ListOfGroups("abcdefgh", cut)).snapshot
    assert snapshot is not None
    assert not snapshot.is_whole or snapshot.ids == set("abcdefgh")


def test_a_list_that_ends_too_early_is_not_whole() -> None:
    """Groups that the vendor counts and does not show may be the ones looked for."""

    def answer(number: int, vendor: ListOfGroups) -> Reply:
        offset = vendor.asked[-1][1]
        return page_of(vendor.names[offset : offset + PAGE], 9)

    snapshot = Seen(ListOfGroups("ab", answer)).snapshot
    assert snapshot is not None
    assert not snapshot.is_whole
    assert snapshot.ids == {"a", "b"}


@pytest.mark.parametrize("total", [6, None])
def test_a_vendor_that_takes_no_notice_of_the_offset(total: int | None) -> None:
    """The first page again and again is not the whole list, and the reading ends."""
    page = page_of("abc", 6)
    data = {**page.data, "total": total}  # type: ignore[dict-item]
    snapshot = Seen(ListOfGroups("", lambda number, vendor: replace(page, data=data))).snapshot
    assert snapshot is not None
    assert not snapshot.is_whole


def test_a_list_beyond_the_vendors_range_is_at_its_end() -> None:
    """A vendor may refuse an offset at the end of the list instead of an empty page."""

    def refuse(number: int, vendor: ListOfGroups) -> Reply | None:
        return answered(10012) if vendor.asked[-1][1] >= len(vendor.names) else None

    assert Seen(ListOfGroups("abcdef", refuse)).names == set("abcdef")


@pytest.mark.parametrize("refusal", [answered(10011), replace(LOST, too_large=True)])
def test_smaller_pages_are_asked_for(refusal: Reply, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a page is too large for the vendor or for memory, smaller ones are read."""
    monkeypatch.setattr(lister, "PAGE_SIZE", 40)
    names = [f"g{at}" for at in range(30)]

    def refuse(number: int, vendor: ListOfGroups) -> Reply | None:
        return refusal if vendor.asked[-1][0] > 10 else None

    vendor = ListOfGroups("", refuse, most=10)
    vendor.names = names
    assert Seen(vendor).names == set(names)


FAILURES = [
    LOST,
    NOT_SENT,
    answered(None, http_status=500),
    answered(27),
    answered(10009),
    answered(0, data="none"),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_page_that_fails_is_asked_for_again(failure: Reply) -> None:
    """Asking again is harmless, so it is done with growing pauses."""
    vendor = ListOfGroups("ab", lambda number, vendor: failure if number < 4 else None)
    seen = Seen(vendor)
    assert seen.names == set("ab")
    assert seen.seconds == pytest.approx(1 + 2 + 4, abs=0.1)


def test_pages_between_refusals_for_rate_show_that_calls_are_taken() -> None:
    """A long list is read through at a pace to be found: refusals count only in a row."""
    names = "".join(map(chr, range(0x4E00, 0x4E00 + 40)))

    def refuse(number: int, vendor: ListOfGroups) -> Reply | None:
        return answered(27) if number % 2 else None

    vendor = ListOfGroups(names, refuse)
    assert Seen(vendor, rate=5).names == set(names)
    assert len(vendor.asked) > 4 * MAX_TRIES


def test_a_failure_after_refusals_for_rate_is_tried_again() -> None:
    """A server that was busy for a while has not failed before."""
    answers = [*[answered(27)] * (MAX_TRIES - 1), LOST]
    seen = Seen(ListOfGroups("ab", lambda number, vendor: dict(enumerate(answers, 1)).get(number)))
    assert seen.names == set("ab")


@pytest.mark.parametrize("failure", FAILURES)
def test_a_page_that_always_fails_ends_the_look(failure: Reply) -> None:
    """After MAX_TRIES tries there is no list, and the reason is a sentence."""
    seen = Seen(ListOfGroups("abc", lambda number, vendor: failure))
    assert seen.problem is not None
    assert seen.problem.stop is Stop.BLIND
    assert str(seen.problem) == (
        failure.message if failure.code != 0 else "the answer was no list of groups"
    )


def test_what_was_found_counts_where_a_later_page_fails() -> None:
    """FOUND holds from any page; only ABSENT needs the whole list."""
    vendor = ListOfGroups("abcdef", lambda number, vendor: LOST if number > 1 else None)
    snapshot = Seen(vendor).snapshot
    assert snapshot is not None
    assert snapshot.ids == set("abc")
    assert not snapshot.is_whole


def test_a_page_waits_as_long_as_the_server_asks() -> None:
    """Retry-After is honoured, up to what a run has patience for."""
    busy = answered(None, http_status=429, retry_after=30.0)
    assert Seen(ListOfGroups("ab", lambda n, v: busy if n == 1 else None)).seconds == 30.0
    tomorrow = replace(busy, retry_after=LONGEST_PAUSE + 1)
    seen = Seen(ListOfGroups("abc", lambda number, vendor: tomorrow))
    assert (seen.seconds, str(seen.problem)) == (0, "told")


@pytest.mark.parametrize("code", [1003, 1005])
def test_refused_credentials_are_not_tried_again(code: int) -> None:
    """Every call would be refused, so the first refusal ends the look and says so."""
    vendor = ListOfGroups("abc", lambda number, vendor: answered(code))
    seen = Seen(vendor)
    assert seen.problem is not None
    assert seen.problem.stop is Stop.CREDENTIALS
    assert len(vendor.asked) == 1


def test_a_clock_that_is_off_is_corrected() -> None:
    """A resumed run or an undo begins with a look: 1004 is put right there too, by Date."""

    def refuse(number: int, vendor: ListOfGroups) -> Reply | None:
        return None if vendor.clock_ms else answered(1004, date=date_of(SERVER_MS))

    vendor = ListOfGroups("ab", refuse)
    assert Seen(vendor).names == set("ab")
    assert vendor.followed == [SERVER_MS]

    never = ListOfGroups("abc", lambda number, vendor: answered(1004))
    assert Seen(never).problem is not None


def test_every_page_keeps_the_shared_pace() -> None:
    """Looking does not get around the rate."""
    seen = Seen(ListOfGroups("abcdef"), rate=2)
    assert seen.seconds >= 1.5


def test_only_what_is_wanted_is_kept() -> None:
    """Of ten thousand groups only those that may be meant stay in memory."""
    vendor = ListOfGroups("abcdefgh")

    async def look() -> Snapshot:
        loop = asyncio.get_running_loop()
        clock = clock_of(cast("VirtualLoop", loop))
        pacer = Pacer(None, clock=clock.monotonic, sleep=clock.sleep)
        access = VendorAccess(vendor, pacer, clock, SendingProgress())
        return await GroupLister(access, StopSignal()).read(lambda one: one.group_id == "d")

    snapshot = run_virtually(look())
    assert [one.group_id for one in snapshot.groups] == ["d"]
    assert snapshot.ids == set("abcdefgh")
