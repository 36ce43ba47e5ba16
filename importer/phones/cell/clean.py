"""Takes harmless dress off a cell's text; the digits and their order never change. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

REVERSED = "\u202e"
"""Right-to-left override: what follows shows back to front, so what was meant is not certain."""

_STROKES = frozenset("\u0335\u0336\u0337\u0338")
"""The characters of Unicode that put a line through the one before them."""
_TAB = " " * 2
"""What a tab becomes: it parts two numbers, as double spaces do."""
_DASHES = frozenset("\u2043\u2212\u30fc")
"""Signs that pass for a dash beside those that Unicode calls dashes."""
_DOTS = frozenset("\u00b7\u2022\u2027\u30fb\u22c5")
_BREAKS = re.compile("\r\n|[\r\v\f\u0085\u2028\u2029]")
_AS_FORMULA = re.compile(r'=\s*"(.*)"|=(\+?[0-9]+)', re.DOTALL)
_QUOTES = "'\"`\u2018\u2019\u201c\u201d\u00b4"
_LABEL = (
    r"(?:tel|telephone|phone|mobile|mobil|mob|cell|handy|whatsapp|office|home|work|callto"
    r"|tlf|tlfn|telf|tfno|ph|phn|fon|gsm|cel|celular|natel|priv|direct|main|[mtphwc]"
    r"|t[ée]l[ée]phone|telefono|tel[ée]fono|telefon|m[óo]vil|portable"
    r"|电话|電話|手机|手機|电话号码|電話號碼|联系电话|聯絡電話|携帯|휴대폰|전화)"
)
_BEFORE = re.compile(
    rf"^(?:{_LABEL}(?:\s*no)?\s*#?\s*(?:[:.]+\s*|(?=\s\+))|[\u260e\u260f\u2706📞📱☏]+\s*)+", re.I
)
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")
"""A flag is two of these letters. The digits beside it say the country by themselves, or not."""
_CHAT = re.compile(r"([1-9][0-9]{6,14})@(?:c\.us|s\.whatsapp\.net)", re.IGNORECASE)
"""WhatsApp's name of a person: the number with its country code, digits only."""
_UNDERLINED = re.compile(r"(?<=[0-9])_(?=[0-9])")
_AFTER = re.compile(rf"\s*\(\s*{_LABEL}\.?\s*\)$", re.IGNORECASE)


@lru_cache(maxsize=10_000)
def clean(text: str) -> str:
    """Fold widths and digits of all scripts, drop invisible marks, make spaces and dashes plain.

    Line breaks and double spaces stay: they may part two numbers.
    """
    folded = unicodedata.normalize("NFKC", _BREAKS.sub("\n", text))
    if folded.isascii():
        shown = folded.replace("\t", _TAB).strip()
    else:
        shown = "".join(map(_plain_character, folded)).strip()
    while (undressed := _undressed(shown)) != shown:
        shown = undressed
    return shown


def _undressed(text: str) -> str:
    """Take off one layer: a formula around the text, quotes, labels, a comma after it."""
    formula = _AS_FORMULA.fullmatch(text)
    if formula:
        return formula.group(1) or formula.group(2) or ""
    shown = _AFTER.sub("", _BEFORE.sub("", _FLAG.sub("", text).strip(_QUOTES + " \n")))
    shown = _UNDERLINED.sub(" ", shown.rstrip(",;|. \n").strip())
    chat = _CHAT.fullmatch(shown)
    return f"+{chat.group(1)}" if chat else shown


def _plain_character(character: str) -> str:
    if character.isascii():
        return _TAB if character == "\t" else character
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category == "Cf" or character in "\ufe0e\ufe0f":
        return ""
    if category == "Pd" or character in _DASHES:
        return "-"
    if character in _DOTS:
        return "."
    return " " if category == "Zs" else character


def one_line(text: str) -> str:
    """Fold every run of white space into one space."""
    return " ".join(text.split())


def is_struck(text: str) -> bool:
    """Whether some character of a raw text has a line through it, as what no longer counts has."""
    return not text.isascii() and not _STROKES.isdisjoint(text)


def disguise(text: str) -> str:
    """Say what makes the digits of a raw text uncertain before it is cleaned, or "".

    Folding would turn a footnote's `²` or a bullet's `①` into a digit that nobody typed.
    """
    if text.isascii():
        return ""
    if REVERSED in text:
        return "the text is written back to front"
    if any(map(_is_disguised_digit, text)):
        return "has a superscript or a symbol that looks like a digit"
    return "has digits of two scripts" if len(_scripts(text)) > 1 else ""


def _is_disguised_digit(character: str) -> bool:
    if character.isascii() or unicodedata.category(character) == "Nd":
        return False
    folded = unicodedata.normalize("NFKC", character)
    return unicodedata.category(character) in {"No", "Nl"} or any(map(str.isdigit, folded))


def _scripts(text: str) -> set[str]:
    """Return which scripts the digits are of; full width is the plain script in wider letters."""
    return {
        "plain" if unicodedata.normalize("NFKC", digit).isascii() else _script(digit)
        for digit in text
        if unicodedata.category(digit) == "Nd"
    }


def _script(digit: str) -> str:
    return unicodedata.name(digit, "").rpartition(" DIGIT ")[0]
