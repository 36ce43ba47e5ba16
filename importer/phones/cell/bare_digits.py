"""Decides about bare digits by what their column shows; `evidence` has the rules in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.model import Reason
from importer.phones.cell.evidence import is_near
from importer.phones.cell.likelihood import number_in
from importer.phones.cell.numbering import code_of, is_open, is_whole_mobile, longest_usual
from importer.phones.cell.other_countries import (
    any_home_number,
    home_number,
    is_north_american,
    rivals_of,
    writes_brackets,
)
from importer.phones.cell.shape import is_stamp
from importer.phones.cell.verdict import Verdict, accept, reject

if TYPE_CHECKING:
    from importer.phones.cell.column import Column
    from importer.phones.cell.readings import Bare


def decide_bare(bare: Bare, column: Column) -> Verdict:
    """Decide about bare digits that have a reading, in a column that shows what it shows."""
    if bare.others:
        return _unclear(bare)
    if is_stamp(bare.digits) and not (bare.own or bare.by_hand or bare.code in column.proven):
        return _unclear(bare, "a date and a time")
    if bare.trunk:
        return _decide_trunk(bare, column)
    if bare.national and bare.international and not bare.agree:
        return _decide_both(bare, column)
    if bare.national:
        return _decide_national(bare, column)
    return _decide_international(bare, column)


def _decide_trunk(bare: Bare, column: Column) -> Verdict:
    """Read a number with its trunk prefix, unless the column holds the other reading's country."""
    other = bare.international is not None and not bare.agree and not bare.own
    if other and bare.code in column.held:
        return _unclear(bare)
    return _decide_national(bare, column)


def _decide_both(bare: Bare, column: Column) -> Verdict:
    """Choose between the national reading and the one with the code that the digits begin with."""
    if len(bare.digits) in column.lengths and not bare.lacks_area:
        if column.way == "national":
            return _decide_national(bare, column)
        if column.way == "international" and (bare.own or bare.code in column.proven):
            return _decide_international(bare, column)
    if bare.own:
        return _decide_both_at_home(bare, column)
    if bare.code in column.held or bare.code in column.proven:
        return _unclear(bare)
    if _is_usual_at_home(bare) or column.way_of_all == "national":
        return _decide_national(bare, column)
    return _unclear(bare)


def _decide_both_at_home(bare: Bare, column: Column) -> Verdict:
    """Choose where the digits begin with the region's own code."""
    mobile = bare.international is not None and bare.international.number.mobile
    writes_code = column.own > 1 and not column.national
    if not _is_mobile_at_home(bare) and (mobile or writes_code):
        return _decide_international(bare, column)
    if _is_mobile_at_home(bare) and not mobile:
        return _decide_national(bare, column)
    return _unclear(bare)


def _is_mobile_at_home(bare: Bare) -> bool:
    """Whether the national reading is a mobile number to which nothing is missing."""
    return (
        bare.national is not None
        and bare.region is not None
        and is_whole_mobile(bare.national.number, bare.region)
    )


def _is_usual_at_home(bare: Bare) -> bool:
    """Whether the national reading is a whole mobile number, or one of a plan of few lengths."""
    closed = bare.region is not None and not is_open(bare.region) and not bare.lacks_area
    return bare.usual and (_is_mobile_at_home(bare) or closed)


def _decide_national(bare: Bare, column: Column) -> Verdict:
    if bare.national is None or bare.lacks_area:
        return _unclear(bare, "a number without its area code")
    if _may_be_shortened(bare, column):
        return _unclear(bare)
    if _is_too_long(bare):
        return _unclear(bare, "no phone number, as hardly any has so many digits")
    if not bare.by_hand and not column.fits:
        return _unclear(bare, _of_another_country(bare, column))
    if not bare.by_hand and column.likelier:
        return _unclear(bare, _likelier_number(bare, column))
    if bare.shortened_trunk and not bare.by_hand and not column.shortens_trunk:
        return _unclear(bare, f"a number of another country than {bare.region}")
    if _repeats_code(bare, column):
        return _unclear(bare, f"a number after +{bare.code} with digits missing")
    if column.way == "international" and not bare.trunk and _is_loose(bare):
        return _unclear(bare, "a number abroad with a digit missing")
    if bare.grouped_as_chinese or (
        bare.like_chinese_mobile and bare.agree and column.chinese_elevens
    ):
        return _unclear(bare, f"+86{bare.digits}")
    return accept(bare.national, bare.repair, bare)


def _is_too_long(bare: Bare) -> bool:
    """Whether digits are longer than people's numbers are, in a plan that allows any length.

    An article number of 13 digits is a valid number of Germany's; without a 0 in front it is none.
    """
    if bare.region is None or bare.trunk or bare.by_hand or not is_open(bare.region):
        return False
    return len(bare.digits) > longest_usual(bare.region)


def _of_another_country(bare: Bare, column: Column) -> str:
    fitting, cells = column.fit
    return (
        f"a number of another country than {bare.region}, as only {fitting:,} of {cells:,} cells "
        "are valid there"
    )


def _likelier_number(bare: Bare, column: Column) -> str:
    number = number_in(column.likelier, bare.digits)
    shown = f"+{number}" if number else f"a number of {column.likelier}"
    return (
        f"{shown}, as the column looks like numbers of another country, such as {column.likelier}; "
        f"if they are of {bare.region}: --bare-digits national"
    )


def _repeats_code(bare: Bare, column: Column) -> bool:
    """Whether a national reading begins with the region's code, which is more likely just that."""
    if bare.region is None or bare.trunk or bare.agree or bare.by_hand:
        return False
    if bare.code != code_of(bare.region) or _is_mobile_at_home(bare):
        return False
    if column.way == "national" and len(bare.digits) in column.lengths:
        return False
    return is_open(bare.region) or column.own > column.national


def _may_be_shortened(bare: Bare, column: Column) -> bool:
    return bool(bare.zero_lost) and len(bare.digits) not in column.unshortened


def _is_loose(bare: Bare) -> bool:
    """Whether the plan is so open that a national reading by accident is likely."""
    mobile = bare.national is not None and bare.national.number.mobile
    return bare.region is not None and is_open(bare.region) and not mobile


def _decide_international(bare: Bare, column: Column) -> Verdict:
    if bare.international is None:
        return _unclear(bare)
    # A mobile number after its own code is not doubted for a prefix that may have lost its zeros.
    own_mobile = bare.own and bare.international.number.mobile
    if not own_mobile and _may_be_shortened(bare, column):
        return _unclear(bare)
    if bare.by_hand:
        return accept(bare.international, bare.repair, bare)
    if bare.own:
        if not column.fits:
            return _unclear(bare, _of_another_country(bare, column))
        return accept(bare.international, bare.repair, bare)
    against = _against(bare, column)
    if against is not None:
        return _unclear(bare, against)
    return accept(bare.international, bare.repair, bare)


def _against(bare: Bare, column: Column) -> str | None:
    """Say what else digits may be than the number of another country; None where they are that."""
    if bare.grouped_across_code:
        return "a national number, as the digits are grouped"
    if is_near(bare) in column.distrusted:
        return "a national number of a country that is not given"
    holder = _holder(bare, column)
    if holder:
        return f"+{holder}"
    if bare.code in column.proven:
        slip = is_near(bare) and column.national > 0
        return _slip(bare) if slip else None
    if is_near(bare):
        return _slip(bare)
    if column.proves_codes and not is_north_american(bare.digits):
        return None
    return _rivals(bare)


def _holder(bare: Bare, column: Column) -> str:
    """Return the number that the digits are in a country that the column holds, "" for none."""
    for code in sorted(column.held - {bare.code}):
        number = any_home_number(bare.digits, code)
        if number is not None:
            return number.digits
    return ""


def _slip(bare: Bare) -> str:
    return f"a number of {bare.region} with a slip in it"


def _rivals(bare: Bare) -> str | None:
    """Name the countries whose national number the digits may be; None where there is none."""
    rivals = rivals_of(bare.digits)
    if bare.code_in_brackets:
        rivals = tuple(code for code in rivals if writes_brackets(bare.digits, code))
    if not rivals:
        return None
    found = (home_number(bare.digits, code) for code in rivals[:1])
    shown = " or ".join(f"+{one.digits}" for one in found if one)
    return f"{shown}, or other countries' national numbers" if len(rivals) > 1 else shown


def put_back_lost_zero(bare: Bare, column: Column) -> Verdict | None:
    """Put back the 0 that a number cell has dropped, where nothing else can be meant; else None."""
    sure = column.from_row or (column.fits and column.national > column.fit[1] // 2)
    if bare.lost_zero is None or bare.national or bare.international or not sure or not column.fits:
        return None
    return accept(bare.lost_zero, bare.repair, bare)


def _unclear(bare: Bare, other: str = "") -> Verdict:
    readings = (bare.national, *bare.others, bare.international)
    numbers = [one.number.digits for one in readings if one is not None]
    if bare.zero_lost:
        numbers.append(bare.zero_lost)
    return reject(Reason.AMBIGUOUS, either(numbers, other), bare)


def either(numbers: list[str], other: str = "") -> str:
    """Return the readings of an ambiguous cell for the operator: `+85235753351 or +4935753351`."""
    shown = [f"+{number}" for number in dict.fromkeys(numbers)]
    return " or ".join([*shown, *([other] if other else [])])
