"""Which of Windows' code pages a text in Latin letters is in, by its words with accents. Pure.

The pages share most of their bytes: 0xF5 is õ in one and ő in another, and both are letters. What
tells them apart is that each language has few letters with accents, so that a word read in the
wrong page mostly has one that no language of that page has.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_LANGUAGES = {
    "cp1252": (
        *("äöüß", "àâæçéèêëîïôœùûüÿ", "áéíóúüñçªº", "àáâãçéêíóôõúü", "àèéìíîòóùú", "éëïóöüèê"),
        *("åäöé", "æøåéòôê", "áéíóúýþðæö", "àçèéíïòóúü"),
    ),
    "cp1250": (
        *("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "ăâîşţ", "čćđšž"),
    ),
    "cp1254": ("çğıi̇öşüâîû",),
    "cp1257": ("ąčęėįšųūž", "āčēģīķļņšūž", "äöõüšž"),
}
"""The letters with accents of the languages that each page was made for.

1252: German, French, Spanish, Portuguese, Italian, Dutch, Swedish, Danish, Icelandic, Catalan.
1250: Polish, Czech, Slovak, Hungarian, Romanian, Croatian. 1254: Turkish. 1257: Lithuanian,
Latvian, Estonian.
"""
_SIGNS = frozenset("€«»°·¡¿–—‘’“”…\u00a0´§£©®™ªº")
_WORD = re.compile(r"[^\W\d_]+")
_NEVER = re.compile("õ(?!e)|ã(?![oesi]|$)")
"""What no word of Portuguese, the only language of Windows-1252 with these letters, has."""


def latin_code_page(raw: bytes, pages: Iterable[str]) -> str | None:
    """Return the page, among some, in which most of a text's words are of one language.

    None where no page makes sense of all words: a language of another script, or several at once.
    `raw` is the lines that are not ASCII; the first page wins where two are as good.
    """
    best, best_score = None, 0
    for page in _LANGUAGES:
        score = _score(raw.decode(page), page) if page in pages else 0
        if score > best_score:
            best, best_score = page, score
    return best


def _score(text: str, page: str) -> int:
    """Return how many words are of the language that most are of; 0 if one is of none."""
    words = [word.lower() for word in _WORD.findall(text) if not word.isascii()]
    if any(not char.isascii() and not char.isalpha() and char not in _SIGNS for char in text):
        return 0
    if any(word not in _SIGNS and not _is_latin(word, page) for word in set(words)):
        return 0
    return max(
        sum(_has_only(word, letters, page) for word in words) for letters in _LANGUAGES[page]
    )


def _is_latin(word: str, page: str) -> bool:
    """Whether a word is one of some language of a page, and mostly of plain letters."""
    accents = sum(not char.isascii() for char in word)
    return 2 * accents <= len(word) + 1 and any(
        _has_only(word, letters, page) for letters in _LANGUAGES[page]
    )


def _has_only(word: str, letters: str, page: str) -> bool:
    if page == "cp1252" and _NEVER.search(word):
        return False
    return all(char.isascii() or char in letters for char in word)
