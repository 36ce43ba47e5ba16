"""`--log-format json`: each line of standard error is an event, and says which batch and group."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from importer.batch.input import read_file
from importer.log import Log
from importer.sandbox import ACCESS_KEY, ACCESS_SECRET
from tests.served import Done, Operator, fast_sandbox, hong_kong, running

if TYPE_CHECKING:
    from datetime import datetime

JSON = ("--log-format", "json")


def events_of(done: Done) -> list[dict[str, Any]]:
    """Read standard error, of which each line has to be an event."""
    events = [json.loads(line) for line in done.err.splitlines()]
    for one in events:
        assert {"time", "level", "event"} <= {*one}
        assert one["level"] in {"debug", "info", "warning", "error"}
    return events


def named(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [one for one in events if one["event"] == name]


def test_a_run_with_trouble(operator: Operator) -> None:
    """Groups tell their batch, place and id, files their batch and exit; no number, no secret."""
    numbers = hong_kong(12)
    server = fast_sandbox(script=["429", "cut-after"], poison=[numbers[3].removeprefix("+")])
    with running(server) as url:
        operator.use(url)
        path = operator.write_list("list.csv", [*numbers, "+852 5100 0031 x"])
        done = operator.run("run", path, "--group-size", "4", "--json", *JSON)
    told, events = json.loads(done.out), events_of(done)
    created = named(events, "group created")
    assert {one["group_id"] for one in created} == set(server.groups)
    assert {(one["batch"], one["level"]) for one in created} == {(told["batch"], "info")}
    assert len({one["group"] for one in created}) == len(created)
    assert [one["level"] for one in named(events, "group refused")] == ["warning"]
    assert [one["level"] for one in named(events, "group in doubt")] == ["info"]
    (end,) = named(events, "file failed")
    assert (end["batch"], end["exit"], end["level"]) == (told["batch"], 1, "warning")
    assert {one["file"] for one in events} == {str(path)}
    for secret in (ACCESS_KEY, ACCESS_SECRET, *(one.removeprefix("+852") for one in numbers)):
        assert secret not in done.err


@pytest.mark.parametrize("as_json", [True, False])
def test_every_text_is_masked(
    capsys: pytest.CaptureFixture[str], now: datetime, *, as_json: bool
) -> None:
    """Whatever a file is called and whatever the vendor says, no whole number is in an event."""
    log = Log(lambda: now, as_json=as_json)
    with log.about("list of 85251000001.csv"):
        log.event("group refused", "85251000001 is bad", batch="abc", group=1)
        log.note("+852 5100 0001")
    told = capsys.readouterr().err
    assert "8525*****01" in told
    assert "1000001" not in told
    assert "5100 0001" not in told


def test_standard_output_is_as_it_was(operator: Operator) -> None:
    """People and scripts find there what they find without a log."""
    with running(fast_sandbox()) as url:
        operator.use(url)
        path = operator.write_list("list.csv", hong_kong(3))
        operator.run("run", path)
        plain, logged = operator.run("run", path), operator.run("run", path, *JSON)
    assert logged.out == plain.out
    assert named(events_of(logged), "file done")


def test_check_and_resume(operator: Operator) -> None:
    """They say the same things in the same words."""
    server = fast_sandbox(script=["429"] * 6)
    with running(server) as url:
        operator.use(url)
        path = operator.write_list("list.csv", hong_kong(3))
        checked = events_of(operator.run("check", path, *JSON))
        begun = events_of(operator.run("run", path, *JSON))
        ended = events_of(operator.run("resume", *JSON))
    assert [one["level"] for one in named(checked, "file checked")] == ["info"]
    assert named(begun, "file continues")
    assert named(ended, "file done")[0]["batch"] == named(begun, "file continues")[0]["batch"]


def test_only_what_is_to_be_looked_at(operator: Operator) -> None:
    """With --quiet a good run says nothing, and a bad one what is wrong."""
    with running(fast_sandbox()) as url:
        operator.use(url)
        good = operator.run("run", operator.write_list("a.csv", hong_kong(3)), "--quiet", *JSON)
        bad = operator.run("run", operator.write_list("b.csv", ["Ann"]), "--quiet", *JSON)
    assert good.err == ""
    (only,) = events_of(bad)
    assert (only["event"], only["level"], only["exit"]) == ("file failed", "error", 3)


def test_errors_are_events(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also one that ends the command before its first file, and an interrupt."""
    path = operator.write_list("list.csv", hong_kong(3))
    (no_key,) = events_of(operator.run("run", path, *JSON))
    assert (no_key["event"], no_key["level"], no_key["exit"]) == ("run failed", "error", 2)
    with running(fast_sandbox()) as url:
        operator.use(url)
        missing = events_of(operator.run("run", "no.csv", *JSON))
        assert named(missing, "file failed")[0]["exit"] == 2

        def interrupted(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(read_file, "read_rows", interrupted)
        done = operator.run("run", path, *JSON)
    assert done.exit == 130
    assert events_of(done)[-1]["event"] == "run failed"


def test_a_night_that_can_not_begin(operator: Operator) -> None:
    """Its reason is an event too; without a log it is a sentence, as it was."""
    operator.folder.joinpath("importer.toml").write_text("[nightly]", encoding="utf-8")
    (no_key,) = events_of(operator.run("nightly", *JSON))
    assert (no_key["event"], no_key["exit"]) == ("run failed", 2)
    assert operator.run("nightly").err.startswith("importer: No credentials")


def test_it_is_a_key_of_importer_toml(operator: Operator) -> None:
    """For run and for nights; an option beats it, and a wrong one is refused."""
    path = operator.write_list("list.csv", hong_kong(3))
    operator.folder.joinpath("importer.toml").write_text(
        'log_format = "json"\n[nightly]\n', encoding="utf-8"
    )
    assert events_of(operator.run("check", path))
    assert events_of(operator.run("nightly"))
    assert operator.run("nightly", "--log-format", "text").err.startswith("importer: ")
    wrong = operator.run("nightly", "--log-format", "xml")
    assert wrong.exit == 2
    assert "--log-format must be one of text, json" in wrong.err
