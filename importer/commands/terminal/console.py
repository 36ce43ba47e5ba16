"""The terminal: progress bars and notes. Prints no bars unless standard error is a terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from tqdm import tqdm

from importer.plurals import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.context import Progress
    from importer.model import Transition


BETWEEN = "Grouping and planning"
"""What is done between the stages that are shown."""


def fitted(line: str, width: int) -> str:
    """Break a line between words, its rest set in, so that a narrow terminal does not cut words."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.fill(
        line,
        max(width - 1, 20),
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def shown(line: str, stream: TextIO) -> str:
    """Fit a line to a terminal; a log gets it whole."""
    return fitted(line, shutil.get_terminal_size().columns) if stream.isatty() else line


class Terminal:
    """Shows bars on standard error where that is a terminal; notes always, unless `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bars = not quiet and sys.stderr.isatty()

    @property
    def is_log(self) -> bool:
        """Whether this goes into a log, in which phone numbers are masked."""
        return not sys.stderr.isatty()

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        """Show a bar with count, rate and time left while a stage runs."""
        with tqdm(
            total=total,
            desc=f"{name:12}",
            unit=f" {unit}s",
            bar_format=None if total is not None else "{desc}: {n:,}{unit} [{elapsed}]",
            unit_scale=total is not None and total > 100_000,
            disable=not self._bars,
            dynamic_ncols=True,
            file=sys.stderr,
        ) as bar:

            def advance(count: int) -> None:
                bar.update(count)

            yield advance

    def steps(self, steps: Sequence[Transition]) -> None:
        """Say nothing: the bar counts what ends."""

    def note(self, text: str) -> None:
        """Print a line that does not disturb a bar."""
        if not self._quiet:
            tqdm.write(shown(visible(text), sys.stderr), file=sys.stderr)


class Stopwatch:
    """A watch that measures as well: what each stage took, and what lay between two stages."""

    def __init__(self, progress: Progress, loading: float, clock: Callable[[], float]) -> None:
        """Take the seconds that loading took, and a clock of seconds to measure with."""
        self._watch, self._clock = progress, clock
        self._spent = {"Loading": loading}
        self._since = clock()
        self.note, self.steps = progress.note, progress.steps

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
