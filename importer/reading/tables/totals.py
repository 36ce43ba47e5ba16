"""Recognise formulas whose value is a sum, a count or an average, also when wrapped. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOTALS = frozenset(
    """
    SUM SUBTOTAL AGGREGATE COUNT COUNTA COUNTBLANK COUNTIF COUNTIFS SUMIF SUMIFS SUMPRODUCT SUMSQ
    AVERAGE AVERAGEA AVERAGEIF AVERAGEIFS MEDIAN GEOMEAN HARMEAN TRIMMEAN PRODUCT STDEV STDEVP
    STDEV.S STDEV.P VAR VARP VAR.S VAR.P ROWS COLUMNS DSUM DCOUNT DCOUNTA DAVERAGE MMULT SERIESSUM
    DPRODUCT STDEVA STDEVPA VARA VARPA SUMX2MY2 SUMX2PY2 SUMXMY2 PERCENTILE PERCENTILE.INC
    PERCENTILE.EXC QUARTILE QUARTILE.INC QUARTILE.EXC REDUCE
    """.split()
)
_WRAPPERS = frozenset(
    """
    ROUND ROUNDUP ROUNDDOWN INT TRUNC ABS MROUND CEILING FLOOR CEILING.MATH FLOOR.MATH EVEN ODD N
    VALUE IFERROR IFNA IFS IF CHOOSE SWITCH TEXT FIXED CONCATENATE CONCAT T MOD QUOTIENT POWER SQRT
    SIGN MAX MIN LET TRIM LEFT RIGHT MID SUBSTITUTE DOLLAR
    """.split()
)
"""Functions whose result is made of their arguments' values."""
_CONDITIONAL = frozenset(["IF", "IFS", "SWITCH", "CHOOSE"])
"""Functions whose first argument chooses among the others."""
_SPACES = 9
"""How far before its bracket the name of a function may stand."""
_TOKEN = re.compile(r"""("(?:[^"])*"?|'[^']*'?|\[[^\[\]]*\])|([A-Za-z_][\w.]*)|([(),;])""")
_AS_VALUE = "_xleta."
"""What stands before a function that is given to another one, as in `BYROW(A1:B9,_xleta.SUM)`."""
_PREFIXES = (_AS_VALUE, "_xlfn.", "_xlws.", "com.sun.star.sheet.addin.analysis.get")


def is_total(formula: str) -> bool:
    """Whether a formula's value is made of a total.

    A total that only decides something, as in `IF(COUNTIF(A:A,A2)>1,"twice",A2)`, doesn't count.
    """
    open_functions: list[tuple[str, int]] = []
    hidden = 0
    name = ""
    for match in _TOKEN.finditer(formula):
        _, word, sign = match.groups()
        if sign == "(":
            if not hidden and name in _TOTALS:
                return True
            opaque = bool(name) and name not in _WRAPPERS
            open_functions.append((name, opaque or name in _CONDITIONAL))
            hidden += open_functions[-1][1]
        elif sign == ")" and open_functions:
            hidden -= open_functions.pop()[1]
        elif sign in {",", ";"} and open_functions and open_functions[-1][0] in _CONDITIONAL:
            hidden -= open_functions[-1][1]
            open_functions[-1] = (open_functions[-1][0], False)
        is_called = word and formula[match.end() : match.end() + _SPACES].lstrip()[:1] == "("
        name = _without_prefix(word).upper() if is_called else ""
        if word and _AS_VALUE in word and _without_prefix(word).upper() in _TOTALS:
            return True
    return False


def function_gives_total(name: str, arguments: Sequence[bool]) -> bool:
    """Whether a function's value is made of a total, by which of its arguments are."""
    name = _without_prefix(name).upper()
    if name in _TOTALS:
        return True
    counted = arguments[1:] if name in _CONDITIONAL else arguments
    return name in _WRAPPERS and any(counted)


def _without_prefix(word: str) -> str:
    for prefix in (*_PREFIXES, *_PREFIXES):
        word = word.removeprefix(prefix)
    return word
