"""Which country's numbers rejected cells would be: advice for the operator, no decision. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from importer.phones.cell.likelihood import likeliest

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_LEAST_SHARE = 0.8
"""Share of the cells that have to be valid, for a region to be named."""
_LEAST_CELLS = 5
"""Different cells below which any country's plan may fit by accident."""
_TRIED = 40
"""Cells that every region is tried with."""
_NEAR = 0.15
"""Regions whose fit differs by less are named together."""
_MOST = 3
"""Regions that are named at most; where more fit equally well, none says anything."""
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class LikelyRegion:
    """A region whose numbers cells would be."""

    region: str
    """Two letters."""
    valid: int
    """How many of the cells would be valid numbers of it."""
    cells: int
    """How many different cells were tried."""


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well cells fit a region, in shares of the cells."""

    region: str
    valid: int
    score: float


def likely_regions(texts: Sequence[str], seen: Collection[str] = ()) -> tuple[LikelyRegion, ...]:
    """Return the regions that cells without a country code look like, the best first.

    At least 80 % of the cells are valid numbers of such a region. Of several, those count more
    whose mobile numbers the cells would be, whose people group digits as the cells do, or that are
    `seen` in the list already; where more than three are left, those as whose numbers the digits
    are most likely. Where more than three fit equally well, none is returned.
    """
    different = list(dict.fromkeys(text for text in texts if len(text) <= _LONGEST))
    tried = different[:: max(1, len(different) // _TRIED)][:_TRIED]
    if len(tried) < _LEAST_CELLS:
        return ()
    fits = [_fit(tried, region, seen) for region in _main_regions()]
    good = [one for one in fits if one.valid >= _LEAST_SHARE * len(tried)]
    best = max((one.score for one in good), default=0.0)
    near = sorted((one for one in good if one.score > best - _NEAR), key=lambda one: -one.score)
    regions = [one.region for one in near]
    if len(regions) > _MOST:
        regions = likeliest(regions, [_digits(text) for text in tried])
    if len(regions) > _MOST:
        return ()
    return tuple(_counted(one, different) for one in regions)


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


def _main_regions() -> list[str]:
    """Return one region for each calling code: what shares a code dials alike."""
    codes = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.values()
    return sorted(regions[0] for regions in codes if regions[0] != "001")


def _fit(texts: Sequence[str], region: str, seen: Collection[str]) -> _Fit:
    numbers = [(text, number) for text in texts if (number := _valid_number(text, region))]
    mobile = sum(
        phonenumbers.number_type(number) == PhoneNumberType.MOBILE for _, number in numbers
    )
    grouped = sum(
        phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL) == text
        for text, number in numbers
    )
    score = (len(numbers) + mobile / 2 + grouped / 2) / len(texts)
    return _Fit(region, len(numbers), score + (region in seen))


def _valid_number(text: str, region: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    own = number.country_code == phonenumbers.country_code_for_region(region)
    return number if own and phonenumbers.is_valid_number(number) else None


def _counted(region: str, texts: Sequence[str]) -> LikelyRegion:
    counted = texts[:2_000]
    valid = sum(_valid_number(text, region) is not None for text in counted)
    return LikelyRegion(region, valid, len(counted))
