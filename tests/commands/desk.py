"""An operator at a real terminal, with a vendor and a journal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from importer.journal import Journal
from tests.served import Operator, account_of
from tests.terminals import CTRL_C, CTRL_D, SIZE, Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from importer.sandbox import Sandbox

SMALL = ("--group-size", "3", "--concurrency", "1")
WALKING_AWAY = {CTRL_C: "Ctrl+C", CTRL_D: "end of input"}
SENTENCE = "importer: You left at the question: nothing was sent and nothing was recorded."


class Desk:
    """An operator with a terminal, a vendor and a journal."""

    def __init__(self, operator: Operator, server: Sandbox, url: str, journal: Path) -> None:
        self.operator = operator
        self.server = server
        self.journal = journal
        self.environment = account_of(url) | {"IMPORTER_JOURNAL": str(journal)}
        operator.use(url)

    def terminal(
        self, *arguments: str | Path, size: tuple[int, int] = SIZE, **more: str
    ) -> Terminal:
        """Run the command at a terminal of so many lines and columns."""
        return Terminal(self.operator.folder, arguments, self.environment | more, size)

    def run_list(self, path: Path) -> str:
        """Run a list where nobody sits; return its batch."""
        return str(json.loads(self.operator.run("run", path, "--json", *SMALL).out)["batch"])

    def recorded(self) -> list[Any]:
        """Return all that the journal says of batches and groups."""
        with Journal.open(self.journal) as journal:
            return [
                (one, journal.groups(one.id), journal.decisions(one.id))
                for one in journal.batches()
            ]

    def assert_walking_away_changes_nothing(self, *arguments: str | Path, at: str) -> None:
        """Leave a question by Ctrl+C and by the end of input."""
        before, calls = self.recorded(), _changes(self.server)
        for key in WALKING_AWAY:
            with self.terminal(*arguments) as terminal:
                terminal.wait_for(at)
                terminal.answer(key)
                assert terminal.end() == 130
            last = [line for line in terminal.shown.splitlines() if line.strip()][-1]
            assert last == SENTENCE
            assert self.recorded() == before
            assert _changes(self.server) == calls


def _changes(server: Sandbox) -> int:
    return sum(one.action != "listGroup" for one in server.calls)
