"""The command `config`: each setting, its value, and where that came from."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from importer.accounts import VENDOR_URL
from importer.commands import options
from importer.commands.contexts import now
from importer.commands.help_layout import SectionedCommand
from importer.commands.terminal.output import echo_line, echo_whole
from importer.environment import VARIABLES, journal_place, misnamed_variable
from importer.errors import SettingsError
from importer.settings import CONFIG_FILE, SETTINGS, load_settings, read_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.settings import Settings

_SECRET = re.compile("secret|password|token|webhook|access_key|smtp_url", re.IGNORECASE)
"""Names of what is never shown: a webhook's address is all that is needed to write to it."""
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@:]*):[^/@]*(?=@)")
_NOT_SHOWN = "set (not shown)"
_UNSET = "not set"
_WHERE_UNSET = {
    "out": "beside the input",
    "column": "found by itself",
    "country_column": "found by itself",
    "sheet": "all",
    "encoding": "found by itself",
    "delimiter": "found by itself",
}
"""What counts where nothing is set."""
_DEFAULT = "default"
_OF_ENVIRONMENT = "environment"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, what it is, and where that came from."""

    section: str
    name: str
    value: str
    origin: str
    """`default`, `environment`, `option`, or a key with the path of its importer.toml."""


@click.command(
    cls=SectionedCommand,
    short_help="Show each setting with its value and where it came from.",
    examples=[
        ("importer config", "what a run in this folder goes by"),
        ("importer config --region HK", "the same with an option of run"),
    ],
    shown={"as_json", "help"},
    more="It takes the options of run, see importer run --help: what they set is shown as such.",
)
@options.for_config
def config(**given: Any) -> None:
    """Show each setting, its value, and where that came from; the secret is never shown.

    An option beats importer.toml, which beats the default. The account's name is the other way
    round: IMPORTER_ACCOUNT beats importer.toml.
    """
    from importer.batch.input.usable_settings import ensure_usable  # pandas loads with it

    as_json = given.pop("as_json")
    given["json"] = as_json or None
    settings = load_settings(given, Path.cwd())
    ensure_usable(settings, now().date())
    shown = [
        *settings_of_run(settings, os.environ),
        *settings_of_environment(os.environ),
        *settings_of_nights(read_config(Path.cwd()), Path.cwd() / CONFIG_FILE),
    ]
    if as_json:
        echo_whole(json.dumps([_as_json(one) for one in shown]))
        return
    for line in as_table(shown):
        echo_line(line)
    misnamed = misnamed_variable(os.environ)
    if misnamed:
        raise SettingsError(misnamed)


def settings_of_run(settings: Settings, environment: Mapping[str, str]) -> Iterator[Setting]:
    """Give the settings of a run, as options and importer.toml have them."""
    for name in SETTINGS:
        value = _shown(name, getattr(settings, name))
        value = _WHERE_UNSET.get(name, value) if value == _UNSET else value
        if name == "account" and environment.get("IMPORTER_ACCOUNT"):
            value = environment["IMPORTER_ACCOUNT"]
            yield Setting("Settings of a run", name, value, f"{_OF_ENVIRONMENT}, IMPORTER_ACCOUNT")
            continue
        yield Setting("Settings of a run", name, value, _origin(settings, name))


def _origin(settings: Settings, name: str) -> str:
    origins = settings.origins
    if name in origins.options:
        return f"option --{name.replace('_', '-')}"
    return f"{origins.file}" if name in origins.keys else _DEFAULT


def settings_of_environment(environment: Mapping[str, str]) -> Iterator[Setting]:
    """Give what the environment says, and what counts where it says nothing."""
    for name in sorted(VARIABLES):
        value = environment.get(name, "")
        if value:
            yield Setting("Environment", name, _shown(name, value), _OF_ENVIRONMENT)
        else:
            yield Setting("Environment", name, _default_of(name), _DEFAULT)


def _default_of(name: str) -> str:
    if name == "NXCLOUD_URL":
        return VENDOR_URL
    if name == "IMPORTER_JOURNAL":
        return str(journal_place({}))
    return _UNSET


def settings_of_nights(config: Mapping[str, Any], file: Path) -> Iterator[Setting]:
    """Give the table [nightly] of importer.toml, and what counts of it where nothing is said."""
    from importer.nightly.config import TABLE, NightConfig, load_night_config

    if TABLE not in config:
        return
    table = config[TABLE]
    nights = load_night_config(file.parent)
    said = dict(_leaves(table, TABLE))
    section = "Nights"
    for one in fields(NightConfig):
        key = f"{TABLE}.{one.name}"
        if one.name in {"settings", "folders"} or any(_is_in(name, key) for name in said):
            continue
        yield Setting(section, key, _shown(one.name, getattr(nights, one.name)), _DEFAULT)
    for key, value in said.items():
        yield Setting(section, key, _shown(key, value), str(file))


def _is_in(name: str, key: str) -> bool:
    return name == key or name.startswith(f"{key}.")


def _leaves(table: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Give the keys of tables in tables, with the names that importer.toml gives them."""
    if not isinstance(table, Mapping):
        yield name, table
        return
    for key, value in table.items():
        yield from _leaves(value, f"{name}.{key}")


def _shown(name: str, value: Any) -> str:
    """Return a value as it is read, without what is secret of it."""
    if value is None or value in ("", (), []) or is_dataclass(value):
        return _UNSET
    if name.endswith("_FILE"):
        return str(value)
    if _SECRET.search(name):
        return _NOT_SHOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return _PASSWORD_IN_URL.sub(r"\1:…", text)


def as_table(settings: list[Setting]) -> Iterator[str]:
    """Lay settings out by their sections: name, value, origin."""
    name_width = max(len(one.name) for one in settings) + 2
    value_width = min(max(len(one.value) for one in settings), 34) + 2
    section = ""
    for one in settings:
        if one.section != section:
            yield from ([""] if section else [])
            section = one.section
            yield section
        yield f"  {one.name:{name_width}}{one.value:{value_width}}{one.origin}"


def _as_json(one: Setting) -> dict[str, str]:
    return {"name": one.name, "value": one.value, "origin": one.origin}
