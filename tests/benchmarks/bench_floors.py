"""Where the time of `importer check` goes, and what each stage's library takes by itself.

Run by hand: `python -m tests.benchmarks.bench_floors [ROWS]`. The stages are what `--timings`
prints; beside each stands its floor: the imports alone, calamine alone (with an object for each
cell) and unpacking alone, RE2 alone (one pattern of the 16 countries over all numbers), the
workbook's library alone (by cells) and packing alone, each on one core.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
import rustpy_xlsxwriter
from isal import isal_zlib
from phonenumbers import PhoneMetadata
from python_calamine import CalamineWorkbook

from tests.benchmarks.bench_check import ROWS, written
from tests.benchmarks.bench_normalize import ABROAD, AT_HOME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_STAGE = re.compile(r"^(\w[\w ]+?) +(\d+\.\d\d) s", re.MULTILINE)
_TIMES = 3


def main() -> None:
    """Measure the stages and the floors, and print them beside each other."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        source, target = written(rows, Path(folder)), Path(folder) / "out.xlsx"
        stages = timings(source, target)
        floors = dict(floors_of(source, target, Path(folder)))
    for name, seconds in stages.items():
        beside = ", ".join(f"{what} {floor:.2f}" for what, floor in floors.get(name, ()))
        print(f"{name:22} {seconds:5.2f} s   {beside}")


def timings(source: Path, target: Path) -> dict[str, float]:
    """Return the seconds of each stage of a check, those of its quickest run."""
    command = ["importer", "check", str(source), "--yes", "--timings", "--out", str(target)]
    runs = []
    for _ in range(_TIMES):
        done = subprocess.run(  # noqa: S603 - the arguments are ours
            [sys.executable, "-m", *command], capture_output=True, text=True, check=True
        )
        found = _STAGE.findall(done.stdout + done.stderr)
        runs.append({name: float(seconds) for name, seconds in found})
    return min(runs, key=lambda run: run["Together"])


def floors_of(
    source: Path, target: Path, folder: Path
) -> Iterator[tuple[str, tuple[tuple[str, float], ...]]]:
    """Give for each stage what its libraries take by themselves, in seconds."""
    yield (
        "Loading",
        (
            (
                "Python, pandas and Arrow alone",
                quickest(lambda: _python("import pandas, pyarrow.compute")),
            ),
        ),
    )
    yield (
        "Reading",
        (
            ("calamine alone", quickest(lambda: _by_calamine(source))),
            ("unpacking alone", quickest(lambda: _unpacked(source))),
        ),
    )
    table = _numbers(target)
    pattern = _pattern()
    yield (
        "Normalizing",
        (("RE2 alone", quickest(lambda: pc.match_substring_regex(table["Number"], pattern))),),
    )
    sheets = _unpacked(target)
    alone = str(folder / "alone.xlsx")
    yield (
        "Writing",
        (
            (
                "the library alone",
                quickest(lambda: rustpy_xlsxwriter.write_worksheets([("Numbers", table)], alone)),
            ),
            ("packing alone", quickest(lambda: [isal_zlib.compress(sheet, 1) for sheet in sheets])),
        ),
    )


def quickest(work: Callable[[], Any]) -> float:
    """Return the seconds that some work takes at its quickest."""
    taken = []
    for _ in range(_TIMES):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def _python(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - the arguments are ours


def _by_calamine(path: Path) -> list[list[Any]]:
    with CalamineWorkbook.from_path(str(path)) as book:
        return book.get_sheet_by_index(0).to_python()


def _unpacked(path: Path) -> list[bytes]:
    with zipfile.ZipFile(path) as packed:
        return [packed.read(name) for name in packed.namelist() if "sheet" in name or "Str" in name]


def _numbers(results: Path) -> pa.Table:
    """Return the sheet Numbers as columns of text."""
    with CalamineWorkbook.from_path(str(results)) as book:
        header, *lines = book.get_sheet_by_name("Numbers").to_python()
    texts = [pa.array([str(value) for value in column]) for column in zip(*lines, strict=True)]
    return pa.table(dict(zip(map(str, header), texts, strict=True)))


def _pattern() -> str:
    """Return one pattern of all mobile numbers of the countries in the list."""
    plans = []
    for region in (*AT_HOME, *ABROAD):
        told: Any = PhoneMetadata.metadata_for_region(region)
        code = phonenumbers.country_code_for_region(region)
        plans.append(f"{code}(?:{told.mobile.national_number_pattern})")
    return f"^(?:{'|'.join(plans)})$"


if __name__ == "__main__":
    main()
