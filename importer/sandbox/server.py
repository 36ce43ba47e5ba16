"""The sandbox behind HTTP, on loopback only."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from functools import partial
from typing import TypeAlias

from aiohttp import web

from importer.errors import SettingsError
from importer.sandbox.replies import NoReply, Outcome, Reply
from importer.sandbox.sandbox import Sandbox

HOST = "127.0.0.1"
PATH = "/api/pns/"
STATE_PATH = "/state"
"""Where the sandbox tells what it holds: the truth, whatever its listing says."""

# Next to nothing: who leaves the sandbox does not wait for calls that will never be answered.
# Zero would mean for ever.
_SHUTDOWN_SECONDS = 0.01

# Long enough for a client to have read the first answer and let go of the connection.
_SECOND_ANSWER_SECONDS = 0.03

Sleep: TypeAlias = Callable[[float], Awaitable[object]]


@asynccontextmanager
async def serve(
    sandbox: Sandbox, port: int = 0, *, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[str]:
    """Serve `sandbox` on loopback for the length of the block, which gets the API's URL.

    Port 0 is any free one. `sleep` is what holds answers back for the sandbox's latency. Raises
    SettingsError where the port can't be had.
    """
    handler = partial(_handle, sandbox, sleep)
    # A handler that waits for ever must end when its client leaves.
    server = web.Server(handler, handler_cancellation=True, access_log=None)
    runner = web.ServerRunner(server, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await _listen(runner, port)
        yield f"http://{HOST}:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


async def serve_forever(sandbox: Sandbox, port: int, announce: Callable[[str], None]) -> None:
    """Serve `sandbox` until cancelled; `announce` is called with the URL once it listens.

    Cancelling, which is also what Ctrl+C does under `asyncio.run`, closes every connection and goes
    on to the caller. Raises SettingsError where the port can't be had.
    """
    async with serve(sandbox, port) as url:
        announce(url)
        await _for_ever()


async def _listen(runner: web.ServerRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except (OSError, OverflowError) as error:
        raise SettingsError(
            f"The sandbox can't listen on port {port} of this computer ({error}); "
            "choose another port, or 0 for any free one."
        ) from error


async def _handle(sandbox: Sandbox, sleep: Sleep, request: web.BaseRequest) -> web.StreamResponse:
    action = request.headers.get("action", "")
    if not _is_own_name(request):
        return _response(sandbox.turn_away(403, action), sandbox)
    if request.path == STATE_PATH and request.method == "GET":
        return web.json_response(sandbox.state())
    if request.path != PATH:
        return _response(sandbox.turn_away(404, action), sandbox)
    if request.method != "POST":
        return _response(sandbox.turn_away(405, action), sandbox)
    arrival = sandbox.arrive(action)
    # Not request.read(), which has a limit of its own.
    body = b"" if arrival.unread else await request.content.read()
    outcome = sandbox.conclude(arrival, request.headers, body)
    if sandbox.latency:
        await sleep(sandbox.latency)
    return await _send(outcome, sandbox, request)


def state_url(url: str) -> str:
    """Return where the sandbox that is called at `url` tells what it holds."""
    return url.removesuffix(PATH) + STATE_PATH


def _is_own_name(request: web.BaseRequest) -> bool:
    """Whether a request calls the sandbox by its own name.

    A web page whose name is made to lead to this computer (DNS rebinding) calls it by another one.
    """
    transport = request.transport
    port = transport.get_extra_info("sockname")[1] if transport is not None else 0
    return request.headers.get("Host", "") in {f"{HOST}:{port}", f"localhost:{port}"}


async def _send(outcome: Outcome, sandbox: Sandbox, request: web.BaseRequest) -> web.StreamResponse:
    if isinstance(outcome, Reply):
        if outcome.then is not None:
            _send_later(outcome.then, request)
        return _response(outcome, sandbox)
    if outcome is NoReply.CUT and request.transport is not None:
        request.transport.abort()
    # Ends by cancellation as soon as the connection is gone, for a cut one at once.
    await _for_ever()
    raise AssertionError("never reached")


def _response(reply: Reply, sandbox: Sandbox) -> web.Response:
    date = sandbox.date()
    headers = {"Date": "" if date is None else formatdate(date, usegmt=True)}
    if reply.retry_after is not None:
        headers["Retry-After"] = str(reply.retry_after)
    body = reply.body
    if reply.packed:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, 1)
    return web.Response(
        status=reply.status, body=body, content_type=reply.content_type, headers=headers
    )


def _send_later(reply: Reply, request: web.BaseRequest) -> None:
    """Send an answer that nobody asked for, once the one before it has been read."""
    transport = request.transport
    head = (
        f"HTTP/1.1 {reply.status} OK\r\nContent-Type: {reply.content_type}\r\n"
        f"Content-Length: {len(reply.body)}\r\n\r\n"
    )
    if isinstance(transport, asyncio.Transport):
        loop = asyncio.get_running_loop()
        loop.call_later(_SECOND_ANSWER_SECONDS, transport.write, head.encode() + reply.body)


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()
