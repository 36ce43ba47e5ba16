"""What a row says of its country: two letters or a calling code. Pure."""

from __future__ import annotations

import re

import phonenumbers

_CODE = re.compile(r"(?:\+|00)?(\d{1,3})(?:\.0)?")
NON_GEOGRAPHIC = "001"
"""What phonenumbers calls the region of codes such as 800, which no country owns."""


def understand_region(text: str) -> str | None:
    """Return the two-letter region that a text means, or None where that is not certain.

    A calling code that several countries share, such as 1 or 44, gives its main one: all of them
    dial alike, so the number read is the same.
    """
    name = text.strip().upper()
    if name in phonenumbers.SUPPORTED_REGIONS:
        return name
    code = _CODE.fullmatch(name)
    if code is None:
        return None
    region = phonenumbers.region_code_for_country_code(int(code.group(1)))
    return region if region in phonenumbers.SUPPORTED_REGIONS else None
