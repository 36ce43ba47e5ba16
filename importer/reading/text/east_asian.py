"""Which East Asian encoding a text is in, by the characters that are in everyday use. Pure.

Each of the standards orders its characters: those of everyday use stand in one range of bytes, rare
ones in another. A short list of names read in the wrong encoding almost always has a rare one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN_TRAIL = range(0xA1, 0xFF)
_ANY_TRAIL = range(0x40, 0xFF)
_COMMON = {
    # GB 2312: signs and full-width letters, then the characters of level 1.
    "gb18030": ((range(0xA1, 0xA4), range(0xB0, 0xD8)), _PLAIN_TRAIL),
    # Big5: signs, then the characters of level 1.
    "big5hkscs": ((range(0xA1, 0xC7),), _ANY_TRAIL),
    # JIS X 0208 in Shift-JIS: signs and kana, then the characters of level 1.
    "cp932": ((range(0x81, 0x84), range(0x88, 0x98)), _ANY_TRAIL),
    # KS X 1001: signs and full-width letters, then Hangul.
    "cp949": ((range(0xA1, 0xA4), range(0xB0, 0xC9)), _PLAIN_TRAIL),
}
"""The first bytes of common characters, and their second ones."""


def east_asian_encoding(raw: bytes, codecs: Iterable[str]) -> str | None:
    """Return the only encoding, among some, in which all characters of a text are common ones.

    None where there is none, or several, as for few characters that are common in two.
    """
    fitting = [codec for codec in _COMMON if codec in codecs and _are_common(raw, codec)]
    return fitting[0] if len(fitting) == 1 else None


def _are_common(raw: bytes, codec: str) -> bool:
    others = {char for char in raw.decode(codec, "ignore") if not char.isascii()}
    written = [char.encode(codec) for char in others]
    pairs = [one for one in written if len(one) == 2]
    # One byte is half-width katakana, in which any text of the other encodings can be read.
    return bool(pairs) and all(
        len(one) == 1 or (len(one) == 2 and _is_common(one, codec)) for one in written
    )


def _is_common(pair: bytes, codec: str) -> bool:
    leads, trails = _COMMON[codec]
    return pair[1] in trails and any(pair[0] in lead for lead in leads)
