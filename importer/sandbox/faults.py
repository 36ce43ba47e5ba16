"""What goes wrong on demand, and which call it happens to. The randomness is passed in.

A fault is about one call of one action.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from importer.errors import SettingsError
from importer.sandbox.replies import (
    GATEWAY_REFUSALS,
    Alteration,
    NoReply,
    Outcome,
    failing,
    half,
    listing,
    packed,
    padded,
    page,
    refusal,
    without_data,
    without_group_id,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can go wrong with a call.

    `deliveries` is how many times the vendor carries the call out. `instead` is what the client
    gets in place of the answer; None: the answer itself, after `alter`. With `second_follows` the
    first answer is given, and the second comes on the same connection a moment later.
    """

    meaning: str
    deliveries: int
    instead: Outcome | None = None
    alter: Alteration | None = None
    drops_remark: bool = False
    second_follows: bool = False
    disturbs_listing: bool = False


DROP_BEFORE_READ = "drop-before-read"
_FAILURES = (-1, 500, 10005, 10006, 10009, 99999)
"""Codes that say that something failed, and not that nothing was made."""

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
    "second-answer": Fault(
        "done twice; the second answer follows on the same connection", 2, second_follows=True
    ),
    "huge-answer": Fault("done, then an answer of 64 MB", 1, alter=padded),
    "packed-answer": Fault("done, then an answer of 64 MB that is packed", 1, alter=packed),
    **{
        f"code{code}-after": Fault(f"done, then code {code}", 1, alter=failing(code))
        for code in _FAILURES
    },
    **{
        f"code{code}-before": Fault(f"code {code}; not done", 0, instead=refusal(code))
        for code in _FAILURES
    },
}
"""The faults of createGroup, by name."""

LISTING_FAULTS: Mapping[str, Fault] = {
    "listing-changes": Fault(
        "a group of somebody else appears in or vanishes from the listing",
        1,
        disturbs_listing=True,
    ),
    "listing-empty": Fault("the listing shows no group", 1, alter=listing(lambda _: [])),
    "listing-short": Fault(
        "a page of the listing shows its first half only",
        1,
        alter=listing(lambda groups: groups[: len(groups) // 2]),
    ),
    "listing-null": Fault("the listing has data null", 1, alter=without_data),
    "listing-half-json": Fault("the first half of the listing's answer", 1, alter=half),
    "listing-500": Fault("HTTP 500 in place of the listing", 0, page(500)),
    "listing-html": Fault("an HTML page with HTTP 200 in place of the listing", 0, page(200)),
    "listing-10009": Fault("code 10009 in place of the listing", 0, refusal(10009)),
    "listing-huge": Fault("a listing of 64 MB", 1, alter=padded),
}
"""The faults of listGroup, by name."""

DELETE_FAULTS: Mapping[str, Fault] = {
    "delete-cut-before": Fault("deleteGroup is cut; not done", 0, NoReply.CUT),
    "delete-cut-after": Fault("deleteGroup is done, then cut", 1, NoReply.CUT),
    "delete-500-before": Fault("HTTP 500 for deleteGroup; not done", 0, page(500)),
    "delete-500-after": Fault("deleteGroup is done, then HTTP 500", 1, page(500)),
}
"""The faults of deleteGroup, by name."""

UPDATE_FAULTS: Mapping[str, Fault] = {
    "update-cut-before": Fault("updateGroup is cut; not done", 0, NoReply.CUT),
    "update-cut-after": Fault("updateGroup is done, then cut", 1, NoReply.CUT),
    "update-never-answers": Fault(
        "updateGroup is done, and no answer until the client leaves", 1, NoReply.SILENCE
    ),
    "update-never-answers-before": Fault(
        "updateGroup is not done, and no answer until the client leaves", 0, NoReply.SILENCE
    ),
    "update-500-before": Fault("HTTP 500 for updateGroup; not done", 0, page(500)),
    "update-500-after": Fault("updateGroup is done, then HTTP 500", 1, page(500)),
    "update-429": Fault(
        "HTTP 429 with Retry-After for updateGroup; not done", 0, GATEWAY_REFUSALS["429"]
    ),
    "update-html": Fault("updateGroup is done, then an HTML page with HTTP 200", 1, page(200)),
    "update-html-before": Fault(
        "an HTML page with HTTP 200 for updateGroup; not done", 0, page(200)
    ),
    "update-half-json": Fault(
        "updateGroup is done, then the first half of the answer", 1, alter=half
    ),
    "update-twice": Fault("updateGroup is delivered twice, the second one answered", 2),
    "update-not-done": Fault("code 0 for updateGroup; not done", 0, refusal(0)),
    **{
        f"update-code{code}-after": Fault(
            f"updateGroup is done, then code {code}", 1, alter=failing(code)
        )
        for code in _FAILURES
    },
    **{
        f"update-code{code}-before": Fault(
            f"code {code} for updateGroup; not done", 0, instead=refusal(code)
        )
        for code in _FAILURES
    },
}
"""The faults of updateGroup, by name."""

FAULTS_OF: Mapping[str, Mapping[str, Fault]] = {
    "createGroup": CREATE_FAULTS,
    "listGroup": LISTING_FAULTS,
    "deleteGroup": DELETE_FAULTS,
    "updateGroup": UPDATE_FAULTS,
}
"""The faults by action, and by name."""

FAULTS: Mapping[str, str] = {
    name: fault.meaning for faults in FAULTS_OF.values() for name, fault in faults.items()
}
"""Every fault by name, and what it does."""


SCRIPTED_WELL = "ok"
"""In a script, a createGroup that goes well."""


Script: TypeAlias = Sequence[str | None]


def scripts_of(names: Iterable[str]) -> tuple[Script, Script, Script, Script]:
    """Return the scripts of createGroup, listGroup, deleteGroup and updateGroup.

    The faults are named in turn, each of them is for the next call of its action.

    Raises SettingsError for a name that no fault has.
    """
    scripts: dict[str, list[str | None]] = {action: [] for action in FAULTS_OF}
    for name in names:
        if name == SCRIPTED_WELL:
            scripts["createGroup"].append(None)
            continue
        actions = [action for action, faults in FAULTS_OF.items() if name in faults]
        if not actions:
            raise SettingsError(_unknown(name))
        scripts[actions[0]].append(name)
    return (
        scripts["createGroup"],
        scripts["listGroup"],
        scripts["deleteGroup"],
        scripts["updateGroup"],
    )


class FaultPlan:
    """Decides which call meets which fault: first what a script says, then by chance.

    `chances` are probabilities from 0 to 1 by fault name; those of one action add up to 1 at most,
    because a call meets one fault or none. `scripts` are by action, for the coming calls of it, one
    name each or None for a call that goes well; they may be endless iterators. Raises SettingsError
    for a name or a probability that can't be.
    """

    def __init__(
        self,
        chances: Mapping[str, float],
        scripts: Mapping[str, Iterable[str | None]],
        random: Random,
    ) -> None:
        _check(chances)
        self._chances = {
            action: {name: chances[name] for name in faults if name in chances}
            for action, faults in FAULTS_OF.items()
        }
        self._scripts = {action: iter(scripts.get(action, ())) for action in FAULTS_OF}
        # One for each action: its n-th call meets the same fault whatever else is asked.
        self._randoms = {action: Random(random.random()) for action in FAULTS_OF}

    def next_fault(self, action: str) -> str | None:
        """Return the name of the coming call's fault, None where it goes well."""
        if action not in FAULTS_OF:
            return None
        try:
            name = next(self._scripts[action])
        except StopIteration:
            return self._by_chance(action)
        if name is not None and name not in FAULTS_OF[action]:
            raise SettingsError(_unknown(name))
        return name

    def _by_chance(self, action: str) -> str | None:
        if not self._chances[action]:
            return None
        point = self._randoms[action].random()
        for name, chance in self._chances[action].items():
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
    for action, faults in FAULTS_OF.items():
        total = sum(chances.get(name, 0.0) for name in faults)
        # A hair above 1, because tenths don't add up exactly.
        if total > 1 + 1e-9:
            raise SettingsError(
                f"The chances of the faults of {action} add up to {total:g}; make it 1 at most."
            )


def _unknown(name: str) -> str:
    return f"The sandbox has no fault {name!r} for this; use one of {', '.join(FAULTS)}."
