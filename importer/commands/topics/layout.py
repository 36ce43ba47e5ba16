"""Markdown laid out for a terminal of any width: headings, paragraphs, lists, tables, code. Pure.

It knows what the pages use, and no more: a page is a few kilobytes of our own text.
"""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FENCE = "```"
_ITEM = re.compile(r"(?:[-*]|\d+\.) ")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")
_STRONG = re.compile(r"\*{1,2}([^*`\n]+)\*{1,2}")
_BETWEEN = 2
"""Blanks between two columns of a table."""
_NARROWEST = 12
"""Characters of a column that has to give way to others."""


def lay_out(markdown: str, width: int) -> list[str]:
    """Return the lines of a page; only code and single words are ever longer than `width`."""
    lines: list[str] = []
    for block in _blocks(markdown):
        lines += ["", *_lay_out_block(block, width)] if lines else _lay_out_block(block, width)
    return lines


def _blocks(markdown: str) -> Iterator[list[str]]:
    """Part a page at empty lines, but not within code."""
    block: list[str] = []
    in_code = False
    for line in markdown.splitlines():
        in_code ^= line.startswith(_FENCE)
        if line or in_code:
            block.append(line)
        elif block:
            yield block
            block = []
    if block:
        yield block


def _lay_out_block(block: Sequence[str], width: int) -> list[str]:
    first = block[0]
    if first.startswith(_FENCE):
        return [f"    {line}" for line in block[1:-1]]
    if first.startswith("#"):
        return _heading(first, width)
    if first.startswith("|"):
        return _table([_cells(line) for line in block if not line.startswith("|---")], width)
    if _ITEM.match(first):
        return [line for item in _items(block) for line in _item(item, width)]
    return _wrapped(" ".join(block), width)


def _heading(line: str, width: int) -> list[str]:
    marks, _, title = line.partition(" ")
    lines = _wrapped(title, width)
    return [*lines, ("=" if marks == "#" else "-") * max(map(len, lines))]


def _items(block: Sequence[str]) -> Iterator[str]:
    """Join the lines of each item of a list."""
    item = ""
    for line in block:
        if item and _ITEM.match(line):
            yield item
            item = ""
        item = f"{item} {line.strip()}".strip()
    yield item


def _item(item: str, width: int) -> list[str]:
    mark, _, text = item.partition(" ")
    lines = _wrapped(text, width - len(mark) - 1)
    return [f"{mark} {lines[0]}", *(f"{' ' * len(mark)} {line}" for line in lines[1:])]


def _cells(line: str) -> list[str]:
    parts = re.split(r"(?<!\\)\|", line.strip().strip("|"))
    return [_plain(part.strip().replace("\\|", "|")) for part in parts]


def _table(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Lay out a table: its header, a line below it, and each row, wrapped in its columns."""
    widths = _widths(rows, width)
    laid = [_row(row, widths) for row in rows]
    is_long = any(len(lines) > 1 for lines in laid)
    rule = (" " * _BETWEEN).join("-" * one for one in widths)
    lines = [*laid[0], rule]
    for at, one in enumerate(laid[1:]):
        lines += ["", *one] if is_long and at else one
    return lines


def _row(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    columns = [_wrapped(cell, width) for cell, width in zip(row, widths, strict=True)]
    height = max(map(len, columns))
    padded = [[*lines, *[""] * (height - len(lines))] for lines in columns]
    between = " " * _BETWEEN
    return [
        between.join(f"{text:{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        for line in zip(*padded, strict=True)
    ]


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Give each column what it needs; those that need most share what is left."""
    needed = [max(map(len, column)) for column in zip(*rows, strict=True)]
    room = width - _BETWEEN * (len(needed) - 1)
    given = [0] * len(needed)
    for left, at in enumerate(sorted(range(len(needed)), key=lambda one: needed[one])):
        share = (room - sum(given)) // (len(needed) - left)
        given[at] = min(needed[at], max(share, _NARROWEST))
    return given


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(
        _plain(text), max(width, _NARROWEST), break_long_words=False, break_on_hyphens=False
    ) or [""]


def _plain(text: str) -> str:
    """Take the marks of links and emphasis away; those of code stay, as they part it from words."""
    return _STRONG.sub(r"\1", _LINK.sub(r"\1", text))
