"""An operator whose lists are not in the folder of the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.served import Operator

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    folder = tmp_path / "office"
    folder.mkdir()
    return Operator(monkeypatch, capsys, folder)
