"""Lists run and forgotten, and a look for what is left of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import openpyxl

from tests.served import Operator, hong_kong

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def batch_of(done_out: str) -> str:
    """Return the batch that a run's summary names."""
    found = re.search(r"\(batch (\w{8})\)", done_out)
    assert found is not None, done_out
    return found[1]


def run(operator: Operator, name: str, numbers: Sequence[str], *options: str) -> str:
    """Run a list to its end and return its batch."""
    done = operator.run("run", operator.write_list(name, [*numbers]), *options)
    return batch_of(done.out)


def forget(operator: Operator, *batches: str) -> str:
    done = operator.run("batches", "--forget", *batches, "--yes")
    assert done.exit == 0, done.err
    return done.out


def kept_numbers(state: Path, numbers: Sequence[str]) -> list[tuple[str, str]]:
    """Return which numbers stand in the bytes of which files.

    They may be text, with or without country code, or integers of six bytes as SQLite keeps them.
    """
    files = [one for one in state.rglob("*") if one.is_file()]
    return [
        (number, file.name)
        for file in files
        for number in numbers
        if number.removeprefix("+852").encode() in file.read_bytes()
        or int(number).to_bytes(6, "big") in file.read_bytes()
    ]


def sheet(path: Path, name: str) -> list[tuple[object, ...]]:
    return list(openpyxl.load_workbook(path)[name].iter_rows(values_only=True))


def people(operator: Operator, start: int = 0) -> Path:
    """Write a list of two people's numbers, each with their name."""
    path = operator.folder / "list.csv"
    numbers = zip(hong_kong(6, start), ["Ann Example", "Bo Sample"] * 3, strict=True)
    lines = [f"{number},{name}" for number, name in numbers]
    path.write_text("\n".join(["Phone,Whose", *lines]), encoding="utf-8")
    return path


BY_NAME = ("--group-by", "Whose", "--name", "{file} {value} {seq:03}")
