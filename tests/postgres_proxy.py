"""A proxy before a PostgreSQL server that loses what the test says, as a network does."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

COMMIT = b"; COMMIT\0"
"""The end of the message that commits a transaction."""


class CuttingProxy:
    """Forwards connections; the next commits are cut, before or after the server has them."""

    def __init__(self, port: int) -> None:
        self._server_port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.cuts: list[str] = []
        """What happens to each of the next commits: `before` or `after` the server has done it."""
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with (
            closing(client),
            closing(socket.create_connection(("127.0.0.1", self._server_port))) as server,
        ):
            silent = threading.Event()
            back = threading.Thread(target=_forward, args=(server, client, silent), daemon=True)
            back.start()
            with suppress(OSError):
                self._forward_until_cut(client, server, silent)
            for one in (client, server):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            back.join(5)

    def _forward_until_cut(
        self, client: socket.socket, server: socket.socket, silent: threading.Event
    ) -> None:
        while data := client.recv(65536):
            cut = self.cuts.pop(0) if self.cuts and data.endswith(COMMIT) else None
            if cut == "before":
                return
            if cut == "after":
                silent.set()
            server.sendall(data)
            if cut == "after":
                # The server closes the connection when it has done what came before this.
                server.sendall(b"X\0\0\0\4")
                while server.recv(65536):
                    pass
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()


def _forward(source: socket.socket, sink: socket.socket, silent: threading.Event) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            if silent.is_set():
                return
            sink.sendall(data)
