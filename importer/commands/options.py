"""The options of the commands, as `importer help settings` tells them, with their defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from importer.commands.help_layout import SectionedOption
from importer.commands.percent import percent
from importer.settings import CHOICES, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    Command = Callable[..., Any]

DEFAULTS = Settings()
RESULTS, READING, GROUPS, SENDING, TALKING = (
    "Results",
    "How the list is read",
    "Groups",
    "Sending",
    "Questions and messages",
)
"""The sections of the help."""


def _whole_number(text: str) -> int | str:
    """Return the number that a text is; any other text is left for the settings to refuse."""
    try:
        return int(text)
    except ValueError:
        return text


def _number(text: str) -> float | str:
    """Return the number that a text is; any other text is left for the settings to refuse."""
    try:
        return float(text)
    except ValueError:
        return text


def _option(section: str, *names: str, **attributes: Any) -> Callable[[Command], Command]:
    return click.option(*names, cls=SectionedOption, section=section, **attributes)


def _choices(name: str) -> str:
    return "|".join(CHOICES[name])


def _default(name: str) -> str:
    value = getattr(DEFAULTS, name)
    return f"[default: {value:g}]" if isinstance(value, float) else f"[default: {value}]"


_OUT = _option(
    RESULTS,
    "--out",
    metavar="PATH",
    help="Results: a folder, or a file that ends as the format. [default: beside the input]",
)
_FORMAT = _option(
    RESULTS,
    "--format",
    metavar=_choices("format"),
    help=f"A workbook, or for machines the sheet Numbers alone. {_default('format')}",
)
_PRINT = _option(
    RESULTS,
    "--print",
    metavar=_choices("print"),
    help="What a list of over 1,000 lines prints: the Summary and Rejected alone, or all sheets. "
    f"{_default('print')}",
)
_READING = [
    _option(
        READING,
        "--region",
        metavar="HK",
        help="Country of numbers without country code. [default: none]",
    ),
    _option(
        READING,
        "--column",
        multiple=True,
        metavar="NAME",
        help="Phone column; may be given again. [default: found by itself]",
    ),
    _option(
        READING,
        "--country-column",
        metavar="NAME",
        help="Column of the rows' countries, none for none. [default: found by itself]",
    ),
    _option(
        READING,
        "--sheet",
        multiple=True,
        metavar="NAME",
        help="Sheet to read; may be given again. [default: all]",
    ),
    _option(
        READING,
        "--visible-only",
        is_flag=True,
        default=None,
        help="Leave out hidden and filtered rows.",
    ),
    _option(READING, "--encoding", metavar="NAME", help="Encoding of a CSV. [default: found]"),
    _option(READING, "--delimiter", metavar="CHAR", help="Delimiter of a CSV. [default: found]"),
    _option(
        READING,
        "--bare-digits",
        metavar=_choices("bare_digits"),
        help=f"How to read digits that say nothing of a country. {_default('bare_digits')}",
    ),
    _option(
        READING,
        "--strict",
        metavar=_choices("strict"),
        help="Which numbers are good enough; possible ones have the right length alone. "
        f"{_default('strict')}",
    ),
]
_GROUPING = [
    _option(
        GROUPS,
        "--group-size",
        type=_whole_number,
        metavar="N",
        help=f"Numbers in a group at most. {_default('group_size')}",
    ),
    _option(
        GROUPS,
        "--group-by",
        metavar="country|COLUMN|none",
        help=f"What the numbers of a group have in common. {_default('group_by')}",
    ),
    _option(
        GROUPS,
        "--name",
        metavar="TEMPLATE",
        help=f"Group names; also {{value}}, {{date}}, {{batch}}. {_default('name')}",
    ),
    _option(GROUPS, "--remark", metavar="TEXT", help="Remark of every group."),
    _option(
        GROUPS,
        "--known",
        metavar=_choices("known"),
        help=f"Numbers that earlier batches put into groups. {_default('known')}",
    ),
    _option(
        GROUPS,
        "--any-size",
        is_flag=True,
        default=None,
        help="Try groups larger than the account is known to take.",
    ),
    _option(
        GROUPS,
        "--max-rejects",
        type=_number,
        metavar="PERCENT",
        help=f"Send nothing where more rows are rejected. {_default('max_rejects')}",
    ),
    _option(
        GROUPS,
        "--max-groups",
        type=_whole_number,
        metavar="N",
        help=f"Send nothing where it would make more groups. {_default('max_groups')}",
    ),
]
_OF_RUN = [
    _option(
        GROUPS,
        "--again",
        is_flag=True,
        default=None,
        help="Make new groups for a list that was run before.",
    ),
    _option(
        GROUPS,
        "--limit-groups",
        type=_whole_number,
        metavar="N",
        help="Make the list's first N groups only, as a trial; resume makes the rest.",
    ),
]
_CALLING = [
    _option(
        SENDING,
        "--rate",
        type=_number,
        metavar="N",
        help=f"Calls a second at most. {_default('rate')}",
    ),
    _option(
        SENDING,
        "--concurrency",
        type=_whole_number,
        metavar="N",
        help=f"Calls at a time. {_default('concurrency')}",
    ),
    _option(
        SENDING,
        "--timeout",
        type=_number,
        metavar="S",
        help=f"Seconds to wait for an answer. {_default('timeout')}",
    ),
    _option(
        SENDING,
        "--listing-delay",
        type=_number,
        metavar="S",
        help="Seconds that the vendor may take until a listing shows a new group. "
        f"{_default('listing_delay')}",
    ),
    _option(
        SENDING,
        "--sign-algorithm",
        metavar=_choices("sign_algorithm"),
        help=f"How calls are signed. {_default('sign_algorithm')}",
    ),
]
_SANDBOX = _option(
    SENDING,
    "--sandbox",
    is_flag=True,
    default=None,
    help="Rehearse against a server on this computer; needs no credentials.",
)
WAIT = _option(SENDING, "--wait", is_flag=True, help="Wait while another run holds the journal.")
JSON = _option(
    TALKING,
    "--json",
    "as_json",
    is_flag=True,
    help="Print the summary as one JSON object per batch.",
)
LOG_FORMAT = _option(
    TALKING,
    "--log-format",
    metavar=_choices("log_format"),
    help="What standard error says meanwhile: for people, or a JSON object a line. "
    f"{_default('log_format')}",
)
YES = _option(TALKING, "--yes", is_flag=True, help="Ask nothing.")
TIMINGS = _option(
    TALKING, "--timings", is_flag=True, default=None, help="Say how long each stage took."
)
QUIET = _option(TALKING, "--quiet", is_flag=True, help="Print errors only.")
TOGETHER = _option(
    READING, "--together", is_flag=True, help="All FILEs are one list; each has the same columns."
)
_CLUSTER = _option(
    READING,
    "--cluster",
    metavar="ADDRESS",
    help="Dask scheduler that works on long lists, as in tcp://host:8786.",
)
FILES = click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(readable=False)
)
"""A path, so that a shell completes files; whether it can be read is told as of any file."""


def _all_of(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


for_files = _all_of(
    FILES,
    TOGETHER,
    _CLUSTER,
    *_READING,
    *_GROUPING,
    *_OF_RUN,
    *_CALLING,
    _SANDBOX,
    WAIT,
    _OUT,
    _FORMAT,
    _PRINT,
    JSON,
    LOG_FORMAT,
    TIMINGS,
    YES,
    QUIET,
)
"""The options that `run` and `check` share."""

for_syncing = _all_of(
    click.argument("file", metavar="FILE"),
    click.option("--list", "list_name", required=True, metavar="NAME", help="The list."),
    click.option(
        "--adopt",
        metavar="BATCH",
        help="Begin the list with the groups of a batch that was run before.",
    ),
    click.option(
        "--max-remove",
        type=percent,
        metavar="PERCENT",
        help="Send nothing where more of the list's numbers would be removed. [default: 10]",
    ),
    click.option("--dry-run", is_flag=True, help="Show the changes, and send nothing."),
    _OUT,
    _FORMAT,
    _PRINT,
    *_READING,
    *_GROUPING,
    *_CALLING,
    _SANDBOX,
    WAIT,
    JSON,
    LOG_FORMAT,
    YES,
    QUIET,
)
"""The options of `sync`."""
for_config = _all_of(
    _CLUSTER,
    _OUT,
    _FORMAT,
    _PRINT,
    *_READING,
    *_GROUPING,
    *_OF_RUN,
    *_CALLING,
    _SANDBOX,
    click.option("--json", "as_json", is_flag=True, help="Print the settings as JSON."),
    LOG_FORMAT,
)
"""The options of `config`: those of `run` that set something."""

for_resuming = _all_of(_OUT, _FORMAT, _PRINT, *_CALLING, WAIT, JSON, LOG_FORMAT, YES, QUIET)
"""The options of `resume`: what was planned is not planned anew."""

for_nights = _all_of(
    click.option(
        "--json", "as_json", is_flag=True, help="Print the night as a JSON object, with its files."
    ),
    click.option("--quiet", is_flag=True, help="Say only what somebody has to look at."),
    LOG_FORMAT,
)
"""The options of `nightly`: all else is in importer.toml."""

for_batches = _all_of(
    click.option("--json", "as_json", is_flag=True, help="Print a JSON object per batch."),
    click.option(
        "--forget", is_flag=True, help="Remove the phone numbers of finished batches, after asking."
    ),
    click.option(
        "--older-than",
        type=click.IntRange(0),
        metavar="DAYS",
        help="With --forget: of all that were last worked on before so many days.",
    ),
    click.option(
        "--dry-run", is_flag=True, help="With --forget: say what would go and what would stay."
    ),
    WAIT,
    YES,
)

for_results = _all_of(_OUT, _FORMAT, _PRINT, JSON, QUIET)

for_looking = _all_of(
    click.option("--out", metavar="PATH", help="The workbook: a folder, or a file."),
    *_CALLING,
    click.option("--json", "as_json", is_flag=True, help="Print what was found as one object."),
    QUIET,
)
"""The options of `groups` and `verify`."""

for_settling = _all_of(*_CALLING, WAIT, JSON, YES, QUIET)
"""The options of `settle`."""

for_undoing = _all_of(
    *_CALLING,
    WAIT,
    click.option(
        "--json", "as_json", is_flag=True, help="Print what became of it as JSON; asks nothing."
    ),
    YES,
    QUIET,
)
