"""Real syncs that are stopped while a call is under way, and whose list another host changes."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

import pytest

from tests.batch.test_taken_over import vendor, wait_until
from tests.hosts import begin, end
from tests.served import hong_kong, numbers_at

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox

__all__ = ["vendor"]
HOW = ("--group-size", "2", "--rate", "100", "--concurrency", "1", "--max-remove", "60", "--yes")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def updates(vendor: Sandbox) -> int:
    return sum(one.action == "updateGroup" for one in vendor.calls)


def test_a_sync_that_was_stopped_is_taken_over(vendor: Sandbox, tmp_path: Path) -> None:
    """When it is woken it records nothing and sends nothing more: the newer file's numbers stay."""
    first, newer = hong_kong(20), [*hong_kong(20)[5:], *hong_kong(5, start=700)]
    files = {"a": first, "b": [*first[::2], *hong_kong(10, start=500)], "c": newer}
    paths = {name: tmp_path / f"{name}.csv" for name in files}
    for name, numbers in files.items():
        paths[name].write_text("\n".join(["Phone", *numbers]) + "\n", encoding="utf-8")

    def sync(host: str, name: str) -> tuple[str, ...]:
        return (host, "sync", str(paths[name]), "--list", "customers", *HOW)

    code, said = end(begin(*sync("desk1", "a")))
    assert code == 0, said
    owner = begin(*sync("desk1", "b"))
    try:
        wait_until(lambda: updates(vendor) > 2)
        owner.send_signal(signal.SIGSTOP)
        code, said = end(begin(*sync("desk2", "c"), "--wait"))
        assert code == 0, said
        calls = len(vendor.calls)
        owner.send_signal(signal.SIGCONT)
        code, words = end(owner)
        assert code == 1, words
        assert "another run must have changed it" in words or "Another run works on" in words
        assert len(vendor.calls) == calls
    finally:
        owner.kill()
        owner.communicate()
    assert numbers_at(vendor) == {one.removeprefix("+"): 1 for one in newer}
    code, said = end(begin("desk2", "verify"))
    assert code == 0, said
