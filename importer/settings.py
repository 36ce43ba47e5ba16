"""One frozen `Settings` out of importer.toml and the command's options.

An option beats importer.toml, which beats the default. Each value knows where it came from, so that
a message about it can say so.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from importer.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CONFIG_FILE = "importer.toml"
OPTION = "--"
"""The origin of values that options of the command have set."""
OPTIONS_ONLY = frozenset({"yes", "again", "any_size", "limit_groups", "together"})
"""What only the operator can say, each time anew: a file would agree for them."""
OTHER_TABLES = frozenset({"nightly"})
"""Tables of importer.toml that hold no settings of a run."""

Known = Literal["ask", "skip", "allow"]
SignAlgorithm = Literal["md5", "sha256"]
Strict = Literal["valid", "possible"]
Format = Literal["xlsx", "csv", "parquet"]
Print = Literal["short", "all"]
LogFormat = Literal["text", "json"]
BareDigits = Literal["auto", "national", "international"]

CHOICES: Mapping[str, tuple[str, ...]] = {
    "known": get_args(Known),
    "sign_algorithm": get_args(SignAlgorithm),
    "strict": get_args(Strict),
    "bare_digits": get_args(BareDigits),
    "format": get_args(Format),
    "print": get_args(Print),
    "log_format": get_args(LogFormat),
}
_LIMITS: Mapping[str, tuple[float, float]] = {
    "group_size": (1, 100_000),
    "rate": (0.01, 10_000),
    "concurrency": (1, 256),
    "timeout": (1, 600),
    "listing_delay": (2, 3600),
    "max_rejects": (0, 100),
    "max_groups": (1, 1_000_000),
    "limit_groups": (1, 1_000_000),
}
_MILLION = 1_000_000
_MAY_BE_BLANK = frozenset({"remark", "delimiter", "account"})
"""No remark is a remark, a tab is a delimiter, and an account needs no name."""


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the values of settings came from that importer.toml has set."""

    file: Path | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
    """The whole key of each setting, such as `nightly.folders.hk.region` of `region`."""
    options: frozenset[str] = frozenset()
    """The settings that options of the command have set."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to run; field names are the options' and, but for three, the keys of importer.toml."""

    account: str = ""
    """The name of the account; IMPORTER_ACCOUNT beats it. "" for the address and the key."""
    out: Path | None = None
    """A folder or an .xlsx file; None for beside the input."""
    region: str | None = None
    """Two letters: the country of numbers without country code."""
    column: tuple[str, ...] = ()
    """The phone columns; empty: found by themselves."""
    country_column: str | None = None
    """The column of the rows' countries, `none` for none; None: found by itself."""
    sheet: tuple[str, ...] = ()
    """The sheets to read; empty: all that have a phone column."""
    visible_only: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    bare_digits: BareDigits = "auto"
    """How to read digits that say nothing of a country."""
    group_size: int = 500
    any_size: bool = False
    """Whether to try groups that are larger than the account is known to take."""
    group_by: str = "country"
    name: str = "{file} {country} {seq:03}"
    remark: str = ""
    known: Known = "ask"
    again: bool = False
    rate: float = 5.0
    """Calls a second."""
    concurrency: int = 8
    timeout: float = 30.0
    """Seconds for one call."""
    listing_delay: float = 10.0
    """Seconds that the vendor may take until a listing shows a new group."""
    sign_algorithm: SignAlgorithm = "md5"
    strict: Strict = "valid"
    max_rejects: float = 50.0
    """Percent of the rows; above it nothing is sent."""
    max_groups: int = 10_000
    """Above it nothing is sent."""
    limit_groups: int = 0
    """The first groups of a list that are sent, for a trial; the rest waits. 0 for all."""
    format: Format = "xlsx"
    """Of the results: a workbook for people, or CSV for machines."""
    print: Print = "short"
    """What a long list prints: the Summary and Rejected, or all sheets."""
    sandbox: bool = False
    wait: bool = False
    """Whether to wait for another run on the same journal."""
    json: bool = False
    log_format: LogFormat = "text"
    """Of standard error: for people, or a JSON object a line."""
    together: tuple[str, ...] = ()
    """The names that were given of a list of several files; none where the list is one file."""
    cluster: str = ""
    """The address of a Dask cluster that reads and decides long lists; "" for this computer."""
    yes: bool = False
    quiet: bool = False
    timings: bool = False
    origins: Origins = field(default=Origins(), compare=False, repr=False)
    """No setting, but where the others came from."""

    def values(self) -> dict[str, Any]:
        """Return the value of each setting by its name."""
        return {name: getattr(self, name) for name in SETTINGS}

    def origin(self, name: str) -> str:
        """Say where a value is set: `--region`, or `region in importer.toml`."""
        key = self.origins.keys.get(name)
        return f"{key} in {CONFIG_FILE}" if key else f"--{name.replace('_', '-')}"

    @property
    def set_by_file(self) -> str:
        """Say which importer.toml has set what, as in `region = "HK"`; "" where none has."""
        default = Settings().values()
        changed = [
            f"{key} = {_as_toml(getattr(self, name))}"
            for name, key in self.origins.keys.items()
            if getattr(self, name) != default[name]
        ]
        return f"{self.origins.file} sets {', '.join(changed)}" if changed else ""


SETTINGS = tuple(one.name for one in fields(Settings) if one.name != "origins")
"""The names of the settings."""


def _as_toml(value: Any) -> str:
    """Write a value as importer.toml has it; of 30 and 30.0 the shorter one."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(list(value) if isinstance(value, tuple) else value, default=str)


def load_settings(options: Mapping[str, Any], folder: Path) -> Settings:
    """Build the settings from a command's options and the importer.toml of `folder`.

    `options` holds None, or no names, for what was not given.

    Raises:
        SettingsError: a key or a value can't be used; the text names it and its place.
    """
    config = {
        name: value for name, value in read_config(folder).items() if name not in OTHER_TABLES
    }
    settings = merge_config(Settings(), without_agreement(config), folder)
    given = {name: value for name, value in options.items() if value not in (None, ())}
    return merge(settings, given, OPTION)


def without_agreement(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the keys of importer.toml, none of which agrees to anything for the operator.

    Raises:
        SettingsError: `yes` or `again` is among them.
    """
    for name in OPTIONS_ONLY & {*config}:
        raise SettingsError(
            f"{CONFIG_FILE}: {name} is no key: take it out, and type --{name} where you mean it."
        )
    return config


def read_config(folder: Path) -> Mapping[str, Any]:
    """Read the importer.toml of a folder as it stands; nothing where there is none.

    Raises:
        SettingsError: it can't be read.
    """
    path = folder / CONFIG_FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
        import tomllib  # where there is a file

        return tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except OSError as error:
        why = error.strerror or error
        raise SettingsError(f"{path} can't be read ({why}): correct it, or its rights.") from error
    except ValueError as error:  # what is no UTF-8, or no TOML
        raise SettingsError(f"{path} can't be read ({error}): correct that place.") from error


def merge_config(
    settings: Settings, values: Mapping[str, Any], folder: Path, table: str = ""
) -> Settings:
    """Put values of the importer.toml of `folder` over settings, and remember where they were.

    `table` names the table that holds them, such as `nightly.folders.hk`; "" for the top.

    Raises:
        SettingsError: a name or a value can't be used.
    """
    place = f"{table}." if table else ""
    merged = merge(settings, values, f"{CONFIG_FILE}: {place}")
    keys = {**merged.origins.keys, **{name: f"{place}{name}" for name in values}}
    origins = replace(merged.origins, file=folder / CONFIG_FILE, keys=keys)
    return replace(merged, origins=origins)


def merge(settings: Settings, values: Mapping[str, Any], origin: str) -> Settings:
    """Put values over settings; `origin` begins the sentence that refuses one.

    Raises:
        SettingsError: a name or a value can't be used.
    """
    checked = {}
    for name, value in values.items():
        if name not in SETTINGS:
            raise SettingsError(f"{origin}{name} is not a setting{nearest(name, SETTINGS)}")
        shown = name.replace("_", "-") if origin == OPTION else name
        checked[name] = _check(name, value, f"{origin}{shown}")
    before = settings.origins
    keys = {name: key for name, key in before.keys.items() if name not in checked}
    options = before.options | checked.keys() if origin == OPTION else before.options
    return replace(settings, origins=replace(before, keys=keys, options=options), **checked)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the end of a sentence about an unknown name: the known one that is nearest to it."""
    near = difflib.get_close_matches(name, list(known), 1)
    return f"; is {near[0]} meant?" if near else "."


def _check(name: str, value: Any, shown: str) -> Any:
    if name in CHOICES:
        if value not in CHOICES[name]:
            raise SettingsError(f"{shown} must be one of {', '.join(CHOICES[name])}.")
        return value
    default = getattr(Settings(), name)
    if name in _LIMITS:
        return _check_number(value, type(default), _LIMITS[name], shown)
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise SettingsError(f"{shown} must be true or false.")
        return value
    if isinstance(default, tuple):
        return _check_names(value, shown)
    if not isinstance(value, str) or (not value.strip() and name not in _MAY_BE_BLANK):
        empty = ", and is empty: give it a value, or leave it out" if value == "" else ""
        raise SettingsError(f"{shown} must be a text{empty}.")
    if name == "out":
        return Path(value)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise SettingsError(f"{shown} holds bytes that are no text in UTF-8.") from error
    return value


def _check_names(value: Any, shown: str) -> tuple[str, ...]:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(
        isinstance(one, str) and one.strip() for one in names
    ):
        raise SettingsError(f"{shown} must be a name or a list of names.")
    return tuple(names)


def _limit(high: float) -> str:
    """Return a limit in words: seven digits would be masked in messages as a phone number is."""
    return f"{high:g}" if high < _MILLION else f"{high / _MILLION:g} million"


def _check_number(value: Any, kind: type, limits: tuple[float, float], shown: str) -> Any:
    low, high = limits
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not low <= value <= high or (kind is int and value != int(value)):
        what = "a whole number" if kind is int else "a number"
        raise SettingsError(f"{shown} must be {what} from {low:g} to {_limit(high)}.")
    return kind(value)
