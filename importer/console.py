"""The terminal: bars while something runs, notes between them. Silent where nobody looks."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tqdm import tqdm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from importer.model import Transition


class Terminal:
    """Shows bars on standard error where that is a terminal; notes always, unless `quiet`."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._bars = not quiet and sys.stderr.isatty()

    @property
    def is_log(self) -> bool:
        """Whether what is told ends up in a log, where phone numbers have no business."""
        return not sys.stderr.isatty()

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
        """Show a bar with count, rate and time left while a stage runs."""
        with tqdm(
            total=total,
            desc=f"{name:12}",
            unit=f" {unit}s",
            unit_scale=total is None or total > 100_000,
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
            tqdm.write(text, file=sys.stderr)
