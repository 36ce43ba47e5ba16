"""Turns plain XML texts of an .xlsx into columns, and reads its table of shared texts."""

from __future__ import annotations

import re
from contextlib import closing, suppress
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.limits import CELL_CHARACTERS
from importer.reading.xlsx.fast.tags import Kind, NotPlainError, Order, Tags
from importer.reading.xlsx.prefetch import ahead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from importer.reading.budget import Budget
    from importer.reading.xlsx.package import Package

TEXT = pa.large_string()
DECLARATION = re.compile(
    rb'(?:<\?xml version="1.0"(?: encoding="[Uu][Tt][Ff]-8")?(?: standalone="(?:yes|no)")?\s*\?>)'
)
"""A declaration of XML in UTF-8."""
_HEAD = re.compile(
    DECLARATION.pattern + rb'?\s*<sst(?:\s+[A-Za-z][\w:]*="[^"<>&\x7f-\xff]*")*\s*>\s*'
)
MAIN_NAMESPACE = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_NAMESPACE = re.compile(rb'\sxmlns="([^"]*)"')
_ENTRY_START = b"<si>"
_ORDER = Order(
    {
        Kind.ENTRY: (Kind.TEXT, Kind.KEPT_TEXT),
        Kind.TEXT: (Kind.TEXT_END,),
        Kind.KEPT_TEXT: (Kind.TEXT_END,),
        Kind.TEXT_END: (Kind.ENTRY_END,),
        Kind.ENTRY_END: (Kind.ENTRY,),
    },
    first=(Kind.ENTRY,),
)
_LINES_BETWEEN = re.compile(rb"(</(?:row|si)>)[ \t\n]+(?=<|\Z)")
_ESCAPED = re.compile(rb"_x[0-9A-Fa-f]{4}_")
_ENTITY = re.compile("&(?:(amp|lt|gt|quot|apos);)?")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_NO_XML = {
    b"]": (b"]]>",),
    b"\xef": (b"\xef\xbf\xbe", b"\xef\xbf\xbf"),
    b"\xed": (b"\xed\xa0", b"\xed\xb0"),
}
"""What no text of XML holds, by its first byte; control characters are looked for by `Tags`."""
LONGEST_BLOCK = 8 * 1024**2
"""Bytes of XML that are parsed at once. Each may begin a tag, which takes 50 bytes of memory."""


def plainly(block: bytes) -> bytes:
    """Return a block of XML without the white space between rows or entries.

    Raises:
        NotPlainError: it has characters that are escaped, or that XML changes.
    """
    if b"\r" in block or (b"_" in block and _ESCAPED.search(block)):
        raise NotPlainError
    # One byte is found many times as fast as several, and most blocks have none of the three.
    if any(first in block and any(map(block.__contains__, _NO_XML[first])) for first in _NO_XML):
        raise NotPlainError
    return _LINES_BETWEEN.sub(rb"\1", block) if b"\n" in block else block


def as_texts(raw: pa.Array, *, entities: bool) -> pa.Array:
    """Return bytes of XML as texts.

    Raises:
        NotPlainError: they are no UTF-8, or have an entity that is not one of the five.
    """
    if (pc.max(pc.binary_length(raw)).as_py() or 0) > CELL_CHARACTERS:
        raise NotPlainError
    try:
        texts = pc.cast(raw, TEXT)
    except pa.ArrowInvalid as error:
        raise NotPlainError from error
    if not entities:
        return texts
    affected = pc.match_substring(texts, "&")
    changed = [_ENTITY.sub(_character, text) for text in texts.filter(affected).to_pylist()]
    return pc.replace_with_mask(texts, affected, pa.array(changed, TEXT))


def _character(entity: re.Match[str]) -> str:
    if not entity[1]:
        raise NotPlainError
    return _CHARACTERS[entity[1]]


class SharedTexts:
    """A workbook's table of shared texts."""

    def __init__(self, package: Package, part: str | None, budget: Budget) -> None:
        """Take the part that is such a table, if there is one."""
        self._package, self._part, self._budget = package, part, budget

    @property
    def are_plain(self) -> bool:
        """Whether the workbook has a plain table, or none at all."""
        return self._part is None or self._table is not None

    def take(self, indexes: pa.Array) -> pa.Array:
        """Return the texts that some cells point to by the digits in them.

        Raises:
            NotPlainError: the table is not plain, or there is no such text.
            UnreadableInput: the cells show more than can be read.
        """
        digits = pc.all(pc.ascii_is_decimal(indexes), min_count=0).as_py()
        if self._table is None or not digits:
            raise NotPlainError
        try:
            at = pc.cast(indexes, pa.int32())
            self._budget.add_text(pc.sum(self._lengths.take(at)).as_py() or 0)
            return self._table.take(at)
        except (pa.ArrowInvalid, pa.ArrowIndexError) as error:
            raise NotPlainError from error

    @cached_property
    def _lengths(self) -> pa.Array:
        """The bytes of each text."""
        return pc.binary_length(self._table)

    @cached_property
    def _table(self) -> pa.Array | None:
        """All texts in their order; None if the table isn't plain."""
        if self._part is None:
            return None
        with suppress(NotPlainError), closing(ahead(self._package.chunks(self._part))) as chunks:
            return pa.concat_arrays(
                [pa.array([], TEXT), *_all_entries(_pieces(chunks), self._budget)]
            )
        return None


def _all_entries(pieces: Iterator[bytes], budget: Budget) -> Iterator[pa.Array]:
    """Give a table's entries from its head to its end."""
    head = next(pieces)
    namespaces = _NAMESPACE.findall(head)
    if not _HEAD.fullmatch(head) or namespaces != [MAIN_NAMESPACE]:
        raise NotPlainError
    ended = False
    for piece in pieces:
        entries, end, after = piece.partition(b"</sst>")
        if ended or after.strip():
            raise NotPlainError
        ended = bool(end)
        budget.add_text(len(entries))
        if entries.strip():
            yield _entries(entries)
    if not ended:
        raise NotPlainError


def _entries(piece: bytes) -> pa.Array:
    tags = Tags(plainly(piece), _ORDER)
    texts = tags.cut(*tags.texts(tags.where(Kind.TEXT, Kind.KEPT_TEXT)))
    return as_texts(texts, entities=b"&" in piece)


def _pieces(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Give the table's head, then its XML in pieces that are never cut inside an entry."""
    head, rest = True, b""
    for chunk in chunks:
        rest += chunk
        at = rest.find(_ENTRY_START) if head else rest.rfind(_ENTRY_START, 1)
        if at > 0:
            yield rest[:at]
            head, rest = False, rest[at:]
        if len(rest) > LONGEST_BLOCK:
            raise NotPlainError
    yield rest
