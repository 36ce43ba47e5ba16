"""The folder in which long lists are worked on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Never

import pytest
from filelock import FileLock

from importer.batch.large.work_folder import work_folder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("error", [OSError(38, "no locks here"), NotImplementedError()])
def test_a_file_system_without_locks(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list is worked on all the same, and what another one may be at work in is left alone."""

    def acquire(*_: Any, **__: Any) -> Never:
        raise error

    monkeypatch.setattr(FileLock, "acquire", acquire)
    with work_folder(tmp_path) as first:
        (first / "lock").touch()
        (first / "numbers").touch()
        with work_folder(tmp_path) as second:
            assert second != first
        assert (first / "numbers").exists()
    assert not first.exists()
