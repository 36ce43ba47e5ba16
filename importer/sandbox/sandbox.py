"""One sandbox: the vendor, its rate limit and its faults, and a record of what reached it.

Without HTTP: `server.py` hands every request over in two steps, `arrive` and `conclude`.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from random import Random
from types import MappingProxyType

from importer.errors import SettingsError
from importer.sandbox.faults import DROP_BEFORE_READ, FAULTS_OF, Fault, FaultPlan
from importer.sandbox.listing import CreatedGroup
from importer.sandbox.rate import RateWindow
from importer.sandbox.replies import (
    GATEWAY_REFUSALS,
    VENDOR_REFUSALS,
    Outcome,
    Reply,
    page,
    vendor_reply,
)
from importer.sandbox.vendor import Vendor
from importer.sandbox.vendor_kinds import kind_of

NO_FAULTS: Mapping[str, float] = MappingProxyType({})
_NO_FAULT = Fault("done and answered", deliveries=1)
WRONG_DATE = 600.0
"""Seconds by which a wrong Date is wrong."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that reached the sandbox.

    `at` is when, by the server's clock, in seconds since the epoch. `status` is the HTTP status
    and `code` the return code that were answered, None where the client got none. `fault` is the
    fault that it met.
    """

    at: float
    action: str
    code: int | None
    status: int | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request of which only the headers are known."""

    at: float
    action: str
    over_rate: bool
    fault: str | None

    @property
    def unread(self) -> bool:
        """Whether the body must not be read."""
        return self.fault == DROP_BEFORE_READ


class Sandbox:
    """A vendor of one's own, kept in memory.

    `clock` gives seconds since the epoch; the server's clock is `skew` seconds ahead of it.
    `random` makes identifiers and faults; the same seed gives the same ones. `rate` is the most
    calls a second, None for no limit, and `refuse_with` how more are refused: 429, 429-bare, 503,
    27 or 28. `faults` are probabilities by name (see `faults.FAULTS`), `script` the faults of the
    coming createGroup calls, `listing_script`, `delete_script` and `update_script` those of the
    other actions, taken before those by chance. `vendor` names the kinds of vendor that it is (see
    `kinds.KINDS`). `latency` is how many seconds every answer is held back. `poison` and
    `max_phones` are as for `Vendor`.

    Raises SettingsError for a setting that can't be.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        random: Random | None = None,
        rate: float | None = None,
        refuse_with: str = "429",
        faults: Mapping[str, float] = NO_FAULTS,
        script: Iterable[str | None] = (),
        listing_script: Iterable[str | None] = (),
        delete_script: Iterable[str | None] = (),
        update_script: Iterable[str | None] = (),
        vendor: str | Iterable[str] = (),
        skew: float = 0.0,
        latency: float = 0.0,
        poison: Collection[str] = (),
        max_phones: int | None = None,
    ) -> None:
        random = random or Random()
        self.calls: list[Call] = []
        self.latency = latency
        self._clock = clock
        self._skew = skew
        self._window = None if rate is None else RateWindow(rate)
        self._refuse_with = _checked_refusal(refuse_with)
        scripts = {
            "createGroup": script,
            "listGroup": listing_script,
            "deleteGroup": delete_script,
            "updateGroup": update_script,
        }
        # A source of its own, so that the n-th call meets the same fault whatever else is asked.
        self._plan = FaultPlan(faults, scripts, Random(random.random()))
        self._kind = kind_of([vendor] if isinstance(vendor, str) else vendor)
        self._vendor = Vendor(
            clock=self.now,
            random=random,
            poison=poison,
            max_phones=max_phones,
            kind=self._kind,
        )
        self._begun = self.now()

    @property
    def groups(self) -> dict[str, CreatedGroup]:
        """The account's groups by groupId, in the order of their creation."""
        return self._vendor.groups

    def state(self) -> Mapping[str, Sequence[Mapping[str, object]]]:
        """Return the groups that there are and the calls that came, as plain values."""
        return {
            "groups": [asdict(one) for one in self.groups.values()],
            "calls": [asdict(one) for one in self.calls],
        }

    def now(self) -> float:
        """Return the server's time, in seconds since the epoch."""
        return self._clock() + self._skew

    def date(self) -> float | None:
        """Return what the header Date says, in seconds since the epoch; None for nothing."""
        match self._kind.date_form:
            case "frozen":
                return self._begun
            case "behind":
                return self.now() - WRONG_DATE
            case "ahead":
                return self.now() + WRONG_DATE
            case "empty":
                return None
            case "right":
                return self.now()

    def arrive(self, action: str) -> Arrival:
        """Take in the headers of a call and decide what it meets.

        A call over the rate does not use up a fault.
        """
        at = self.now()
        over_rate = self._window is not None and not self._window.takes(at)
        return Arrival(at, action, over_rate, None if over_rate else self._plan.next_fault(action))

    def conclude(self, arrival: Arrival, headers: Mapping[str, str], body: bytes) -> Outcome:
        """Carry out a call as far as it gets, record it, and return what the client is to see."""
        outcome = self._outcome(arrival, headers, body)
        self._record(arrival, outcome)
        return outcome

    def turn_away(self, status: int, action: str) -> Reply:
        """Record a request that is no call of the API and return its answer."""
        reply = page(status)
        self._record(Arrival(self.now(), action, over_rate=False, fault=None), reply)
        return reply

    def _outcome(self, arrival: Arrival, headers: Mapping[str, str], body: bytes) -> Outcome:
        if arrival.over_rate:
            return self._refusal()
        fault = _NO_FAULT
        if arrival.fault is not None:
            fault = FAULTS_OF[arrival.action][arrival.fault]
        if fault.disturbs_listing:
            self._vendor.disturb_listing()
        return self._meet(fault, headers, body)

    def _meet(self, fault: Fault, headers: Mapping[str, str], body: bytes) -> Outcome:
        replies = [self._deliver(fault, headers, body) for _ in range(fault.deliveries)]
        if fault.instead is not None:
            return fault.instead
        if fault.second_follows:
            return replace(replies[0], then=replies[1])
        return replies[-1] if fault.alter is None else fault.alter(replies[-1])

    def _deliver(self, fault: Fault, headers: Mapping[str, str], body: bytes) -> Reply:
        answer = self._vendor.handle(headers, body)
        if fault.drops_remark and "groupId" in answer:
            self._vendor.drop_remark(str(answer["groupId"]))
        return vendor_reply(answer)

    def _refusal(self) -> Reply:
        if self._refuse_with in GATEWAY_REFUSALS:
            return GATEWAY_REFUSALS[self._refuse_with]
        return vendor_reply(self._vendor.answer(VENDOR_REFUSALS[self._refuse_with]))

    def _record(self, arrival: Arrival, outcome: Outcome) -> None:
        code, status = (
            (outcome.code, outcome.status) if isinstance(outcome, Reply) else (None, None)
        )
        self.calls.append(Call(arrival.at, arrival.action, code, status, arrival.fault))


def _checked_refusal(name: str) -> str:
    known = [*GATEWAY_REFUSALS, *VENDOR_REFUSALS]
    if name not in known:
        raise SettingsError(f"The sandbox can't refuse with {name!r}; use {', '.join(known)}.")
    return name
