"""How many cells a second become numbers, beside plain phonenumbers in the same run.

Run by hand: `python -m tests.benchmarks.bench_normalize [CELLS]`. The cells are numbers of 16
countries, a country beside each: 15 % with spaces, dashes and brackets, 2 % junk, half with a plus,
the rest after `00` or as digits alone, in which each country keeps to one way. Beside it stands
what a script would do: parse, is_valid_number and format, on every tenth of the cells. 12 times its
rate is the least.

The cells are looked at in parts, two at a time; most are decided in bulk, near misses as well. On a
machine that is busy otherwise the second core is missing, and the ratio falls to about 9.
"""

from __future__ import annotations

import random
import sys
import time

import pandas as pd
import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from importer.phones import normalize

CELLS = 1_000_000
LEAST = 12
AT_HOME = ("CN", "HK", "FR", "ES", "JP", "AU", "SG", "IN")
ABROAD = ("US", "GB", "DE", "IT", "KR", "BR", "MX", "TW")
JUNK = ("n/a", "call {}", "{}", "no phone", "+852 {}", "person{}@example.com", "2020-01-{:02}")
_SEED, _ENDS = 6, 10_000


def main() -> None:
    """Measure both and print the ratio."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CELLS
    cells = made(count)
    begun = time.perf_counter()
    lines = normalize(cells).lines
    ours = count / (time.perf_counter() - begun)
    some = cells.iloc[::10]
    begun = time.perf_counter()
    plain = sum(map(plainly, some["original"], some["region"]))
    theirs = len(some) / (time.perf_counter() - begun)
    taken = (lines["number"] != "").mean()
    print(
        f"{count:,} cells: {ours:,.0f} a second, {taken:.1%} of them numbers; plain phonenumbers "
        f"{theirs:,.0f} a second, {plain / len(some):.1%}. {ours / theirs:.1f} times, "
        f"{LEAST} are the least."
    )


def plainly(text: str, region: str) -> bool:
    """Do what a script would do with one cell."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return False
    if not phonenumbers.is_valid_number(number):
        return False
    return bool(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def made(count: int) -> pd.DataFrame:
    """Return the same cells each time."""
    rng = random.Random(_SEED)
    stems = {region: _stems(region, rng) for region in (*AT_HOME, *ABROAD)}
    regions = rng.choices((*AT_HOME, *ABROAD), k=count)
    texts = [_text(region, rng.choice(stems[region]), rng) for region in regions]
    cells = {"sheet": "Sheet1", "column": "Phone", "original": texts, "kind": "text"}
    return pd.DataFrame({**cells, "region": regions}).astype("str")


def _stems(region: str, rng: random.Random) -> list[str]:
    """Return beginnings of mobile numbers that are valid whatever four digits follow."""
    example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    assert example is not None
    digits = phonenumbers.format_number(example, PhoneNumberFormat.E164)
    begin = digits[: len(str(example.country_code)) + 2]
    found: list[str] = []
    while len(found) < 200:
        stem = begin + "".join(rng.choices("0123456789", k=len(digits) - len(begin) - 4))
        if all(phonenumbers.is_valid_number(phonenumbers.parse(f"{stem}{end}")) for end in _TRIED):
            found.append(stem)
    return found


_TRIED = ("0000", "1234", "5555", "9999")


def _text(region: str, stem: str, rng: random.Random) -> str:
    """Write a number in one of the ways that a list has."""
    number = f"{stem}{rng.randrange(_ENDS):04}"
    code = 1 + len(str(phonenumbers.country_code_for_region(region)))
    chance = rng.random()
    if chance < 0.02:
        return _junk(number, rng)
    if chance < 0.12:
        return f"{number[:code]} {number[code : code + 3]}-{number[code + 3 : -4]}-{number[-4:]}"
    if chance < 0.17:
        return f"{number[:code]} ({number[code : code + 3]}) {number[code + 3 :]}"
    if chance < 0.60:
        return number
    if chance < 0.70:
        return f"00{number[1:]}"
    return number[code:] if region in AT_HOME else number[1:]


def _junk(number: str, rng: random.Random) -> str:
    """Write what is no number: half of it nearly one, with a digit missing or too many."""
    near = rng.choice((number[:-2], f"{number}{rng.randrange(_ENDS)}"))
    return rng.choice((near, rng.choice(JUNK).format(rng.randrange(1, 29))))


if __name__ == "__main__":
    main()
