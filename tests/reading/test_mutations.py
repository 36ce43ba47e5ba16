"""Random damage: every damaged file gives rows or one sentence, and never anything else.

The normal run does a few hundred; `READING_MUTATIONS=10000` does so many of each format.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest

from importer.errors import UnreadableInput
from importer.reading.bounded import caller, worker
from tests.reading.damage import COUNT, FORMATS, damage, damage_inside
from tests.reading.files import read, text

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 5
"""How long one damaged file may take; none has more than 20 kB."""
IN_A_PROCESS = 50
"""Every so many files, one is read in a worker process as usual, which takes a while to start."""


@pytest.mark.parametrize("form", FORMATS)
def test_damage_gives_a_clean_verdict(
    tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever bytes are changed, the file is read or refused in one sentence, and soon."""
    make, share = FORMATS[form]
    raw = make(tmp_path).read_bytes()
    for seed in range(COUNT or round(600 * share)):
        chance = random.Random(f"{form} {seed}")  # it need only be repeatable
        inside = raw.startswith(b"PK") and chance.random() < 0.7
        path = text(tmp_path / "damaged", (damage_inside if inside else damage)(raw, chance))
        began = time.process_time()
        with monkeypatch.context() as patch:
            if seed % IN_A_PROCESS:
                patch.setattr(caller, "_run", lambda name, request, size: worker.answer(request))
            assert "\n" not in _verdict(path), f"{form} {seed}"
        assert time.process_time() - began < SECONDS, f"{form} {seed}"


def _verdict(path: Path) -> str:
    """Return why a file is refused, or that it was read; any other outcome fails the test."""
    try:
        rows = read(path)
    except UnreadableInput as told:
        return str(told)
    assert len(rows.cells) == len(rows.extras)
    return "read"
