"""`importer config`: each setting, its value, and where that came from; no secret is ever shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
import pytest

from importer.environment import VARIABLES
from importer.settings import SETTINGS

if TYPE_CHECKING:
    from tests.served import Operator

NIGHTS = """
region = "HK"
account = "main"

[nightly]
inbox = "in"
max_groups = 7

[nightly.folders.china]
region = "CN"
"""


def shown(operator: Operator, *options: str) -> dict[str, tuple[str, str]]:
    """Return value and origin of each setting by its name."""
    done = operator.run("config", "--json", *options)
    assert done.exit == 0, done.err
    return {one["name"]: (one["value"], one["origin"]) for one in json.loads(done.out)}


def test_every_setting_and_variable_is_there(operator: Operator) -> None:
    """Where nothing is set, the defaults count and are called so."""
    found = shown(operator)
    assert {*SETTINGS} <= {*found}
    assert {*VARIABLES} <= {*found}
    assert found["group_size"] == ("500", "default")
    assert found["column"] == ("found by itself", "default")


def test_each_value_says_where_it_came_from(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An option, importer.toml with its path, the environment; the one that counts is named."""
    file = operator.folder / "importer.toml"
    file.write_text(NIGHTS, encoding="utf-8")
    monkeypatch.setenv("NXCLOUD_URL", "https://example.com/api")
    monkeypatch.setenv("IMPORTER_ACCOUNT", "other")
    found = shown(operator, "--rate", "3", "--column", "Phone")
    assert found["rate"] == ("3", "option --rate")
    assert found["column"] == ("Phone", "option --column")
    assert found["region"] == ("HK", str(file))
    assert found["account"] == ("other", "environment, IMPORTER_ACCOUNT")
    assert found["NXCLOUD_URL"] == ("https://example.com/api", "environment")
    assert found["nightly.inbox"] == ("in", str(file))
    assert found["nightly.folders.china.region"] == ("CN", str(file))
    assert found["nightly.keep_days"] == ("0", "default")
    assert shown(operator, "--region", "CN")["region"] == ("CN", "option --region")


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_secret_is_shown(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    """Key, secret, passwords and a chat's address are only said to be set."""
    secrets = {name for name in VARIABLES if "FILE" not in name and name != "IMPORTER_ACCOUNT"}
    for name in secrets - {"NXCLOUD_URL", "IMPORTER_JOURNAL"}:
        monkeypatch.setenv(name, "tell-nobody")
    monkeypatch.setenv("IMPORTER_JOURNAL", "postgresql://me:tell-nobody@db/importer")
    done = operator.run("config", *options)
    assert done.exit == 0, done.err
    assert "tell-nobody" not in done.out + done.err
    assert "postgresql://me:" in done.out


def test_a_wrong_value_is_said_as_a_run_says_it(operator: Operator) -> None:
    """The key and its place are named, and a misnamed variable is."""
    (operator.folder / "importer.toml").write_text('region = "HK"\nratte = 3\n', encoding="utf-8")
    done = operator.run("config")
    assert done.exit == 2
    assert "importer.toml: ratte is not a setting; is rate meant?" in done.err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--region", "XX"], "--region is 'XX', which is no country"),
        (["--name", "{nonsense}"], "--name: '{nonsense}' is not a field of group names"),
        (["--encoding", "klingon"], "--encoding klingon is no encoding of text"),
        (["--delimiter", ";;"], "--delimiter ;; is no delimiter"),
    ],
)
@pytest.mark.parametrize("command", ["config", "check"])
def test_a_value_that_no_list_can_be_run_with(
    operator: Operator, command: str, options: list[str], sentence: str
) -> None:
    """`config` refuses what a run would refuse, in its words, and shows no table of nonsense.

    A run refuses it whatever the kind of its file, a workbook's encoding as well.
    """
    book = operator.folder / "list.xlsx"
    openpyxl.Workbook().save(book)
    files = [] if command == "config" else [str(book)]
    done = operator.run(command, *files, *options)
    assert done.exit == 2
    assert sentence in done.err
    assert not done.out


def test_doctor_names_a_region_that_is_none(operator: Operator) -> None:
    """What importer.toml says is looked at before the first list is run with it."""
    (operator.folder / "importer.toml").write_text('region = "XX"\n', encoding="utf-8")
    done = operator.run("doctor")
    assert done.exit == 2
    assert "BAD  settings    region in importer.toml is 'XX', which is no country" in done.out
