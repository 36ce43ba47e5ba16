"""What is said of each cell, whatever its column shows."""

import pandas as pd
import pytest

from importer.phones import PhoneOptions, normalize
from tests.phones.cell.columns import (
    CHINESE,
    CODED,
    GERMAN,
    abroad,
    decided,
    fits_in,
    numbers,
    reasons,
    valid_abroad,
)


def test_country_not_understood() -> None:
    """Such a row is rejected, not read with the default region."""
    found = decided(["35753351"], "Atlantis", PhoneOptions(region="HK"))
    assert list(found.lines["reason"]) == ["country not understood: 'Atlantis'"]


@pytest.mark.parametrize("text", ["+85235753351", "0085235753351"])
def test_plus_beside_a_country_not_understood(text: str) -> None:
    """The number says its country itself; that the cell beside it is unclear is a note."""
    (line,) = decided([text], "Atlantis").lines.to_dict("records")
    assert line["number"] == "85235753351"
    assert "'Atlantis'" in line["reason"]


def test_repair_is_said_once() -> None:
    """What was put right is said of a cell once, though its column decides about it again."""
    found = decided(["11 15 2345-6789", "91123456789.0"], "AR")
    assert numbers(found) == ["5491123456789"] * 2
    assert list(found.lines["reason"]) == [
        "repaired: Argentine 15 written as 9",
        "repaired: .0 removed",
    ]


def test_repair_is_said_of_what_the_column_decides() -> None:
    """Also where the cell alone would have been ambiguous."""
    doubtful = next(one for one in CHINESE if valid_abroad(one))
    assert "ambiguous" in reasons(decided([f"{doubtful}.0"]))
    found = decided([*CHINESE, f"{doubtful}.0"], "CN")
    assert numbers(found)[-1] == f"86{doubtful}"
    assert list(found.lines["reason"])[-1] == "repaired: .0 removed"


def test_lines_of_a_split_cell() -> None:
    """Each number has a line of its own, and `cell` says whose it is; the types are fixed."""
    found = decided(["+85235753351", "+85235753351; +85291234567", "x"])
    assert list(found.lines["cell"]) == [0, 1, 1, 2]
    assert list(found.lines.columns) == ["cell", "number", "country", "type", "reason"]
    assert list(found.lines.index) == [0, 1, 2, 3]
    empty = decided([]).lines
    assert list(empty.dtypes) == list(found.lines.dtypes)
    assert {str(one) for one in empty.dtypes[1:]} == {"str"}


def test_cells_keep_their_order_under_any_index() -> None:
    """`cell` is a position: the index of `cells` is nothing to it."""
    cells = pd.DataFrame(
        {"original": ["x", "+85235753351"], "kind": "text", "region": ""}, index=[7, 3]
    )
    assert list(normalize(cells).lines["number"]) == ["", "85235753351"]


def test_columns_are_told_apart() -> None:
    """One column's convention is nothing to another one."""
    cells = pd.DataFrame(
        {
            "sheet": "Sheet1",
            "row": range(len(CODED) + 1),
            "column": ["Phone 1"] * len(CODED) + ["Phone 2"],
            "original": [*CODED, next(one for one in CODED if fits_in("ID", one))],
            "kind": "text",
            "region": "",
        }
    )
    found = normalize(cells)
    assert numbers(found)[0] == CODED[0]
    assert numbers(found)[-1] == ""


def test_progress_adds_up() -> None:
    """What progress is told adds up to the cells."""
    told: list[int] = []
    cells = pd.DataFrame({"original": ["x", "y", "x"], "kind": "text", "region": ""})
    normalize(cells, PhoneOptions(), told.append)
    assert sum(told) == 3


def test_sum_below_its_column() -> None:
    """A sum is no number, though it has no label; the same digits elsewhere are one."""
    some = abroad("DE", GERMAN[:3])
    total = str(sum(map(int, some)))
    found = decided([*some, total], "DE")
    assert numbers(found) == [*some, ""]
    assert list(found.lines["reason"])[-1] == "a total, no phone number"
    assert "total" not in next(iter(decided([total, *some], "DE").lines["reason"]))
