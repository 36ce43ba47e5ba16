"""Generated files say the same to the fast path, to the careful path and to LibreOffice.

Each file follows from a seed. `DIFFERENTIAL_FILES=20000` makes as many as that says over all
formats, and `DIFFERENTIAL_SEED=x` other ones. Without LibreOffice these tests are skipped.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from importer.errors import UnreadableInput
from importer.reading.forms import Form
from tests.reading.differential.documents import make_document
from tests.reading.differential.office import converted, office, shown_by_office
from tests.reading.differential.opinions import (
    careful_sheets,
    described,
    differences,
    fast_sheets,
)
from tests.reading.differential.workbooks import make_workbook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.reading.tables.sheets import Sheet
    from tests.reading.differential.office import Grid
    from tests.reading.differential.writing import Made

_ALL = int(os.environ.get("DIFFERENTIAL_FILES", "500"))
WORKBOOKS, DOCUMENTS, OLD_WORKBOOKS = _ALL * 3 // 5, _ALL // 4, _ALL * 3 // 20
SEED = os.environ.get("DIFFERENTIAL_SEED", "1")


def _write(folder: Path, made: dict[str, Made], ending: str) -> list[Path]:
    folder.mkdir(parents=True)
    paths = [folder / f"{stem}.{ending}" for stem in made]
    for path, one in zip(paths, made.values(), strict=True):
        path.write_bytes(one.raw)
    return paths


def _against_office(
    sheets: dict[str, Sheet], made: Made, shown: dict[str, Grid], tally: Counter[str]
) -> Iterator[str]:
    for title, sheet in sheets.items():
        # Hidden rows below the last one that holds something are not kept.
        hidden = {row for row in made.hidden_rows[title] if row < len(sheet.lines)}
        if {row for row in sheet.hidden if row < len(sheet.lines)} != hidden:
            yield f"{title}: hidden rows {sorted(sheet.hidden)}"
        if title in shown and made.office_reads:
            tally["compared"] += 1
            yield from (f"{title} {one}" for one in differences(sheet, shown[title]))


def _careful(
    made: dict[str, Made], form: Form, tally: Counter[str]
) -> Iterator[tuple[str, Made, dict[str, Sheet]]]:
    """Give each file that is not refused, with its sheets."""
    for stem, one in made.items():
        try:
            sheets = careful_sheets(stem, one.raw, form, list(one.hidden_rows))
        except UnreadableInput:
            tally["refused"] += 1
            continue
        tally["sheets"] += len(sheets)
        yield stem, one, sheets


def _ensure_compared(wrong: list[str], tally: Counter[str], count: int) -> None:
    assert not wrong, "\n".join(wrong[:20])
    assert tally["compared"] > 0.8 * tally["sheets"], tally
    assert tally["refused"] < 0.1 * count, tally


def _ensure_as_office(made: dict[str, Made], form: Form, folder: Path) -> None:
    office()
    paths = _write(folder / "in", made, form.name.lower())
    shown = shown_by_office(paths, folder / "out")
    tally: Counter[str] = Counter()
    wrong = [
        f"{SEED} {stem}: {what}"
        for stem, one, sheets in _careful(made, form, tally)
        for what in _against_office(sheets, one, shown.get(stem, {}), tally)
    ]
    _ensure_compared(wrong, tally, len(made))


def test_workbooks(tmp_path: Path) -> None:
    """Every generated .xlsx gives LibreOffice's cells, or is refused in one sentence."""
    made = {f"{at}": make_workbook(f"{SEED} {at}") for at in range(WORKBOOKS)}
    _ensure_as_office(made, Form.XLSX, tmp_path)


def test_fast_path() -> None:
    """The fast path gives the careful one's cells, and takes no workbook that that refuses."""
    made = {f"{at}": make_workbook(f"{SEED} {at}") for at in range(WORKBOOKS)}
    fast = {stem: fast_sheets(stem, one.raw) for stem, one in made.items()}
    tally: Counter[str] = Counter()
    for stem, one, sheets in _careful(made, Form.XLSX, tally):
        for title, sheet in fast.pop(stem).items():
            other = sheets[title]
            tally["fast"] += 1
            assert described(sheet) == described(other), f"{SEED} {stem}: {title}"
            assert sheet.hidden == other.hidden, f"{SEED} {stem}: {title}"
            assert sheet.merged == other.merged, f"{SEED} {stem}: {title}"
        assert list(sheets) == list(one.hidden_rows)
    assert tally["fast"] > 0.2 * tally["sheets"], tally
    assert all(len(sheets) < len(made[stem].hidden_rows) for stem, sheets in fast.items())


def test_documents(tmp_path: Path) -> None:
    """Every generated .ods gives LibreOffice's cells, or is refused in one sentence."""
    made = {f"{at}": make_document(f"{SEED} {at}") for at in range(DOCUMENTS)}
    _ensure_as_office(made, Form.ODS, tmp_path)


def test_old_workbooks(tmp_path: Path) -> None:
    """Generated workbooks that LibreOffice saved as .xls give the cells that it shows of them."""
    office()
    # LibreOffice 7.4 saves 0 as the value of some formulas that give a text.
    every = (make_workbook(f"{SEED} xls {at}", text_formulas=False) for at in range(OLD_WORKBOOKS))
    made = {f"{at}": one for at, one in enumerate(every)}
    made = {stem: one for stem, one in made.items() if one.office_reads}
    converted(_write(tmp_path / "in", made, "xlsx"), "xls", tmp_path / "xls")
    old = {
        path.stem: replace(made[path.stem], raw=path.read_bytes())
        for path in (tmp_path / "xls").glob("*.xls")
    }
    shown = shown_by_office(sorted((tmp_path / "xls").glob("*.xls")), tmp_path / "out")
    tally: Counter[str] = Counter()
    wrong = [
        f"{SEED} xls {stem}: {what}"
        for stem, one, sheets in _careful(old, Form.XLS, tally)
        for what in _against_office(sheets, one, shown.get(stem, {}), tally)
    ]
    assert len(old) > 0.8 * len(made)
    _ensure_compared(wrong, tally, len(old))
