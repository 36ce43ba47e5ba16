"""What the parts of a generated workbook share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.reading.differential.writing import written

if TYPE_CHECKING:
    from tests.reading.differential.writing import Chance


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@dataclass(slots=True)
class Book:
    """What the sheets of a workbook share."""

    chance: Chance
    formats: list[str]
    text_formulas: bool
    texts: list[str] = field(default_factory=list)
    prefix: str = ""
    namespace: str = MAIN
    shared: int = 0
    """Formulas that are written as ones that cells share."""

    def tag(self, name: str) -> str:
        """Return an element's name with the prefix of this workbook."""
        return self.prefix + name

    def open(self, name: str, attributes: str = "") -> str:
        """Return a root element's start."""
        declared = f"xmlns:{self.prefix[:-1]}" if self.prefix else "xmlns"
        return f'<{self.tag(name)} {declared}="{self.namespace}" xmlns:r="{OFFICE}"{attributes}>'


def _text(book: Book, text: str) -> str:
    """Return a text's element `t`."""
    needs = text != text.strip(" \t\r\n") or "\n" in text
    kept = ' xml:space="preserve"' if needs or book.chance.odd() else ""
    name = book.tag("t")
    return f"<{name}{kept}>{written(text, book.chance)}</{name}>"


def rich_text(book: Book, text: str) -> str:
    """Return a text as one element, or in runs with a look, with hints of how it is spoken."""
    chance = book.chance
    if not chance.odd(0.6):
        return _text(book, text)
    cut = chance.below(len(text) + 1)
    run, look = book.tag("r"), book.tag("rPr")
    raised = (
        f'<{book.tag("vertAlign")} val="{chance.one(("superscript", "subscript", "baseline"))}"/>'
    )
    inside = chance.one((f"<{book.tag('b')}/>", raised))
    runs = f"<{run}>{_text(book, text[:cut])}</{run}>"
    runs += f"<{run}><{look}>{inside}</{look}>{_text(book, text[cut:])}</{run}>"
    if chance.odd():
        spoken, hint = book.tag("rPh"), book.tag("phoneticPr")
        runs += f'<{spoken} sb="0" eb="1">{_text(book, "9")}</{spoken}><{hint} fontId="0"/>'
    return runs
