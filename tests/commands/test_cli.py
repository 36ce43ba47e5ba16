"""What an operator does wrong ends as one sentence, with the exit code that scripts rely on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import importer
from importer.errors import Exit, gravest
from importer.journal import lock
from tests.batch.results.test_summary import KEYS
from tests.served import Done, Operator, hong_kong

if TYPE_CHECKING:
    from collections.abc import Callable


def one_sentence(done: Done) -> str:
    """Make sure that a failure is one sentence on standard error, and return it."""
    assert "Traceback" not in done.err
    assert done.err.startswith("importer: ")
    assert len(done.err.strip().splitlines()) == 1
    return done.err


def a_folder(operator: Operator) -> Path:
    (operator.folder / "folder.csv").mkdir()
    return operator.folder / "folder.csv"


def a_broken_workbook(operator: Operator) -> Path:
    path = operator.folder / "broken.xlsx"
    path.write_bytes(b"PK\x03\x04 this is no workbook")
    return path


def no_phone_column(operator: Operator) -> Path:
    path = operator.folder / "cities.csv"
    path.write_text("City,Country\nBerlin,DE\nParis,FR\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda operator: operator.folder / "missing.csv", ["missing.csv", "does not exist"]),
        (a_folder, ["folder.csv"]),
        (a_broken_workbook, ["broken.xlsx"]),
        (no_phone_column, ["cities.csv", "City", "--column"]),
    ],
)
def test_an_unreadable_input_is_one_sentence(
    operator: Operator, make: Callable[[Operator], Path], said: list[str]
) -> None:
    """What, where, and what to do: exit 2, no traceback."""
    done = operator.run("run", make(operator), "--sandbox")
    assert done.exit == Exit.USAGE
    for part in said:
        assert part in one_sentence(done)


def test_without_credentials_the_variables_are_named(operator: Operator) -> None:
    """The message names both variables and offers the sandbox."""
    done = operator.run("run", operator.write_list("a.csv", hong_kong(1)))
    assert done.exit == Exit.USAGE
    said = one_sentence(done)
    for part in ("NXCLOUD_ACCESS_KEY", "NXCLOUD_ACCESS_SECRET", "--sandbox"):
        assert part in said


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--rate", "0"], "--rate"),
        (["--group-size", "0"], "--group-size"),
        (["--known", "maybe"], "--known"),
        (["--name", "{nonsense}"], "--name"),
        (["--name", "{file.__class__}"], "--name"),
        (["--region", "Atlantis"], "--region"),
        (["--group-by", "Nothing"], "--group-by"),
        (["--out", "no/such/folder"], "--out"),
        (["--out", "results.csv"], "--format"),
        (["--out", "results.xlsx", "--format", "csv"], "ends in .csv"),
    ],
)
def test_a_bad_option_is_named(operator: Operator, options: list[str], named: str) -> None:
    """Whatever option can't be used, its name is in the sentence."""
    path = operator.write_list("a.csv", hong_kong(3))
    done = operator.run("run", path, "--sandbox", *options)
    assert done.exit == Exit.USAGE
    assert named in one_sentence(done)


@pytest.mark.parametrize(
    ("config", "origin"),
    [
        ('region = "Atlantis"', "region in importer.toml"),
        ('group_by = "Nothing"', "group_by in importer.toml"),
        ('name = "{nonsense}"', "name in importer.toml"),
        ('encoding = "klingon"', "encoding in importer.toml"),
        ("max_groups = 1\ngroup_size = 1", "max_groups in importer.toml"),
    ],
)
def test_a_bad_value_of_the_file_is_named_as_such(
    operator: Operator, config: str, origin: str
) -> None:
    """The sentence sends the operator to importer.toml, and not to an option never typed."""
    (operator.folder / "importer.toml").write_text(config)
    done = operator.run("run", operator.write_list("a.csv", hong_kong(3)), "--sandbox")
    assert done.exit in {Exit.USAGE, Exit.GATE}
    assert origin in done.out + done.err


def test_the_preview_names_the_file_of_settings(operator: Operator) -> None:
    """Before anything is sent it says which importer.toml counts here and what that changes."""
    path = operator.write_list("a.csv", hong_kong(3))
    assert "importer.toml" not in operator.run("check", path).err
    (operator.folder / "importer.toml").write_text("group_size = 2\nstrict = 'valid'\n")
    said = operator.run("check", path).err
    assert f"settings: {operator.folder / 'importer.toml'} sets group_size = 2\n" in said


def test_a_name_that_repeats_is_refused_before_sending(operator: Operator) -> None:
    """A template without {seq} that names two groups alike is a usage error."""
    path = operator.write_list("a.csv", hong_kong(3))
    done = operator.run("run", path, "--sandbox", "--group-size", "1", "--name", "{file}")
    assert done.exit == Exit.USAGE
    assert "{seq}" in one_sentence(done)


def test_json_has_exactly_the_promised_keys(operator: Operator) -> None:
    """One object per file on standard output, and nothing else there."""
    paths = [operator.write_list(name, hong_kong(3)) for name in ("a.csv", "b.csv")]
    done = operator.run("run", *paths, "--sandbox", "--json")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert [set(one) for one in told] == [set(KEYS), set(KEYS)]
    assert [one["file"] for one in told] == [str(path) for path in paths]


def test_importer_toml_may_hold_any_option(operator: Operator) -> None:
    """A flag that is not given says nothing: what importer.toml says of it holds."""
    config = operator.folder / "importer.toml"
    config.write_text("json = true\nsandbox = true\nmax_rejects = 80\n", "utf-8")
    path = operator.write_list("a.csv", [*hong_kong(1), "x", "y"])
    assert json.loads(operator.run("run", path).out)["created"] == 1
    assert operator.run("run", path, "--max-rejects", "0").exit == Exit.GATE


@pytest.mark.parametrize("name", ["yes", "again"])
def test_importer_toml_agrees_to_nothing(operator: Operator, name: str) -> None:
    """A file can't agree for the operator: the key is refused, and nothing is sent."""
    (operator.folder / "importer.toml").write_text(f"{name} = true\n", "utf-8")
    done = operator.run("run", operator.write_list("a.csv", hong_kong(3)), "--sandbox")
    assert done.exit == Exit.USAGE
    assert f"type --{name} where you mean it" in done.err


def test_one_bad_file_does_not_stop_the_others(operator: Operator) -> None:
    """The good file is done, the bad one is told, and the exit code is the graver one."""
    good = operator.write_list("good.csv", hong_kong(3))
    done = operator.run("run", operator.folder / "missing.csv", good, "--sandbox", "--json")
    told = [json.loads(line) for line in done.out.splitlines()]
    assert [one["exit"] for one in told] == [2, 0]
    assert done.exit == Exit.USAGE


def test_two_files_never_share_a_workbook(operator: Operator) -> None:
    """Two inputs whose results would have one name are refused before anything is done."""
    operator.write_list("a.csv", hong_kong(3))
    (operator.folder / "a.txt").write_text("Phone\n", encoding="utf-8")
    done = operator.run("run", "a.csv", "a.txt", "--sandbox")
    assert done.exit == Exit.USAGE
    assert "a.results.xlsx" in one_sentence(done)


def test_quiet_prints_nothing_when_all_is_well(operator: Operator) -> None:
    """--quiet leaves errors only."""
    done = operator.run("run", operator.write_list("a.csv", hong_kong(3)), "--sandbox", "--quiet")
    assert (done.exit, done.out, done.err) == (0, "", "")


def test_timings_name_every_stage(operator: Operator) -> None:
    """--timings says on standard error what each stage took, and leaves the rest as it was."""
    path = operator.write_list("a.csv", hong_kong(3))
    done = operator.run("run", path, "--sandbox", "--quiet", "--timings")
    told = [line[:22].strip() for line in done.err.splitlines()]
    assert told == [
        "Loading",
        "Reading",
        "Normalizing",
        "Sending",
        "Writing",
        "Grouping and planning",
        "Together",
    ]
    assert (done.exit, done.out) == (0, "")


@pytest.mark.parametrize("option", ["--quiet", "--json"])
def test_a_run_that_did_not_finish_is_never_silent(operator: Operator, option: str) -> None:
    """A log that is read after a bad exit code says why, in one sentence."""
    path = operator.write_list("a.csv", ["Ann", "Bob"])
    done = operator.run("run", path, "--sandbox", option)
    assert done.exit == Exit.GATE
    assert one_sentence(done).startswith("importer: a.csv: Nothing was sent")


def test_a_second_run_is_told_who_holds_the_journal(
    operator: Operator, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one run holds the journal, another ends with exit 75 and says since when."""
    operator.use("http://127.0.0.1:9/api/pns/")
    path = operator.write_list("a.csv", hong_kong(3))
    with lock.hold(environment, datetime(2026, 3, 1, 2, 30, tzinfo=UTC)):
        done = operator.run("run", path)
    assert done.exit == Exit.LOCKED
    assert "2026-03-01 02:30" in one_sentence(done)


def test_plain_http_is_refused(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers never travel in the clear to another computer."""
    operator.use("http://example.com/api/pns/")
    done = operator.run("run", operator.write_list("a.csv", hong_kong(3)))
    assert done.exit == Exit.USAGE
    assert "https://" in one_sentence(done)


def test_an_unknown_batch_is_one_sentence(operator: Operator) -> None:
    """`results` of a batch that is not there points to `batches`."""
    done = operator.run("results", "nosuch")
    assert done.exit == Exit.USAGE
    assert "importer batches" in one_sentence(done)


def test_a_template_is_written_once(operator: Operator) -> None:
    """`template` makes a workbook that can be run, and never overwrites a file."""
    assert operator.run("template", "new.xlsx").exit == 0
    assert (operator.folder / "new.xlsx").exists()
    assert operator.run("template", "new.xlsx").exit == Exit.USAGE


@pytest.mark.parametrize(
    ("exits", "expected"),
    [
        ([Exit.DONE], Exit.DONE),
        ([Exit.DONE, Exit.UNFINISHED], Exit.UNFINISHED),
        ([Exit.UNFINISHED, Exit.GATE, Exit.DONE], Exit.GATE),
        ([Exit.USAGE, Exit.CREDENTIALS], Exit.CREDENTIALS),
        ([Exit.INTERRUPTED, Exit.USAGE], Exit.INTERRUPTED),
    ],
)
def test_the_gravest_exit_code_wins(exits: list[Exit], expected: Exit) -> None:
    """Of several files, the exit code is that of the one that needs most."""
    assert gravest(exits) is expected


def test_a_narrow_console_does_not_break_the_run(tmp_path: Path) -> None:
    """A file name that the console can't print is shown with marks, and the run goes on."""
    (tmp_path / "客户.csv").write_text("Phone\n+85251000000\n", encoding="utf-8")
    root = Path(importer.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-m", "importer", "run", "客户.csv", "--sandbox"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONIOENCODING": "cp1252", "PYTHONPATH": str(root)},
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
