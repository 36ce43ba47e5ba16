"""An office, and a vendor on a real socket that its credentials lead to."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from tests.nightly.nights import Office
from tests.served import Operator, fast_sandbox, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from importer.sandbox import Sandbox


@pytest.fixture
def office(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Iterator[Office]:
    """An office whose nights nobody watches."""
    folder = tmp_path / "office"
    folder.mkdir()
    usual = signal.getsignal(signal.SIGTERM)
    yield Office(Operator(monkeypatch, capsys, folder), monkeypatch)
    signal.signal(signal.SIGTERM, usual)


@pytest.fixture
def sandbox(office: Office) -> Iterator[Sandbox]:
    """A vendor without faults."""
    server = fast_sandbox()
    with running(server) as url:
        office.operator.use(url)
        yield server
