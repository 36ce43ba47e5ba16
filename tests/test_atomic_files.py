"""A file is whole or not there, whatever cuts its writing off."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest

from importer.atomic_files import part_beside, written_beside

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_there_once_it_is_whole(tmp_path: Path) -> None:
    """While it is written, its place is as it was; then it is whole, and nothing else is left."""
    place = tmp_path / "list.csv"
    place.write_bytes(b"before")
    with written_beside(place) as file:
        file.write(b"after")
        file.flush()
        assert place.read_bytes() == b"before"
    assert place.read_bytes() == b"after"
    assert [*tmp_path.iterdir()] == [place]


def test_a_file_that_is_cut_off(tmp_path: Path) -> None:
    """Its place is as it was, and the half that was written is gone."""

    def cut_off() -> None:
        with written_beside(tmp_path / "list.csv") as file:
            file.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cut_off()
    assert [*tmp_path.iterdir()] == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_its_owner_reads_it(tmp_path: Path) -> None:
    """From its first byte on, as it holds phone numbers."""
    with part_beside(tmp_path / "list.csv") as (part, _):
        assert stat.S_IMODE(part.stat().st_mode) == 0o600
        assert part.name.startswith(".")
