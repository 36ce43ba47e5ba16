"""The pages of reference are true: what they list is what there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

import importer
from importer.batch.results.summary import Summary, as_json
from importer.commands.cli import cli
from importer.commands.topics.pages import all_pages, find_page
from importer.environment import VARIABLES
from importer.errors import Exit, SettingsError
from importer.log import Level
from importer.model import Reason, Status, Tally
from importer.nightly.config import NightConfig
from importer.results_columns import ADVICE_COLUMN, GroupsColumn, NumbersColumn, ResultsSheet
from importer.settings import OPTIONS_ONLY, SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(importer.__file__).parents[1]
THREATS = {
    "a link or a pipe in the inbox": (
        "tests/journal/test_lock.py",
        "test_nothing_of_ours_is_in_the_inbox",
    ),
    "a folder of the inbox swapped": (
        "tests/nightly/folders/test_inbox_folder.py",
        "test_a_swap_for_a_link",
    ),
    "a link in the outbox": (
        "tests/nightly/folders/test_sharing.py",
        "test_a_link_in_the_place_of_the_report",
    ),
    "a file that kills its reader": (
        "tests/reading/test_hostile.py",
        "test_reader_that_dies_is_one_unreadable_file",
    ),
    "escape sequences": (
        "tests/test_wording.py",
        "test_a_file_name_forges_no_line_of_a_log",
    ),
    "formulas in cells": (
        "tests/report/test_safety.py",
        "test_harmful_texts_are_texts_on_every_sheet",
    ),
    "phone numbers in logs": (
        "tests/test_wording.py",
        "test_numbers_are_masked_in_any_dress",
    ),
    "an `importer.toml` that agrees": (
        "tests/commands/test_cli.py",
        "test_importer_toml_agrees_to_nothing",
    ),
    "a secret that others read": (
        "tests/test_credentials.py",
        "test_a_secret_that_others_may_read",
    ),
    "the key in another program's": (
        "tests/test_credentials.py",
        "test_what_another_program_gets",
    ),
    "plain http": (
        "tests/commands/test_cli.py",
        "test_plain_http_is_refused",
    ),
    "other users of the computer": (
        "tests/nightly/folders/test_sharing.py",
        "test_a_clerk_at_work",
    ),
    "web pages that call the sandbox": (
        "tests/sandbox/test_sandbox_server.py",
        "test_another_host_name",
    ),
    "known holes in libraries": (
        "tests/test_dependencies.py",
        "test_no_known_hole_is_let_in",
    ),
}
"""The test of each line of the page about security, by how the line begins."""


def rows(topic: str, header: str) -> list[list[str]]:
    """Return the cells of the table of a page whose header line begins so."""
    text = find_page(topic).text
    table = re.search(r"(?:^\|.*\n)+", text[text.index(f"| {header}") :], re.MULTILINE)
    assert table is not None
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in table.group().splitlines()[2:]
    ]


def names(cell: str) -> list[str]:
    """Return the names that stand as code in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def first_names(topic: str, header: str) -> list[str]:
    """Return all names of a table's first column."""
    return [name for row in rows(topic, header) for name in names(row[0])]


def test_each_page_says_what_it_is_about() -> None:
    """The first line of a page has its title and what it is about, for the list of topics."""
    for page in all_pages():
        assert re.match(r"# [A-Z][\w ]+: \w.+\n\n", page.text), page.topic


def test_a_page_that_there_is_not() -> None:
    """Who mistypes a topic is told the nearest, and how to list them."""
    with pytest.raises(SettingsError, match=r"is numbers meant\?.*importer help"):
        find_page("number")


def test_options() -> None:
    """Each option of `run` is in the table and each is a key, and the other way round."""
    told = {row[0].strip("`").split()[0] for row in rows("settings", "option")}
    run = {one.opts[0] for one in cli.commands["run"].params if isinstance(one, click.Option)}
    keys = {f"--{name.replace('_', '-')}" for name in SETTINGS} - {"--account"}
    assert told == run == keys
    text = find_page("settings").text
    assert all(f"`{name.replace('_', '-')}`" in text for name in OPTIONS_ONLY)


def test_defaults() -> None:
    """The defaults in the table are those of the settings."""
    defaults = Settings()
    for option, told, *_ in rows("settings", "option"):
        name = option.strip("`").split()[0].removeprefix("--").replace("-", "_")
        assert told.strip("`").startswith(_shown(getattr(defaults, name))), option


def _shown(value: object) -> str:
    """Say a default as the page does, as far as it is a value and not a description."""
    if value is False:
        return "off"
    if isinstance(value, float):
        return f"{value:g}"
    return "" if value in (None, (), "", 0) else str(value)


def test_variables() -> None:
    """Each variable of the environment is in the table, and the other way round."""
    assert {*first_names("settings", "variable")} == VARIABLES


def test_keys_of_nights() -> None:
    """Each key of [nightly] is in the table, and the other way round."""
    there = {one.name for one in fields(NightConfig)} - {"settings", "lists"} | {"known"}
    assert {*first_names("nightly", "key of")} == there


def test_exit_codes() -> None:
    """Each exit code is in the table, and the other way round."""
    assert [int(row[0]) for row in rows("exit-codes", "exit code")] == [int(one) for one in Exit]


def test_sheets_and_columns() -> None:
    """Sheets and columns of the results are named as they are, in their order."""
    assert first_names("results", "sheet") == [one.value for one in ResultsSheet]
    told = {row[0]: names(row[1]) for row in rows("results", "sheet | columns")}
    assert told["`Groups`"] == [one.value for one in GroupsColumn]
    assert told["`Numbers`"] == [one.value for one in NumbersColumn]
    assert ADVICE_COLUMN in told["`Rejected`"]


def test_statuses() -> None:
    """Each status is in the table, in its order."""
    assert first_names("results", "status") == [one.value for one in Status]


def test_reasons() -> None:
    """Each reason for rejecting a number is in the table with its advice."""
    told = {row[0]: row[1] for row in rows("numbers", "reason")}
    assert told == {one.value: one.advice for one in Reason}


def test_keys_of_json() -> None:
    """Each key of the summary as JSON is in the table, and the other way round."""
    doubled = Summary(Path("a.csv"), Tally(0), Exit.DONE, "", doubles=("1",))
    assert first_names("scripts", "key") == [*as_json(doubled)]


def test_levels_of_the_log() -> None:
    """Each level is in the table, in its order."""
    assert first_names("scripts", "level") == [one.value for one in Level]


def test_each_threat_has_a_test() -> None:
    """Each line of the page about security has a test that there is."""
    told = [row[0] for row in rows("security", "threat")]
    assert len(told) == len(THREATS)
    for threat in told:
        ((file, test),) = [one for start, one in THREATS.items() if threat.startswith(start)]
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), test


def told() -> Iterator[str]:
    """Give each text that tells an operator what to type: pages, READMEs, comments of samples."""
    yield from (page.text for page in all_pages())
    texts = [ROOT / "README.md", *(ROOT / "samples").rglob("*")]
    for file in texts:
        if file.suffix in {".md", ".txt", ".toml", ".yaml"}:
            yield file.read_text(encoding="utf-8")


def test_commands_that_are_to_be_typed() -> None:
    """Each command and option that a text says to type is one that there is."""
    count = 0
    for text in told():
        for words in re.findall(r"`importer ([a-z][^`]*)`", text):
            name, *rest = words.split()
            assert name in cli.commands, words
            command = cli.commands[name]
            if isinstance(command, click.Group):
                assert not rest or rest[0] in command.commands, words
                continue
            options = {option for one in command.params for option in one.opts}
            assert {one for one in rest if one.startswith("--")} <= {*options, "--help"}, words
            count += 1
    assert count > 30


def test_topics_that_are_named() -> None:
    """Each topic that a text or a message sends a reader to is one that there is."""
    sources = [one.read_text(encoding="utf-8") for one in (ROOT / "importer").rglob("*.py")]
    named = {
        topic
        for text in (*told(), *sources)
        for topic in re.findall(r"importer help ([a-z][a-z-]+)", text)
    }
    assert len(named) > 5
    assert named - {"run"} <= {page.topic for page in all_pages()}
