"""The tests themselves: nothing in them reaches beyond this computer, or a user's own files."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import aiohttp
import pytest
from pytest_socket import SocketConnectBlockedError

from importer.environment import journal_place

if TYPE_CHECKING:
    from pathlib import Path

BLOCKED = (SocketConnectBlockedError, UserWarning)
"""From its version 0.8 on pytest-socket warns before it raises, and here a warning is an error."""
ELSEWHERE = "192.0.2.1"
"""An address that is reserved for documentation: nobody is there (RFC 5737)."""


def test_no_connection_elsewhere() -> None:
    """A connection to another computer fails before it begins."""
    with closing(socket.socket()) as one, pytest.raises(BLOCKED, match=ELSEWHERE):
        one.connect((ELSEWHERE, 443))


async def test_no_asyncio_connection_elsewhere() -> None:
    """The same holds for what asyncio and aiohttp open."""
    with pytest.raises(BLOCKED, match=ELSEWHERE):
        await asyncio.open_connection(ELSEWHERE, 443)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(BLOCKED, match=ELSEWHERE):
            await session.post(f"http://{ELSEWHERE}/")


@pytest.mark.parametrize("name", ["number.nxcloud.com", b"number.nxcloud.com"])
def test_no_name_is_looked_up(name: str | bytes) -> None:
    """The network is not even asked for a name."""
    with pytest.raises(AssertionError, match=r"asked the network for number\.nxcloud\.com"):
        socket.getaddrinfo(name, 443)


async def test_no_name_is_looked_up_by_aiohttp() -> None:
    """Nor does aiohttp ask."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(AssertionError, match="asked the network"):
            await session.post("https://number.nxcloud.com/api/pns/")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_open(host: str) -> None:
    """Loopback works, by address and by name."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        port = server.getsockname()[1]
        with closing(socket.create_connection((host, port), timeout=5)):
            pass


def test_no_credentials_and_no_journal_of_the_user(environment: Path, tmp_path: Path) -> None:
    """A test that forgets to name them gets neither the user's credentials nor the journal."""
    assert not [name for name in os.environ if name.startswith("NXCLOUD_")]
    assert journal_place(os.environ) == environment
    assert environment.is_relative_to(tmp_path)
