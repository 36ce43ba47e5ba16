"""What goes wrong on demand, and which call it happens to. The randomness is passed in.

Every fault is about one createGroup call, except `listing-changes`, which is about one listGroup.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from random import Random

from importer.errors import SettingsError
from importer.sandbox.replies import (
    GATEWAY_REFUSALS,
    Alteration,
    NoReply,
    Outcome,
    half,
    page,
    without_group_id,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong with a createGroup.

    `deliveries` is how many times the vendor carries the call out. `instead` is what the client
    gets in place of the answer; None: the answer itself, after `alter`.
    """

    meaning: str
    deliveries: int
    instead: Outcome | None = None
    alter: Alteration | None = None
    drops_remark: bool = False


DROP_BEFORE_READ = "drop-before-read"
LISTING_CHANGES = "listing-changes"

CREATE_FAULTS: Mapping[str, Fault] = {
    # A server that listens can't refuse a connection; this is the nearest to it.
    DROP_BEFORE_READ: Fault("cut before the body is read; not done", 0, NoReply.CUT),
    "cut-before": Fault("cut after the body is read; not done", 0, NoReply.CUT),
    "cut-after": Fault("done, then cut", 1, NoReply.CUT),
    "never-answers": Fault("done, and no answer until the client leaves", 1, NoReply.SILENCE),
    "never-answers-before": Fault(
        "not done, and no answer until the client leaves", 0, NoReply.SILENCE
    ),
    "500-before": Fault("HTTP 500; not done", 0, page(500)),
    "500-after": Fault("done, then HTTP 500", 1, page(500)),
    "502-before": Fault("HTTP 502; not done", 0, page(502)),
    "502-after": Fault("done, then HTTP 502", 1, page(502)),
    "429": Fault("HTTP 429 with Retry-After; not done", 0, GATEWAY_REFUSALS["429"]),
    "429-bare": Fault("HTTP 429 without Retry-After; not done", 0, GATEWAY_REFUSALS["429-bare"]),
    "503": Fault("HTTP 503 with Retry-After; not done", 0, GATEWAY_REFUSALS["503"]),
    "html": Fault("done, then an HTML page with HTTP 200", 1, page(200)),
    "html-before": Fault("an HTML page with HTTP 200; not done", 0, page(200)),
    "half-json": Fault("done, then the first half of the answer", 1, alter=half),
    "no-group-id": Fault("done, then code 0 without groupId", 1, alter=without_group_id),
    "twice": Fault("delivered twice: two groups, the second one answered", 2),
    "remark-dropped": Fault("done and answered, but the remark is lost", 1, drops_remark=True),
}
"""The faults of createGroup, by name."""

FAULTS: Mapping[str, str] = {name: fault.meaning for name, fault in CREATE_FAULTS.items()} | {
    LISTING_CHANGES: "a group of somebody else appears in or vanishes from the listing",
}
"""Every fault by name, and what it does."""


class FaultPlan:
    """Decides which call meets which fault: first what `script` says, then by chance.

    `chances` are probabilities from 0 to 1 by fault name; those of createGroup add up to 1 at
    most, because a call meets one fault or none. `script` is for the coming createGroup calls, one
    name each or None for a call that goes well; it may be an endless iterator. Raises
    SettingsError for a name or a probability that can't be.
    """

    def __init__(
        self, chances: Mapping[str, float], script: Iterable[str | None], random: Random
    ) -> None:
        _check(chances)
        self._listing_chance = chances.get(LISTING_CHANGES, 0.0)
        self._chances = {n: p for n, p in chances.items() if n != LISTING_CHANGES}
        self._script: Iterator[str | None] = iter(script)
        self._random = random

    def next_create(self) -> str | None:
        """Return the fault of the coming createGroup, None where it goes well."""
        try:
            name = next(self._script)
        except StopIteration:
            return self._by_chance()
        if name is not None and name not in CREATE_FAULTS:
            raise SettingsError(_unknown(name))
        return name

    def listing_changes(self) -> bool:
        """Say whether the listing changes before the coming listGroup."""
        return self._listing_chance > 0 and self._random.random() < self._listing_chance

    def _by_chance(self) -> str | None:
        if not self._chances:
            return None
        point = self._random.random()
        for name, chance in self._chances.items():
            if point < chance:
                return name
            point -= chance
        return None


def _check(chances: Mapping[str, float]) -> None:
    for name, chance in chances.items():
        if name not in FAULTS:
            raise SettingsError(_unknown(name))
        if not 0 <= chance <= 1:
            raise SettingsError(f"The chance of the fault {name} must be 0 to 1, not {chance}.")
    total = sum(chance for name, chance in chances.items() if name != LISTING_CHANGES)
    # A hair above 1, because tenths don't add up exactly.
    if total > 1 + 1e-9:
        raise SettingsError(f"The chances of the faults add up to {total:g}; make it 1 at most.")


def _unknown(name: str) -> str:
    return f"The sandbox has no fault {name!r} for this; use one of {', '.join(FAULTS)}."
