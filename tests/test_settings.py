"""Settings: what beats what, and one plain sentence for every value that can't be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.errors import Exit, SettingsError
from importer.settings import CONFIG_FILE, OPTIONS_ONLY, SETTINGS, Settings, load_settings

NAMES = [*SETTINGS]
PROMISED = {
    "out": None,
    "region": None,
    "column": (),
    "group_size": 500,
    "group_by": "country",
    "name": "{file} {country} {seq:03}",
    "remark": "",
    "known": "ask",
    "again": False,
    "any_size": False,
    "rate": 5.0,
    "concurrency": 8,
    "timeout": 30.0,
    "listing_delay": 10.0,
    "sign_algorithm": "md5",
    "strict": "valid",
    "max_rejects": 50.0,
    "sandbox": False,
    "json": False,
    "yes": False,
    "quiet": False,
}


def load(folder: Path, config: str = "", **options: Any) -> Settings:
    (folder / CONFIG_FILE).write_text(config, encoding="utf-8")
    return load_settings(options, folder)


def refusal(folder: Path, config: str = "", **options: Any) -> str:
    """Return the sentence with which a setting is refused."""
    with pytest.raises(SettingsError) as refused:
        load(folder, config, **options)
    assert refused.value.exit_code is Exit.USAGE
    return str(refused.value)


def test_defaults(tmp_path: Path) -> None:
    """Without a file and options the promised defaults hold."""
    settings = load_settings({}, tmp_path)
    assert settings == Settings()
    assert {name: getattr(settings, name) for name in PROMISED} == PROMISED


OTHERS: dict[str, tuple[Any, Any]] = {
    "account": ("main", "other"),
    "out": ("a.xlsx", "b.xlsx"),
    "region": ("HK", "SG"),
    "column": (["Phone"], ("Mobile", "Tel")),
    "country_column": ("Land", "none"),
    "sheet": (["Asia", "Europe"], ("Asia",)),
    "visible_only": (True, False),
    "encoding": ("gbk", "utf-8"),
    "delimiter": ("\t", ";"),
    "bare_digits": ("national", "international"),
    "format": ("csv", "xlsx"),
    "print": ("all", "short"),
    "log_format": ("json", "text"),
    "group_size": (100, 200),
    "group_by": ("none", "City"),
    "name": ("{seq}", "{country} {seq}"),
    "remark": ("spring", "autumn"),
    "known": ("skip", "allow"),
    "again": (True, False),
    "rate": (1.5, 2.5),
    "concurrency": (2, 4),
    "timeout": (10.0, 20.0),
    "listing_delay": (5.0, 60.0),
    "sign_algorithm": ("sha256", "md5"),
    "strict": ("possible", "valid"),
    "max_rejects": (10.0, 20.0),
    "max_groups": (10, 20),
    "sandbox": (True, False),
    "wait": (True, False),
    "json": (True, False),
    "any_size": (True, False),
    "limit_groups": (3, 4),
    "together": (("a.csv", "b.csv"), ("c.csv", "d.csv")),
    "cluster": ("tcp://a:8786", "tls://b:8786"),
    "yes": (True, False),
    "quiet": (True, False),
    "timings": (True, False),
}


@pytest.mark.parametrize("name", NAMES)
def test_what_beats_what(name: str, tmp_path: Path) -> None:
    """An option beats importer.toml, which beats the default; what is not given beats nothing."""
    in_file, in_option = OTHERS[name]
    if name in OPTIONS_ONLY:
        assert getattr(load(tmp_path, "", **{name: in_file}), name) is in_file
        return
    config = f"{name} = {json.dumps(in_file)}"
    kind = {"out": Path, "column": tuple, "sheet": tuple}.get(name, type(in_file))
    assert getattr(load(tmp_path, config, **{name: None}), name) == kind(in_file)
    assert getattr(load(tmp_path, config, **{name: in_option}), name) == kind(in_option)


@pytest.mark.parametrize("name", ["column", "sheet"])
def test_names(name: str, tmp_path: Path) -> None:
    """One name stands for a list of one; an option that names nothing leaves the file's names."""
    assert getattr(load(tmp_path, f'{name} = "A"', **{name: ()}), name) == ("A",)


def test_file_with_byte_order_mark(tmp_path: Path) -> None:
    """An importer.toml that a Windows editor began with a byte order mark is read."""
    assert load(tmp_path, "\ufeffrate = 3").rate == 3.0


WRONG = {
    "account": ["3", "true", "[]"],
    "out": ["3", "true", '""', "[1]", "{}"],
    "region": ["852", '""', '"  "', "1.5"],
    "column": ["1", '""', "[1]", "{}", '["A", ""]', '"  "'],
    "country_column": ["1", '""', "[1]", "false"],
    "sheet": ["1", '""', "[1]", "false"],
    "visible_only": ["1", '"yes"'],
    "encoding": ["8", '""', "[]"],
    "delimiter": ["1", "[]"],
    "bare_digits": ['"auto "', "1"],
    "format": ['"xls"', "1"],
    "print": ['"none"', "1"],
    "log_format": ['"xml"', "1"],
    "group_size": ["0", "-1", "1.5", '"500"', "100001", "nan", "inf", "true", "1979-05-27"],
    "group_by": ["1", '""'],
    "name": ["1", '""', "[1]"],
    "remark": ["1", "false"],
    "known": ['"maybe"', "true", "[1]", "{a = 1}", '"ASK"'],
    "any_size": ["1", "'true'", "0"],
    "limit_groups": ["0", "1.5", "true"],
    "together": ["true", '""', "1"],
    "again": ['"yes"', "1", "0"],
    "rate": ["0", "-5", '"5"', "nan", "inf", "10001", "false"],
    "concurrency": ["0", "257", "2.5", '"8"', "nan"],
    "listing_delay": ["1", "3601", '"30"', "nan", "07:32:00"],
    "timeout": ["0", "601", '"30"', "nan", "07:32:00"],
    "sign_algorithm": ['"sha1"', "5", "[]"],
    "strict": ['"very"', "true"],
    "max_rejects": ["-1", "101", '"50 %"', "nan"],
    "max_groups": ["0", "1.5", "nan", '"1"'],
    "sandbox": ['"no"', "0"],
    "wait": ["1"],
    "json": ['"yes"'],
    "cluster": ["1", "true", '""', "[]"],
    "yes": ["1"],
    "quiet": ["0"],
    "timings": ["0"],
}


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values])
def test_wrong_value_in_file(name: str, value: str, tmp_path: Path) -> None:
    """A wrong value in importer.toml is refused by one sentence that names file and key."""
    sentence = refusal(tmp_path, f"{name} = {value}")
    must_be = "is no key: take it out" if name in OPTIONS_ONLY else "must be "
    assert sentence.startswith(f"importer.toml: {name} {must_be}")
    assert sentence.endswith(".")


def test_every_setting_is_tried() -> None:
    """The tables above know every setting, also one that is new."""
    assert set(WRONG) == set(OTHERS) == set(NAMES)


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("group_size", 0, "--group-size must be a whole number from 1 to 100000."),
        ("rate", float("nan"), "--rate must be a number from 0.01 to 10000."),
        ("known", "maybe", "--known must be one of ask, skip, allow."),
        ("sign_algorithm", "sha1", "--sign-algorithm must be one of md5, sha256."),
        ("remark", "caf\udce9", "--remark holds bytes that are no text in UTF-8."),
    ],
)
def test_wrong_option(option: str, value: Any, sentence: str, tmp_path: Path) -> None:
    """A wrong option is refused by a sentence that names it as it is typed."""
    assert refusal(tmp_path, **{option: value}) == sentence


@pytest.mark.parametrize(
    ("key", "meant"),
    [("group-size", "group_size"), ("consurrency", "concurrency"), ("zzz", None)],
)
def test_unknown_key(key: str, meant: str | None, tmp_path: Path) -> None:
    """An unknown key is refused, and the nearest known one offered."""
    end = f"; is {meant} meant?" if meant else "."
    assert refusal(tmp_path, f"{key} = 1") == f"importer.toml: {key} is not a setting{end}"


@pytest.mark.parametrize("config", ["rate = ", "= 3", "rate = 1\nrate = 2", "[", "\x00"])
def test_broken_file(config: str, tmp_path: Path) -> None:
    """A file that is no TOML is refused by a sentence that names it."""
    assert str(tmp_path / CONFIG_FILE) in refusal(tmp_path, config)


def test_file_in_another_encoding(tmp_path: Path) -> None:
    """A file that is not in UTF-8 is refused by a sentence that names it."""
    (tmp_path / CONFIG_FILE).write_bytes('remark = "café"'.encode("latin-1"))
    with pytest.raises(SettingsError, match=CONFIG_FILE):
        load_settings({}, tmp_path)


def test_folder_instead_of_file(tmp_path: Path) -> None:
    """A folder called importer.toml is refused, not followed."""
    (tmp_path / CONFIG_FILE).mkdir()
    with pytest.raises(SettingsError, match=CONFIG_FILE):
        load_settings({}, tmp_path)


toml_values = st.recursive(
    st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.datetimes()
    | st.dates()
    | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=4,
)


@given(name=st.sampled_from(NAMES) | st.text(), value=toml_values)
def test_no_value_breaks_it(name: str, value: Any) -> None:
    """Whatever stands at a key, it is taken with its promised type or refused by a sentence."""
    try:
        settings = load_settings({name: value}, Path("no such folder"))
    except SettingsError as error:
        sentence = str(error)
    else:
        taken, default = getattr(settings, name), getattr(Settings(), name)
        kind = Path if name == "out" else str if default is None else type(default)
        assert isinstance(taken, kind)
        return
    assert sentence.startswith(f"--{name.replace('_', '-') if name in NAMES else name} ")


def test_no_setting_holds_a_secret() -> None:
    """No option and no key of importer.toml takes a secret."""
    assert not any(word in name for name in NAMES for word in ("secret", "key", "password"))


# Where a value came from.


@pytest.mark.parametrize(
    ("config", "options", "origin"),
    [
        ("", {}, "--region"),
        ("", {"region": "HK"}, "--region"),
        ('region = "HK"', {}, "region in importer.toml"),
        ('region = "HK"', {"region": "SG"}, "--region"),
    ],
)
def test_where_a_value_came_from(
    config: str, options: dict[str, str], origin: str, tmp_path: Path
) -> None:
    """A message about a value names what is to be changed: the option, or the key of the file."""
    assert load(tmp_path, config, **options).origin("region") == origin


def test_what_the_file_changes(tmp_path: Path) -> None:
    """Only what it sets to something else than the default, and no option has set anew."""
    config = 'region = "HK"\ngroup_size = 500\nrate = 2\ncolumn = ["A"]\n'
    said = load(tmp_path, config, rate=3.0).set_by_file
    assert said == f'{tmp_path / CONFIG_FILE} sets region = "HK", column = ["A"]'
    assert load(tmp_path, "", rate=3.0).set_by_file == ""
    assert load(tmp_path, "max_rejects = 30\n").set_by_file.endswith(" max_rejects = 30")
    assert load(tmp_path, "max_rejects = 2.5\n").set_by_file.endswith(" max_rejects = 2.5")
