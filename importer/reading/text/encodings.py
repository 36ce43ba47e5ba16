"""Bytes to text: declared, then proven, and only then guessed; a guess is always said."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.reading.text.east_asian import east_asian_encoding
from importer.reading.text.latin import latin_code_page

if TYPE_CHECKING:
    from collections.abc import Callable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
"""UTF-32 first: its little-endian mark begins with that of UTF-16."""

_GUESSES = {
    "gb18030": "GB18030",
    "big5hkscs": "Big5",
    "cp932": "Shift-JIS",
    "cp949": "Korean (949)",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "cp1253": "Windows-1253",
    "cp1254": "Windows-1254",
    "cp1255": "Windows-1255",
    "cp1256": "Windows-1256",
    "cp1257": "Windows-1257",
    "cp1258": "Windows-1258",
    "cp874": "Windows-874",
}
"""What Excel's plain 'CSV' is in, on Windows in one country or another."""

_BY_HEADER = {
    "euc_jp": "EUC-JP",
    "koi8_u": "KOI8-U",
    "cp866": "DOS 866",
    "mac_roman": "Mac Roman",
    "mac_cyrillic": "Mac Cyrillic",
    "cp850": "DOS 850",
    "cp852": "DOS 852",
    "johab": "Johab",
}
"""What other programs write. Any bytes are text in most of them, so that a known header word, which
no usual encoding makes readable, has to speak for one of them, or for several of one text."""

_BY_ESCAPES = (
    (b"\x1b$", b"\x1b(", "iso2022_jp_2", "ISO-2022-JP"),
    (b"\x1b$)C", b"\x0e", "iso2022_kr", "ISO-2022-KR"),
    (b"~{", b"~}", "hz", "HZ"),
)
"""Encodings whose bytes are all ASCII: what begins and what ends their other characters."""

_SAMPLE = 64 * 1024
"""Bytes that a guess looks at; those lines that aren't ASCII."""

_TELLING = 1024 * 1024
"""Bytes of those lines whose words and characters are looked at."""

_DAMAGED_UTF8 = 4
"""So many good UTF-8 characters for a bad one prove that UTF-8 was meant."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text file's text."""

    text: str
    name: str
    """The encoding, for the operator's eyes."""
    guessed: bool = False


def decode(
    name: str, raw: bytes, encoding: str | None, knows_header: Callable[[str], bool]
) -> Decoded:
    """Decode a text file strictly.

    `encoding` overrides all finding. `knows_header` says whether a text's first lines hold a known
    header word that is not plain ASCII: an encoding that makes one readable is preferred.

    Raises:
        UnreadableInput: the encoding named is unknown or does not fit, the file is no text, or no
            encoding fits.
    """
    if encoding is not None:
        return Decoded(_as_named(name, raw, encoding), encoding.upper())
    for mark, codec, shown in _MARKS:
        if raw.startswith(mark):
            return Decoded(_strict(name, raw, codec, shown), shown)
    if b"\0" in raw:
        return _without_mark(name, raw)
    escaped = _by_escapes(raw)
    if escaped is not None:
        return escaped
    try:
        return Decoded(raw.decode("utf-8"), "UTF-8")
    except UnicodeDecodeError as error:
        _refuse_damaged(name, raw, error)
    return _guess(name, raw, knows_header)


def is_encoding(name: str) -> bool:
    """Whether this is the name of an encoding of text."""
    try:
        "".encode(codecs.lookup(name).name)
    except (LookupError, ValueError):
        return False
    return True


def ensure_encoding(named: str) -> None:
    """Make sure that an option names an encoding.

    Raises:
        UnreadableInput: it does not.
    """
    if not is_encoding(named):
        raise UnreadableInput(
            f"--encoding {named} is no encoding of text: name one such as utf-8, gb18030, big5 "
            "or windows-1252."
        )


def _as_named(name: str, raw: bytes, encoding: str) -> str:
    ensure_encoding(encoding)
    codec = codecs.lookup(encoding).name
    if codec == "utf-8":
        codec = "utf-8-sig"
    return _strict(name, raw, codec, encoding)


def _strict(name: str, raw: bytes, codec: str, shown: str) -> str:
    try:
        text = raw.decode(codec)
    except UnicodeError as error:
        where = ""
        if isinstance(error, UnicodeDecodeError) and not codec.startswith(("utf-16", "utf-32")):
            where = f" (line {_line(raw, error.start)})"
        raise UnreadableInput(
            f"{name} is not in {shown}{where}: name the right one by --encoding, or open the file "
            "in Excel and save it as .xlsx."
        ) from error
    if "\0" in text:
        raise _binary(name, text.count("\n", 0, text.index("\0")) + 1)
    return text


def _line(raw: bytes, offset: int) -> int:
    return raw.count(b"\n", 0, offset) + 1


def _without_mark(name: str, raw: bytes) -> Decoded:
    """Read UTF-16 that lacks its mark: every second byte of ASCII text is zero."""
    sample = raw[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    for codec, zeros, others in (("utf-16-le", odd, even), ("utf-16-be", even, odd)):
        if len(raw) % 2 == 0 and zeros * 8 > len(sample) and others == 0:
            return Decoded(_strict(name, raw, codec, "UTF-16"), "UTF-16", guessed=True)
    raise _binary(name, _line(raw, raw.index(0)))


def _binary(name: str, line: int) -> UnreadableInput:
    return UnreadableInput(
        f"{name} is neither a workbook nor text (line {line} holds a NUL character): export the "
        "list as .xlsx, or remove that character."
    )


def _by_escapes(raw: bytes) -> Decoded | None:
    """Read a text whose characters are written in ASCII between marks, if all of it can be."""
    for begin, end, codec, shown in _BY_ESCAPES:
        if begin in raw and end in raw and raw.isascii() and _fits(raw, codec):
            text = raw.decode(codec)
            if not text.isascii():
                return Decoded(text, shown, guessed=True)
    return None


def _refuse_damaged(name: str, raw: bytes, error: UnicodeDecodeError) -> None:
    good = sum(1 for char in raw.decode("utf-8", errors="ignore") if ord(char) > 127)
    bad = raw.decode("utf-8", errors="replace").count("\ufffd")
    if good >= _DAMAGED_UTF8 * bad:
        raise UnreadableInput(
            f"{name} is in UTF-8 but damaged in line {_line(raw, error.start)}: correct that line, "
            "or name another encoding by --encoding."
        ) from error


def _guess(name: str, raw: bytes, knows_header: Callable[[str], bool]) -> Decoded:
    telling = b"\n".join(line for line in raw.splitlines() if not line.isascii())
    fits = [codec for codec in _GUESSES if _fits(telling, codec)]
    head = raw[:_SAMPLE]
    known = [codec for codec in fits if knows_header(head.decode(codec, errors="ignore"))]
    others = [] if known else _others_by_header(head, telling, knows_header)
    if others:
        texts = {raw.decode(other) for other in others}
        if len(texts) > 1:
            raise _untold(name)
        return Decoded(texts.pop(), _BY_HEADER[others[0]], guessed=True)
    codec = known[0] if len(known) == 1 else None
    if codec is None:
        sample = _whole_lines(telling, _TELLING)
        codec = latin_code_page(sample, known or fits) or east_asian_encoding(sample, known or fits)
    if codec is None:
        codec = _by_look(_whole_lines(telling, _SAMPLE), known or fits)
    if codec is None:
        raise _untold(name)
    return Decoded(raw.decode(codec), _GUESSES[codec], guessed=True)


def _others_by_header(
    head: bytes, telling: bytes, knows_header: Callable[[str], bool]
) -> list[str]:
    """Return the encodings of other programs in which a header has a known word."""
    return [
        codec
        for codec in _BY_HEADER
        if _fits(telling, codec) and knows_header(head.decode(codec, errors="ignore"))
    ]


def _untold(name: str) -> UnreadableInput:
    return UnreadableInput(
        f"{name} is in an encoding that can't be told: name it by --encoding, such as gb18030, "
        "big5 or windows-1252, or save the file in Excel as 'CSV UTF-8'."
    )


def _fits(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _whole_lines(raw: bytes, size: int) -> bytes:
    """Return the first lines of up to so many bytes; none is cut off, perhaps in a character."""
    return raw if len(raw) <= size else raw[: raw.rfind(b"\n", 0, size) + 1] or raw[:size]


def _by_look(sample: bytes, fits: list[str]) -> str | None:
    """Ask charset-normalizer, among the encodings that fit the whole file."""
    if len(fits) < 2:
        return fits[0] if fits else None
    # Few files have to be guessed at, and the library takes its time to load.
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=fits, enable_fallback=False).best()
    if best is None:
        return None
    found = codecs.lookup(best.encoding).name
    text = sample.decode(found, errors="ignore")
    return next((codec for codec in fits if sample.decode(codec, errors="ignore") == text), None)
