"""The open elements of a web page's cell. Each step takes as long, however many are open."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from importer.reading.tables.looks import STRUCK

if TYPE_CHECKING:
    from importer.reading.text.html_looks import Look


class OpenElements:
    """Open elements from the outermost in, and what they make of the text inside them."""

    def __init__(self) -> None:
        self._open: list[tuple[str, Look]] = []
        self._names: Counter[str] = Counter()
        self._raised: list[str] = []
        self._hidden = self._struck = 0

    def __bool__(self) -> bool:
        return bool(self._open)

    @property
    def hidden(self) -> bool:
        """Whether nothing is shown of the text inside."""
        return self._hidden > 0

    @property
    def look(self) -> str:
        """How digits inside look, as `with_look` takes it: struck, else as the innermost says."""
        if self._struck:
            return STRUCK
        return self._raised[-1] if self._raised else ""

    def open(self, name: str, look: Look) -> None:
        """Take the start of an element."""
        self._open.append((name, look))
        self._names[name] += 1
        self._hidden += look.hidden
        self._struck += look.struck
        if look.raised:
            self._raised.append(look.raised)

    def close(self, name: str) -> bool:
        """Close the innermost element of a name with all inside it, if there is one.

        Returns whether one of those stood on lines of its own.
        """
        parted = False
        while self._names[name]:
            inner, look = self._open.pop()
            self._names[inner] -= 1
            self._hidden -= look.hidden
            self._struck -= look.struck
            parted = parted or look.parted
            if look.raised:
                self._raised.pop()
            if inner == name:
                break
        return parted

    def clear(self) -> None:
        """Close all of them."""
        self._open.clear()
        self._names.clear()
        self._raised.clear()
        self._hidden = self._struck = 0
