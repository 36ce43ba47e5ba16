"""`importer doctor`: a line for each thing that a run needs, and an exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import importer
from importer.journal import disk_space, lock
from importer.store import SqliteStore
from tests.nightly.nights import sample_config
from tests.served import Done, Operator, fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from importer.sandbox import Sandbox

NAMES = [
    "version",
    "settings",
    "folders",
    "journal",
    "disk",
    "credentials",
    "vendor",
    "clock",
    "report",
    "night",
]


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    """Somebody with the sample's importer.toml and an inbox."""
    (tmp_path / "importer.toml").write_text(sample_config(), encoding="utf-8")
    (tmp_path / "inbox").mkdir()
    return Operator(monkeypatch, capsys, tmp_path)


def bad(done: Done) -> dict[str, str]:
    """Return what is bad, by its name, after checking that each problem is named once."""
    lines = findings(done)
    assert [name for _, name, _ in lines] == NAMES
    assert all(said.endswith((".", "?")) for _, _, said in lines)
    found = {name: said for state, name, said in lines if state == "BAD"}
    assert len({*found.values()}) == len(found)
    return found


def findings(done: Done) -> list[tuple[str, str, str]]:
    """Return state, name and words of each line."""
    lines = [line.split(maxsplit=2) for line in done.out.splitlines()]
    return [(state, name, said) for state, name, said in lines]


def said_of(done: Done, name: str) -> str:
    """Return the words of one line."""
    return next(said for _, one, said in findings(done) if one == name)


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
    assert {*bad(done)} == {"credentials"}
    assert said_of(done, "vendor") == said_of(done, "clock") == "Not checked: see credentials."
    operator.use("http://127.0.0.1:9/")
    done = operator.run("doctor")
    assert {*bad(done)} == {"vendor"}
    assert said_of(done, "clock") == "Not checked: see vendor."


def test_a_clock_that_is_off(operator: Operator) -> None:
    """Exit 2, and by how much, before any call is refused for it."""
    with running(fast_sandbox(skew=45 * 60)) as url:
        operator.use(url)
        done = operator.run("doctor")
    assert done.exit == 2
    assert {*bad(done)} == {"clock"}
    assert "behind" in bad(done)["clock"]
    assert said_of(done, "vendor") == "Not checked: see clock."


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
    assert {"settings", "journal", "disk"} <= {*bad(done)}
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
    assert said_of(done, "journal") == f"1 batch is in {environment}; a run uses it at this moment."


def test_version_paths_and_room(operator: Operator, sandbox: Sandbox, environment: Path) -> None:
    """A report of trouble says by itself what runs, where, and how much room is left."""
    done = operator.run("doctor")
    assert said_of(done, "version").startswith(f"importer {importer.__version__} at /")
    assert str(operator.folder / "importer.toml") in said_of(done, "settings")
    for folder in ("inbox", "outbox", "done", "failed"):
        assert str(operator.folder / folder) in said_of(done, "folders")
    assert str(environment) in said_of(done, "journal")
    assert f"MB in {environment.parent}" in said_of(done, "disk")


def test_nothing_is_said_in_words(operator: Operator, sandbox: Sandbox, environment: Path) -> None:
    """An empty inbox, a night without folders and a journal without batches count no zeros."""
    (operator.folder / "importer.toml").write_text("[nightly]\n", encoding="utf-8")
    with SqliteStore(environment).open():
        pass
    done = operator.run("doctor")
    assert said_of(done, "folders").startswith("Nothing is in the inbox;")
    assert said_of(done, "settings").endswith("all folders of the inbox have the same settings.")
    assert "0 " not in said_of(done, "journal")
    (operator.folder / "inbox" / "list.csv").write_text("Phone\n", encoding="utf-8")
    assert said_of(operator.run("doctor"), "folders").startswith("1 file is in the inbox;")


def test_one_folder_is_named_once(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the journal lies in the folder of the run, its room is said once."""
    monkeypatch.setenv("IMPORTER_JOURNAL", str(operator.folder / "journal.sqlite3"))
    assert said_of(operator.run("doctor"), "disk").count(" MB in ") == 1


def test_a_broken_file_is_named_once(operator: Operator, sandbox: Sandbox) -> None:
    """What importer.toml has wrong keeps other checks from being made, which do not repeat it."""
    (operator.folder / "importer.toml").write_text("[nightly\n", encoding="utf-8")
    done = operator.run("doctor")
    assert {*bad(done)} == {"settings"}
    assert {said for state, _, said in findings(done) if state == "--"} == {
        "Not checked: see settings."
    }


def test_the_report_s_way(
    operator: Operator, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whom the report goes to is said, and a password that is missing; nothing is sent."""
    path = operator.folder / "importer.toml"
    text = path.read_text(encoding="utf-8")
    table = (
        'smtp = "mail.example.com"\nsmtp_user = "me"\nfrom = "a@b.example"\nto = "ops@b.example"\n'
    )
    path.write_text(f"{text}\n[nightly.report]\n{table}", encoding="utf-8")
    assert "IMPORTER_SMTP_PASSWORD" in bad(operator.run("doctor"))["report"]
    monkeypatch.setenv("IMPORTER_SMTP_PASSWORD", "correct-horse")
    done = operator.run("doctor")
    assert bad(done) == {}
    assert "by mail.example.com:587 to ops@b.example" in said_of(done, "report")
    assert "correct-horse" not in done.out


def test_the_coming_night(operator: Operator, sandbox: Sandbox) -> None:
    """It says which lists a night would take, which would wait or fail, and until when it sends."""
    inbox = operator.folder / "inbox"
    for name in ("hk/a.csv", "b.csv.part", "other/c.csv"):
        (inbox / name).parent.mkdir(exist_ok=True)
        (inbox / name).write_text("Phone\n", encoding="utf-8")
    said = said_of(operator.run("doctor"), "night")
    assert "A night that begins now would send" in said
    assert "It would take 1 list (hk/a.csv)." in said
    assert "1 file would wait (b.csv.part)." in said
    assert "1 list would fail, as importer.toml does not name the folder (other/c.csv)." in said
