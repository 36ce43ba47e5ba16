"""Which formulas give a total: such a number is of nobody."""

from __future__ import annotations

import time

import pytest

from importer.reading.tables.totals import function_gives_total, is_total


@pytest.mark.parametrize(
    "formula",
    [
        "SUM(B1:B9)",
        "sum (B1:B9)",
        "+SUM(B1:B9)+1",
        "ROUND(AVERAGE(B:B),0)",
        '"+"&SUM(B1)',
        'TEXT(SUBTOTAL(9,B1:B9),"0")',
        "IF(A1>0,SUM(B1),B2)",
        "_xlfn.AGGREGATE(9,6,B1)",
        "LET(_xlpm.x,SUM(B1),_xlpm.x)",
        "_xlfn.BYROW(B1:C9,_xleta.SUM)",
        "_xlfn.REDUCE(0,B1:B9,_xlfn.LAMBDA(_xlpm.a,_xlpm.b,_xlpm.a+_xlpm.b))",
        "QUARTILE(B1:B9,2)",
        "_xlfn.PERCENTILE.INC(B1:B9,0.5)",
    ],
)
def test_totals(formula: str) -> None:
    """Sums, counts, averages and quantiles, also inside functions that pass a value on."""
    assert is_total(formula)


@pytest.mark.parametrize(
    "formula",
    [
        "B1",
        "B1+0",
        "VLOOKUP(A1,B:C,2,0)",
        "INDEX(B:B,COUNTA(A:A))",
        'IF(COUNTIF(B:B,B2)>1,"",B2)',
        "MAX(B1:B9)",
        '"SUM(B1)"&B2',
        "'SUM(B1)'!B2",
        "Table1[SUM(x)]",
        "SUMMARY!B1",
        "_xlfn.BYROW(B1:C9,_xleta.MAX)",
    ],
)
def test_no_totals(formula: str) -> None:
    """Values that are looked up or chosen are somebody's; what only chooses them is no part."""
    assert not is_total(formula)


def test_functions() -> None:
    """A function that passes a value on gives a total where one of its arguments is one."""
    assert function_gives_total("SUM", [False])
    assert function_gives_total("_xlfn.CONCAT", [False, True])
    assert not function_gives_total("INDEX", [False, True])
    assert not function_gives_total("IF", [True, False])


@pytest.mark.parametrize("piece", ["SUM", "SUM ", "(", "IF(", "_xleta.", '"', "'", "[", "a.", " "])
def test_totals_take_linear_time(piece: str) -> None:
    """A formula full of one piece takes no longer than its length asks for."""
    began = time.process_time()
    is_total(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 10
