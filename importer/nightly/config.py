"""What importer.toml says of the nights: the table `[nightly]`, checked before anything is done."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, time, timedelta
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from importer.batch.lists.terms import LIST_NAME_RULE, MAX_REMOVE, SyncTerms, is_list_name
from importer.environment import host_name
from importer.errors import SettingsError
from importer.nightly.folders.sharing import NOT_SHARED, Sharing, sharing_with
from importer.nightly.morning.report_config import NO_REPORT, ReportConfig, report_config
from importer.settings import (
    CONFIG_FILE,
    SETTINGS,
    Settings,
    merge_config,
    nearest,
    read_config,
    without_agreement,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "nightly"
LONGEST_NIGHT = timedelta(hours=16)
"""A time that is further ahead was missed: the computer was off, and woke by day."""
PLACES = ("inbox", "outbox", "done", "failed")
WRITING = ".writing"
"""The folder in the outbox where results are written before they get their place."""

_NOT_BY_NIGHT = frozenset({"out", "again", "sandbox"})
_NOT_BY_FOLDER = _NOT_BY_NIGHT | {
    "rate",
    "concurrency",
    "timeout",
    "listing_delay",
    "sign_algorithm",
    "log_format",
}
_LIST_KEYS = ("sync", "max_remove")
_MOST_GROUPS = 1_000_000
_MOST_DAYS = 36_500
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class NightConfig:
    """How nights go."""

    settings: Settings
    """Of files that lie in the inbox itself, and of calling."""
    inbox: Path
    outbox: Path
    done: Path
    failed: Path
    until: time | None = None
    """Local time after which nothing new is sent; None for no end."""
    max_groups: int | None = None
    """Groups that a night makes at most; None for any number."""
    keep_days: int = 0
    """Days after which phone numbers are removed; 0 for never."""
    on_finish: tuple[str, ...] = ()
    """The operator's command and its arguments."""
    share_group: Sharing = NOT_SHARED
    """Who else may drop lists and fetch results."""
    report: ReportConfig = NO_REPORT
    """Whom the report goes to by mail or chat."""
    folders: Mapping[PurePosixPath, Settings] = field(default_factory=dict)
    """The settings of each folder of the inbox."""
    lists: Mapping[PurePosixPath, SyncTerms] = field(default_factory=dict)
    """The named list that each of these folders keeps in step."""

    @property
    def writing(self) -> Path:
        """Where results are written first: each computer that shares the outbox has its own folder.

        What a night that was killed left there is removed by the next one on the same computer.
        """
        return self.outbox / WRITING / (re.sub(r"\W", "-", host_name()) or "-")

    def is_writing(self, folder: Path) -> bool:
        """Whether a folder is where a night of any computer writes results first.

        Older versions had one folder for all.
        """
        return self.outbox / WRITING in {folder, folder.parent}

    @property
    def folder_of_region(self) -> dict[str, str]:
        """The folder of the inbox for each region that has one, as people see it: `inbox/hk`."""
        named = {one.region: place for place, one in self.folders.items() if one.region}
        return {region: self.shown_folder(place) for region, place in named.items()}

    def shown_folder(self, folder: PurePosixPath) -> str:
        """Return a folder of the inbox as people see it: `inbox`, or `inbox/hk`."""
        return str(self.inbox.name / folder)

    def settings_of(self, folder: PurePosixPath) -> Settings | None:
        """Return the settings of a folder of the inbox; None where importer.toml does not name it.

        A folder in a folder that is named is as that one, unless it is named itself.
        """
        for one in (folder, *folder.parents):
            if one in self.folders:
                return self.folders[one]
        return self.settings if folder == PurePosixPath() else None

    def list_of(self, folder: PurePosixPath) -> SyncTerms | None:
        """Return the list that files of a folder of the inbox keep in step, None for none."""
        for one in (folder, *folder.parents):
            if one in self.lists:
                return self.lists[one]
            if one in self.folders:
                return None
        return None

    def deadline(self, begin: datetime) -> datetime | None:
        """Return the wall clock's time, without zone, after which a night begun then is over."""
        if self.until is None:
            return None
        begun = begin.replace(tzinfo=None)
        end = datetime.combine(begun.date(), self.until)
        if end <= begun:
            end += timedelta(days=1)
        return begun if end - begun > LONGEST_NIGHT else end


def load_night_config(folder: Path) -> NightConfig:
    """Read the rules of the nights from the importer.toml of a folder; its paths begin there.

    Raises:
        SettingsError: a key or a value can't be used; the text names it.
    """
    config = dict(read_config(folder))
    table = config.pop(TABLE, None)
    if not isinstance(table, Mapping):
        raise SettingsError(
            f"{CONFIG_FILE}: the table [{TABLE}] is missing in {folder}; it names the inbox: see "
            "`importer help nightly`."
        )
    settings = _by_night(merge_config(Settings(), without_agreement(config), folder), config)
    rest = dict(table)
    places = _places(rest, folder)
    if "known" in rest:
        settings = merge_config(settings, {"known": rest.pop("known")}, folder, TABLE)
    night_config = NightConfig(
        settings=settings,
        **places,
        until=_until(rest.pop("until", None)),
        max_groups=_whole("max_groups", rest.pop("max_groups", None), 1, _MOST_GROUPS),
        keep_days=_whole("keep_days", rest.pop("keep_days", None), 0, _MOST_DAYS) or 0,
        on_finish=_command(rest.pop("on_finish", ())),
        share_group=sharing_with(_group_name(rest.pop("share_group", ""))),
        report=report_config(rest.pop("report", {})),
        folders=dict(_folders(rest.get("folders", {}), settings, folder)),
        lists=dict(_lists(rest.pop("folders", {}))),
    )
    for name in rest:
        keys = [one.name for one in fields(NightConfig)] + ["known"]
        raise SettingsError(f"{CONFIG_FILE}: {TABLE}.{name} is not a setting{nearest(name, keys)}")
    return night_config


def _by_night(settings: Settings, config: Mapping[str, Any]) -> Settings:
    """Take what can't be meant of a night out, and decide what nobody can be asked."""
    for name in _NOT_BY_NIGHT & {*config}:
        raise SettingsError(f"{CONFIG_FILE}: {name} can't be used by nightly: take it out.")
    return replace(settings, known="skip") if settings.known == "ask" else settings


def _places(table: dict[str, Any], folder: Path) -> dict[str, Path]:
    places = {}
    for name in PLACES:
        value = table.pop(name, name)
        if not isinstance(value, str) or not value.strip():
            raise SettingsError(f"{CONFIG_FILE}: {TABLE}.{name} must be a folder.")
        places[name] = (folder / value).resolve()
    for one in PLACES:
        for other in PLACES:
            if one != other and places[one].is_relative_to(places[other]):
                raise SettingsError(
                    f"{CONFIG_FILE}: {TABLE}.{one} must not be {TABLE}.{other} or lie in it."
                )
    return places


def _until(value: Any) -> time | None:
    if value is None:
        return None
    if isinstance(value, time):  # TOML knows times of its own: 05:30:00
        return value
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise SettingsError(f"{CONFIG_FILE}: {TABLE}.until must be a time such as 05:30.")
    return time(int(found[1]), int(found[2]))


def _whole(name: str, value: Any, least: int, most: int) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise SettingsError(
            f"{CONFIG_FILE}: {TABLE}.{name} must be a whole number from {least} to {most}."
        )
    return value


def _group_name(value: Any) -> str:
    if not isinstance(value, str):
        raise SettingsError(f"{CONFIG_FILE}: {TABLE}.share_group must be the name of a group.")
    return value


def _command(value: Any) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(
        isinstance(word, str) and "\0" not in word for word in words
    ):
        raise SettingsError(
            f"{CONFIG_FILE}: {TABLE}.on_finish must be a program, or a list of it and its "
            "arguments."
        )
    if words and not words[0].strip():
        raise SettingsError(f"{CONFIG_FILE}: {TABLE}.on_finish names no program.")
    return tuple(words)


def _folders(
    table: Any, settings: Settings, folder: Path
) -> Iterator[tuple[PurePosixPath, Settings]]:
    if not isinstance(table, Mapping):
        raise SettingsError(f"{CONFIG_FILE}: {TABLE}.folders must be tables, one for each folder.")
    known = {*SETTINGS} - _NOT_BY_FOLDER
    for name, values in table.items():
        place, origin = PurePosixPath(name), f"{CONFIG_FILE}: {TABLE}.folders.{name}"
        if place.is_absolute() or ".." in place.parts or not place.parts:
            raise SettingsError(f"{origin} must be the name of a folder in the inbox.")
        if not isinstance(values, Mapping):
            raise SettingsError(f"{origin} must be a table.")
        for key in {*values} & {*SETTINGS} - known:
            raise SettingsError(f"{origin}.{key} can't be set for one folder: take it out.")
        of_file = {key: value for key, value in values.items() if key not in _LIST_KEYS}
        yield place, merge_config(settings, of_file, folder, f"{TABLE}.folders.{name}")


def _lists(table: Mapping[str, Any]) -> Iterator[tuple[PurePosixPath, SyncTerms]]:
    """Return the list that each folder keeps in step, where it keeps one."""
    for name, values in table.items():
        origin = f"{CONFIG_FILE}: {TABLE}.folders.{name}"
        if "sync" not in values:
            if "max_remove" in values:
                raise SettingsError(f"{origin}.max_remove needs the key sync, a list's name.")
            continue
        max_remove = values.get("max_remove", MAX_REMOVE)
        is_number = isinstance(max_remove, int | float) and not isinstance(max_remove, bool)
        if not is_number or not 0 <= max_remove <= 100:
            raise SettingsError(f"{origin}.max_remove must be a number from 0 to 100.")
        if not isinstance(values["sync"], str) or not is_list_name(values["sync"]):
            raise SettingsError(f"{origin}.sync must be {LIST_NAME_RULE}.")
        yield PurePosixPath(name), SyncTerms(values["sync"], max_remove=float(max_remove))
