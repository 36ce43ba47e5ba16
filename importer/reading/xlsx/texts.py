"""The texts of an .xlsx: rich ones, and the table of those that cells share (ECMA-376, 18.4)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.reading.limits import GRID_CELLS
from importer.reading.tables.looks import STRUCK, with_look
from importer.reading.xlsx.package import TextCollector, XmlReader

if TYPE_CHECKING:
    from importer.reading.xlsx.package import Package

NAMESPACES = frozenset(
    [
        "",
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    ]
)
SPACE = " \t\r\n"
_FALSE = frozenset(["0", "false", "off"])
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescaped(text: str) -> str:
    """Return a text with the characters that Excel writes as `_x000D_`: 22.9.2.19."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def is_on(attributes: dict[str, str]) -> bool:
    """Whether an element such as `strike` says that something is so: 18.4.10."""
    return attributes.get("val", "1") not in _FALSE


class RichText:
    """Follows the elements of one text: `t`, runs `r` with their look, phonetic hints `rPh`."""

    def __init__(self, package: Package) -> None:
        self._text = TextCollector(package)
        self._run = TextCollector(package)
        self._phonetic = 0
        self._in_text = self._kept = False
        self._look = ""
        self._is_struck = False

    def start(self, local: str, attributes: dict[str, str]) -> None:
        """Take the start of an element."""
        if local == "rPh":
            self._phonetic += 1
        elif local == "r":
            self._look, self._is_struck = "", False
        elif local == "vertAlign":
            self._look = attributes.get("val", "")
        elif local == "strike":
            self._is_struck = is_on(attributes)
        elif local == "t" and not self._phonetic:
            self._in_text = True
            space = "http://www.w3.org/XML/1998/namespace space"
            self._kept = attributes.get(space) == "preserve"

    def end(self, local: str) -> None:
        """Take the end of an element."""
        if local == "rPh":
            self._phonetic -= 1
        elif local == "r":
            self._look, self._is_struck = "", False
        elif local == "t" and self._in_text:
            self._in_text = False
            run = self._run.take()
            look = STRUCK if self._is_struck else self._look
            self._text.add(with_look(run if self._kept else run.strip(SPACE), look))

    def add(self, text: str) -> None:
        """Take characters."""
        if self._in_text:
            self._run.add(text)

    def take(self) -> str:
        """Return the whole text, and begin anew."""
        self._look, self._is_struck = "", False
        return unescaped(self._text.take())


class SharedTexts:
    """Reads the table of shared texts."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._text = RichText(package)
        self._texts: list[str] = []
        self._inside: list[str] = []
        self._namespace = ""

    def read(self, part: str) -> list[str]:
        """Return all texts in their order."""
        XmlReader(self._package, self._start, self._end, self._text.add).parse(part)
        return self._texts

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        if not self._inside:
            self._namespace = namespace
            if local != "sst" or namespace not in NAMESPACES:
                raise self._package.broken("no shared texts")
        elif namespace != self._namespace and "extLst" not in self._inside:
            raise self._package.broken("foreign elements among the shared texts")
        self._inside.append(local)
        if len(self._inside) > 2:
            self._text.start(local, attributes)

    def _end(self, name: str) -> None:
        local = self._inside.pop()
        if len(self._inside) > 1:
            self._text.end(local)
        elif len(self._inside) == 1 and local == "si":
            self._texts.append(self._text.take())
            if len(self._texts) > GRID_CELLS:
                raise self._package.broken("more shared texts than cells")
