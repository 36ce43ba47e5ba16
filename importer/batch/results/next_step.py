"""What the operator does next, as a command to paste. Pure."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from importer.countries import region_name
from importer.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from importer.model import Tally
    from importer.settings import Settings

_OF_ONE_COMMAND = frozenset(
    {
        "sandbox",
        "again",
        "together",
        "any_size",
        "wait",
        "json",
        "log_format",
        "yes",
        "quiet",
        "timings",
        "account",
    }
)
"""Settings that are not repeated in the command that comes next."""


@dataclass(frozen=True, slots=True)
class NextStep:
    """What to do first, in words, and then the command; "" for none of either."""

    words: str
    command: str = ""


NOTHING = NextStep("nothing to do")


def after_run(
    tally: Tally,
    batch: str,
    file: Path,
    results: Path,
    settings: Settings,
    *,
    undone: bool,
    deleted: int = 0,
    list_name: str = "",
    left: int = 0,
) -> NextStep:
    """Return what comes after a run, a resume or the results of a batch.

    `results` is the workbook, which is run again once it is corrected. `deleted` is how many of the
    planned numbers an undo of an earlier batch took out of their groups: no run of this one sends
    them. `list_name` is the list that the batch belongs to, and `left` how many numbers are still
    to be removed from it.
    """
    if undone and list_name:
        words = f"to bring the list {list_name} to this file again, sync it"
        return NextStep(words, sync_of(file, list_name))
    if undone:
        return NextStep("to make its groups anew, run the list again", run(file, settings))
    if settings.sandbox:
        return NextStep("run it for real", run(file, settings))
    if tally.planned > deleted or tally.in_doubt or left:
        word = f"; where no listing can tell, `importer settle {batch}` takes your word"
        return NextStep(f"finish it{word if tally.in_doubt else ''}", f"importer resume {batch}")
    if deleted:
        return NextStep(
            "to make groups anew that an undo deleted, run the list of the undone batch again; see "
            "it in",
            "importer batches",
        )
    if tally.refused:
        return NextStep(
            "see why in Groups; to send the refused ones once more",
            f"importer resume {batch} --refused",
        )
    return corrections(results, list_name) if tally.rejected else NOTHING


def after_check(tally: Tally, file: Path, settings: Settings) -> NextStep:
    """Return what comes after a check that found nothing in the way."""
    if not tally.planned:
        return NOTHING
    words = "if the sheets are as they should be, run it"
    return NextStep(words, run(file, settings))


def after_gate(
    tally: Tally,
    file: Path,
    results: Path,
    settings: Settings,
    *,
    verb: str,
    changes: Mapping[str, Any],
) -> NextStep:
    """Return what comes after a gate stopped a list before anything was sent.

    `changes` are the settings that would open it, where any would; `results` is the workbook of
    the check, which is run once it is corrected. `verb` is the command, `run` or `check`.
    """
    if changes:
        if (
            "sandbox" in settings.origins.options
        ):  # What was a rehearsal is not led on to the vendor.
            changes = {**changes, "sandbox": True}
        return NextStep(if_meant(changes), run(file, settings, verb=verb, **changes))
    return corrections(results) if tally.rejected else NextStep("try again", run(file, settings))


def if_meant(changes: Mapping[str, Any]) -> str:
    """Return on what condition the settings in `changes` are the right ones to open a gate."""
    if "region" in changes:
        return f"if their country is {region_name(changes['region'])}"
    return "if that is what you mean"


def of_night(tally: Tally) -> NextStep:
    """Return what comes after a list that a night took: no command, but the inbox."""
    if tally.planned or tally.in_doubt:
        return NextStep("nothing to do: the next night goes on with it")
    if tally.rejected:
        return NextStep("correct the sheet Rejected, save it, and put this file into the inbox")
    return NOTHING


def corrections(results: Path, list_name: str = "") -> NextStep:
    """Return what comes after rejects: the workbook, corrected, is run, or synced as its list."""
    words = "type the right numbers into the sheet Rejected, save it, and run that file"
    if list_name:
        return NextStep(words, sync_of(results, list_name))
    return NextStep(words, _command(["run", str(results)]))


def sync_of(file: Path, name: str, *options: str) -> str:
    """Return the command that keeps a list in step with a file."""
    return _command(["sync", str(file), "--list", name, *options])


def sync_anew(
    file: Path, name: str, settings: Settings, *options: str, changes: Mapping[str, Any]
) -> str:
    """Return the command of a sync with the options that were given, and some changes."""
    return sync_of(file, name, *options, *_options(settings, changes))


def run(file: Path, settings: Settings, *, verb: str = "run", **changes: Any) -> str:
    """Return the command that runs a file with the options that were given, and some changes."""
    files = settings.together or (str(file),)
    return _command(
        [verb, *files, *(["--together"] if len(files) > 1 else []), *_options(settings, changes)]
    )


def check_of(file: Path) -> str:
    """Return the command that checks a file."""
    return _command(["check", str(file)])


def _options(settings: Settings, changes: Mapping[str, Any]) -> Iterator[str]:
    given = settings.origins.options - _OF_ONE_COMMAND | changes.keys()
    for name in SETTINGS:
        value = changes.get(name, getattr(settings, name))
        if name not in given:
            continue
        option = f"--{name.replace('_', '-')}"
        if isinstance(value, bool):
            yield from [option] if value else []
            continue
        for one in value if isinstance(value, tuple) else (value,):
            yield option
            yield f"{one:g}" if isinstance(one, float) else str(one)


def _command(words: list[str]) -> str:
    whole = ["importer", *words]
    return subprocess.list2cmdline(whole) if sys.platform == "win32" else shlex.join(whole)
