"""Whether a worker sees the client's files, and what of their names goes to it."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from importer.batch.large.cluster import files
from importer.batch.large.cluster.files import SEEN, fingerprint_of, state_of
from importer.errors import SettingsError
from importer.reading.parts.part import Part, local_part

if TYPE_CHECKING:
    from pathlib import Path


def test_a_password_in_the_name(tmp_path: Path) -> None:
    """A name that holds a password does not go over a network that all can read."""
    part = Part("a.csv", "exports/a.csv", place="s3://key:secret@exports/a.csv")
    with pytest.raises(SettingsError, match="for all to read") as refused:
        files.ensure_no_secret(part, "tcp://cluster:8786")
    assert "secret@" not in str(refused.value)
    files.ensure_no_secret(part, "tls://cluster:8786")
    files.ensure_no_secret(replace(part, place="s3://exports/a.csv"), "tcp://cluster:8786")


def test_files_as_a_worker_sees_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy of another time is the file; one of other bytes at an end, or other size, is not."""
    monkeypatch.setattr(files, "_BYTES", 16)
    path = tmp_path / "a.csv"
    path.write_text("Phone\n" + "+85235753351\n" * 9)
    part = local_part("a.csv", path)
    known = fingerprint_of(part)
    assert state_of(part, known) == (part, SEEN)
    os.utime(path, (1, 1))
    copy, what = state_of(part, known)
    assert (what, copy.written_ns) == (SEEN, 10**9)
    for text in ("Phone\n" + "+85235753351\n" * 8 + "+85235753352\n", "Phone\n"):
        path.write_text(text)
        assert state_of(part, known)[1] == "sees another file at"
    path.unlink()
    assert state_of(part, known)[1] == "does not see"
    path.mkdir()  # Seen, but not to be read, as a file without the right to read it.
    assert state_of(local_part("a.csv", path), known)[1] == "can't read"
