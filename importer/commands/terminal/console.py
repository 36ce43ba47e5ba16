"""The terminal: progress bars and notes. Prints no bars unless standard error is a terminal."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from importer.commands.terminal.output import erase_line, shown
from importer.plurals import counted, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import NoReturn

    from tqdm import tqdm

    from importer.context import Progress
    from importer.model import Transition


BETWEEN = "Grouping and planning"
"""What is done between the stages that are shown."""


class Terminal:
    """Shows bars on standard error where that is a terminal; notes always, unless `quiet`.

    A bar is gone when its stage is over: what stays on the screen are sentences.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bars = not quiet and sys.stderr.isatty()
        self._bar: tqdm[NoReturn] | None = None
        self._name = self._form = self._waiting_form = ""

    @property
    def is_log(self) -> bool:
        """Whether this goes into a log, in which phone numbers are masked."""
        return not sys.stderr.isatty()

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        """Show a bar with count and time left while a stage runs; of groups with their rate."""
        if not self._bars:
            yield lambda count: None
            return
        # Only who looks at bars waits until their library is loaded.
        from tqdm import tqdm

        bar = tqdm(
            total=total,
            desc=_title(name),
            unit=f" {unit}s",
            bar_format=_form(total, unit),
            dynamic_ncols=True,
            leave=False,
            file=sys.stderr,
        )
        self._bar, self._name = bar, name
        self._form, self._waiting_form = _form(total, unit), _counting_form(total, unit)

        def advance(count: int) -> None:
            bar.update(count)

        try:
            yield advance
        finally:
            self._bar = None
            bar.close()
            erase_line()

    def steps(self, steps: Sequence[Transition]) -> None:
        """Say nothing: the bar counts what ends."""

    def waiting(self, seconds: int) -> None:
        """Show at the bar for how long nobody calls; 0 ends that."""
        if self._bar is not None:
            self._bar.bar_format = self._waiting_form if seconds else self._form
            self._bar.set_description_str(_title(f"Waiting {seconds} s" if seconds else self._name))

    def note(self, text: str) -> None:
        """Print a line that does not disturb a bar."""
        if self._quiet:
            return
        line = shown(visible(text), sys.stderr)
        if self._bar is None:
            click.echo(line, err=True)
        else:
            self._bar.write(line, file=sys.stderr)


def _title(name: str) -> str:
    return f"{name:13}"


def _form(total: int | None, unit: str) -> str:
    """Return how a bar is laid out; it leaves room for the ^C that a terminal shows at its end."""
    if total is None:
        return f"{{desc}} {{n:,}} {unit}s, {{elapsed}}"
    rate = "{rate_noinv_fmt}, " if unit == "group" else ""
    return f"{_counting_form(total, unit)}, {rate}{{remaining}} left"


def _counting_form(total: int | None, unit: str) -> str:
    """Return the layout without rate and time left, neither of which holds while nobody calls."""
    whole = "" if total is None else f" of {counted(total, unit)}"
    share = "" if total is None else "{percentage:3.0f}% |{bar:12}| "
    return f"{{desc}} {share}{{n:,}}{whole}"


class Stopwatch:
    """A watch that measures as well: what each stage took, and what lay between two stages."""

    def __init__(self, progress: Progress, loading: float, clock: Callable[[], float]) -> None:
        """Take the seconds that loading took, and a clock of seconds to measure with."""
        self._watch, self._clock = progress, clock
        self._spent = {"Loading": loading}
        self._since = clock()
        self.note, self.steps, self.waiting = progress.note, progress.steps, progress.waiting

    @property
    def is_log(self) -> bool:
        """Whether this goes into a log, in which phone numbers are masked."""
        return self._watch.is_log

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        """Measure a stage while it is shown."""
        self._count(BETWEEN)
        try:
            with self._watch.stage(name, total, unit) as advance:
                yield advance
        finally:
            self._count(name)

    def _count(self, name: str) -> None:
        now = self._clock()
        self._spent[name] = self._spent.get(name, 0.0) + now - self._since
        self._since = now

    def lines(self) -> Iterator[str]:
        """Give a line for each stage: its seconds, and its share of the whole."""
        self._count(BETWEEN)
        whole = sum(self._spent.values())
        between = (BETWEEN, self._spent.pop(BETWEEN))
        for name, seconds in (*self._spent.items(), between, ("Together", whole)):
            yield f"{name:22}{seconds:9.2f} s{seconds / (whole or 1):7.0%}"
