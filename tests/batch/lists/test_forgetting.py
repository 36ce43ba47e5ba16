"""What may be forgotten of a list that is kept in step, and what it still needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.served import Operator, hong_kong, numbers_at

if TYPE_CHECKING:
    from importer.sandbox import Sandbox

LIST = ("--list", "customers", "--group-size", "10", "--json")


def test_a_list_keeps_what_it_needs(operator: Operator, sandbox: Sandbox) -> None:
    """Batches that hold groups and the newest sync stay; an older sync forgets its numbers."""
    batches = []
    for at in range(3):
        path = operator.write_list(f"{at}.csv", hong_kong(50)[at:])
        batches.append(json.loads(operator.run("sync", path, *LIST).out)["batch"])
    first, older, newest = batches
    done = operator.run("batches", "--forget", *batches, "--yes")
    assert f"left as it is: {first}, {newest} (`importer lists`)" in done.out
    assert f"Forgotten: batch {older}" in done.out
    refused = operator.run("undo", older, "--yes")
    assert refused.exit == 3
    again = operator.run("sync", operator.write_list("3.csv", hong_kong(50)[3:]), *LIST)
    assert again.exit == 0
    wanted = {one.removeprefix("+") for one in hong_kong(50)[3:]}
    assert numbers_at(sandbox) == dict.fromkeys(wanted, 1)
