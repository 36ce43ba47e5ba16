"""What every test leans on: no way out of this computer, no one's settings, a time that stands."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from importer.model import Group, GroupRecord, GroupState
from tests.served import Operator, fast_sandbox, running
from tests.stores import KINDS, new_store

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
    from importer.store import Store

# A computer that is busy with other things breaks no promise.
settings.register_profile(
    "no deadline", settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("no deadline")

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
PROXIES = ("http_proxy", "https_proxy", "all_proxy")

MakeGroup = Callable[..., Group]
MakeRecord = Callable[..., GroupRecord]


@pytest.fixture(autouse=True)
def no_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look up no name but loopback's: pytest-socket forbids connections, not such questions."""
    look_up = socket.getaddrinfo

    def loopback_only(host: Any, *others: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name not in LOOPBACK:
            raise AssertionError(f"a test asked the network for {name}")
        return look_up(host, *others, **options)

    monkeypatch.setattr(socket, "getaddrinfo", loopback_only)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Take the user's credentials, proxies and journal away; give the test's own journal."""
    for name in list(os.environ):
        if name.startswith("NXCLOUD_") or name.lower() in PROXIES:
            monkeypatch.delenv(name)
    journal = tmp_path / "state" / "journal.sqlite3"
    monkeypatch.setenv("IMPORTER_JOURNAL", str(journal))
    return journal


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store of each kind in turn, with a new journal, which commands find as well."""
    if request.param == "postgresql":
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "user state"))
    made = new_store(request.param, tmp_path)
    monkeypatch.setenv("IMPORTER_JOURNAL", str(made))
    return made


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    """Somebody at a terminal that nobody watches, with a folder and a journal of their own."""
    return Operator(monkeypatch, capsys, tmp_path)


@pytest.fixture
def sandbox(operator: Operator) -> Iterator[Sandbox]:
    """A sandbox on a real socket that the operator's credentials lead to."""
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        yield server


@pytest.fixture
def now() -> datetime:
    """A moment that stands: 2023-11-14 22:13:20 UTC, which is 1,700,000,000 s."""
    return datetime.fromtimestamp(1_700_000_000, UTC)


@pytest.fixture
def make_group() -> MakeGroup:
    """Make a group of the given numbers; the rest has defaults."""

    def make(*numbers: str, **changes: Any) -> Group:
        phones = numbers or ("85235753351",)
        seq = changes.pop("seq", 1)
        fields: dict[str, Any] = {
            "seq": seq,
            "name": f"list HK {seq:03}",
            "country": "HK",
            "remark": f"spring #token{seq}",
            "phones": ",".join(phones),
            "size": len(phones),
        }
        return Group(**(fields | changes))

    return make


@pytest.fixture
def make_record(make_group: MakeGroup) -> MakeRecord:
    """Make a group's record in a state; a created one has a groupId that names its seq."""

    def make(*numbers: str, state: GroupState = GroupState.CREATED, **changes: Any) -> GroupRecord:
        group = make_group(*numbers, **{k: changes.pop(k) for k in ("seq", "name") if k in changes})
        created = state is GroupState.CREATED
        fields: dict[str, Any] = {
            "attempts": 1,
            "code": 0 if created else None,
            "message": "success" if created else "",
            "group_id": f"id-{group.seq}" if created else "",
            "created_ms": 1_700_000_000_000 if created else None,
        }
        return GroupRecord(group, state, **(fields | changes))

    return make
