"""The pages of reference: which there are, and their texts."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

from importer.errors import SettingsError
from importer.settings import nearest

ORDER = (
    "numbers",
    "files",
    "results",
    "settings",
    "exit-codes",
    "failures",
    "journal",
    "shared",
    "nightly",
    "lists",
    "scripts",
    "security",
)
"""The topics in the reader's order; a page that is not named here comes last."""
_FOLDER = resources.files(__package__ or "")
_ENDING = ".md"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of reference."""

    topic: str
    """What is typed after `importer help`."""
    text: str
    """Markdown."""

    @property
    def about(self) -> str:
        """What the page is about, in the words of its first line."""
        return self.text.partition("\n")[0].removeprefix("# ").partition(": ")[2]


def all_pages() -> list[Page]:
    """Return every page, in the reader's order."""
    names = {
        one.name.removesuffix(_ENDING) for one in _FOLDER.iterdir() if one.name.endswith(_ENDING)
    }
    first = [name for name in ORDER if name in names]
    return [_read(name) for name in [*first, *sorted(names.difference(ORDER))]]


def find_page(topic: str) -> Page:
    """Return the page of a topic.

    Raises:
        SettingsError: there is none; the text names the nearest, and how to list them.
    """
    names = [one.topic for one in all_pages()]
    if topic not in names:
        raise SettingsError(
            f"There is no page '{topic}'{nearest(topic, names)} `importer help` lists all pages."
        )
    return _read(topic)


def _read(topic: str) -> Page:
    return Page(topic, (_FOLDER / f"{topic}{_ENDING}").read_text(encoding="utf-8"))
