"""Chance, and XML that is written in as many ways as XML allows."""

from __future__ import annotations

import io
import random
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

T = TypeVar("T")

NAMES = (
    "Ann",
    "Jürgen",
    "陈大文",
    "O'Neil & Søn",
    "x < y > z",
    'say "hi"',
    "a_x0041_b",
    "😀",
    "-",
    "",
)
NUMBERS = (
    *("+852 3575 3351", "+49 30 1234567", "0043 1 234567", "(030) 123456-7", "85235753351"),
    *("0912345678", "+1 (212) 555-0100", "35753351", "+65-6234-5601", "00", "+", "1e5", "=1+1"),
)
ODD_TEXTS = (
    *("+852 3575 3351\n+852 3575 3352", "tab\there", " +852 3575 3351 ", "\u00a0+4930123456"),
    *("two  spaces", "'+85235753351", "TRUE", "#N/A", "2024-03-01", "1,234", "+852\u200b35753351"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A generated file, and what its maker knows of it."""

    raw: bytes
    hidden_rows: dict[str, set[int]]
    """The hidden rows of each sheet, counted from 0, in the order of the sheets."""
    hidden_sheets: set[str]
    office_reads: bool = True
    """Whether LibreOffice can read it as Excel does."""


@dataclass(slots=True)
class Chance:
    """A seeded source of choices, of which some share is odd."""

    random: random.Random
    oddity: float
    seen: set[str] = field(default_factory=set)

    @classmethod
    def seeded(cls, seed: str) -> Chance:
        """Make a source whose choices and whose share of odd ones follow from the seed."""
        chance = random.Random(seed)  # it need only be repeatable
        return cls(chance, chance.choice((0.0, 0.0, 0.02, 0.1, 0.4)))

    def odd(self, share: float = 1.0) -> bool:
        """Whether something is written in an unusual way."""
        return self.random.random() < self.oddity * share

    def one(self, options: Sequence[T]) -> T:
        """Choose one."""
        return self.random.choice(options)

    def below(self, count: int) -> int:
        """Choose a whole number from 0 on."""
        return self.random.randrange(count)

    def text(self) -> str:
        """Choose a text that a list may hold."""
        if self.odd(0.5):
            return self.one(ODD_TEXTS)
        return self.one(NUMBERS if self.random.random() < 0.7 else NAMES)


def escaped(text: str) -> str:
    """Return a text as XML has it, in an element or in an attribute."""
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(char, entity)
    return text


def written(text: str, chance: Chance) -> str:
    """Return a text as the content of an element, some characters in unusual ways."""
    return "".join(
        _oddly(char, chance) if chance.odd(0.25) else escaped(char).replace("\r", "&#13;")
        for char in text
    )


def _oddly(char: str, chance: Chance) -> str:
    reference = f"&#{ord(char)};"
    options = (
        reference,
        f"&#x{ord(char):X};",
        f"<![CDATA[{char}]]>" if char != "\r" else reference,
        f"{escaped(char)}<!-- 9 -->",
        f"<!--9-->{escaped(char)}",
        f"{escaped(char)}<?note 9?>",
    )
    return chance.one(options)


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a zip of some parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()
