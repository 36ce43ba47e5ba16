"""The operator's own command, and the log: what they get, and what they never get."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import pytest

from importer.nightly.morning import finish_hook
from tests.served import fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox
    from tests.nightly.nights import Office

KEEP = "import os, sys; open(sys.argv[1], 'w').write(sys.stdin.read() + repr(dict(os.environ)))"


def script(code: str, *arguments: str) -> str:
    """Write a command that runs Python code, as TOML."""
    return f"on_finish = {json.dumps([sys.executable, '-c', code, *arguments])}\n"


def with_hook(office: Office, line: str) -> None:
    office.configure("[nightly]\n", f"[nightly]\n{line}")


def test_the_command_reads_the_night(office: Office, sandbox: Sandbox) -> None:
    """It gets the JSON of the night with each batch, and not the credentials."""
    kept = office.folder / "kept"
    with_hook(office, script(KEEP, str(kept)))
    office.drop("list.csv", hong_kong(3))
    assert office.night().exit == 0
    text = kept.read_text(encoding="utf-8")
    told, end = json.JSONDecoder().raw_decode(text)
    assert (told["event"], told["exit"], told["created"]) == ("night", 0, 3)
    assert [one["file"] for one in told["batches"]] == ["list.csv"]
    assert "NXCLOUD_ACCESS" not in text[end:]


@pytest.mark.parametrize("line", [script("raise SystemExit(9)"), 'on_finish = "no-such-program"\n'])
def test_a_command_that_fails_changes_nothing(office: Office, sandbox: Sandbox, line: str) -> None:
    """The night's outcome stays; the failure stands in the log."""
    with_hook(office, line)
    office.drop("list.csv", hong_kong(3))
    done = office.night()
    assert done.exit == 0
    assert "on_finish" in done.err
    assert office.names("done") == [f"{office.date}/list.csv"]


def test_a_command_that_hangs_is_ended() -> None:
    """It has a time limit, which holds for what it has started as well."""
    began = time.monotonic()
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'], stdin=None)"
    said = finish_hook.run_hook(
        [sys.executable, "-c", f"{code}; import time; time.sleep(60)"], {}, 0.5
    )
    assert "longer than 0.5 s" in said
    assert time.monotonic() - began < 20


def test_a_command_that_does_not_read(tmp_path: Path) -> None:
    """A command that never looks at its input is no failure."""
    assert not finish_hook.run_hook([sys.executable, "-c", "pass"], {"much": "x" * 1_000_000})


def test_the_log_in_json(office: Office) -> None:
    """Each line is one event; groups name batch and place; no number and no secret is in any."""
    numbers = hong_kong(30)
    office.configure("group_size = 100", "group_size = 10")
    office.drop("hk/list +85251000001.csv", numbers)
    with running(fast_sandbox(script=["cut-after", "429"])) as url:
        office.operator.use(url)
        done = office.night("--log-format", "json", "--json")
    events = [json.loads(line) for line in done.err.splitlines()]
    assert {"time", "level", "event"} <= set.intersection(*map(set, events))
    assert {one["level"] for one in events} == {"debug", "info"}
    created = [one for one in events if one["event"] == "group created"]
    assert {(one["group"], bool(one["batch"]), bool(one["group_id"])) for one in created} == {
        (group, True, True) for group in (1, 2, 3)
    }
    assert [one["group"] for one in events if one["event"] == "group in doubt"] == [1]
    names = [one["event"] for one in events]
    for event in ("night begun", "file begun", "file done", "report written", "night ended"):
        assert event in names
    for number in numbers:
        assert number.removeprefix("+") not in done.err
    assert "abciiiko2k3" not in done.err


def test_quiet_is_for_cron(office: Office, sandbox: Sandbox) -> None:
    """A good night prints nothing at all; a bad one says what to look at."""
    office.drop("good.csv", hong_kong(3))
    done = office.night("--quiet")
    assert (done.exit, done.out, done.err) == (0, "", "")
    office.drop("bad.csv", ["Ann", "Bob"])
    done = office.night("--quiet")
    assert done.exit == 3
    assert "bad.csv" in done.err
