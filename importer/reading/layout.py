"""Where things stand on a sheet: the header row, the phone column, the country column. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from importer.reading.cells import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.sheets import Cell, Sheet

HEADER_SEARCH = 20
"""How many rows from the top may hold the header."""

_SURE = frozenset(
    """
    phone|phones|phone number|phone numbers|phone no|phonenumber|phone num|mobile|mobiles
    mobile number|mobile no|mobile phone|mobile phone number|cell|cell phone|cellphone|cell number
    tel|tel no|telephone|telephone number|telephone no|contact number|contact no|contact phone
    msisdn|handphone|handy|whatsapp|whatsapp number|telefon|telefonnummer|handynummer|mobilnummer
    telefono|teléfono|móvil|celular|telefone|téléphone|numéro de téléphone|portable|nomor hp
    nomor telepon|no hp|số điện thoại|điện thoại|телефон|номер телефона
    手机|手机号|手机号码|电话|电话号码|号码|联系电话|移动电话|手機|手機號碼|電話|電話號碼|聯絡電話
    電話番号|携帯|携帯電話|携帯番号|전화번호|휴대폰|휴대전화|เบอร์โทร|เบอร์โทรศัพท์|هاتف|رقم الهاتف
    """.replace("\n", "|").split("|")
)
_MAYBE = frozenset(["number", "no", "num", "numbers", "nummer", "番号", "번호"])
_LIKELY_WORDS = frozenset(
    ["phone", "mobile", "tel", "telephone", "cellphone", "msisdn", "whatsapp"]
)
_COUNTRY = frozenset(
    """
    country|country code|countrycode|region|region code|iso|iso code|country iso|iso2|land|pays|país
    国家|国家代码|地区|國家|地區|国|国番号|국가|negara|quốc gia|страна
    """.replace("\n", "|").split("|")
)
_SURE_NAMES, _COUNTRY_NAMES = (
    frozenset(name.strip() for name in names if name.strip()) for names in (_SURE, _COUNTRY)
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one sheet; indexes count from 0."""

    header: int
    """The header's index in the sheet's lines."""
    names: tuple[str, ...]
    phone: int
    country: int | None

    @property
    def first(self) -> int:
        """The index of the first line below the header."""
        return self.header + 1


@dataclass(frozen=True, slots=True)
class NoLayout:
    """Why the columns of a sheet are not known."""

    names: tuple[str, ...]
    """The columns that there are."""
    candidates: tuple[str, ...] = ()
    """The columns that could be meant, where there are several."""


def find_layout(sheet: Sheet, column: str | None) -> Layout | NoLayout:
    """Find the header row and the columns of a sheet.

    `column` names the phone column; without it the header's words decide, and where two columns
    fit equally well none is taken.
    """
    best: NoLayout | None = None
    for index, line in enumerate(sheet.lines[:HEADER_SEARCH]):
        names = tuple(as_text(cell).strip() for cell in line)
        found = _match_column(names, column) if column else _match_phone(names)
        if len(found) == 1:
            return Layout(index, names, found[0], _match_country(names, found[0]))
        if found and (best is None or not best.candidates):
            best = NoLayout(names, tuple(names[at] for at in found))
        elif best is None and sum(bool(name) for name in names):
            best = NoLayout(names)
    return best or NoLayout(())


def _match_column(names: Sequence[str], column: str) -> list[int]:
    exact = [at for at, name in enumerate(names) if name == column.strip()]
    return exact or [at for at, name in enumerate(names) if _plain(name) == _plain(column)]


def _match_phone(names: Sequence[str]) -> list[int]:
    plain = [_plain(name) for name in names]
    for fits in (_SURE_NAMES.__contains__, _is_likely, _MAYBE.__contains__):
        found = [at for at, name in enumerate(plain) if fits(name)]
        if found:
            return found
    return []


def _is_likely(name: str) -> bool:
    """Say yes to `customer phone` and `phone number 1`, and no to `phone type`."""
    words = [word for word in name.split() if not word.isdigit()]
    while words and words[-1] in _MAYBE:
        words.pop()
    return bool(words) and words[-1] in _LIKELY_WORDS


def _match_country(names: Sequence[str], phone: int) -> int | None:
    found = [at for at, name in enumerate(names) if at != phone and _plain(name) in _COUNTRY_NAMES]
    return found[0] if found else None


def _plain(name: str) -> str:
    """Fold case, width and punctuation: `Phone_No.` and `phone no` are one name."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\W_]+", " ", folded).strip()


def is_empty(line: Sequence[Cell]) -> bool:
    """Whether no cell of a line holds anything."""
    return not any(cell != "" for cell in line)
