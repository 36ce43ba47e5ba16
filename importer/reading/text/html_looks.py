"""What a web page's styles make of its elements: hidden, raised, struck, on lines of their own.

The language: W3C CSS Display 3 and CSS 2.2, as far as pages of exported tables use it. A selector
counts by its last part, so that `tr.x td.y` hides what has the class `y`.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HIDES = re.compile(
    r"(?<![-\w])(?:display:none|visibility:(?:hidden|collapse)|content-visibility:hidden|mso-hide:all"
    r"|(?:opacity|font-size):0{1,9}(?:\.0{1,9})?(?![.\d])"
    r"|text-indent:-\d{3}|left:-\d{3}|color:transparent|transform:scale\(0{1,9}(?:\.0{1,9})?[,)]"
    r"|clip:rect\((\d{1,9}[a-z]{0,3})(?:,?\1){3}\)|clip-path:(?!none|initial|inherit|unset))"
)
"""A clip hides where all four of its edges are one; most clips are there to cut something off."""
_NO_SIZE = re.compile(r"(?<![-\w])(?:max-)?(?:width|height):0{1,9}(?![.\d])")
_REORDERS = re.compile(r"unicode-bidi:(?:bidi|isolate)-override")
_STRIKES = re.compile(r"(?<![-\w])text-decoration(?:-line)?:[^;\"'}]{0,99}line-through")
_RAISES = re.compile(r"vertical-align:super")
_LOWERS = re.compile(r"vertical-align:sub")
_PARTS_LINES = re.compile(
    r"(?<![-\w])display:(?!inline(?![-\w])|none|contents|initial|inherit)[a-z]"
)
_FORMAT = re.compile(
    r"""mso-number-format:(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|((?:[^;"'>\\]|\\.)*))"""
)
_ESCAPE = re.compile(r"\\([0-9a-f]{4})|\\(.)")
_CELL = re.compile(r"<t[dh][\s>]", re.IGNORECASE)
_VALUE = re.compile(r"""=\s{0,9}(?:"[^"]*"|'[^']*')""")
"""An attribute's value, in which a word such as `hidden` is no attribute."""
_HIDDEN_ATTRIBUTE = re.compile(r"""[\s"']hidden(?=[\s=/>])""", re.IGNORECASE)
_CLASS = re.compile(r"""\bclass\s{0,9}=\s{0,9}(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
_ID = re.compile(r"""\bid\s{0,9}=\s{0,9}["']?\s{0,9}([^\s>"']{1,200})""", re.IGNORECASE)
_NAME = re.compile(r"[.#][\w-]{1,200}")
_NOT_ITSELF = re.compile(
    r"::|:(?:after|before|first-l|hover|active|focus|target|placeholder)", re.IGNORECASE
)
"""Selectors of what stands before or after an element, or of one under the mouse: a page's styles
often hide the dot by which they end a line (`.clearfix:after`)."""
_MOST_RULES = 2000


@dataclass(frozen=True, slots=True)
class Look:
    """How an element is shown."""

    hidden: bool = False
    parted: bool = False
    """It stands on lines of its own."""
    raised: str = ""
    """`superscript`, `subscript`, or neither."""
    struck: bool = False
    """A line goes through its text, and through that of all inside it: CSS Text Decoration 3, 2."""
    code: str = ""
    """The number format that Excel gives its cell, without spaces."""
    cut_off: bool = False
    """It is given no size, and nothing is shown of what does not fit. A cell of a table is as wide
    as its column all the same: CSS 2.2, 17.5.2. So are long texts shortened in tables."""
    reordered: bool = False
    """Its characters stand in an order of their own, which may be back to front."""


_PLAIN = Look()


class Looks:
    """A page's rules of style, and what they make of its tags."""

    def __init__(self) -> None:
        self._rules: dict[str, Look] = {}
        self._count = 0
        self._of = lru_cache(maxsize=1000)(self._look)

    def add(self, sheet: str) -> None:
        """Take the text of a `style` element; rules for print and small screens don't count."""
        for block in sheet.split("}"):
            head, brace, body = block.rpartition("{")
            if not brace or "@media" in head or self._count > _MOST_RULES:
                continue
            self._count += 1
            self._of.cache_clear()
            look = _look_said(_squeezed(body))
            for selector in head.rpartition("{")[2].split(","):
                names = _NAME.findall(selector.split()[-1]) if selector.split() else []
                if len(names) == 1 and not _NOT_ITSELF.search(selector):
                    self._rules[names[0]] = _joined([self._rules.get(names[0], _PLAIN), look])

    def of(self, tag: str) -> Look:
        """Return how the element of a tag, as it is written, is shown."""
        return self._of(tag) if " " in tag or "\n" in tag or "\t" in tag else _PLAIN

    def _look(self, tag: str) -> Look:
        # What a tag says itself is squeezed as a whole: its attributes stand side by side.
        own = _look_said(_squeezed(tag))
        hidden = bool(_HIDDEN_ATTRIBUTE.search(_VALUE.sub("=''", tag)))
        look = _joined([own, Look(hidden), *self._said_elsewhere(tag)])
        cut_off = look.cut_off and not _CELL.match(tag)
        return replace(look, hidden=look.hidden or cut_off, cut_off=False)

    def _said_elsewhere(self, tag: str) -> list[Look]:
        if not self._rules:
            return []
        classes, named = _CLASS.search(tag), _ID.search(tag)
        words = "".join(filter(None, classes.groups())).split() if classes else []
        names = [*(f".{word}" for word in words), *([f"#{named[1]}"] if named else [])]
        return [self._rules[name] for name in names if name in self._rules]


def _look_said(squeezed: str) -> Look:
    """Return the look that declarations, written without spaces, give an element."""
    raised = "superscript" if _RAISES.search(squeezed) else ""
    return Look(
        bool(_HIDES.search(squeezed)),
        bool(_PARTS_LINES.search(squeezed)),
        raised or ("subscript" if _LOWERS.search(squeezed) else ""),
        bool(_STRIKES.search(squeezed)),
        _number_format(squeezed),
        "overflow:hidden" in squeezed and bool(_NO_SIZE.search(squeezed)),
        bool(_REORDERS.search(squeezed)),
    )


def _number_format(squeezed: str) -> str:
    r"""Return the value of `mso-number-format`, without what escapes its characters (CSS 2, 4.1.3).

    Excel writes a quotation mark as `\0022`, other signs with a backslash before them.
    """
    at = squeezed.find("mso-number-format:")
    found = _FORMAT.match(html.unescape(squeezed[at : at + 600])) if at >= 0 else None
    value = next(filter(None, found.groups()), "") if found else ""
    return _ESCAPE.sub(lambda one: chr(int(one[1], 16)) if one[1] else one[2], value)


def _joined(looks: Sequence[Look]) -> Look:
    """Return the look of an element of which all of these are said."""
    raised = {look.raised for look in looks}
    return Look(
        any(look.hidden for look in looks),
        any(look.parted for look in looks),
        next((one for one in ("superscript", "subscript") if one in raised), ""),
        any(look.struck for look in looks),
        next((look.code for look in looks if look.code), ""),
        any(look.cut_off for look in looks),
        any(look.reordered for look in looks),
    )


def style_sheets(page: str) -> Iterator[str]:
    """Give the text of each `style` element; Excel writes it as a comment inside."""
    lower = page.lower()
    end = 0
    while (start := lower.find("<style", end)) >= 0:
        start = lower.find(">", start) + 1
        end = lower.find("</style", start)
        if not start or end < 0:
            return
        yield page[start:end]


def _squeezed(text: str) -> str:
    return "".join(text.split()).lower()
