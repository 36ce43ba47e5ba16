"""The table [nightly]: what it holds and what it can't, and when a night ends."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path, PurePosixPath

import pytest

from importer.errors import SettingsError
from importer.nightly.config import NightConfig, load_night_config
from importer.settings import Settings, load_settings
from tests.nightly.nights import SAMPLE, sample_config


def load(folder: Path, text: str) -> NightConfig:
    (folder / "importer.toml").write_text(text, encoding="utf-8")
    return load_night_config(folder)


def test_the_sample(tmp_path: Path) -> None:
    """The sample's folders have their own settings, and all else is the general one's."""
    config = load(tmp_path, sample_config())
    assert (config.until, config.max_groups) == (time(5, 30), 2000)
    assert config.settings.max_rejects == 30
    hong_kong = config.settings_of(PurePosixPath("hk/vip"))
    assert hong_kong is not None
    assert (hong_kong.region, hong_kong.group_size, hong_kong.max_rejects) == ("HK", 100, 30)
    assert config.settings_of(PurePosixPath()) == config.settings
    assert config.settings_of(PurePosixPath("us")) is None


def test_other_commands_may_read_the_same_file() -> None:
    """`importer run` in that folder takes the general settings and leaves the nights' alone."""
    assert load_settings({}, SAMPLE.parent).max_rejects == 30


@pytest.mark.parametrize(
    ("top", "table", "known"),
    [
        ("", "", "skip"),
        ('known = "ask"', "", "skip"),
        ('known = "allow"', "", "allow"),
        ('known = "allow"', 'known = "ask"', "ask"),
    ],
)
def test_known_numbers(tmp_path: Path, top: str, table: str, known: str) -> None:
    """Where nobody can be asked, known numbers are skipped, unless it was decided otherwise."""
    assert load(tmp_path, f"{top}\n[nightly]\n{table}").settings.known == known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rate = 5", "[nightly] is missing"),
        ("nightly = 3", "[nightly] is missing"),
        ("again = true\n[nightly]", "again is no key"),
        ("sandbox = true\n[nightly]", "sandbox can't be used by nightly"),
        ('out = "x"\n[nightly]', "out can't be used by nightly"),
        ("[nightly]\ninbx = 'a'", "nightly.inbx is not a setting"),
        ("[nightly]\ninbox = 3", "nightly.inbox must be a folder"),
        ("[nightly]\ndone = 'inbox/done'", "nightly.done must not be nightly.inbox or lie in it"),
        ("[nightly]\ndone = 'failed'", "must not be"),
        ("[nightly]\nuntil = '5:30'", "nightly.until must be a time such as 05:30"),
        ("[nightly]\nuntil = '24:00'", "nightly.until must be a time such as 05:30"),
        ("[nightly]\nmax_groups = 0", "nightly.max_groups must be a whole number"),
        ("[nightly]\nmax_groups = true", "nightly.max_groups must be a whole number"),
        ("[nightly]\non_finish = [1]", "nightly.on_finish must be"),
        ("[nightly]\non_finish = ''", "nightly.on_finish names no program"),
        ("[nightly]\nknown = 'maybe'", "nightly.known must be one of"),
        ("[nightly]\nfolders = 3", "nightly.folders must be tables"),
        ("[nightly.folders]\nhk = 3", "nightly.folders.hk must be a table"),
        ("[nightly.folders.hk]\nregon = 'HK'", "region meant?"),
        ("[nightly.folders.hk]\nagain = true", "again can't be set for one folder"),
        ("[nightly.folders.hk]\nrate = 3", "rate can't be set for one folder"),
        ("[nightly.folders.'../x']\n", "must be the name of a folder in the inbox"),
    ],
)
def test_what_it_can_not_hold(tmp_path: Path, text: str, said: str) -> None:
    """One sentence names the key and says what it must be."""
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, text)
    assert said in str(refused.value)
    assert str(refused.value).endswith((".", "?"))


@pytest.mark.parametrize(
    ("begin", "until", "end"),
    [
        ("2026-03-01 22:00", time(5, 30), "2026-03-02 05:30"),
        ("2026-03-02 01:00", time(5, 30), "2026-03-02 05:30"),
        ("2026-03-01 20:00", time(23, 0), "2026-03-01 23:00"),
        # The computer was off: the night is over before it begins.
        ("2026-03-02 09:00", time(5, 30), "2026-03-02 09:00"),
        ("2026-03-01 22:00", None, None),
    ],
)
def test_when_a_night_ends(begin: str, until: time | None, end: str | None) -> None:
    """`until` is the next such time on the clock, also past midnight, but not a day ahead."""
    place = Path("x")
    config = NightConfig(Settings(), place, place, place, place, until=until)
    deadline = config.deadline(datetime.fromisoformat(begin).replace(tzinfo=UTC))
    assert deadline == (None if end is None else datetime.fromisoformat(end))
