"""What each fault of the sandbox promises: what the client sees, and what was done all the same."""

import asyncio
import json
from contextlib import suppress
from itertools import pairwise

import aiohttp
import pytest
from yarl import URL

from importer.errors import SettingsError
from importer.sandbox import FAULTS, Call, Sandbox, serve
from importer.sandbox.faults import CREATE_FAULTS, FAULTS_OF, UPDATE_FAULTS, FaultPlan

from .calls import GROUP, NOW, Got, Talk, sandbox, seeded, talking, until

LIST_ALL = {"limit": 0, "offset": 0}


async def meet(fault: str) -> tuple[Sandbox, Got]:
    box = sandbox(script=[fault])
    async with talking(box) as talk:
        return box, await talk.post("createGroup", GROUP)


@pytest.mark.parametrize(
    ("fault", "groups"), [("drop-before-read", 0), ("cut-before", 0), ("cut-after", 1)]
)
async def test_cuts(fault: str, groups: int) -> None:
    """A cut leaves the client without an answer, whether the call was done or not."""
    box = sandbox(script=[fault])
    async with talking(box) as talk:
        with pytest.raises(aiohttp.ClientConnectionError):
            await talk.post("createGroup", GROUP)
    assert len(box.groups) == groups
    assert box.calls == [Call(NOW, "createGroup", None, None, fault)]


async def test_drop_before_read_does_not_wait_for_the_body() -> None:
    """The connection is cut while the client still holds its body back."""
    box = sandbox(script=["drop-before-read"])
    async with asyncio.timeout(5), serve(box) as url:
        lines = [
            "POST /api/pns/ HTTP/1.1",
            f"Host: {URL(url).authority}",
            "action: createGroup",
            "Content-Length: 9",
        ]
        reader, writer = await asyncio.open_connection("127.0.0.1", URL(url).port)
        writer.write("\r\n".join([*lines, "", ""]).encode())
        assert await reader.read() == b""
        writer.close()
    assert [call.fault for call in box.calls] == ["drop-before-read"]


@pytest.mark.parametrize(("fault", "groups"), [("never-answers", 1), ("never-answers-before", 0)])
async def test_silence(fault: str, groups: int) -> None:
    """A call that is never answered is done or not at once, and recorded; others go on."""
    box = sandbox(script=[fault])
    async with talking(box) as talk, asyncio.timeout(5):
        call = asyncio.create_task(talk.post("createGroup", GROUP))
        await until(lambda: bool(box.calls))
        assert len(box.groups) == groups
        await talk.post("listGroup", LIST_ALL)
        assert not call.done()
        call.cancel()
    assert box.calls[0] == Call(NOW, "createGroup", None, None, fault)


@pytest.mark.parametrize(
    ("fault", "status", "retry_after", "groups"),
    [
        ("500-before", 500, None, 0),
        ("500-after", 500, None, 1),
        ("502-before", 502, None, 0),
        ("502-after", 502, None, 1),
        ("429", 429, "1", 0),
        ("429-bare", 429, None, 0),
        ("503", 503, "1", 0),
        ("html", 200, None, 1),
        ("html-before", 200, None, 0),
    ],
)
async def test_pages_instead_of_answers(
    fault: str, status: int, retry_after: str | None, groups: int
) -> None:
    """A gateway's page comes in place of the answer, whether the call was done or not."""
    box, got = await meet(fault)
    assert (got.status, got.headers.get("Retry-After")) == (status, retry_after)
    assert got.headers["Content-Type"].startswith("text/html")
    assert got.body.startswith(b"<html>")
    assert len(box.groups) == groups
    assert box.calls == [Call(NOW, "createGroup", None, status, fault)]


async def test_half_json() -> None:
    """The group is made, and its answer breaks off in the middle."""
    box, got = await meet("half-json")
    assert len(box.groups) == 1
    assert got.body.startswith(b'{"code":0')
    with pytest.raises(ValueError, match="Unterminated"):
        _ = got.json


async def test_no_group_id() -> None:
    """The group is made, and its answer says success without the groupId."""
    box, got = await meet("no-group-id")
    assert len(box.groups) == 1
    assert (got.json["code"], got.json.keys()) == (0, {"code", "msg", "requestId"})


async def test_twice() -> None:
    """A call that is delivered twice makes two like groups, and one of them is answered."""
    box, got = await meet("twice")
    first, second = box.groups.values()
    assert (first.phones, first.remark) == (second.phones, second.remark)
    assert got.json["groupId"] == second.group_id
    assert len(box.calls) == 1


async def test_remark_dropped() -> None:
    """The group is made and answered, and its remark is lost."""
    box, got = await meet("remark-dropped")
    assert box.groups[got.json["groupId"]].remark == ""


@pytest.mark.parametrize("fault", CREATE_FAULTS)
async def test_refused_call_stays_refused(fault: str) -> None:
    """No fault makes a group of a call that the vendor refuses."""
    box = sandbox(script=[fault], poison=["85235753351"])
    async with talking(box) as talk:
        call = asyncio.create_task(talk.post("createGroup", GROUP))
        await until(lambda: bool(box.calls))
        call.cancel()
    assert box.groups == {}


async def test_listing_changes_between_pages() -> None:
    """With each listGroup a group of somebody else comes or goes, and all others move."""
    box = sandbox(faults={"listing-changes": 1.0})
    async with talking(box) as talk:
        own = (await talk.post("createGroup", GROUP)).json["groupId"]
        pages = [(await talk.post("listGroup", LIST_ALL)).json["data"] for _ in range(8)]
    totals = [page["total"] for page in pages]
    assert all(abs(a - b) == 1 for a, b in pairwise(totals))
    assert {b - a for a, b in pairwise(totals)} == {1, -1}
    assert all(page["groups"][-1]["groupId"] == own for page in pages)
    assert list(box.groups) == [own]


async def test_listing_changes_only_when_it_is_listed() -> None:
    """A createGroup does not disturb the listing."""
    box = sandbox(faults={"listing-changes": 1.0})
    async with talking(box) as talk:
        for _ in range(3):
            await talk.post("createGroup", GROUP)
        data = (await talk.post("listGroup", LIST_ALL)).json["data"]
    assert data["total"] == 3 + 1


@pytest.mark.parametrize("fault", ["cut-after", "never-answers"])
async def test_nothing_is_left_of_a_client_that_left(fault: str) -> None:
    """A call without an answer ends at the server as soon as its connection is gone."""
    box = sandbox(script=[fault])
    async with serve(box) as url:
        idle = len(asyncio.all_tasks())
        async with aiohttp.ClientSession() as session:
            call = asyncio.create_task(Talk(session, url).post("createGroup", GROUP))
            await until(lambda: bool(box.calls))
            call.cancel()
        await until(lambda: len(asyncio.all_tasks()) == idle)


async def test_faults_meet_only_create_group() -> None:
    """Other actions go well, and use up nothing of the script."""
    box = sandbox(script=["500-before"])
    async with talking(box) as talk:
        assert (await talk.post("listGroup", LIST_ALL)).status == 200
        assert (await talk.post("createGroup", GROUP)).status == 500


async def test_call_over_the_rate_uses_up_no_fault() -> None:
    """A scripted fault waits for the next call that is taken."""
    times = iter([NOW, NOW, NOW + 1])
    box = sandbox(script=[None, "500-before"], rate=1)
    box.now = lambda: next(times)  # type: ignore[method-assign]
    meets = [box.arrive("createGroup").fault for _ in range(3)]
    assert meets == [None, None, "500-before"]


def test_script_comes_before_chance() -> None:
    """The script's names and Nones are taken in order, then the chances decide."""
    plan = FaultPlan({"html": 1.0}, {"createGroup": ["twice", None]}, seeded())
    assert [plan.next_fault("createGroup") for _ in range(4)] == ["twice", None, "html", "html"]


def test_chances_are_kept() -> None:
    """Over many calls each fault is met about as often as its chance says."""
    plan = FaultPlan({"429": 0.25, "cut-after": 0.5}, {}, seeded())
    met = [plan.next_fault("createGroup") for _ in range(4000)]
    shares = [met.count(name) / len(met) for name in ("429", "cut-after", None)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.03)


def test_faults_do_not_hang_on_what_else_is_asked() -> None:
    """With one seed the n-th createGroup meets the same fault, whatever came between."""
    chances = {name: 1 / len(CREATE_FAULTS) for name in CREATE_FAULTS}
    plain, busy = (sandbox(faults=chances) for _ in range(2))
    expected = [plain.arrive("createGroup").fault for _ in range(50)]
    met = []
    for _ in range(50):
        busy.conclude(busy.arrive("listGroup"), {}, b"")
        met.append(busy.arrive("createGroup").fault)
    assert met == expected


def test_chances_of_tenths_may_add_up_to_one() -> None:
    """Ten faults of a tenth each are allowed, though their sum is not exactly 1."""
    FaultPlan(dict.fromkeys(list(CREATE_FAULTS)[:10], 0.1), {}, seeded())


@pytest.mark.parametrize(
    "chances",
    [{"meteor": 0.1}, {"twice": -0.1}, {"twice": 1.1}, {"twice": 0.6, "html": 0.6}],
)
def test_impossible_chances(chances: dict[str, float]) -> None:
    """A fault or a chance that can't be is refused at the start."""
    with pytest.raises(SettingsError):
        sandbox(faults=chances)


@pytest.mark.parametrize("fault", UPDATE_FAULTS)
async def test_an_update_is_done_or_not_as_its_fault_says(fault: str) -> None:
    """What a fault says of updateGroup, done or not done, is what the group holds after it."""
    box = sandbox(update_script=[fault])
    async with talking(box) as talk:
        made = await talk.post("createGroup", GROUP)
        group_id = json.loads(made.body)["groupId"]
        fields = {"groupId": group_id, "operateType": 0, "phones": "85299999999"}
        call = asyncio.create_task(talk.post("updateGroup", fields))
        await until(lambda: len(box.calls) > 1)
        call.cancel()
        with suppress(asyncio.CancelledError, aiohttp.ClientError):
            await call
    is_done = "not done" not in FAULTS[fault]
    assert ("85299999999" in box.groups[group_id].phones) == is_done


@pytest.mark.parametrize("name", ["meteor", "listing-changes"])
def test_impossible_script(name: str) -> None:
    """A script is for createGroup alone; another name is told, with those that there are."""
    with pytest.raises(SettingsError, match=r"drop-before-read"):
        FaultPlan({}, {"createGroup": [name]}, seeded()).next_fault("createGroup")


def test_every_fault_says_what_it_does() -> None:
    """The names that users choose from each come with their meaning."""
    assert set(FAULTS) == {name for faults in FAULTS_OF.values() for name in faults}
    assert len(FAULTS) == sum(map(len, FAULTS_OF.values()))
    assert all(FAULTS.values())
