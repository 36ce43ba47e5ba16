"""Columns of dates, points in time and article numbers under a header of phones."""

import random
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from importer.model import CellKind
from importer.phones import PhoneOptions, normalize
from importer.phones.other_digits import other_digits
from tests.phones.damage_corpus import REGIONS
from tests.phones.damaged_lists import cells_of, drawn
from tests.phones.operator_lists import _written as written
from tests.phones.operator_lists import numbers_of


def found(texts: list[str]) -> list[tuple[CellKind, list[int]]]:
    array = pa.array(texts, pa.large_string())
    return [(kind, at.tolist()) for kind, at in other_digits(array, [np.arange(len(texts))])]


def articles(length: int, begin: str, count: int = 12) -> list[str]:
    """Article numbers, each with the check digit that GS1 asks for."""
    rng = random.Random(begin)
    made = []
    for _ in range(count):
        digits = begin + "".join(rng.choices("0123456789", k=length - 1 - len(begin)))
        total = sum(
            int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(reversed(digits))
        )
        made.append(f"{digits}{-total % 10}")
    return made


def seconds(step: int, count: int = 12, first: int = 1_706_745_600) -> list[str]:
    rng = random.Random(step)
    return [str(first + at * step + rng.randrange(step)) for at in range(count)]


def with_check(length: int, begin: str, weights: Sequence[int], modulus: int) -> list[str]:
    """Numbers whose digits times weights leave no rest."""
    rng = random.Random(begin)
    made: dict[str, None] = {}
    while len(made) < 8:
        digits = begin + "".join(rng.choices("0123456789", k=length - len(begin)))
        total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
        if total % modulus == 0:
            made[digits] = None
    return list(made)


def luhn(length: int, begin: str, count: int = 8) -> list[str]:
    """Numbers such as cards, devices and French firms have."""
    rng = random.Random(begin)
    made = []
    for _ in range(count):
        digits = begin + "".join(rng.choices("0123456789", k=length - 1 - len(begin)))
        doubled = [int(one) * (2 if at % 2 == 0 else 1) for at, one in enumerate(digits[::-1])]
        made.append(f"{digits}{-sum(one // 10 + one % 10 for one in doubled) % 10}")
    return made


def cpf(count: int = 8) -> list[str]:
    """Brazil's numbers of persons."""
    rng, made = random.Random(3), []
    for _ in range(count):
        digits = "11" + "".join(rng.choices("0123456789", k=7))
        for _ in range(2):
            weights = range(len(digits) + 1, 1, -1)
            total = sum(int(one) * weight for one, weight in zip(digits, weights, strict=True))
            digits += str(total * 10 % 11 % 10)
        made.append(digits)
    return made


DAYS = ["20240131", "20240201", "20231115", "20240229"]
OTHERS = {
    "year, month, day": (DAYS, CellKind.DAY),
    "day, month, year": (["31012024", "01022024", "15112023"], CellKind.DAY),
    "month, day, year": (["01312024", "02012024", "11152023"], CellKind.DAY),
    "seconds": (seconds(700_000), CellKind.SECONDS),
    "seconds, the last first": (seconds(3_000_000)[::-1], CellKind.SECONDS),
    "seconds in no order": (random.Random(1).sample(seconds(900_000), 12), CellKind.SECONDS),
    "EAN-13": (articles(13, "40"), CellKind.ARTICLE),
    "EAN-13 of Japan": (articles(13, "49"), CellKind.ARTICLE),
    "UPC": (articles(12, "0"), CellKind.ARTICLE),
    "EAN-8": (articles(8, "50"), CellKind.ARTICLE),
    "UPC in number cells": ([one[1:] for one in articles(12, "07")], CellKind.ARTICLE),
    "milliseconds": ([f"{one}123" for one in seconds(700_000)], CellKind.SECONDS),
    "IMEI": (luhn(15, "35"), CellKind.ARTICLE),
    "SIREN": (luhn(9, "55"), CellKind.ARTICLE),
    "ten digits of persons": (luhn(10, "85"), CellKind.ARTICLE),
    "NHS": (with_check(10, "61", range(10, 0, -1), 11), CellKind.ARTICLE),
    "PESEL": (with_check(11, "90", (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10), CellKind.ARTICLE),
    "NIP": (with_check(10, "52", (6, 5, 7, 2, 3, 4, 5, 6, 7, -1), 11), CellKind.ARTICLE),
    "CPF": (cpf(), CellKind.ARTICLE),
}


@pytest.mark.parametrize("name", OTHERS)
def test_column_of_other_digits(name: str) -> None:
    """Digits that all are of one such kind are found, though each may be a phone number."""
    texts, kind = OTHERS[name]
    assert found(texts) == [(kind, list(range(len(texts))))]


@pytest.mark.parametrize("region", ["DE", "DK", "NO", "SG", "AT", ""])
@pytest.mark.parametrize("name", OTHERS)
def test_none_becomes_a_number(name: str, region: str) -> None:
    """No cell of such a column is accepted, and the reason says what it is and what to type."""
    texts, _ = OTHERS[name]
    frame = pd.DataFrame({"original": texts, "kind": "text", "region": ""}, dtype="str")
    lines = normalize(frame, PhoneOptions(region=region or None)).lines
    assert lines["number"].tolist() == [""] * len(texts)
    assert lines["reason"].str.endswith("--bare-digits national").all()


@pytest.mark.parametrize(
    "texts",
    [
        ["20240131"],
        ["20240131", "20241531"],
        ["20240230", "20240231"],
        ["18991231", "18991230"],
        articles(13, "40", 4),
        ["4006381333931", "4006381333932", *articles(13, "40", 8)],
        seconds(700_000, 7),
        [str(1_707_000_000 + at) for at in range(0, 900_000, 50_000)],
        ["1706745600", "1516745600", *seconds(700_000)],
        [],
        ["", "n/a"],
    ],
)
def test_too_few_or_not_all(texts: list[str]) -> None:
    """One day, four check digits, or a column of which a part does not fit, show nothing."""
    assert found(texts) == []


@pytest.mark.parametrize("size", [1, 3, 10, 30, 300])
def test_no_list_of_phone_numbers_is_taken(size: int) -> None:
    """Lists of any country, in any way of writing and order, are no dates and no articles."""
    rng = random.Random(size)
    taken = []
    for region in REGIONS:
        for style in ("bare", "digits", "code"):
            texts = [text for text, _ in cells_of(region, drawn(region, size, rng), style)]
            taken += [(region, style) for some in (texts, sorted(texts)) if found(some)]
    assert taken == []


def test_operator_may_insist() -> None:
    """With `--bare-digits national` such digits are read as the phone numbers that they may be."""
    frame = pd.DataFrame({"original": DAYS, "kind": "text", "region": ""}, dtype="str")
    lines = normalize(frame, PhoneOptions(region="DK", bare_digits="national")).lines
    assert lines["number"].tolist() == [f"45{one}" for one in DAYS]


def test_numbers_with_plus_stay() -> None:
    """Numbers with a plus in the same column are read all the same."""
    signed = [written(45, one, "plus") for one in numbers_of("DK")[:3]]
    frame = pd.DataFrame({"original": [*DAYS, *signed], "kind": "text", "region": ""}, dtype="str")
    numbers = normalize(frame, PhoneOptions(region="DK")).lines["number"].tolist()
    assert numbers[: len(DAYS)] == [""] * len(DAYS)
    assert all(numbers[len(DAYS) :])
