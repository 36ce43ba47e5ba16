"""The settings that a list keeps from its plan on, whatever they are today."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from importer.settings import merge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from importer.model import Batch
    from importer.settings import Settings

_SHOWN = ("region", "group_by", "group_size", "name", "strict", "max_rejects", "together")
"""The settings that the results show."""
_OF_LIST = ("region", "strict", "bare_digits", "group_by", "group_size", "name", "remark")
"""The settings that corrections of a list are read and grouped by, as the list was."""


def as_planned(batch: Batch, settings: Settings) -> Settings:
    """Return the settings with those that a batch was planned with, whatever they are today.

    Raises:
        SettingsError: the journal is damaged, so that a value is none.
    """
    values = _planned(batch, _SHOWN)
    if values.get("region", "") is None:
        settings = replace(settings, region=None)
    return _merged(batch, settings, values)


def as_the_list_was(batch: Batch, settings: Settings) -> Settings:
    """Return the settings for corrections of a batch: as it was planned, but for options given now.

    Raises:
        SettingsError: the journal is damaged, so that a value is none.
    """
    given = settings.origins.options
    values = _planned(batch, [name for name in _OF_LIST if name not in given])
    return _merged(batch, settings, values)


def _planned(batch: Batch, names: Iterable[str]) -> dict[str, Any]:
    planned = json.loads(batch.settings)
    return {name: planned[name] for name in names if name in planned}


def _merged(batch: Batch, settings: Settings, values: Mapping[str, Any]) -> Settings:
    said = {name: value for name, value in values.items() if (name, value) != ("region", None)}
    return merge(settings, said, f"The journal is damaged: of the settings of batch {batch.id}, ")
