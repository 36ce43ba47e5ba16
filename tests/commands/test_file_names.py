"""A file's name may be any bytes, on systems whose names are bytes; the whole way copes with it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.served import Operator, fast_sandbox, hong_kong, numbers_at, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names are text there")


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_name_that_is_no_text(operator: Operator, form: str) -> None:
    """Run, check, batches, results and undo work, and results are beside the file."""
    path = operator.folder / os.fsdecode(b"li\xffst.csv")
    path.write_text("\n".join(["Phone", *hong_kong(3), "n/a"]), encoding="utf-8")
    server = fast_sandbox()
    with running(server) as url:
        operator.use(url)
        assert operator.run("check", path, "--format", form).exit == 0
        done = operator.run("run", path, "--format", form, "--json")
        told = json.loads(done.out)
        assert (told["created"], told["rejected"], told["exit"]) == (3, 1, 0)
        assert Path(told["results"]).exists()
        assert operator.run("batches").exit == 0
        assert operator.run("batches", "--json").exit == 0
        Path(told["results"]).unlink()
        assert operator.run("results", told["batch"], "--format", form).exit == 0
        assert Path(told["results"]).exists()
        assert operator.run("undo", told["batch"], "--yes").exit == 0
    assert not numbers_at(server)
