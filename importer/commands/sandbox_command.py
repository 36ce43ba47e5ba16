"""The command sandbox: a server on this computer that plays the vendor."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from importer.commands.terminal.output import echo_line, echo_whole
from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@click.command(short_help="Serve a vendor to rehearse with, here.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.01),
    metavar="N",
    help="Refuse more calls a second than this.",
)
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME=PROBABILITY",
    help="Let calls go wrong at random; may be given again. `--fault list` names them.",
)
@click.option(
    "--script",
    multiple=True,
    metavar="NAME",
    help="Let the first call go wrong in this way, the next one given the second, and so on; `ok` "
    "is a createGroup that goes well.",
)
@click.option(
    "--vendor",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Be such a vendor; may be given again. `--vendor list` names them.",
)
@click.option("--seed", type=int, help="Make the random faults the same each time.")
@click.option(
    "--skew", type=float, default=0.0, metavar="S", help="Seconds that the server's clock is ahead."
)
def sandbox(
    port: int,
    rate: float | None,
    faults: Sequence[str],
    script: Sequence[str],
    kinds: Sequence[str],
    seed: int | None,
    skew: float,
) -> None:
    """Serve the vendor's API on this computer, with groups that live in memory."""
    import asyncio
    import random

    from importer.sandbox import FAULTS, KINDS, Sandbox, scripts_of, serve_forever

    if "list" in faults or "list" in kinds:
        _say_what_there_is(FAULTS if "list" in faults else KINDS)
        return
    chances = dict(_probability(one) for one in faults)
    creates, listings, deletions, updates = scripts_of(script)
    server = Sandbox(
        rate=rate,
        faults=chances,
        vendor=kinds,
        script=creates,
        listing_script=listings,
        delete_script=deletions,
        update_script=updates,
        skew=skew,
        random=random.Random(seed),
    )
    asyncio.run(serve_forever(server, port, _announce))


def _say_what_there_is(listed: Mapping[str, str]) -> None:
    """Print names and their meanings in two columns."""
    longest = max(map(len, listed))
    for name, meaning in listed.items():
        echo_line(f"{name:{longest}}  {meaning}")


def _announce(url: str) -> None:
    """Say where the server listens, and what makes another terminal call it."""
    from importer.sandbox import ACCESS_KEY, ACCESS_SECRET, state_url

    echo_line(f"The sandbox listens at {url} until you press Ctrl+C.")
    echo_line(f"Its groups and calls, as JSON: {state_url(url)}")
    echo_line("In another terminal, paste these and run the importer without --sandbox:")
    for name, value in (
        ("NXCLOUD_URL", url),
        ("NXCLOUD_ACCESS_KEY", ACCESS_KEY),
        ("NXCLOUD_ACCESS_SECRET", ACCESS_SECRET),
        ("IMPORTER_JOURNAL", "sandbox-journal.sqlite3"),
    ):
        echo_whole(f'  $env:{name}="{value}"' if os.name == "nt" else f"  export {name}={value}")
    sys.stdout.flush()


def _probability(fault: str) -> tuple[str, float]:
    name, _, share = fault.partition("=")
    try:
        return name, float(share)
    except ValueError:
        raise SettingsError(
            f"--fault {fault}: write a name and a probability, such as cut-after=0.1."
        ) from None
