"""What listGroup answers: pages understood in every form that vendors send, and joined. Pure.

Documented is `{"total": 2, "groups": [{"groupId", "groupName", "phones": "1,2", "remark"}]}`. What
can be understood beyond that is; an entry without a groupId is counted, so that nobody takes a list
for whole in which something could not be read.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from importer.api.reply import identifier

_SEPARATORS = re.compile(r"[,;\s\uff0c]+")
_AS_SENT = re.compile(r"[1-9][0-9]*(?:,[1-9][0-9]*)*")
"""Numbers in the form that they are sent in, of which nothing has to be taken off."""
_TOTAL = re.compile(r"[0-9]{1,9}")
QUIET_PASSES = 4
"""Passes without a new group after which a list without a stable order is known."""
OFF_BY = 1
"""How many groups a total may be off: some vendors count before they add."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One group as listGroup shows it."""

    group_id: str
    name: str
    phones: frozenset[str]
    remark: str


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of listGroup."""

    groups: tuple[Listed, ...]
    total: int | None
    """How many groups there are, as the vendor counts; None where it says nothing usable."""
    unreadable: int = 0
    """Entries without a groupId."""
    found: tuple[Listed, ...] = ()
    """Those of the groups that were asked for; of the others only the groupId is kept."""


def read_page(data: object, wanted: Callable[[Listed], bool] = lambda one: True) -> Page | None:
    """Understand listGroup's `data`; None where it is of another kind than a list of groups.

    Nothing at all (null, or groups null or missing) is an account without groups.
    """
    if data is None:
        return Page((), 0)
    if not isinstance(data, Mapping):
        return None
    groups = data.get("groups")
    if groups is None and not _total(data.get("total")):
        return Page((), 0)
    if not isinstance(groups, list):
        return None
    listed, found = [], []
    for entry in groups:
        one = _read_group(entry)
        if one is not None and wanted(one):
            found.append(one)
        elif one is not None:
            # The numbers of a thousand groups are a lot: they are not kept even for a page.
            one = Listed(one.group_id, "", frozenset(), "")
        listed.append(one)
    readable = tuple(one for one in listed if one is not None)
    unreadable = len(listed) - len(readable)
    return Page(readable, _total(data.get("total")), unreadable, tuple(found))


def _total(value: object) -> int | None:
    if isinstance(value, str) and _TOTAL.fullmatch(value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _read_group(entry: Any) -> Listed | None:
    if not isinstance(entry, Mapping):
        return None
    group_id = identifier(entry.get("groupId"))
    if not group_id:
        return None
    return Listed(
        group_id=group_id,
        name=_text(entry.get("groupName")),
        phones=read_phones(entry.get("phones")),
        remark=_text(entry.get("remark")),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def read_phones(value: object) -> frozenset[str]:
    """Return the numbers of a group, digits only, from a text or an array."""
    if isinstance(value, str) and _AS_SENT.fullmatch(value):
        return frozenset(value.split(","))
    parts = value if isinstance(value, list) else _SEPARATORS.split(_text(value))
    return frozenset(filter(None, (_digits(_text(one)) for one in parts)))


def _digits(phone: str) -> str:
    """Take off + and 00, which both begin an international number."""
    return phone.strip().removeprefix("+").removeprefix("00")


class Reading:
    """One pass over the pages, each joined to the one before it.

    A page is asked for a little before the end of what was read. Where it begins with groups that
    were read, in their order, no group has slipped past between the two, whatever came or went in
    the meantime; so what such a pass does not show was not there.
    """

    def __init__(self) -> None:
        self.ids: dict[str, int] = {}
        """The groupIds that were read, with their places."""
        self.entries = 0
        """How many entries all pages had."""
        self.first = 0
        """How many groups the first page had."""
        self.is_joined = True
        self.totals: set[int | None] = set()
        self.unreadable = 0
        self._begins_again = False

    def joins(self, page: Page) -> bool:
        """Say whether a page has a group that was read: only then nothing can lie between."""
        return not self.ids or any(one.group_id in self.ids for one in page.groups)

    def add(self, page: Page) -> int:
        """Add the next page; return how many groups were new."""
        places = [self.ids[one.group_id] for one in page.groups if one.group_id in self.ids]
        new = dict.fromkeys(one.group_id for one in page.groups if one.group_id not in self.ids)
        in_order = all(one < other for one, other in itertools.pairwise(places))
        # A vendor that takes no notice of the offset gives the first page again and again.
        begins_again = places[:1] == [0] and not new
        self._begins_again |= begins_again
        twice = len(new) + len(places) != len(page.groups)
        self.is_joined &= self.joins(page) and in_order and not twice and not begins_again
        begin = len(self.ids)
        self.ids |= {group_id: begin + at for at, group_id in enumerate(new)}
        self.entries += len(page.groups)
        self.first = self.first or len(self.ids)
        self.unreadable += page.unreadable
        if page.groups or page.total is not None:
            self.totals.add(page.total)
        return len(new)

    @property
    def is_counted(self) -> bool:
        """Whether as many groups were read as the vendor counts, on each page alike."""
        return self.totals == {len(self.ids)}

    @property
    def is_consistent(self) -> bool:
        """Whether nothing can have slipped past, unless the vendor counts wrong.

        A list that one answer holds is whole in whatever order it comes.
        """
        counted = [one for one in self.totals if one is not None]
        # Where pages count differently, the largest count is what may not have been seen.
        enough = max(counted, default=0) <= len(self.ids) + OFF_BY
        if self._begins_again and not counted:
            return False
        at_once = self.is_counted and self.first == len(self.ids)
        return enough and (self.is_joined or at_once)

    @property
    def is_exhausted(self) -> bool:
        """Whether a pass without a stable order has asked for as many entries as there are."""
        most = max((one for one in self.totals if one is not None), default=2 * len(self.ids))
        return self.entries >= max(most, 1)


class Readings:
    """Several passes over the same list, and whether they show all of it."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        """The groupIds of all passes."""
        self.unreadable = 0
        self._last: frozenset[str] = frozenset()
        self.total = 0
        """How many groups the last pass showed, or the vendor counted in it."""
        self._totals: set[int | None] = set()
        self._consistent = 0
        """Passes in a row in which nothing can have slipped past."""
        self._quiet = 0
        """Passes in a row that showed nothing new."""
        self._is_enough = False
        """Whether the last pass is enough by itself."""

    def add(self, reading: Reading) -> None:
        """Add one pass."""
        self._quiet = self._quiet + 1 if reading.ids.keys() <= self.ids else 0
        self._consistent = self._consistent + 1 if reading.is_consistent else 0
        self._is_enough = reading.is_counted and self.ids <= reading.ids.keys()
        self._last = frozenset(reading.ids)
        counted = (one for one in reading.totals if one is not None)
        self.total = max(counted, default=len(reading.ids))
        self._totals |= reading.totals
        self.ids |= reading.ids.keys()
        self.unreadable += reading.unreadable

    @property
    def are_whole(self) -> bool:
        """Whether a group that no pass showed was not at the vendor.

        One consistent pass is enough where the vendor's total agrees and no pass before it showed a
        group that is missing now; else two in a row are. A list without a stable order is known
        when as many groups were seen as the vendor always counts, and further passes show no other.
        """
        if self.unreadable:
            return False
        if self._consistent:
            return self._is_enough or self._consistent > 1
        return self._quiet >= QUIET_PASSES and self._totals == {len(self.ids)}

    @property
    def proof(self) -> frozenset[str]:
        """The groupIds of what made the list whole: what is not among them was not there.

        A pass may show nothing where the one before showed groups; then theirs don't count.
        """
        return self._last if self._consistent else frozenset(self.ids)

    @property
    def problem(self) -> str:
        """Why the list may not be whole; "" where it is."""
        if self.unreadable:
            return "the vendor lists groups without a groupId"
        return "" if self.are_whole else "the vendor's list of groups never came out whole"
