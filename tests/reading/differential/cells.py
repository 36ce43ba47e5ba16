"""The cells of generated worksheets: ECMA-376 part 1, 18.3.1.4."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.reading.tables.sheets import letters
from tests.reading.differential.book import rich_text
from tests.reading.differential.writing import escaped, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reading.differential.book import Book


VALUES = (
    *(85235753351, 4930123456, 6562345601, 912345678, 331234501, 35753351, 1, 0, 45000, 0.5, -5),
    *(8613812345678901, 123456789012345, 1234567.25, 43831.75, 12125550100),
)
ERRORS = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!")
_OWN_PLACE = "OWN PLACE"


def make_cell(book: Book, row: int, column: int, counted: bool) -> str:
    chance = book.chance
    attributes = "" if counted else f' r="{letters(column)}{row + 1}"'
    style = chance.below(len(book.formats)) if chance.random.random() < 0.4 else 0
    attributes += f' s="{style}"' if style or chance.odd() else ""
    kinds: tuple[Callable[[Book], tuple[str, str]], ...] = (
        *(_shared_cell, _shared_cell, _shared_cell, _number_cell, _number_cell, _inline_cell),
        *(_boolean_cell, _error_cell, _number_formula, _empty_cell),
        _text_formula if book.text_formulas else _inline_cell,
    )
    type_, inside = chance.one(kinds)(book)
    inside = inside.replace(_OWN_PLACE, f"{letters(column)}{row + 1}")
    name = book.tag("c")
    attributes += f' t="{type_}"' if type_ else ""
    if chance.odd(0.2):
        attributes += chance.one((' ph="1"', ' cm="0"', ' vm="0"'))
    if inside and chance.odd(0.1):
        more, one = book.tag("extLst"), book.tag("ext")
        inside += f'<{more}><{one} uri="x"><y:c xmlns:y="urn:y">9</y:c></{one}></{more}>'
    if chance.odd(0.2):
        attributes = " ".join(["", *reversed(attributes.split(" ")[1:])])
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def _value(book: Book, text: str) -> str:
    return f"<{book.tag('v')}>{text}</{book.tag('v')}>"


def _spaced(book: Book, text: str) -> str:
    space = book.chance.one((" ", "\n", "\t ")) if book.chance.odd(0.2) else ""
    return _value(book, f"{space}{written(text, book.chance)}{space}")


def _shared_cell(book: Book) -> tuple[str, str]:
    if not book.texts or book.chance.random.random() < 0.8:
        text = book.chance.text()
        si = book.tag("si")
        book.texts.append(f"<{si}>{rich_text(book, text)}</{si}>")
    return "s", _spaced(book, str(book.chance.below(len(book.texts))))


def _number_cell(book: Book) -> tuple[str, str]:
    chance = book.chance
    value = chance.one(VALUES) + (chance.below(50) if chance.odd() else 0)
    text = repr(value)
    if chance.odd(0.5):
        text = chance.one((f"{value:.14E}", f"{value}E0", f"{value:.1f}", f"{value:+}"))
    return "n" if chance.odd() else "", _spaced(book, text)


def _inline_cell(book: Book) -> tuple[str, str]:
    name = book.tag("is")
    return "inlineStr", f"<{name}>{rich_text(book, book.chance.text())}</{name}>"


def _boolean_cell(book: Book) -> tuple[str, str]:
    return "b", _spaced(book, book.chance.one(("0", "1")))


def _error_cell(book: Book) -> tuple[str, str]:
    return "e", _spaced(book, book.chance.one(ERRORS))


def _formula(book: Book, text: str) -> str:
    name = book.tag("f")
    attributes = book.chance.one((' ca="1"', ' t="normal"')) if book.chance.odd() else ""
    return f"<{name}{attributes}>{escaped(text)}</{name}>"


def _text_formula(book: Book) -> tuple[str, str]:
    text = book.chance.one(("+852 3575 3351", "Ann", "+49 30 1234567"))
    return "str", _formula(book, f'"{text}"&""') + _value(book, written(text, book.chance))


def _number_formula(book: Book) -> tuple[str, str]:
    number = book.chance.one((85235753351, 4930123456, 35753351))
    formula = book.chance.one((f"{number}+0", f"SUM({number},0)", f"ROUND({number},0)"))
    if book.chance.odd(0.3) and book.text_formulas:
        # A formula that several cells share stands in the first of them.
        book.shared += 1
        attributes = f't="shared" ref="{_OWN_PLACE}" si="{book.shared}"'
        shared = f"<{book.tag('f')} {attributes}>{formula}</{book.tag('f')}>"
        return "", shared + _value(book, str(number))
    return "", _formula(book, formula) + _value(book, str(number))


def _empty_cell(book: Book) -> tuple[str, str]:
    return "", f"<{book.tag('v')}/>" if book.chance.odd(0.3) else ""
