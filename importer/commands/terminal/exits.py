"""How work ends: its outcome printed or logged, its error one sentence, all of it an exit code."""

from __future__ import annotations

import json
import signal
import sys
import threading
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Never

from importer.commands.terminal.output import echo_line, echo_lines, echo_whole
from importer.errors import ENDS_ALL, Exit, ImporterError, gravest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from importer.batch.results.summary import Summary
    from importer.commands.terminal.prompts import OutputMode
    from importer.log import Log

_RECORDS_NOTHING = frozenset({"check", "config", "doctor", "groups", "help", "template", "verify"})


class Terminated(KeyboardInterrupt):
    """SIGTERM came: a service or a computer is being shut down."""


def end_on_sigterm() -> None:
    """Let SIGTERM end a command as Ctrl+C does, in one sentence; a thread can't set that."""
    if threading.current_thread() is not threading.main_thread():
        return

    def on_signal(number: int, frame: object) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, on_signal)


def sentence_of(interrupt: BaseException, words: Sequence[str]) -> str:
    """Return what is said when a command was interrupted, whose words these are."""
    why = "ended by SIGTERM" if isinstance(interrupt, Terminated) else "interrupted"
    leaves_nothing = "--sandbox" in _options(words) or not _RECORDS_NOTHING.isdisjoint(words[:1])
    what = "nothing was sent or recorded" if leaves_nothing else "what was done is recorded"
    return f"{why}; {what}, run the same command again."


@contextmanager
def report_fatal_errors(
    output: OutputMode, also: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Report a fatal error as `report_failure` does, and exit with its code.

    `also` is called with its text as well, such as to mail it.
    """
    try:
        yield
    except ImporterError as error:
        if also is not None:
            also(str(error))
        report_failure(str(error), error.exit_code, as_json=output.as_json, log=output.log)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt as interrupt:
        if output.log is None or not output.log.as_json:
            raise
        text = sentence_of(interrupt, sys.argv[1:])
        report_failure(text, Exit.INTERRUPTED, as_json=output.as_json, log=output.log)
        raise SystemExit(Exit.INTERRUPTED) from None


def asks_for_json(words: Sequence[str]) -> bool:
    """Whether the words of a command ask for JSON on standard output."""
    return "--json" in _options(words)


def log_format_in(words: Sequence[str]) -> str:
    """Return the form of the log that the words of a command ask for, "" for none."""
    options = _options(words)
    apart = [value for option, value in pairwise(options) if option == "--log-format"]
    joined = [one.partition("=")[2] for one in options if one.startswith("--log-format=")]
    return next(iter([*apart, *joined]), "")


def _options(words: Sequence[str]) -> Sequence[str]:
    """Return the words before `--`, behind which all are names of files."""
    return words[: words.index("--")] if "--" in words else words


def report_failure(text: str, code: Exit, *, as_json: bool, log: Log | None = None) -> None:
    """Say why a command ended before it had an outcome to show.

    It is a sentence on standard error, or an event where that is a JSON log; for `--json` also an
    object on standard output, so that a script that reads one always gets one.
    """
    from importer.log import level_of
    from importer.masking import masked

    if log is not None and log.as_json:
        log.event("run failed", text, level_of(code), exit=int(code))
    else:
        print_error(text)
    if as_json:
        echo_whole(json.dumps({"exit": int(code), "message": masked(text)}))


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
