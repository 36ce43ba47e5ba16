"""The samples of nights and containers: what is installed runs what there is, and no more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from importer.commands.cli import cli
from importer.environment import VARIABLES
from importer.nightly.morning.report_config import report_config
from tests.nightly.nights import SAMPLE

FOLDER = SAMPLE.parent
CONTAINER = FOLDER.parent / "container"
UNITS = sorted(FOLDER.glob("*.service")) + sorted(FOLDER.glob("*.timer"))
STORY = (FOLDER / "README.md").read_text(encoding="utf-8")
RUNS = "/usr/local/bin/importer-night nightly --log-format json"


def text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["importer-nightly.service", "importer-nightly.cron", "nightly.cmd"]
)
def test_the_command_is_one_that_there_is(name: str) -> None:
    """Each way to install a night calls `importer nightly` with options that it has."""
    found = re.findall(
        r"(?:importer-night|importer\.exe) nightly((?: --[a-z-]+(?: [a-z]+)?)+)", text(name)
    )
    assert found
    for options in found:
        cli.commands["nightly"].make_context("nightly", options.split())


def test_both_schedulers_run_the_same() -> None:
    """The systemd unit and cron call one script: folder, secret and journal are the same."""
    assert f"ExecStart={RUNS}\n" in text("importer-nightly.service")
    lines = [line for line in text("importer-nightly.cron").splitlines() if line[:1] != "#"]
    assert len(lines) == 2
    assert all(RUNS in line and "  importer  " in line for line in lines)


def test_a_missed_night_is_caught_up_everywhere() -> None:
    """A computer that was off at that hour takes the lists when it is on again."""
    assert "Persistent=true" in text("importer-nightly.timer")
    assert "@reboot" in text("importer-nightly.cron")
    assert "-StartWhenAvailable" in text("windows.txt")
    assert "startingDeadlineSeconds" in (CONTAINER / "cronjob.yaml").read_text(encoding="utf-8")


def test_the_folders_are_those_of_the_sample() -> None:
    """The service may write where the sample's importer.toml says, and the story makes them."""
    (places,) = re.findall(r"^ReadWritePaths=(.*)$", text("importer-nightly.service"), re.MULTILINE)
    assert {Path(one).name for one in places.split()} == {"inbox", "outbox", "done", "failed"}
    made = " ".join(re.findall(r"^install -d .*$", STORY, re.MULTILINE)).split()
    assert {*places.split()} <= {*made}


def test_the_places_agree() -> None:
    """Where the story puts a file is where the others look for it."""
    script = text("importer-night")
    assert ". /etc/importer/nightly.env\n" in script
    assert "cd /srv/importer\n" in script
    assert "PIPX_BIN_DIR=/usr/local/bin" in STORY
    assert "exec /usr/local/bin/importer " in script
    lines = [line for line in text("nightly.env").splitlines() if not line.startswith("#")]
    environment = dict(line.split("=", 1) for line in lines)
    assert {*environment} <= VARIABLES
    assert environment["NXCLOUD_ACCESS_SECRET_FILE"] == "/etc/importer/secret"
    assert "chmod 0600 /etc/importer/secret\n" in STORY
    assert environment["IMPORTER_JOURNAL"].startswith("/var/lib/importer/")
    assert "StateDirectory=importer\n" in text("importer-nightly.service")


def test_each_file_that_the_story_names_is_there() -> None:
    """Nothing is copied that is not there, and nothing is there that no story names."""
    named = {*re.findall(r"samples/nightly/([\w.-]+)", STORY)}
    assert all((FOLDER / name).is_file() for name in named)
    told = STORY + text("windows.txt")
    assert [
        one.name
        for one in FOLDER.iterdir()
        if one.name not in {*named, "README.md"} and one.name not in told
    ] == []


def test_the_report_of_the_sample_can_be_used() -> None:
    """Without its marks, the table for mail and chat is one that a night takes."""
    _, _, after = text("importer.toml").partition("# [nightly.report]\n")
    table = tomllib.loads("\n".join(line.removeprefix("# ") for line in after.splitlines()))
    config = report_config(table)
    assert config.mail is not None
    assert config.webhook
    named = re.findall(r"^#(IMPORTER_[A-Z_]+)=/etc/importer/", text("nightly.env"), re.MULTILINE)
    assert {*named} == {"IMPORTER_SMTP_PASSWORD_FILE", "IMPORTER_WEBHOOK_FILE"}


def test_the_secret_stands_in_no_file() -> None:
    """It is in a file of its own; no file of the samples sets it."""
    for file in (*FOLDER.iterdir(), *CONTAINER.iterdir()):
        said = file.read_text(encoding="utf-8").replace("SECRET=sandbox-secret", "")
        assert "NXCLOUD_ACCESS_SECRET=" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_the_script_gives_settings_and_arguments_on(tmp_path: Path) -> None:
    """What is typed after `importer-night` reaches the importer, in the folder of the nights."""
    program = tmp_path / "importer"
    program.write_text('#!/bin/sh\npwd\numask\necho "$IMPORTER_JOURNAL"\nprintf "<%s>" "$@"\n')
    program.chmod(0o755)
    write_script(tmp_path / "id", "echo 1000")
    (tmp_path / "nightly.env").write_text(text("nightly.env"), encoding="utf-8")
    script = text("importer-night")
    for place in ("/usr/local/bin/importer ", "/etc/importer/nightly.env", "/srv/importer\n"):
        assert place in script
    script = script.replace("/usr/local/bin/importer", str(program))
    script = script.replace("/etc/importer/nightly.env", str(tmp_path / "nightly.env"))
    script = script.replace("cd /srv/importer", f"cd {tmp_path}")
    (tmp_path / "night").write_text(script, encoding="utf-8")
    done = subprocess.run(  # noqa: S603 - our own script
        ["/bin/sh", str(tmp_path / "night"), "undo", "a b"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.stdout.splitlines() == [
        str(tmp_path.resolve()),
        "0077",
        "/var/lib/importer/journal.sqlite3",
        "<undo><a b>",
    ]


def write_script(path: Path, body: str) -> None:
    """Write a program that stands in for one of the system's."""
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script")
def test_what_root_types_is_run_as_the_user_of_the_nights(tmp_path: Path) -> None:
    """Else the journal of a first night by hand would be root's, and no later night could begin."""
    write_script(tmp_path / "id", "echo 0")
    write_script(tmp_path / "runuser", 'printf "<%s>" "$@"')
    done = subprocess.run(  # noqa: S603 - our own script
        ["/bin/sh", str(FOLDER / "importer-night"), "undo", "a b"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
    )
    assert done.stdout == f"<-u><importer><--><{FOLDER / 'importer-night'}><undo><a b>"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not there")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """Systemd finds no fault in service and timer, but that the program is not installed there."""
    for unit in UNITS:
        (tmp_path / unit.name).write_text(
            re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text(unit.name), flags=re.MULTILINE),
            encoding="utf-8",
        )
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / one.name) for one in UNITS)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_containers_run_commands_that_there_are() -> None:
    """Compose, CronJob and the image name commands, options and variables of the importer."""
    job = (CONTAINER / "cronjob.yaml").read_text(encoding="utf-8")
    (arguments,) = re.findall(r"args: \[(.*)\]", job)
    command, *options = [one.strip() for one in arguments.split(",")]
    cli.commands[command].make_context(command, options)
    texts = [one.read_text(encoding="utf-8") for one in CONTAINER.iterdir()]
    named = {name for one in texts for name in re.findall(r"\b(?:NXCLOUD|IMPORTER)_[A-Z_]+", one)}
    assert named <= VARIABLES
    for one in texts:
        for command in re.findall(r"(?:--rm|\bimporter) importer (\w+)", one):
            assert command in cli.commands
