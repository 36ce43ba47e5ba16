"""One cell: the numbers that it certainly means, or the reason why it gives none. Pure.

This is the one definition of right. What only the rest of the column can tell, it leaves to
`evidence`, and says so by `Verdict.bare`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from importer.model import CellKind, Reason
from importer.phones.cell.bare_digits import decide_bare, either
from importer.phones.cell.clean import clean, disguise, is_struck, one_line
from importer.phones.cell.column import PROVISIONAL
from importer.phones.cell.numbering import (
    calling_code,
    code_of,
    groups_at_home,
    is_open,
    number_of,
    trunks_of,
)
from importer.phones.cell.readings import bare_readings, explicit_readings, prefixed_readings
from importer.phones.cell.shape import (
    Shape,
    digits_of,
    is_address,
    is_stamp,
    is_three_pairs,
    shape_of,
)
from importer.phones.cell.split import pieces_of, pieces_with_slashes
from importer.phones.cell.verdict import Verdict, accept, reject

if TYPE_CHECKING:
    from importer.phones.cell.readings import Reading
    from importer.phones.options import PhoneOptions, Strictness

_IF_PHONES = "; if they are phone numbers: --bare-digits national"
_KIND_FAULTS = {
    CellKind.IMPRECISE: (Reason.IMPRECISE, ""),
    CellKind.FRACTION: (Reason.FRACTION, ""),
    CellKind.DATE: (Reason.DATE, ""),
    CellKind.BOOLEAN: (Reason.BOOLEAN, ""),
    CellKind.ERROR: (Reason.ERROR, ""),
    CellKind.UNSAVED: (Reason.UNSAVED, ""),
    CellKind.FORMAT: (Reason.FORMAT, ""),
    CellKind.STRUCK: (Reason.STRUCK, ""),
    CellKind.TOTAL: (Reason.TOTAL, ""),
    CellKind.DAY: (Reason.DATE, f"the digits of this column are days{_IF_PHONES}"),
    CellKind.SECONDS: (Reason.DATE, f"this column has seconds since 1970{_IF_PHONES}"),
    CellKind.ARTICLE: (
        Reason.NOT_A_NUMBER,
        "all numbers of this column have right check digits, as those of articles, cards, devices "
        f"or persons have{_IF_PHONES}",
    ),
    CellKind.ROUNDED: (
        Reason.SCIENTIFIC,
        "the zeros at the end of several cells are digits that were lost; a number that does end "
        "so is read with + and its country code",
    ),
}

_NOT_ONE = {Reason.NOT_A_NUMBER, Reason.LETTERS, Reason.SEVERAL, Reason.FRACTION}
"""What a text with several numbers is called when it is taken for one."""

_TRIED: dict[Strictness, tuple[Strictness, ...]] = {
    "valid": ("valid",),
    "possible": ("valid", "possible"),
}
"""A number that is only possible is taken where none is valid."""

_LONGEST = 400
"""Characters of the longest cell that may hold phone numbers; a longer one is prose."""
_CODE_AND_ZERO = re.compile(r"[1-9][0-9]{0,2} ?\(0\)")
"""`44 (0)20`: a 0 in brackets is the one that is left out after a country code."""
_FEWEST_SEVERAL = 2
_FEWEST = 5
"""Digits of a number that is worth asking for its country."""


def decide(
    text: str, kind: CellKind, region: str | None, options: PhoneOptions
) -> tuple[Verdict, ...]:
    """Read one cell: a verdict for each number in it, or one reject.

    `region` is the row's two-letter country, None where none is known; `options.region` is not
    looked at.
    """
    if kind in _KIND_FAULTS and not (kind is CellKind.TOTAL and _is_written_with_plus(text)):
        return (reject(*_KIND_FAULTS[kind]),)
    if is_struck(text):
        return (reject(Reason.STRUCK),)
    hidden = disguise(text)
    if hidden or len(text) > _LONGEST:
        return (reject(Reason.NOT_A_NUMBER, hidden or "too much text"),)
    cleaned = clean(text)
    whole = _decide_piece(one_line(cleaned), region, options)
    pieces = pieces_of(cleaned)
    if len(pieces) < 2:
        return (whole,)
    if "/" in cleaned and not whole.number:
        found = _decide_each(pieces_with_slashes(cleaned), region, options)
        if len(found) > 1 and all(one.number for one in found):
            return found
    found = _decide_each(pieces, region, options)
    if all(one.number for one in found):
        return (several(pieces),) if whole.number else found
    return (several(pieces),) if _are_several(whole, pieces, found, cleaned) else (whole,)


def _is_written_with_plus(text: str) -> bool:
    """Whether a text is a number with a plus, as no sum is: a company may be called Total."""
    return len(text) <= _LONGEST and clean(text).startswith("+")


def _decide_each(
    pieces: list[str], region: str | None, options: PhoneOptions
) -> tuple[Verdict, ...]:
    return tuple(_decide_piece(one_line(clean(piece)), region, options) for piece in pieces)


def _are_several(
    whole: Verdict, pieces: list[str], found: tuple[Verdict, ...], cleaned: str
) -> bool:
    """Whether a cell holds more than one number, of which not all are certain.

    Below a line that is a number, digits may be an extension or the last ones of a second number,
    as `57` below `0711 123456`. Where plans are open, both lines together are a valid number too.
    """
    if sum(any(map(str.isdigit, piece)) for piece in pieces) < _FEWEST_SEVERAL:
        return False
    below = "\n" in cleaned and any(one.number not in {"", whole.number} for one in found[:-1])
    return below or whole.reason in _NOT_ONE


def several(pieces: list[str]) -> Verdict:
    """Reject a cell whose pieces are not all certain numbers, and show them."""
    return reject(Reason.SEVERAL, " | ".join(pieces))


def _decide_piece(text: str, region: str | None, options: PhoneOptions) -> Verdict:
    """Read a cleaned text of one line as one number."""
    shape = Shape(text) if _is_pairs_at_home(text, region) else shape_of(text)
    if shape.reason is not None:
        return reject(shape.reason, shape.detail)
    digits = digits_of(shape.text)
    if is_stamp(shape.text) and not (shape.text.isdigit() and _is_mobile(digits)):
        return reject(Reason.DATE, "a date and a time")
    if _CODE_AND_ZERO.match(shape.text) and calling_code(digits):
        digits = f"+{digits}"
    if digits.startswith("+"):
        return _decide_explicit(digits[1:].removeprefix("00"), shape, options)
    for fits in _TRIED[options.strict]:
        found = _decide_digits(digits, shape, region, options, fits)
        if found is not None:
            return found
    return _why_none(digits, shape, region, options)


def _is_pairs_at_home(text: str, region: str | None) -> bool:
    """Whether a text such as `20.12.34.56` is grouped as numbers of the region are, as Denmark's.

    It has the form of an IP address as well, but all parts of those seldom have two digits.
    `23 11 77` is a day in most countries, and a number where all have six digits.
    """
    pairs = is_three_pairs(text)
    if region is None or not (pairs or is_address(text)):
        return False
    groups = re.findall("[0-9]+", text)
    number = number_of(code_of(region) + "".join(groups))
    if number is None or not number.valid:
        return False
    return groups_at_home(number.digits) == groups or (pairs and not is_open(region))


def _is_mobile(digits: str) -> bool:
    number = number_of(digits)
    return number is not None and number.valid and number.mobile


def _decide_digits(
    digits: str, shape: Shape, region: str | None, options: PhoneOptions, fits: Strictness
) -> Verdict | None:
    """Read digits without a plus; None where no reading fits."""
    prefixed = [
        one for one in prefixed_readings(digits, shape.text, region) if one.number.fits(fits)
    ]
    bare = bare_readings(shape, region, options.bare_digits, fits)
    if prefixed:
        return _only(prefixed + ([bare.national] if bare.national else []), shape)
    if bare.national or bare.international:
        return decide_bare(bare, PROVISIONAL)
    return None


def _decide_explicit(digits: str, shape: Shape, options: PhoneOptions) -> Verdict:
    readings = explicit_readings(digits, shape.text)
    for fits in _TRIED[options.strict]:
        fitting = [one for one in readings if one.number.fits(fits)]
        if fitting:
            return _only(fitting, shape)
    return reject(_fault(digits))


def _only(readings: list[Reading], shape: Shape) -> Verdict:
    """Take the one number that all readings are, if it is one."""
    numbers = {one.number.digits: one for one in readings}
    if len(numbers) == 1:
        return accept(readings[0], shape.repair)
    return reject(Reason.AMBIGUOUS, either(list(numbers)))


def _why_none(digits: str, shape: Shape, region: str | None, options: PhoneOptions) -> Verdict:
    """Say what is wrong with digits that have no fitting reading, by their likeliest one."""
    bare = bare_readings(shape, region, options.bare_digits, "valid")
    if bare.zero_lost:
        return reject(Reason.ZERO_LOST, f"it may be +{bare.zero_lost}", bare)
    if digits.startswith("00"):
        return reject(_fault(digits[2:]))
    abroad = _fault(digits)
    if region is None:
        by_hand = options.bare_digits == "national"
        reason = Reason.NO_COUNTRY if by_hand else _without_country(digits, abroad)
        return reject(reason, bare=bare)
    at_home = _fault(code_of(region) + _without_trunk(digits, region))
    own = digits.startswith(code_of(region)) and abroad is Reason.NOT_VALID
    return reject(abroad if own else at_home, bare=bare)


def _without_country(digits: str, abroad: Reason) -> Reason:
    if abroad in {Reason.NOT_VALID, Reason.TOO_LONG} and not digits.startswith("0"):
        return abroad
    return Reason.TOO_SHORT if len(digits) < _FEWEST else Reason.NO_COUNTRY


def _without_trunk(digits: str, region: str) -> str:
    written = (trunk for trunk in trunks_of(region) if digits.startswith(trunk))
    return digits.removeprefix(next(written, ""))


def _fault(digits: str) -> Reason:
    """Say what is wrong with digits that begin with a country code, or should."""
    number = number_of(digits)
    if number is not None:
        return number.fault
    return Reason.TOO_SHORT if calling_code(digits) else Reason.UNKNOWN_CODE
