"""`importer doctor`: a line for each thing that a run needs, and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from importer.journal import disk_space, lock
from tests.nightly.nights import sample_config
from tests.served import Done, Operator, fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from importer.sandbox import Sandbox

NAMES = ["settings", "folders", "journal", "disk", "credentials", "vendor", "clock"]


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    """Somebody with the sample's importer.toml and an inbox."""
    (tmp_path / "importer.toml").write_text(sample_config(), encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    return Operator(monkeypatch, capsys, tmp_path)


def bad(done: Done) -> dict[str, str]:
    """Return what is bad, by its name, after checking that all was looked at."""
    lines = [line.split(maxsplit=2) for line in done.out.splitlines()]
    assert [name for _, name, _ in lines] == NAMES
    assert all(said.endswith((".", "?")) for _, _, said in lines)
    return {name: said for state, name, said in lines if state == "BAD"}


def test_all_is_well(operator: Operator, sandbox: Sandbox, environment: Path) -> None:
    """Exit 0, one listGroup, and nothing is made."""
    done = operator.run("doctor")
    assert (done.exit, bad(done)) == (0, {}), done.out
    assert [call.action for call in sandbox.calls] == ["listGroup"]
    assert not environment.exists()
    assert sorted(one.name for one in operator.folder.iterdir()) == ["importer.toml", "inbox"]


def test_without_nights(operator: Operator, sandbox: Sandbox) -> None:
    """Who has no importer.toml has nothing wrong with it."""
    (operator.folder / "importer.toml").unlink()
    assert operator.run("doctor").exit == 0


def test_refused_credentials(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 4, and which variable to look at."""
    monkeypatch.setenv("NXCLOUD_ACCESS_SECRET", "wrong")
    done = operator.run("doctor")
    assert done.exit == 4
    assert "NXCLOUD_ACCESS_SECRET" in bad(done)["vendor"]


def test_no_credentials_and_no_vendor(operator: Operator) -> None:
    """Without credentials nobody is called; the other looks are made all the same."""
    done = operator.run("doctor")
    assert done.exit == 2
    assert {*bad(done)} == {"credentials", "vendor", "clock"}
    operator.use("http://127.0.0.1:9/")
    assert {*bad(operator.run("doctor"))} == {"vendor", "clock"}


def test_a_clock_that_is_off(operator: Operator) -> None:
    """Exit 2, and by how much, before any call is refused for it."""
    with running(fast_sandbox(skew=45 * 60)) as url:
        operator.use(url)
        done = operator.run("doctor")
    assert done.exit == 2
    assert "behind" in bad(done)["clock"]


def test_settings_folders_journal_and_disk(
    operator: Operator,
    sandbox: Sandbox,
    environment: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each has its own line; what one finds does not hide the others."""
    path = operator.folder / "importer.toml"
    path.write_text(path.read_text(encoding="utf-8") + "rgion = 3\n", encoding="utf-8")
    environment.parent.mkdir()
    environment.write_bytes(b"no journal" * 200)
    monkeypatch.setattr(disk_space, "A_NIGHT", 2**63)
    done = operator.run("doctor")
    assert done.exit == 2
    assert {"settings", "folders", "journal", "disk"} <= {*bad(done)}
    path.write_text('[nightly]\ninbox = "elsewhere"\n', encoding="utf-8")
    assert "elsewhere" in bad(operator.run("doctor"))["folders"]


def test_a_run_under_way_is_no_illness(
    operator: Operator, sandbox: Sandbox, environment: Path, now: datetime
) -> None:
    """A journal that another run holds is told of, and well."""
    operator.run("run", operator.write_list("list.csv", hong_kong(3)))
    with lock.hold(environment, now):
        done = operator.run("doctor")
    assert done.exit == 0
    assert "a run holds it" in done.out
