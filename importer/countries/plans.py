"""Whether a number as it is written at home is one of a country's. Pure."""

from __future__ import annotations

from functools import lru_cache

import phonenumbers

_LONGEST = 60


@lru_cache(maxsize=50_000)
def fits(text: str, region: str) -> bool:
    """Return whether a text is a valid number of a region, dialled from inside of it.

    `region` has two letters. A number with the region's own calling code fits as well.
    """
    if len(text) > _LONGEST:
        return False
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    own = number.country_code == phonenumbers.country_code_for_region(region)
    return own and phonenumbers.is_valid_number(number)
