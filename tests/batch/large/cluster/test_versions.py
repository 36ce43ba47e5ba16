"""What has to be the same on all of a cluster's workers."""

from __future__ import annotations

from typing import Any

import pytest

from importer.batch.large.cluster.versions import PACKAGES, differences, installed, told_by


def told(**versions: str | None) -> dict[str, Any]:
    return {"packages": {name.replace("_", "-"): one for name, one in versions.items()}}


OURS = {name.replace("-", "_"): "1.0" for name in PACKAGES} | {"python": "3.12.4.final.0"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"python": "3.12.9.final.0"}, []),
        ({"python": "3.13.0.final.0"}, ["Python 3.13 there and 3.12 here"]),
        ({"number_group_importer": None}, ["importer none there and 1.0 here"]),
        ({"pyarrow": "2.0"}, ["pyarrow 2.0 there and 1.0 here"]),
        ({"dask": "1"}, []),
    ],
)
def test_versions(change: dict[str, Any], said: list[str]) -> None:
    """What numbers depend on has to be the same on all workers, to the last digit but Python's."""
    others = [told_by(told(**OURS | one)) for one in ({}, change, change)]
    assert differences(told_by(told(**OURS)), others) == said


def test_two_checkouts_of_one_version() -> None:
    """A worker whose importer differs, though its version does not, may read numbers otherwise."""
    other = installed() | {"code": "0"}
    [said] = differences(installed(), [installed(), other])
    assert said == f"importer's files 0 there and {installed()['code']} here"


def test_a_worker_that_tells_no_versions() -> None:
    """It is none of ours."""
    assert len(differences(told_by(told(**OURS)), [told_by({})])) == len(OURS)
