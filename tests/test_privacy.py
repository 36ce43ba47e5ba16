"""No secret is written anywhere, and no phone number where it has no business."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.masking import masked
from importer.sandbox import checks
from tests.served import Operator, fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "planted-secret-5d2f"
KEY = "planted-key-81c3"


@pytest.fixture
def operator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Operator:
    """Somebody whose credentials are easy to search for."""
    monkeypatch.setattr(checks, "ACCESS_SECRET", SECRET)
    monkeypatch.setattr(checks, "ACCESS_KEY", KEY)
    return Operator(monkeypatch, capsys, tmp_path)


def test_nothing_written_holds_the_secret(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, environment: Path
) -> None:
    """After a run with every kind of trouble, neither secret nor key is in any file or message."""
    troubles = ["429", "500-after", "cut-after", "html", "cut-before", "half-json", "no-group-id"]
    server = fast_sandbox(script=troubles, poison=["85251000007"])
    path = operator.write_list("list.csv", [*hong_kong(40), "n/a"])
    with running(server) as url:
        operator.use(url)
        monkeypatch.setenv("NXCLOUD_ACCESS_KEY", KEY)
        monkeypatch.setenv("NXCLOUD_ACCESS_SECRET", SECRET)
        told = [operator.run("run", path, "--group-size", "5")]
        monkeypatch.setenv("NXCLOUD_ACCESS_SECRET", SECRET + "x")
        told.append(operator.run("run", path, "--again"))
    assert server.groups
    assert told[1].exit == 4
    for file in [one for one in tmp_path.rglob("*") if one.is_file()]:
        assert SECRET.encode() not in file.read_bytes(), file
        assert KEY.encode() not in file.read_bytes(), file
    for done in told:
        assert SECRET not in done.out + done.err
        assert KEY not in done.out + done.err


def test_messages_in_a_log_hold_no_number(operator: Operator) -> None:
    """Where standard error is no terminal, no whole number is in anything that is printed."""
    numbers = hong_kong(30)
    with running(fast_sandbox(script=["429", "cut-after"])) as url:
        operator.use(url)
        path = operator.write_list("list.csv", [*numbers, "+852 5100 0031 x"])
        done = operator.run("run", path, "--group-size", "5")
        again = operator.run("resume")
    for number in numbers:
        assert number.removeprefix("+") not in done.out + done.err + again.out + again.err
    assert "written with +: +852" in done.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_files_with_numbers_are_the_owner_s_alone(operator: Operator, environment: Path) -> None:
    """Journal, kept rows and results can be read by nobody else."""
    with running(fast_sandbox()) as url:
        operator.use(url)
        operator.run("run", operator.write_list("list.csv", hong_kong(3)))
    written = [environment, *environment.parent.rglob("*.arrow")]
    written.append(operator.folder / "list.results.xlsx")
    assert len(written) == 3
    for file in written:
        assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("+85235753351 -> 85235753351", "+8523*****51 -> 8523*****51"),
        ("+852 3575 3351", "+852 3*** **51"),
        ("since 2026-03-01 02:30:00, 12 groups", "since 2026-03-01 02:30:00, 12 groups"),
        ("row 12 of sheet 2, code 10004", "row 12 of sheet 2, code 10004"),
    ],
)
def test_masking(text: str, shown: str) -> None:
    """The first four digits and the last two stay, so that the operator can find the row."""
    assert masked(text) == shown


@given(st.integers(10**7, 10**14))
def test_a_masked_number_can_not_be_read(number: int) -> None:
    """At most six digits of any number are left."""
    assert sum(map(str.isdigit, masked(f"+{number}"))) <= 6
