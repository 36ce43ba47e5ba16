"""Group names without the values of the list that a template's `{value}` put into them. Pure.

A value is what a cell of the column to group by held, such as a person's name, so it is forgotten
with the numbers. The rest of a name stays: the operator finds the group by it.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING

from importer.batch.planning.grouping import FORGOTTEN, groups_by_column, puts_value

if TYPE_CHECKING:
    from collections.abc import Iterator

_SPACE = r"(?: |^|$|(?<= ))"
"""White space of a template: names have one space for it, and none at their ends."""
_NUMBER = r"[0-9,_+]+?"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_HALVES = r"((?:\.[12])*)"
"""What the halves of a split group add to its name."""


def without_value(name: str, template: str, by: str, fields: dict[str, str]) -> str:
    """Return a group's name with a mark in place of the values from the list.

    `fields` are the template's fields that are known of the group: `file`, `country` and `batch`.
    A name that its template does not explain, or explains in more than one way, is replaced as a
    whole.
    """
    if not groups_by_column(by) or not puts_value(template):
        return name
    parts = list(_parts(template, fields))
    if sum(part.is_value for part in parts) > 1:
        return FORGOTTEN
    pattern = "".join(part.pattern for part in parts) + _HALVES
    found = re.fullmatch(pattern, name, re.DOTALL)
    if found is None:
        return FORGOTTEN
    *texts, halves = found.groups()
    shown = (part.shown or text for part, text in zip(parts, texts, strict=True))
    return " ".join("".join(shown).split()) + halves


class _Part:
    """A piece of a template: what it looks like in a name, and what is shown in its place."""

    def __init__(self, pattern: str, shown: str = "", *, is_value: bool = False) -> None:
        self.pattern = f"({pattern})"
        self.shown = shown
        """"" for what stands in the name."""
        self.is_value = is_value


def _parts(template: str, fields: dict[str, str]) -> Iterator[_Part]:
    for literal, field, form, _ in string.Formatter().parse(template):
        yield _Part(_fixed(literal), literal)
        if field == "value":
            yield _Part(".*", format(FORGOTTEN, form or ""), is_value=True)
        elif field in fields:
            text = format(fields[field], form or "")
            yield _Part(_fixed(text), text)
        elif field is not None:
            yield _Part(_DATE if field == "date" else _NUMBER)


def _fixed(text: str) -> str:
    return _SPACE.join(re.escape(word) for word in re.split(r"\s+", text))
