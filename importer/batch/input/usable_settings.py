"""Settings that no list can be run with, found before any file is blamed for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.batch.input.read_file import default_region, with_origins
from importer.batch.planning import grouping
from importer.errors import SettingsError, UnreadableInput
from importer.reading.text.delimited import named_delimiter
from importer.reading.text.encodings import ensure_encoding

if TYPE_CHECKING:
    from datetime import date

    from importer.settings import Settings


def ensure_usable(settings: Settings, today: date) -> None:
    """Refuse a region, a template, an encoding or a delimiter that is none.

    Raises:
        SettingsError: one is none; the text says where it was set.
    """
    default_region(settings)
    try:
        grouping.check_template(settings.name, today)
        named_delimiter(settings.delimiter)
        if settings.encoding is not None:
            ensure_encoding(settings.encoding)
    except grouping.TemplateError as error:
        raise SettingsError(f"{settings.origin('name')}: {error}.") from error
    except UnreadableInput as error:
        raise SettingsError(with_origins(str(error), settings)) from error
