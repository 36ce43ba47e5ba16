"""Columns of national and international numbers, and what is made of them."""

import random
from collections.abc import Sequence

import pandas as pd
import phonenumbers

from importer.phones import Decided, PhoneOptions, normalize
from importer.phones.cell.numbering import code_of, number_of
from tests.phones.damage_corpus import digits, example


def decided(texts: Sequence[str], region: str = "", options: PhoneOptions | None = None) -> Decided:
    cells = pd.DataFrame(
        {
            "sheet": "Sheet1",
            "row": range(2, len(texts) + 2),
            "column": "Phone",
            "original": list(texts),
            "kind": "text",
            "region": region,
        }
    )
    return normalize(cells, options or PhoneOptions())


def numbers(found: Decided) -> list[str]:
    return list(found.lines["number"])


def reasons(found: Decided) -> set[str]:
    return {reason.partition(":")[0] for reason in found.lines["reason"]}


def made(region: str, count: int, *starts: str) -> list[str]:
    """National numbers of a region without trunk prefix: valid ones that begin as told."""
    rng = random.Random(f"{region}{starts}")
    length = len(digits(example(region, phonenumbers.PhoneNumberType.MOBILE))) - len(
        code_of(region)
    )
    found: dict[str, None] = {}
    while len(found) < count:
        start = rng.choice(starts)
        national = start + "".join(rng.choices("0123456789", k=length - len(start)))
        number = number_of(code_of(region) + national)
        if number and number.valid:
            found[national] = None
    return list(found)


def abroad(region: str, nationals: Sequence[str]) -> list[str]:
    return [code_of(region) + national for national in nationals]


CHINESE = made("CN", 200, "138", "139", "150", "158", "187")
GERMAN = made("DE", 200, "151", "160", "171", "176")
AMERICAN = made("US", 60, "212", "415", "501", "702")
HONG_KONG = made("HK", 60, "5", "6", "9")
CODED = abroad("HK", made("HK", 200, "5", "6", "9"))
"""Most of these may be Indonesian mobile numbers as well."""
ITALIAN = made("IT", 80, "328", "331", "333", "340", "347")


def valid_abroad(text: str) -> bool:
    number = number_of(text)
    return number is not None and number.valid


def fits_in(region: str, national: str) -> bool:
    number = number_of(code_of(region) + national)
    return number is not None and number.valid
