"""What the sandbox promises over HTTP, on a real loopback socket."""

import asyncio
import contextlib

import aiohttp
import pytest
from yarl import URL

from importer.errors import SettingsError
from importer.sandbox import Call, serve, serve_forever

from .calls import GROUP, NOW, Talk, encoded, headers_for, sandbox, talking, until

LIST_ALL = {"limit": 0, "offset": 0}


async def test_group_is_created_and_listed() -> None:
    """What createGroup made is what listGroup shows."""
    box = sandbox()
    async with talking(box) as talk:
        created = (await talk.post("createGroup", GROUP)).json
        listed = (await talk.post("listGroup", LIST_ALL)).json
    assert [group["groupId"] for group in listed["data"]["groups"]] == [created["groupId"]]
    assert list(box.groups) == [created["groupId"]]


async def test_text_goes_through_unharmed() -> None:
    """Text outside ASCII comes back as it was sent."""
    async with talking(sandbox()) as talk:
        await talk.post("createGroup", GROUP | {"remark": "牛小信 №1"})
        listed = (await talk.post("listGroup", LIST_ALL)).json
    assert listed["data"]["groups"][0]["remark"] == "牛小信 №1"


async def test_body_of_any_size() -> None:
    """A group of 200,000 numbers is no matter of the server's size limits."""
    box = sandbox()
    async with talking(box) as talk:
        await talk.post("createGroup", {"phones": ",".join(["85211111114"] * 200_000)})
    assert [len(group.phones) for group in box.groups.values()] == [200_000]


async def test_failures_carry_http_200() -> None:
    """A refusal of the vendor is HTTP 200 with a code, a message and a requestId."""
    async with talking(sandbox()) as talk:
        got = await talk.request("POST", talk.url, headers_for("createGroup", b"x"), b"y")
    assert (got.status, got.headers["Content-Type"]) == (200, "application/json")
    assert {"code": 1003, "msg": "invalid signature"}.items() <= got.json.items()
    assert got.json.keys() == {"code", "msg", "requestId"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("POST", "/", 404), ("POST", "/api/pns", 404), ("GET", "/x", 404), ("GET", "/api/pns/", 405)],
)
async def test_other_addresses(method: str, path: str, status: int) -> None:
    """Only POST to the one address is the API."""
    box, body = sandbox(), encoded(GROUP)
    async with talking(box) as talk:
        url = talk.url.replace("/api/pns/", path)
        got = await talk.request(method, url, headers_for("createGroup", body), body)
    assert (got.status, box.groups) == (status, {})


@pytest.mark.parametrize(
    ("skew", "date"),
    [(0.0, "Tue, 14 Nov 2023 22:13:20 GMT"), (3600.0, "Tue, 14 Nov 2023 23:13:20 GMT")],
)
async def test_date_header_is_the_servers_clock(skew: float, date: str) -> None:
    """Every answer tells the server's own, maybe skewed, time; a 404 too."""
    async with talking(sandbox(skew=skew)) as talk:
        answered = await talk.post("listGroup", LIST_ALL)
        lost = await talk.request("GET", talk.url + "x", {})
    assert [answered.headers["Date"], lost.headers["Date"]] == [date, date]


@pytest.mark.parametrize(("skew", "code"), [(60.0, 0), (-60.0, 0), (61.0, 1004), (-61.0, 1004)])
async def test_skewed_clock_judges_the_ts(skew: float, code: int) -> None:
    """A server whose clock is more than 60 s off refuses a client whose clock is right."""
    async with talking(sandbox(skew=skew)) as talk:
        assert (await talk.post("createGroup", GROUP)).json["code"] == code


@pytest.mark.parametrize(
    ("refuse_with", "status", "retry_after", "code"),
    [
        ("429", 429, "1", None),
        ("429-bare", 429, None, None),
        ("503", 503, "1", None),
        ("27", 200, None, 27),
        ("28", 200, None, 28),
    ],
)
async def test_refusals_for_rate(
    refuse_with: str, status: int, retry_after: str | None, code: int | None
) -> None:
    """A call over the rate is refused in the chosen way, and not carried out."""
    box = sandbox(rate=1, refuse_with=refuse_with)
    async with talking(box) as talk:
        await talk.post("createGroup", GROUP)
        got = await talk.post("createGroup", GROUP)
    assert (got.status, got.headers.get("Retry-After")) == (status, retry_after)
    assert box.calls[1] == Call(NOW, "createGroup", code, status)
    assert len(box.groups) == 1


def test_unknown_refusal() -> None:
    """A way to refuse that there is not is refused at the start."""
    with pytest.raises(SettingsError, match="429-bare"):
        sandbox(refuse_with="418")


async def test_calls_are_recorded() -> None:
    """Every request is recorded with the server's time, its action and what was answered."""
    box = sandbox(skew=2.0)
    async with talking(box) as talk:
        await talk.post("createGroup", GROUP)
        await talk.post("createGroup", {})
        await talk.request("POST", talk.url + "x", {})
    assert box.calls == [
        Call(NOW + 2, "createGroup", 0, 200),
        Call(NOW + 2, "createGroup", 1002, 200),
        Call(NOW + 2, "", None, 404),
    ]


async def test_latency_holds_back_the_answer_not_the_deed() -> None:
    """With a latency the group is there before its answer is."""
    box, seen = sandbox(latency=2.5), list[tuple[float, int]]()

    async def sleep(seconds: float) -> None:
        seen.append((seconds, len(box.groups)))

    async with talking(box, sleep=sleep) as talk:
        await talk.post("createGroup", GROUP)
    assert seen == [(2.5, 1)]


async def test_groups_outlive_the_server() -> None:
    """A sandbox that is served again still has its groups."""
    box = sandbox()
    for _ in range(2):
        async with talking(box) as talk:
            await talk.post("createGroup", GROUP)
    assert len(box.groups) == 2


async def test_only_loopback() -> None:
    """The URL is of this computer alone, and ends as the vendor's does."""
    async with serve(sandbox()) as url:
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith("/api/pns/")


@pytest.mark.parametrize("port", [70_000, -1])
async def test_impossible_port(port: int) -> None:
    """A port that is none is told in a sentence."""
    with pytest.raises(SettingsError, match=f"port {port} "):
        async with serve(sandbox(), port=port):
            pass


async def test_port_in_use() -> None:
    """A port that another program has is told in a sentence."""
    async with serve(sandbox()) as url:
        port = URL(url).port
        assert port is not None
        with pytest.raises(SettingsError, match=f"port {port} "):
            async with serve(sandbox(), port=port):
                pass


async def test_closes_with_calls_that_hang() -> None:
    """Leaving the block ends calls that would never be answered, without waiting for them."""
    box = sandbox(script=["never-answers"])
    async with aiohttp.ClientSession() as session:
        async with asyncio.timeout(5), serve(box) as url:
            call = asyncio.create_task(Talk(session, url).post("createGroup", GROUP))
            await until(lambda: bool(box.groups))
        with pytest.raises(aiohttp.ClientError):
            await call


async def test_serve_forever_announces_and_stops() -> None:
    """It tells the URL once it listens, serves until cancelled, then frees the port."""
    urls: list[str] = []
    serving = asyncio.create_task(serve_forever(sandbox(), 0, urls.append))
    await until(lambda: bool(urls))
    async with aiohttp.ClientSession() as session:
        assert (await Talk(session, urls[0]).post("createGroup", GROUP)).json["code"] == 0
        serving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await serving
        with pytest.raises(aiohttp.ClientConnectorError):
            await Talk(session, urls[0]).post("createGroup", GROUP)


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1", "127.0.0.1:1", "", "localhost.x"])
async def test_another_host_name(host: str) -> None:
    """A web page whose name was made to lead here gets nothing, and nothing is done for it."""
    box = sandbox()
    async with serve(box) as url, aiohttp.ClientSession() as session:
        body = encoded(GROUP)
        headers = headers_for("createGroup", body) | {"Host": host}
        async with session.post(url, data=body, headers=headers) as answer:
            assert answer.status == 403
    assert not box.groups
