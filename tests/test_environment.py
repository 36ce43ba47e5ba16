"""Environment variables: a misspelt one is noticed, and the journal's place is one path."""

from __future__ import annotations

from pathlib import Path

import pytest

from importer.credentials import load_credentials
from importer.environment import journal_place
from importer.errors import SettingsError

WHO = {"NXCLOUD_ACCESS_KEY": "fme2na3kdi3ki", "NXCLOUD_ACCESS_SECRET": "abciiiko2k3"}


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("NXCLOUD_SECRET_FILE", "NXCLOUD_ACCESS_SECRET_FILE"),
        ("NXCLOUD_KEY", "NXCLOUD_ACCESS_KEY"),
        ("IMPORTER_JOURNL", "IMPORTER_JOURNAL"),
    ],
)
def test_a_misnamed_variable(wrong: str, meant: str) -> None:
    """A slip in a variable's name would change who calls, or which journal is asked."""
    with pytest.raises(SettingsError, match=f"{wrong} is no variable .* {meant} meant"):
        load_credentials(WHO | {wrong: "x"})


def test_journal_place(tmp_path: Path) -> None:
    """IMPORTER_JOURNAL says where the journal is; else it lies in the user's own folder."""
    assert journal_place({"IMPORTER_JOURNAL": str(tmp_path / "j")}) == tmp_path / "j"
    default = journal_place({})
    assert isinstance(default, Path)
    assert default.is_relative_to(Path.home())
