"""Grouping: what is double, who goes with whom, what each group is called."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from importer.batch.input.duplicates import ACCEPTED, accepted_numbers, mark_duplicates
from importer.batch.planning.fingerprint import batch_id, fingerprint, token
from importer.batch.planning.grouping import (
    GroupingOptions,
    TemplateError,
    check_template,
    make_groups,
    render_name,
)
from importer.model import Group

DAY = date(2023, 11, 14)
PLAN = GroupingOptions(
    batch="abcdefgh",
    file="customers",
    date=DAY,
    size=3,
    by="country",
    name="{file} {country} {seq:03}",
    remark="spring",
)
COUNTRIES = {"852": "HK", "65": "SG", "886": "TW"}


def verdicts_of(numbers: list[str], reason: str = "too short") -> pd.DataFrame:
    """Return what normalizing gives for these numbers; "" is a reject."""
    country = [
        next((c for code, c in COUNTRIES.items() if n.startswith(code)), "") for n in numbers
    ]
    columns = {
        "number": numbers,
        "country": country,
        "type": ["mobile" if number else "" for number in numbers],
        "reason": ["" if number else reason for number in numbers],
    }
    return pd.DataFrame(columns, dtype="str")


def cells_of(count: int, sheet: str = "List") -> pd.DataFrame:
    rows = pd.Series(range(2, count + 2), dtype="int64")
    return pd.DataFrame({"sheet": pd.Series([sheet] * count, dtype="str"), "row": rows})


def lines_of(numbers: list[str]) -> pd.DataFrame:
    return mark_duplicates(verdicts_of(numbers), cells_of(len(numbers)))


def members(group: Group) -> list[str]:
    return group.phones.split(",")


a_number = st.builds(
    lambda code, rest: f"{code}{rest}", st.sampled_from(sorted(COUNTRIES)), st.integers(100, 140)
)
numbers_and_rejects = st.lists(a_number | st.just(""), max_size=60)


@given(numbers=numbers_and_rejects, size=st.integers(1, 7), by=st.sampled_from(["country", "none"]))
def test_every_accepted_number_is_in_one_group(numbers: list[str], size: int, by: str) -> None:
    """Every accepted number is in exactly one group, and nothing else is in any."""
    groups = make_groups(lines_of(numbers), replace(PLAN, size=size, by=by))
    grouped = [number for group in groups for number in members(group)]
    assert sorted(grouped) == sorted({number for number in numbers if number})
    assert all(group.size == len(members(group)) <= size for group in groups)


@given(numbers=numbers_and_rejects, size=st.integers(1, 7))
def test_groups_are_full_and_in_order(numbers: list[str], size: int) -> None:
    """Each country's numbers keep the input's order, and only its last group is not full."""
    groups = make_groups(lines_of(numbers), replace(PLAN, size=size))
    accepted = list(dict.fromkeys(number for number in numbers if number))
    for code, country in COUNTRIES.items():
        own = [group for group in groups if group.country == country]
        assert [n for group in own for n in members(group)] == [
            n for n in accepted if n.startswith(code)
        ]
        assert all(group.size == size for group in own[:-1])


@given(numbers=numbers_and_rejects, size=st.integers(1, 7))
def test_one_country_per_group(numbers: list[str], size: int) -> None:
    """By default a group has numbers of one country, and says which."""
    for group in make_groups(lines_of(numbers), replace(PLAN, size=size)):
        assert {
            COUNTRIES[code] for code in COUNTRIES for n in members(group) if n.startswith(code)
        } == {group.country}


@given(numbers=numbers_and_rejects, size=st.integers(1, 7))
def test_names_and_places(numbers: list[str], size: int) -> None:
    """Groups count from 1 without a gap, and have names and tokens of their own."""
    groups = make_groups(lines_of(numbers), replace(PLAN, size=size))
    assert [group.seq for group in groups] == list(range(1, len(groups) + 1))
    assert len({group.name for group in groups}) == len(groups)
    assert len({group.remark for group in groups}) == len(groups)


def test_a_whole_plan() -> None:
    """Names, remarks, numbers and places of a small list come out as they are promised."""
    lines = lines_of(["85251", "6581", "85252", "", "85251", "85253", "85254"])
    assert make_groups(lines, PLAN) == [
        Group(
            seq=1,
            name="customers HK 001",
            country="HK",
            remark=f"{token('abcdefgh', 1)} spring",
            phones="85251,85252,85253",
            size=3,
        ),
        Group(2, "customers SG 002", "SG", f"{token('abcdefgh', 2)} spring", "6581", 1),
        Group(3, "customers HK 003", "HK", f"{token('abcdefgh', 3)} spring", "85254", 1),
    ]


def test_without_remark() -> None:
    """Where the operator gives no remark, the remark is the token alone."""
    [group] = make_groups(lines_of(["85251"]), replace(PLAN, remark=""))
    assert group.remark == token("abcdefgh", 1)


def test_no_country_in_common() -> None:
    """A group by nothing takes all countries, and says that they are mixed."""
    [group] = make_groups(lines_of(["85251", "6581"]), replace(PLAN, by="none"))
    assert (group.country, group.phones) == ("mixed", "85251,6581")


def test_group_by_column() -> None:
    """A group by a column has one of its values, also an empty one; `{value}` names it."""
    lines = lines_of(["85251", "", "6581", "85252"])
    values = pd.Series(["North", "South", "North", ""], dtype="str")
    plan = replace(PLAN, by="Branch", name="{value} {seq}")
    groups = make_groups(lines, plan, values)
    assert [(group.name, group.phones) for group in groups] == [
        ("North 1", "85251,6581"),
        ("2", "85252"),
    ]


def test_group_by_column_of_some_lines() -> None:
    """Where lines are left out, such as known numbers, each number keeps the value of its line."""
    lines = lines_of(["85251", "85252", "85253"])
    values = pd.Series(["North", "South", "West"], dtype="str")
    groups = make_groups(lines.drop(index=0), replace(PLAN, by="Branch", name="{value}"), values)
    assert [(group.name, group.phones) for group in groups] == [
        ("South", "85252"),
        ("West", "85253"),
    ]


def test_lines_put_together_of_several() -> None:
    """Lines that were joined of two lists make the groups that they make as one list."""
    verdicts = verdicts_of(["85251", "", "85252", "6581", "85251"])
    joined = pd.concat([verdicts[:2], verdicts[2:]], ignore_index=True)
    lines = mark_duplicates(joined, cells_of(5))
    assert make_groups(lines, PLAN) == make_groups(mark_duplicates(verdicts, cells_of(5)), PLAN)
    numbers = accepted_numbers(lines)
    assert fingerprint(numbers) == fingerprint(pd.Series(list(numbers), dtype="str"))


def test_nothing_accepted() -> None:
    """A list without any number gives no group."""
    assert make_groups(lines_of(["", ""]), PLAN) == []
    assert make_groups(lines_of([]), PLAN) == []


def test_names_must_differ() -> None:
    """A template that gives two groups one name is refused, with what to add."""
    with pytest.raises(TemplateError, match=r"called 'customers HK'.*\{seq\}"):
        make_groups(lines_of(["85251", "85252"]), replace(PLAN, size=1, name="{file} {country}"))


# Templates.

FIELDS: dict[str, str | int] = {
    "file": "customers",
    "country": "HK",
    "value": "North",
    "seq": 7,
    "date": "2023-11-14",
    "batch": "abcdefgh",
}


@pytest.mark.parametrize(
    ("template", "name"),
    [
        ("{file} {country} {seq:03}", "customers HK 007"),
        ("{value}/{date}/{batch}", "North/2023-11-14/abcdefgh"),
        ("{seq}", "7"),
        ("{seq:>5}|", "7|"),
        ("{{{seq}}}", "{7}"),
        ("春季 {seq}", "春季 7"),
        ("  a \t{seq}\n", "a 7"),
        ("plain", "plain"),
    ],
)
def test_template(template: str, name: str) -> None:
    """A template is filled as it reads; runs of spaces become one."""
    assert render_name(template, FIELDS) == name


BAD_TEMPLATES = [
    "{unknown}",
    "{}",
    "{0}",
    "{file.__class__}",
    "{file.__class__.__mro__}",
    "{file[0]}",
    "{seq!r}",
    "{FILE}",
    "{ file}",
    "{file",
    "file}",
    "{seq:x{file}}",
    "{file:d}",
    "{seq:zz}",
    "{seq:.2}",
    "{seq:999999999999}",
    "{file:>99999999}",
    "{seq:0100}",
]


@pytest.mark.parametrize("template", BAD_TEMPLATES)
def test_bad_template(template: str) -> None:
    """What is no field, reaches into Python's objects or has a bad format is refused early."""
    with pytest.raises(TemplateError):
        render_name(template, FIELDS)
    with pytest.raises(TemplateError):
        check_template(template, DAY)


def test_unknown_field_names_the_known() -> None:
    """Who writes an unknown field is told which there are."""
    with pytest.raises(TemplateError) as refused:
        check_template("{country_code}", DAY)
    assert all(f"{{{name}}}" in str(refused.value) for name in ["country_code", *FIELDS])


@given(st.text() | st.text("{}[]!:.abseq0123 "))
def test_no_template_breaks_it(template: str) -> None:
    """Whatever is typed is filled or refused by a TemplateError; what is filled can be sent."""
    try:
        name = render_name(template, FIELDS)
    except TemplateError:
        return
    assert name.encode().decode() == name


def test_file_name_that_is_no_text() -> None:
    """Bytes of a file's name that are no text become a question mark, which can be sent."""
    assert render_name("{file}", FIELDS | {"file": "caf\udce9"}) == "caf?"


# What a batch is known by.


@given(data=st.data(), numbers=st.lists(a_number, unique=True))
def test_fingerprint_of_a_set(data: st.DataObject, numbers: list[str]) -> None:
    """The fingerprint does not depend on the numbers' order."""
    shuffled = data.draw(st.permutations(numbers))
    assert fingerprint(pd.Series(shuffled, dtype="str")) == fingerprint(
        pd.Series(numbers, dtype="str")
    )


def test_fingerprint_stays() -> None:
    """What earlier releases wrote into journals is found again: SHA-256 of the ordered texts."""
    numbers = pd.Series(["85251", "6581", "852"], dtype="str")
    assert fingerprint(numbers) == hashlib.sha256(b"6581,852,85251").hexdigest()
    assert fingerprint(numbers[:0]) == hashlib.sha256(b"").hexdigest()


@given(one=st.sets(a_number), other=st.sets(a_number))
def test_fingerprint_tells_sets_apart(one: set[str], other: set[str]) -> None:
    """Different sets of numbers have different fingerprints."""
    prints = [fingerprint(pd.Series(sorted(numbers), dtype="str")) for numbers in (one, other)]
    assert (prints[0] == prints[1]) == (one == other)


@given(numbers=numbers_and_rejects)
def test_fingerprint_of_a_list(numbers: list[str]) -> None:
    """Duplicates and rejects, which are sent nowhere, don't change what a batch is known by."""
    lines = lines_of(numbers)
    cleaned = lines_of(list(dict.fromkeys(number for number in numbers if number)))
    assert fingerprint(accepted_numbers(lines)) == fingerprint(accepted_numbers(cleaned))


def test_token_differs_by_batch_and_place() -> None:
    """No two groups have one token, in one batch or in two; the same group always has its own."""
    tokens = [token(batch, seq) for batch in ("abcdefgh", "abcdefgi") for seq in range(1, 500)]
    assert len(set(tokens)) == len(tokens)
    assert token("abcdefgh", 1) == tokens[0]
    assert all(one.startswith("#") and " " not in one for one in tokens)


def test_batch_id() -> None:
    """A batch's name is short, can be read out, and is another one for other chances."""
    ids = [batch_id(bytes([0, 0, 0, 0, at])) for at in range(256)]
    assert len(set(ids)) == 256
    assert all(
        len(one) == 8 and one.isalnum() and one.islower()
        for one in map(batch_id, [bytes(range(251, 256))])
    )


# What is double.


def test_duplicates_name_the_first() -> None:
    """Later lines of a number are duplicates, and their reason names sheet and row of the first."""
    numbers = ["85251", "", "85252", "85251", "", "85251"]
    cells = pd.concat([cells_of(3, "Asia"), cells_of(3, "Europe")], ignore_index=True)
    lines = mark_duplicates(verdicts_of(numbers), cells)
    assert [*lines["status"]] == [
        ACCEPTED,
        "rejected",
        ACCEPTED,
        "duplicate",
        "rejected",
        "duplicate",
    ]
    assert [*lines["reason"]] == [
        "",
        "too short",
        "",
        "same as Asia row 2",
        "too short",
        "same as Asia row 2",
    ]


@given(numbers=numbers_and_rejects)
def test_judging(numbers: list[str]) -> None:
    """The first line of a number is accepted, later ones are duplicates, the others rejects."""
    lines = lines_of(numbers)
    seen: set[str] = set()
    for number, status in zip(numbers, lines["status"], strict=True):
        expected = "rejected" if not number else "duplicate" if number in seen else ACCEPTED
        assert status == expected
        seen.add(number)
    assert [*lines["number"]] == numbers


def test_judging_changes_nothing_that_it_got() -> None:
    """The verdicts that go in stay as they were."""
    verdicts = verdicts_of(["85251", "85251"])
    mark_duplicates(verdicts, cells_of(2))
    assert "status" not in verdicts
    assert [*verdicts["reason"]] == ["", ""]


def test_order_of_groups() -> None:
    """Groups stand in the order in which their first numbers stand in the input."""
    numbers = ["6581", "85251", "6582", "8861", "85252", "6583", "6584"]
    groups = make_groups(lines_of(numbers), replace(PLAN, size=2))
    firsts = [numbers.index(members(group)[0]) for group in groups]
    assert all(before < after for before, after in pairwise(firsts))
