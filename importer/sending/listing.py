"""Lists all groups at the vendor, page by page, until what was read is whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from importer.api.codes import CLOCK_CODE, CREDENTIAL_CODES, SUCCESS
from importer.sending.retry import LONGEST_PAUSE
from importer.sending.settling import Listed, Page, read_page, server_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from importer.api.reply import Reply
    from importer.sending.pacing import Pacer

PAGE_SIZE = 1000
"""The most that listGroup returns."""
MAX_PASSES = 8
"""How often the whole list is read when it changes under the reading."""
MAX_TRIES = 5
FIRST_PAUSE = 2.0
"""Seconds before a page is asked for again; each further pause is twice as long."""


class ListApi(Protocol):
    """What looking needs of the client."""

    async def list_groups(self, *, limit: int, offset: int) -> Reply:
        """Ask for one page."""

    def follow_clock(self, server_ms: int) -> None:
        """Sign by the server's clock from now on."""


class ListingError(Exception):
    """The list could not be read; the text says why."""

    def __init__(self, why: str, *, credentials: bool = False) -> None:
        super().__init__(why)
        self.credentials = credentials


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that was listed."""

    groups: tuple[Listed, ...]
    server_ms: int
    """The earliest that the server's clock can have shown when the reading began."""
    at_once: bool
    """Whether one answer held it all."""


class GroupLister:
    """Reads the list under the shared pace. `pause` sleeps some seconds."""

    def __init__(
        self, api: ListApi, pacer: Pacer, pause: Callable[[float], Awaitable[None]]
    ) -> None:
        self._api = api
        self._pacer = pacer
        self._pause = pause

    async def server_ms(self) -> int:
        """Return the earliest that the server's clock can show now, in ms.

        Raises:
            ListingError: the server gave no usable answer.
        """
        reply, _ = await self._page(1, 0)
        return server_time(reply)

    async def look(self) -> Snapshot:
        """Return all groups.

        A list of one page is one answer, and so whole. In a longer one, groups can move from a page
        not yet read to one that was, unseen; what two readings in a row don't show is not there.

        Raises:
            ListingError: the server gave no usable answer, or the list never stood still.
        """
        earlier: Snapshot | None = None
        for _ in range(MAX_PASSES):
            snapshot = await self._read_all()
            if snapshot is None:
                earlier = None
            elif snapshot.at_once:
                return snapshot
            elif earlier is not None:
                return Snapshot(earlier.groups + snapshot.groups, earlier.server_ms, at_once=False)
            else:
                earlier = snapshot
        raise ListingError("the vendor's list of groups kept changing while it was read")

    async def _read_all(self) -> Snapshot | None:
        """Read every page once; None where the total changed or groups were missed on the way."""
        reply, page = await self._page(PAGE_SIZE, 0)
        total, began = page.total, server_time(reply)
        groups, at_once = list(page.groups), len(page.groups) == total
        while page.groups and len(groups) < total:
            _, page = await self._page(PAGE_SIZE, len(groups))
            if page.total != total:
                return None
            groups += page.groups
        whole = len({one.group_id for one in groups}) == len(groups) == total
        return Snapshot(tuple(groups), began, at_once) if whole else None

    async def _page(self, limit: int, offset: int) -> tuple[Reply, Page]:
        """Ask for a page; asking again is harmless, so any failure is tried again."""
        reply: Reply | None = None
        for tries in range(MAX_TRIES):
            if reply is not None:
                await self._before_next(reply, tries)
            await self._pacer.slot()
            await self._pacer.leave()
            reply = await self._api.list_groups(limit=limit, offset=offset)
            if reply.code in CREDENTIAL_CODES:
                raise ListingError(reply.message, credentials=True)
            page = read_page(reply.data)
            if reply.code == SUCCESS and page is not None:
                return reply, page
        raise ListingError(_why(reply))

    async def _before_next(self, reply: Reply, tries: int) -> None:
        """Do what a useless answer asks for before the page is asked for again."""
        if reply.code == CLOCK_CODE and reply.clock_ms == 0 and reply.server_ms is not None:
            self._api.follow_clock(reply.server_ms)
        pause = reply.retry_after or FIRST_PAUSE * 2 ** (tries - 1)
        if pause > LONGEST_PAUSE:
            raise ListingError(_why(reply))
        await self._pause(pause)


def _why(reply: Reply | None) -> str:
    if reply is None:
        return "no answer"
    return "the answer was no list of groups" if reply.code == SUCCESS else reply.message
