"""What each kind of vendor promises: its listing, its names, its limits, its clock."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from yarl import URL

from importer.errors import SettingsError
from importer.sandbox import KINDS, serve
from importer.sandbox.vendor_kinds import kind_of

from .calls import GROUP, NOW, ask, encoded, headers_for, sandbox, talking, vendor

LIST_ALL = {"limit": 0, "offset": 0}


def listed(*kinds: str, groups: int = 1) -> Any:
    """Return the listing's data of a vendor of these kinds with some groups."""
    of = vendor(kind=kind_of(kinds))
    for at in range(groups):
        assert int(ask(of, "createGroup", GROUP | {"groupName": f"HK {at}"})["code"]) == 0
    return ask(of, "listGroup", LIST_ALL)["data"]


@pytest.mark.parametrize(
    ("kind", "phones"),
    [
        ("trailing-comma", "85211111114,85235753351,"),
        ("spaced-phones", " 85211111114 , 85235753351"),
        ("plus-phones", "+85211111114,+85235753351"),
        ("zero-phones", "0085211111114,0085235753351"),
        ("doubled-phones", "85211111114,85211111114,85235753351,85235753351"),
        ("reversed-phones", "85235753351,85211111114"),
        ("array-phones", ["85211111114", "85235753351"]),
        ("integer-phones", [85211111114, 85235753351]),
    ],
)
def test_phones_are_listed_in_the_form_of_the_kind(kind: str, phones: object) -> None:
    """The two numbers of a group come back in another form than they were sent."""
    assert listed(kind)["groups"][0]["phones"] == phones


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("null-data", None),
        ("null-groups", {"total": 0, "groups": None}),
        ("no-groups", {"total": 0}),
    ],
)
def test_an_empty_account_is_listed_in_the_form_of_the_kind(kind: str, data: object) -> None:
    """An account without groups has no list; with a group it has one like any other."""
    assert listed(kind, groups=0) == data
    assert listed(kind)["total"] == len(listed(kind)["groups"]) == 1


@pytest.mark.parametrize(
    ("kind", "total"),
    [("total-more", 4), ("total-less", 2), ("total-text", "3"), ("no-total", None)],
)
def test_the_total_is_wrong_in_the_way_of_the_kind(kind: str, total: object) -> None:
    """All three groups are listed, and the total says something else."""
    data = listed(kind, groups=3)
    assert (data.get("total"), len(data["groups"])) == (total, 3)


def test_pages_are_capped() -> None:
    """No more than 100 groups come back, whatever limit was asked for."""
    data = listed("page-100", groups=101)
    assert (data["total"], len(data["groups"])) == (101, 100)


def test_an_unordered_listing_changes_its_order() -> None:
    """Two listings have the same groups in different orders."""
    of = vendor(kind=kind_of(["unordered"]))
    for at in range(20):
        ask(of, "createGroup", GROUP | {"groupName": f"HK {at}"})
    one, other = (ask(of, "listGroup", LIST_ALL)["data"]["groups"] for _ in range(2))
    assert one != other
    assert sorted(one, key=str) == sorted(other, key=str)


def test_an_empty_listing_shows_nothing() -> None:
    """A group that was made is not shown."""
    assert listed("empty-listing") == {"total": 0, "groups": []}


def test_a_stale_listing_shows_what_was_true_before() -> None:
    """A group appears 120 s after it was made and vanishes 120 s after it was deleted."""
    times = [NOW]
    box = sandbox(clock=lambda: times[0], vendor="stale-listing")

    def call(action: str, fields: Any) -> Any:
        body = encoded(fields)
        headers = headers_for(action, body, ts=int(times[0] * 1000))
        return box._vendor.handle(headers, body)

    group_id = call("createGroup", GROUP)["groupId"]
    totals = []
    for seconds in (119, 121, 121, 239, 242):
        times[0] = NOW + seconds
        totals.append(call("listGroup", LIST_ALL)["data"]["total"])
        if seconds == 121 and box.groups:
            call("deleteGroup", {"groupId": group_id})
    assert totals == [0, 1, 1, 1, 0]


def test_a_taken_name_gives_the_old_group() -> None:
    """The answer is success with the old groupId, and nothing is made."""
    of = vendor(kind=kind_of(["unique-names"]))
    first = ask(of, "createGroup", GROUP)
    second = ask(of, "createGroup", GROUP | {"phones": "85299999999"})
    assert (second["code"], second["groupId"]) == (0, first["groupId"])
    assert [group.phones for group in of.groups.values()] == [("85211111114", "85235753351")]


def test_a_taken_name_is_refused() -> None:
    """Another vendor refuses the second group of a name."""
    of = vendor(kind=kind_of(["names-refused"]))
    assert [ask(of, "createGroup", GROUP)["code"] for _ in range(2)] == [0, 1002]


@pytest.mark.parametrize(("kind", "most"), [("max-200", 200), ("max-100", 100)])
def test_a_group_has_a_largest_size(kind: str, most: int) -> None:
    """As many numbers as the vendor takes go through, and one more does not."""
    phones = [str(85210000000 + at) for at in range(most + 1)]
    of = vendor(kind=kind_of([kind]))
    codes = [
        ask(of, "createGroup", {"phones": ",".join(some)})["code"] for some in (phones, phones[:-1])
    ]
    assert codes == [1002, 0]


def test_texts_are_cut() -> None:
    """A name and a remark that are too long are kept in part, and nothing is said."""
    of = vendor(kind=kind_of(["cut-names", "cut-remarks"]))
    ask(of, "createGroup", GROUP | {"groupName": "n" * 40, "remark": "r" * 40})
    group = ask(of, "listGroup", LIST_ALL)["data"]["groups"][0]
    assert (group["groupName"], group["remark"]) == ("n" * 16, "r" * 16)


def test_a_remark_that_is_not_kept_is_null() -> None:
    """A vendor without remarks lists null."""
    assert listed("null-remarks")["groups"][0]["remark"] is None


def test_ids_and_codes_may_have_other_types() -> None:
    """A groupId is a JSON number everywhere, also where it is deleted; a code is a text."""
    of = vendor(kind=kind_of(["numeric-ids", "text-codes"]))
    made = ask(of, "createGroup", GROUP)
    assert isinstance(made["groupId"], int)
    assert made["code"] == "0"
    assert ask(of, "listGroup", LIST_ALL)["data"]["groups"][0]["groupId"] == made["groupId"]
    assert ask(of, "deleteGroup", {"groupId": str(made["groupId"])})["code"] == "0"
    assert of.groups == {}


def test_groups_may_not_be_deleted() -> None:
    """A group with bindings stays."""
    of = vendor(kind=kind_of(["no-delete"]))
    group_id = ask(of, "createGroup", GROUP)["groupId"]
    assert ask(of, "deleteGroup", {"groupId": group_id})["code"] == 1002
    assert list(of.groups) == [group_id]


@pytest.mark.parametrize(
    ("kind", "seconds"), [("frozen-date", 0), ("date-behind", -590), ("date-ahead", 610)]
)
async def test_date_is_wrong_in_the_way_of_the_kind(kind: str, seconds: int) -> None:
    """Ten seconds after the server began, Date is off, and a call is judged by the right time."""
    times = [NOW]
    box = sandbox(clock=lambda: times[0], vendor=kind)
    times[0] = NOW + 10
    async with talking(box) as talk:
        got = await talk.post("listGroup", LIST_ALL)
    assert got.json["code"] == 0
    assert parsedate_to_datetime(got.headers["Date"]).timestamp() == NOW + seconds


async def test_date_may_be_empty() -> None:
    """A server may tell no time."""
    async with talking(sandbox(vendor="no-date")) as talk:
        assert (await talk.post("listGroup", LIST_ALL)).headers["Date"] == ""


async def test_a_second_answer_follows_on_the_same_connection() -> None:
    """One request is done twice, and two answers come back."""
    box = sandbox(script=["second-answer"])
    body = encoded(GROUP)
    async with asyncio.timeout(5), serve(box) as url:
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
        head = {"Host": URL(url).authority, "Content-Length": str(len(body))}
        head |= headers_for("createGroup", body)
        lines = ["POST /api/pns/ HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        told = b""
        while told.count(b'"groupId"') < 2:
            told += await reader.read(4096)
        writer.close()
    assert told.count(b"HTTP/1.1 200") == 2
    assert all(group_id.encode() in told for group_id in box.groups)
    assert len(box.groups) == 2


@pytest.mark.parametrize(
    ("fault", "groups"),
    [("listing-empty", []), ("listing-short", ["HK 0"]), (None, ["HK 0", "HK 1"])],
)
async def test_a_listing_may_lack_groups(fault: str | None, groups: list[str]) -> None:
    """A listing that lacks groups looks whole."""
    box = sandbox(listing_script=[fault])
    async with talking(box) as talk:
        for at in range(2):
            await talk.post("createGroup", GROUP | {"groupName": f"HK {at}"})
        data = (await talk.post("listGroup", LIST_ALL)).json["data"]
    assert [one["groupName"] for one in data["groups"]] == groups
    assert data["total"] == len(groups)


@pytest.mark.parametrize(
    ("fault", "made"), [("code-1-after", 1), ("code10006-after", 1), ("code10006-before", 0)]
)
async def test_a_failure_proves_nothing(fault: str, made: int) -> None:
    """A code that says that something failed comes whether the group was made or not."""
    box = sandbox(script=[fault])
    async with talking(box) as talk:
        got = await talk.post("createGroup", GROUP)
    assert f"code{got.json['code']}" == fault.rpartition("-")[0]
    assert len(box.groups) == made


@pytest.mark.parametrize("fault", ["huge-answer", "packed-answer"])
async def test_an_answer_may_be_huge(fault: str) -> None:
    """The group is made, and its answer has 64 MB, on its way or when it is unpacked."""
    box = sandbox(script=[fault])
    async with talking(box) as talk:
        got = await talk.post("createGroup", GROUP)
    assert len(got.body) > 64 * 1024**2
    assert len(box.groups) == 1


def test_an_unknown_kind_is_refused() -> None:
    """The text names the kinds that there are."""
    with pytest.raises(SettingsError, match="unique-names"):
        sandbox(vendor="friendly")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_what_it_does_and_differs_from_the_plain_vendor(kind: str) -> None:
    """The names that users choose from each come with their meaning, and do something."""
    assert KINDS[kind]
    assert kind_of([kind]) != kind_of([])
