"""The product's story: a spreadsheet in, number groups at the vendor, a results workbook out.

    file -> rows -> numbers and rejects -> groups -> journal -> calls -> journal -> results.xlsx

`run_file` and `check_file` tell it from top to bottom; every step is a function of its own stage.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from importer import __version__, archive, grouping, lock, report, results
from importer import summary as words
from importer.api.client import Account
from importer.errors import Exit, SettingsError
from importer.journal import Journal
from importer.model import Batch, Group, GroupRecord, GroupState, Known, Rows, Status, Tally
from importer.phones import normalize, understand_region
from importer.reading import read_rows
from importer.sending.retry import Stop
from importer.sending.session import Terms, send_groups
from importer.summary import Summary

if TYPE_CHECKING:
    import pandas as pd

    from importer.settings import Credentials, Settings

RESULTS = ".results.xlsx"
CHECK = ".check.xlsx"


class Watch(Protocol):
    """What the pipeline tells while it works."""

    def stage(
        self, name: str, total: int | None, unit: str
    ) -> AbstractContextManager[Callable[[int], None]]:
        """Begin a stage; what it gives is told how much more is done."""

    def note(self, text: str) -> None:
        """Say something that the operator should know now."""


KnownChoice = Callable[[str], str | None]
"""Asks what to do about known numbers: `skip`, `allow`, or None where nobody can be asked."""


@dataclass(frozen=True, slots=True)
class Site:
    """Where a run takes place: who calls, which journal, whom to ask, what time it is."""

    journal: Path
    credentials: Credentials | None
    """None for the sandbox."""
    ask_known: KnownChoice
    now: datetime
    """Aware, in the operator's time zone."""

    @property
    def account(self) -> str:
        """What tells accounts apart in the journal, without showing the key."""
        who = self.credentials
        told = f"{who.url} {who.access_key}" if who else "sandbox"
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def now_ms(self) -> int:
        """Milliseconds since the epoch."""
        return int(self.now.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file as far as its verdicts: what `check` and `run` have in common."""

    rows: Rows
    lines: pd.DataFrame
    """`number`, `country`, `type`, `reason` and `status` of each line of `rows`."""


def run_file(path: Path, settings: Settings, site: Site, watch: Watch) -> Summary:
    """Do the main job for one file. The same file again continues, or shows what was done.

    Raises:
        ImporterError: the file, a setting, the journal or the output can't be used.
    """
    target = report.target_path(path, settings.out, RESULTS)
    report.check_target(target)
    _check_template(settings, site)
    prepared = prepare(path, settings, watch)
    problem = _gate(prepared, settings)
    if problem:
        return _stopped_at_gate(path, prepared, settings, site, problem)
    with lock.hold(site.journal, site.now), Journal.open(site.journal) as journal:
        batch, notes = _earlier_batch(journal, prepared, settings, site)
        if batch is None:
            known = _known_numbers(journal, prepared, site)
            choice = _known_choice(known, settings, site)
            if choice is None:
                return _stopped_at_gate(path, prepared, settings, site, _known_problem(known))
            batch = _plan(journal, prepared, settings, site, known if choice == "skip" else None)
        archive.save(archive.path_of(site.journal, batch.id), prepared.rows, prepared.lines)
        stop = _send(journal, batch, settings, site, watch)
        groups, skipped = journal.groups(batch.id), journal.skipped(batch.id)
    if stop is not None:
        notes = (*notes, f"Stopped early: {_sentence(stop, groups)}")
    summary = _conclude(path, prepared, groups, skipped, settings, site, target, batch.id, notes)
    return replace(summary, exit=_exit(stop, summary.tally))


def check_file(path: Path, settings: Settings, site: Site, watch: Watch) -> Summary:
    """Do all of the main job that neither sends nor records anything.

    Raises:
        ImporterError: the file, a setting or the output can't be used.
    """
    target = report.target_path(path, settings.out, CHECK)
    report.check_target(target)
    _check_template(settings, site)
    prepared = prepare(path, settings, watch)
    return _show_plan(path, prepared, settings, site, target, _gate(prepared, settings))


def prepare(path: Path, settings: Settings, watch: Watch) -> Prepared:
    """Read a file and decide about each row."""
    region = _default_region(settings)
    with watch.stage("Reading", None, "row") as advance:
        rows = read_rows(path, settings.column, advance)
    with watch.stage("Normalizing", len(rows.cells), "row") as advance:
        verdicts = normalize(rows.cells, region, settings.strict, advance)
    return Prepared(rows, grouping.judge(verdicts, rows.cells))


def _check_template(settings: Settings, site: Site) -> None:
    """Refuse a bad --name before a long file is read."""
    try:
        grouping.check_template(settings.name, site.now.date())
    except grouping.TemplateError as error:
        raise SettingsError(f"--name: {error}.") from error


def _default_region(settings: Settings) -> str | None:
    if settings.region is None:
        return None
    region = understand_region(settings.region)
    if region is None:
        raise SettingsError(
            f"--region {settings.region} is no country: use two letters such as HK, or a calling "
            "code such as 852."
        )
    return region


def _gate(prepared: Prepared, settings: Settings) -> str:
    """Say why nothing may be sent of this file, or "" where it may."""
    rows = len(prepared.lines)
    rejected = int((prepared.lines["status"] == Status.REJECTED.value).sum())
    if rows == 0:
        return "Nothing was sent: the phone column is empty."
    if rejected == rows:
        return "Nothing was sent: no row has a number that is certain."
    if rejected * 100 > settings.max_rejects * rows:
        return (
            f"Nothing was sent: {rejected * 100 / rows:.0f} % of the rows are rejected, more than "
            f"the {settings.max_rejects:g} % that --max-rejects allows; it may be the wrong file, "
            "column or --region."
        )
    return ""


def _stopped_at_gate(
    path: Path, prepared: Prepared, settings: Settings, site: Site, problem: str
) -> Summary:
    """Show what would have been sent, in the workbook of a check."""
    target = report.target_path(path, settings.out, CHECK)
    return _show_plan(path, prepared, settings, site, target, problem)


def _earlier_batch(
    journal: Journal, prepared: Prepared, settings: Settings, site: Site
) -> tuple[Batch | None, tuple[str, ...]]:
    """Find the batch that this list was planned as before, and say what happens to it now."""
    fingerprint = grouping.fingerprint(grouping.accepted_numbers(prepared.lines))
    batch = None if settings.again else journal.find(fingerprint, site.account)
    if batch is None:
        return None, ()
    journal.settle_interrupted(batch.id)
    states = [one.state for one in journal.groups(batch.id)]
    before = datetime.fromtimestamp(batch.created_ms / 1000, site.now.tzinfo)
    told = f"This list was begun on {before:%Y-%m-%d at %H:%M} from {batch.file}"
    if GroupState.PLANNED in states:
        return batch, (f"{told}: it is continued as it was planned then.",)
    return batch, (f"{told}: its results are shown, no new group was made (--again makes new).",)


def _known_numbers(journal: Journal, prepared: Prepared, site: Site) -> pd.DataFrame:
    """Return those of the accepted numbers that other lists have put into groups."""
    numbers = grouping.accepted_numbers(prepared.lines)
    known = journal.known_numbers(site.account, but=grouping.fingerprint(numbers))
    return known[known["number"].isin(numbers)]


def _known_choice(known: pd.DataFrame, settings: Settings, site: Site) -> str | None:
    if known.empty:
        return "allow"
    if settings.known != "ask":
        return settings.known
    return site.ask_known(_known_problem(known))


def _known_problem(known: pd.DataFrame) -> str:
    batches = known["batch"].unique()
    some = ", ".join(batches[:3]) + (" and others" if len(batches) > 3 else "")
    return (
        f"{len(known):,} numbers are already in groups of earlier batches ({some}): --known skip "
        "leaves them out, --known allow puts them into new groups as well."
    )


def _plan(
    journal: Journal, prepared: Prepared, settings: Settings, site: Site, skip: pd.DataFrame | None
) -> Batch:
    """Cut the accepted numbers into groups, and record them before anything is sent."""
    fingerprint = grouping.fingerprint(grouping.accepted_numbers(prepared.lines))
    batch = Batch(
        id=grouping.batch_id(fingerprint, site.account, site.now_ms),
        fingerprint=fingerprint,
        account=site.account,
        file=prepared.rows.source.path.name,
        created_ms=site.now_ms,
        settings=json.dumps(asdict(settings), default=str),
    )
    lines = prepared.lines
    if skip is not None:
        lines = lines[~lines["number"].isin(skip["number"])]
    known = [] if skip is None else list(_known_groups(skip))
    journal.plan(batch, _groups(prepared, lines, settings, site, batch.id), known)
    return batch


def _known_groups(skip: pd.DataFrame) -> Iterator[Known]:
    for _, members in skip.groupby(["batch", "seq"], sort=False):
        first = members.iloc[0]
        phones = ",".join(members["number"])
        yield Known(first["batch"], int(first["seq"]), first["group_name"], phones)


def _groups(
    prepared: Prepared, lines: pd.DataFrame, settings: Settings, site: Site, batch: str
) -> list[Group]:
    plan = grouping.Plan(
        batch=batch,
        file=prepared.rows.source.path.stem,
        date=site.now.date(),
        size=settings.group_size,
        by=settings.group_by,
        name=settings.name,
        remark=settings.remark,
    )
    try:
        return grouping.make_groups(lines, plan, _group_values(prepared, settings.group_by))
    except grouping.TemplateError as error:
        raise SettingsError(f"--name: {error}.") from error


def _group_values(prepared: Prepared, by: str) -> pd.Series | None:
    """Return the column to group by, where it is one of the input's."""
    if by in {"country", "none"}:
        return None
    extras = prepared.rows.extras
    if by not in extras:
        there = ", ".join(f"'{name}'" for name in extras) or "no other"
        raise SettingsError(
            f"--group-by {by}: {prepared.rows.source.path.name} has no column of this name; there "
            f"is {there}."
        )
    return extras[by].astype("str").fillna("")


def _send(
    journal: Journal, batch: Batch, settings: Settings, site: Site, watch: Watch
) -> Stop | None:
    """Send what is planned; return why it stopped before the last group, if it did."""
    journal.settle_interrupted(batch.id)
    planned = [one.group for one in journal.groups(batch.id) if one.state is GroupState.PLANNED]
    if not planned:
        return None

    async def send() -> Stop | None:
        with watch.stage("Sending", len(planned), "group") as advance:
            async with _account(settings, site) as account:
                return await send_groups(
                    batch.id,
                    planned,
                    account,
                    _terms(settings, site),
                    journal.apply,
                    settled=lambda state: advance(1),
                    waiting=lambda seconds, reason: watch.note(
                        f"Waiting {seconds:.0f} s: {reason}."
                    ),
                )

    return asyncio.run(send())


def _terms(settings: Settings, site: Site) -> Terms:
    proxy = site.credentials is not None and not site.credentials.on_loopback
    return Terms(settings.rate, settings.concurrency, settings.timeout, use_proxy=proxy)


@asynccontextmanager
async def _account(settings: Settings, site: Site) -> AsyncIterator[Account]:
    """Give the account to call with: the operator's, or one at a sandbox that lives as long."""
    who = site.credentials
    if who is not None:
        yield Account(who.url, who.access_key, who.secret, settings.sign_algorithm)
        return
    from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, Sandbox, serve

    async with serve(Sandbox()) as url:
        yield Account(url, ACCESS_KEY, ACCESS_SECRET, settings.sign_algorithm)


@contextmanager
def sandbox_site(now: datetime) -> Iterator[Site]:
    """Give a site whose journal is thrown away: a sandbox forgets its groups as well."""
    with tempfile.TemporaryDirectory(prefix="importer-sandbox-") as folder:
        yield Site(Path(folder) / "journal.sqlite3", None, lambda question: None, now)


def _sentence(stop: Stop, groups: Sequence[GroupRecord]) -> str:
    said = next(
        (one.message for one in groups if one.state is GroupState.PLANNED and one.message), ""
    )
    return f"{stop} ({said})." if said else f"{stop}."


def _exit(stop: Stop | None, tally: Tally) -> Exit:
    if stop is Stop.INTERRUPTED:
        return Exit.INTERRUPTED
    return Exit.CREDENTIALS if stop is Stop.CREDENTIALS else words.exit_of(tally)


def _show_plan(
    path: Path, prepared: Prepared, settings: Settings, site: Site, target: Path, problem: str
) -> Summary:
    """Write the workbook of a check: the groups that would be made, with no groupId."""
    groups = [
        GroupRecord(group, GroupState.PLANNED)
        for group in _groups(prepared, prepared.lines, settings, site, batch="check")
    ]
    summary = _conclude(path, prepared, groups, None, settings, site, target, None, (), problem)
    return replace(summary, exit=Exit.GATE if problem else Exit.DONE)


def _conclude(
    path: Path,
    prepared: Prepared,
    groups: Sequence[GroupRecord],
    skipped: pd.DataFrame | None,
    settings: Settings,
    site: Site,
    target: Path,
    batch: str | None,
    notes: tuple[str, ...],
    problem: str = "",
) -> Summary:
    """Join lines and groups, write the workbook, and sum up."""
    settled = results.settle(prepared.lines, groups, skipped)
    tally = results.tally(settled, groups)
    if batch is None:
        tally = replace(tally, groups=len(groups))
    source = prepared.rows.source
    summary = Summary(
        file=path,
        tally=tally,
        exit=words.exit_of(tally),
        headline=words.headline(
            tally, check=batch is None, sandbox=site.credentials is None, problem=problem
        ),
        batch=batch,
        reasons=words.reasons(settled),
        notes=(*source.notes, *notes),
    )
    content = report.Content(
        headline=summary.headline,
        facts=_facts(summary, prepared, settings, site),
        tally=tally,
        rows=prepared.rows,
        lines=prepared.lines,
        settled=settled,
        groups=results.group_table(groups),
    )
    written = report.write(target, content)
    if written != target:
        moved = f"{target.name} is open in another program: the results are in {written.name}."
        summary = replace(summary, notes=(*summary.notes, moved))
    return replace(summary, results=written)


def _facts(
    summary: Summary, prepared: Prepared, settings: Settings, site: Site
) -> list[tuple[str, str]]:
    """List what was read, assumed and used, for the sheet Summary."""
    source = prepared.rows.source
    columns = "; ".join(
        f"sheet '{sheet}': numbers from '{phone}'"
        + (f", country from '{region}'" if region else "")
        for sheet, phone, region in source.columns
    )
    rejected = ", ".join(f"{count:,} {reason}" for reason, count in summary.reasons)
    facts = [
        ("Input", f"{source.path.name} ({source.form})"),
        ("Columns", columns),
        ("Country of numbers without code", settings.region or "none assumed"),
        ("Batch", summary.batch or "none: a check records nothing"),
        ("Sent to", site.credentials.url if site.credentials else "the sandbox on this computer"),
        ("Written", f"{site.now:%Y-%m-%d %H:%M:%S %Z}, by importer {__version__}"),
        (
            "Groups",
            f"by {settings.group_by}, at most {settings.group_size} numbers each, "
            f"named '{settings.name}'",
        ),
        (
            "Sending",
            f"{settings.rate:g} calls a second, {settings.concurrency} at a time, "
            f"{settings.timeout:g} s for an answer",
        ),
        ("Accepted", f"{settings.strict} numbers; at most {settings.max_rejects:g} % rejects"),
        ("Rejected because", rejected),
        *(("Note", note) for note in summary.notes),
    ]
    return [(label, value) for label, value in facts if value]
