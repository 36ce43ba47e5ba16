"""How work ends: its outcome printed or logged, its error one sentence, all of it an exit code."""

from __future__ import annotations

import json
import signal
import sys
import threading
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, Never

from importer.commands.terminal.output import echo_line, echo_lines, echo_whole
from importer.errors import ENDS_ALL, Exit, ImporterError, gravest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from importer.batch.results.summary import Summary
    from importer.commands.terminal.prompts import OutputMode
    from importer.log import Log

INTERRUPTED = "interrupted; what was done is recorded, run the same command again."
TERMINATED = "ended by SIGTERM; what was done is recorded, run the same command again."


class Terminated(KeyboardInterrupt):
    """SIGTERM came: a service or a computer is being shut down."""


def end_on_sigterm() -> None:
    """Let SIGTERM end a command as Ctrl+C does, in one sentence; a thread can't set that."""
    if threading.current_thread() is not threading.main_thread():
        return

    def on_signal(number: int, frame: object) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, on_signal)


def sentence_of(interrupt: KeyboardInterrupt) -> str:
    """Return what is said when a command was interrupted."""
    return TERMINATED if isinstance(interrupt, Terminated) else INTERRUPTED


@contextmanager
def report_fatal_errors(
    log: Log | None, also: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Report a fatal error as one JSON log event, where the log is JSON.

    `also` is called with its text as well, such as to mail it.

    Raises:
        ImporterError: the error itself, where the log is not JSON.
    """
    from importer.log import Level

    try:
        yield
    except ImporterError as error:
        if also is not None:
            also(str(error))
        if log is None or not log.as_json:
            raise
        _complain(error, "run failed", log)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt as interrupt:
        if log is None or not log.as_json:
            raise
        log.event("run failed", sentence_of(interrupt), Level.ERROR, exit=int(Exit.INTERRUPTED))
        raise SystemExit(Exit.INTERRUPTED) from None


def run_all(work: Sequence[tuple[Path, Callable[[], Summary]]], output: OutputMode) -> Never:
    """Do each piece of work, print how it went, and exit with the gravest exit code."""
    exits = [Exit.DONE]
    for path, do in work:
        exits.append(_one(path, do, output))
        if exits[-1] in ENDS_ALL:
            break
    raise SystemExit(gravest(exits))


def refuse_all(errors: Sequence[tuple[Path, ImporterError]], output: OutputMode) -> Never:
    """Tell each file's error as that of a piece of work, and exit with the gravest exit code."""

    def refuse(error: ImporterError) -> Never:
        raise error

    run_all([(path, partial(refuse, error)) for path, error in errors], output)


def _one(path: Path, do: Callable[[], Summary], output: OutputMode) -> Exit:
    """Do one piece of work; its failure is its own, and the others go on."""
    log = output.log
    with nullcontext() if log is None else log.about(str(path)):
        if log is not None:
            log.event("file begun", "")
        try:
            summary = do()
        except ImporterError as error:
            _complain(error, "file failed", log)
            if output.as_json:
                echo_whole(json.dumps(_failed(path, error.exit_code)))
            return error.exit_code
        _print_summary(summary, output)
        if log is not None:
            _log_summary(summary, log)
    return summary.exit


def _complain(error: ImporterError, event: str, log: Log | None) -> None:
    """Say what went wrong: in the log, where there is one."""
    from importer.log import level_of

    if log is None:
        print_error(error)
    else:
        log.event(event, str(error), level_of(error.exit_code), exit=int(error.exit_code))


def _log_summary(summary: Summary, log: Log) -> None:
    """Log a file's end by the event that a night has for it; a check ends by one of its own."""
    from importer.log import level_of
    from importer.nightly import outcome

    is_check = summary.batch is None and summary.exit is Exit.DONE
    log.event(
        "file checked" if is_check else f"file {outcome.state_of(summary)}",
        outcome.message_of(summary),
        level_of(summary.exit),
        batch=summary.batch,
        exit=int(summary.exit),
    )


def _failed(path: Path, code: Exit) -> dict[str, Any]:
    """Return the JSON object of a file that could not be taken on."""
    from importer.batch.results import summary as words
    from importer.model import Tally

    return dict(words.as_json(words.Summary(path, Tally(0), code, "")))


def _print_summary(summary: Summary, output: OutputMode) -> None:
    from importer.batch.results import summary as words

    if output.as_json:
        echo_whole(json.dumps(words.as_json(summary)))
    if output.as_json or output.quiet:
        if summary.exit is not Exit.DONE and output.log is None:
            print_error(f"{summary.file.name}: {summary.headline}")
    else:
        echo_lines(words.terminal_lines(summary))


def print_error(error: ImporterError | str) -> None:
    """Print an error's sentence; in a log, without the samples of numbers that it may show."""
    from importer.masking import masked

    echo_line(f"importer: {error if sys.stderr.isatty() else masked(str(error))}", err=True)
