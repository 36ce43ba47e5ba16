"""What a night lets a group of clerks do, and what stays the importer's alone."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from importer.errors import SettingsError
from importer.nightly.folders.sharing import NOT_SHARED, sharing_with
from tests.served import hong_kong

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def own_group() -> str:
    import grp

    return grp.getgrgid(os.getegid()).gr_name


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_what_holds_numbers_is_ours_alone(
    office: Office, sandbox: Sandbox, environment: Path, umask: int
) -> None:
    """Whatever the umask: journal, rows, results, reasons and reports are 0600, folders 0700."""
    before = os.umask(umask)
    try:
        office.drop("hk/a.csv", hong_kong(3))
        office.drop("b.csv", ["n/a"] * 3)
        office.night()
    finally:
        os.umask(before)
    made = [*environment.parent.rglob("*")]
    for name in ("outbox", "failed", "done"):
        made += [office.folder / name, *(office.folder / name).rglob("*")]
    dropped = {"a.csv", "b.csv"}  # A list keeps the rights that its owner gave it.
    wrong = {
        str(one): oct(mode(one))
        for one in made
        if one.name not in dropped and office.folder not in {one, one.parent} and mode(one) & 0o077
    }
    assert not wrong


def test_a_group_drops_and_fetches(office: Office, sandbox: Sandbox, environment: Path) -> None:
    """Inbox, outbox and failed are the group's, with their files; `done` and journal are not."""
    office.configure('known = "skip"', f'known = "skip"\nshare_group = "{own_group()}"')
    office.drop("hk/a.csv", hong_kong(3))
    office.drop("b.csv", ["n/a"] * 3)
    office.night()
    inbox, outbox, failed = (office.folder / one for one in ("inbox", "outbox", "failed"))
    assert mode(inbox) == mode(inbox / "hk") == 0o2770
    assert mode(outbox) == mode(failed) == 0o3770
    assert mode(outbox / office.date) == mode(outbox / office.date / "hk") == 0o2770
    results = outbox / office.date / "hk" / "a.results.xlsx"
    reason = failed / office.date / "b.csv.reason.txt"
    report = outbox / office.date / "night.jsonl"
    assert {mode(one) for one in (results, reason, report)} == {0o660}
    assert mode(office.folder / "done") & 0o077 == 0
    assert mode(environment) == 0o600


def test_a_link_in_the_place_of_the_report(
    office: Office, sandbox: Sandbox, tmp_path: Path
) -> None:
    """Who may write into the outbox can't make the night write elsewhere."""
    victim = tmp_path / "victim"
    victim.write_text("all that is known")
    folder = office.folder / "outbox" / office.date
    folder.mkdir(parents=True)
    for name in ("night.jsonl", ".night.part"):
        (folder / name).symlink_to(victim)
    office.drop("hk/a.csv", hong_kong(3))
    office.night()
    assert victim.read_text() == "all that is known"
    assert len(sandbox.groups) == 1


def test_a_group_that_there_is_not() -> None:
    """It is one sentence with the command that makes it."""
    with pytest.raises(SettingsError, match="groupadd no-such-group"):
        sharing_with("no-such-group")
    assert sharing_with("") == NOT_SHARED


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() != 0, reason="two users are needed, so root is"
)
def test_a_clerk_at_work(office: Office, sandbox: Sandbox, environment: Path) -> None:
    """Another user of the group drops a list and fetches its results, and reads no journal."""
    clerk, group = 65534, os.getegid()

    def as_clerk(*command: str) -> int:
        return subprocess.run(  # noqa: S603 - the arguments are ours
            command, user=clerk, group=65534, extra_groups=[group], check=False, timeout=30
        ).returncode

    for one in (office.folder, *office.folder.parents):
        if one.stat().st_uid == os.geteuid() and one.name:
            one.chmod(one.stat().st_mode | 0o055)
    office.configure('known = "skip"', f'known = "skip"\nshare_group = "{own_group()}"')
    office.night()
    inbox, results = office.folder / "inbox" / "hk", office.folder / "outbox"
    numbers = "\\n".join(["Phone", *hong_kong(3)])
    dropped = inbox / "list.csv"
    assert as_clerk("sh", "-c", f"umask 007; printf '{numbers}' > {dropped}") == 0
    os.utime(dropped, (1, 1))
    office.night()
    assert len(sandbox.groups) == 1
    assert as_clerk("cat", str(results / office.date / "hk" / "list.results.xlsx")) == 0
    assert as_clerk("cat", str(environment)) != 0
    assert as_clerk("rm", "-rf", str(results / office.date)) != 0
