"""Lists all groups at the vendor, page by page, and says whether what was read is whole.

What is found in any page is there. That a group is absent takes the whole list.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from importer.api.codes import CallOutcome, outcome_of
from importer.sending.calls.retry import Stop, Tries
from importer.sending.calls.stop_signal import Stopped
from importer.sending.listing.pages import Listed, Page, Reading, Readings, read_page
from importer.sending.listing.settling import server_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from importer.api.reply import Reply
    from importer.sending.calls.access import VendorAccess
    from importer.sending.calls.stop_signal import StopSignal

PAGE_SIZE = 1000
"""The most that listGroup returns."""
SMALLEST_PAGE = 10
"""Groups on a page, asked for where more make an answer too large."""
OVERLAP = 10
"""Groups of the page before that a page is asked to begin with."""
SURE_PAGE = 10
"""A first page of fewer groups was not cut to a round number."""
MAX_PASSES = 16
"""How often the whole list is read when it changes under the reading."""
MAX_REJOINS = 6
"""How often a page is asked for with more overlap."""
SIZE_CODE, PLACE_CODE = 10011, 10012
"""`list limit out of range` and `list offset out of range`."""


class ListingError(Exception):
    """The list could not be read at all; the text says why."""

    def __init__(self, why: str, *, stop: Stop = Stop.BLIND) -> None:
        super().__init__(why)
        self.stop = stop


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was listed."""

    groups: tuple[Listed, ...]
    """Those that were asked for."""
    ids: frozenset[str]
    """The groupIds of all groups that were there when the list was whole."""
    problem: str = ""
    """Why the list may not be whole; "" where it is."""

    has_shrunk: bool = False
    """Whether the vendor counted more groups before, in a page since `counted` was set to 0."""

    @property
    def is_whole(self) -> bool:
        """Whether what is not in the list was not at the vendor."""
        return not self.problem


class GroupLister:
    """Reads the list under the shared pace, until `stop` is set."""

    def __init__(self, access: VendorAccess, stop: StopSignal) -> None:
        self._access = access
        self._stop = stop
        self._page_size = PAGE_SIZE
        self._wanted: Callable[[Listed], bool] = lambda one: False
        self.counted = 0
        """The most groups that the vendor counted in any page."""

    async def server_ms(self) -> int:
        """Return the earliest that the server's clock can show now, in ms.

        Raises:
            ListingError: the server gave no usable answer.
        """
        reply, _ = await self._page(1, 0)
        return server_time(reply)

    async def read(
        self,
        wanted: Callable[[Listed], bool] = lambda one: True,
        *,
        keep_numbers: bool = True,
    ) -> Snapshot:
        """Return the groups that are wanted; of all others only the groupIds are kept.

        Without `keep_numbers`, the groups that are wanted come without their numbers.

        Raises:
            ListingError: not even the first page could be read.
        """
        found: dict[str, Listed] = {}

        def keep(page: Page) -> None:
            for one in page.found:
                found[one.group_id] = one if keep_numbers else replace(one, phones=frozenset())

        self._wanted = wanted
        readings = Readings()
        for _ in range(MAX_PASSES):
            reading = Reading()
            try:
                await self._read_once(reading, keep)
            except ListingError as error:
                if not reading.ids and not readings.ids:
                    raise
                readings.add(reading)
                return Snapshot(tuple(found.values()), frozenset(readings.ids), str(error))
            readings.add(reading)
            if readings.are_whole or readings.unreadable:
                break
        return Snapshot(
            tuple(found.values()), readings.proof, readings.problem, self.counted > readings.total
        )

    async def _read_once(self, reading: Reading, keep: Callable[[Page], None]) -> None:
        """Read every page once."""
        _, page = await self._page(self._page_size, 0)
        keep(page)
        reading.add(page)
        size = len(page.groups)
        if size < min(SURE_PAGE, self._page_size) and page.total == size:
            return
        more = size > 0
        while more and reading.is_joined:
            page = await self._next_page(reading, min(OVERLAP, max(1, size // 2)))
            keep(page)
            more = reading.add(page) > 0
        while not reading.is_joined and page.groups and not reading.is_exhausted:
            _, page = await self._page(self._page_size, reading.entries)
            keep(page)
            reading.add(page)

    async def _next_page(self, reading: Reading, overlap: int) -> Page:
        """Read the page that follows, so that it begins with what was read before."""
        page = Page((), None)
        for _ in range(MAX_REJOINS):
            _, page = await self._page(self._page_size, max(0, len(reading.ids) - overlap))
            if reading.joins(page):
                return page
            overlap *= 2
        return page

    async def _page(self, limit: int, offset: int) -> tuple[Reply, Page]:
        """Ask for a page; asking again is harmless, so any failure is tried again.

        Raises:
            ListingError: the server gave no usable answer, or the run is being stopped.
        """
        tries = Tries()
        while True:
            called_at, reply = await self._call(min(limit, self._page_size), offset)
            if reply.code == PLACE_CODE and offset:
                return reply, Page((), None)
            if self._asks_for_less(reply):
                continue
            page = read_page(reply.data, self._wanted)
            outcome = outcome_of(reply, makes_group=False)
            if outcome is CallOutcome.DONE and page is None:
                outcome = CallOutcome.UNCLEAR
            decision = self._access.decide(
                outcome, reply, tries, called_at=called_at, repeatable=True
            )
            if outcome is CallOutcome.DONE and page is not None:
                self.counted = max(self.counted, page.total or 0)
                return reply, page
            if not decision.again:
                stop = decision.stop if decision.stop is Stop.CREDENTIALS else Stop.BLIND
                raise ListingError(_why(reply), stop=stop or Stop.BLIND)

    async def _call(self, limit: int, offset: int) -> tuple[float, Reply]:
        pacer = self._access.pacer
        try:
            await self._stop.wait(pacer.slot())
            await self._stop.wait(pacer.leave())
        except Stopped:
            raise ListingError("the run was stopped") from None
        called_at = self._access.clock.monotonic()
        return called_at, await self._access.client.list_groups(limit=limit, offset=offset)

    def _asks_for_less(self, reply: Reply) -> bool:
        """Whether smaller pages may be answered; if so, they are asked for from now on."""
        if not (reply.too_large or reply.code == SIZE_CODE) or self._page_size <= SMALLEST_PAGE:
            return False
        self._page_size = max(SMALLEST_PAGE, self._page_size // 2)
        return True


def _why(reply: Reply) -> str:
    return "the answer was no list of groups" if reply.code == 0 else reply.message
