"""Recognise totals among the formulas of an .xlsb by their tokens: [MS-XLSB], 2.5.97.

A formula is stored with its operands before its functions, so that it is followed with a stack. Of
each operand only one thing counts: whether its value is made of a total.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from xlrd.formula import func_defs

from importer.reading.other.xls_records import has_total_token
from importer.reading.tables.totals import function_gives_total

if TYPE_CHECKING:
    from collections.abc import Sequence

_FIXED = {number: (name, least) for number, (name, least, *_) in func_defs.items()} | {
    480: ("IFERROR", 2),
    481: ("COUNTIFS", 2),
    482: ("SUMIFS", 3),
    483: ("AVERAGEIF", 2),
    484: ("AVERAGEIFS", 3),
}
"""For each function number, its name and its least number of arguments."""
_BY_NAME = 255
"""A call of a function that has no number: its first argument is its name."""
_EXPRESSION = 0x01
_BINARY, _UNARY = range(0x03, 0x12), range(0x12, 0x16)
_TEXT, _LIST, _ATTRIBUTE = 0x17, 0x18, 0x19
_CALL, _CALL_MANY, _NAME = 0x21, 0x22, 0x23
_CONSTANTS = {0x16: 0, 0x1C: 1, 0x1D: 1, 0x1E: 2, 0x1F: 8}
_REFERENCES = dict(
    [
        *((0x20, 14), (0x24, 6), (0x25, 12), (0x2A, 6), (0x2B, 12), (0x2C, 6), (0x2D, 12)),
        *((0x39, 6), (0x3A, 8), (0x3B, 14), (0x3C, 8), (0x3D, 14)),
    ]
)
_OPERANDS = _CONSTANTS | _REFERENCES
"""For each kind of operand token, the bytes after its first."""
_NOTED = {0x26: 6, 0x27: 6, 0x28: 6, 0x29: 2}
"""Tokens that precede a computed reference and push nothing themselves."""
_CHOOSE, _SUM = 0x04, 0x10
_LISTS = {0x19: 12, 0x1D: 4}


def shares(tokens: bytes) -> bool:
    """Whether a cell's formula is one that several cells share."""
    return tokens[:1] == bytes([_EXPRESSION])


def gives_total(tokens: bytes, names: Sequence[str]) -> bool:
    """Whether a formula's value is made of a total; `names` are those the workbook defines.

    Where a token is not understood, any sign of a total counts.
    """
    stack: list[tuple[bool, str]] = []
    try:
        at = 0
        while at < len(tokens):
            at = _take(tokens, at, stack, names)
        [(total, _)] = stack
    except (IndexError, KeyError, ValueError, struct.error):
        return has_total_token(tokens)
    return total


def _take(tokens: bytes, at: int, stack: list[tuple[bool, str]], names: Sequence[str]) -> int:
    """Take the token at a place, and return where the next one is."""
    kind = tokens[at]
    kind = kind & 0x1F | 0x20 if kind >= 0x40 else kind
    at += 1
    if kind in _OPERANDS or kind in {_TEXT, _LIST, _NAME}:
        size, name = _operand(tokens, at, kind, names)
        stack.append((False, name))
        return at + size
    if kind == _ATTRIBUTE:
        return _take_attribute(tokens, at, stack)
    if kind in _NOTED:
        return at + _NOTED[kind]
    if kind == _CALL:
        _call(stack, *_FIXED[_u16(tokens, at)])
        return at + 2
    if kind == _CALL_MANY:
        _call_many(stack, _u16(tokens, at + 1) & 0x7FFF, tokens[at])
        return at + 3
    if kind in _BINARY:
        _call(stack, "", 2, of_arguments=True)
    elif kind not in _UNARY:
        raise ValueError("a token that is not known")
    return at


def _operand(tokens: bytes, at: int, kind: int, names: Sequence[str]) -> tuple[int, str]:
    """Return an operand's length and, if it is a defined name, that name."""
    if kind == _TEXT:
        return 2 + 2 * _u16(tokens, at), ""
    if kind == _LIST:
        return 1 + _LISTS[tokens[at]], ""
    if kind == _NAME:
        index = struct.unpack_from("<I", tokens, at)[0] - 1
        return 4, names[index] if index < len(names) else ""
    return _OPERANDS[kind], ""


def _take_attribute(tokens: bytes, at: int, stack: list[tuple[bool, str]]) -> int:
    if tokens[at] & _SUM:
        stack[-1] = (True, "")
    if tokens[at] & _CHOOSE:
        return at + 3 + 2 * (_u16(tokens, at + 1) + 1)
    return at + 3


def _call_many(stack: list[tuple[bool, str]], function: int, count: int) -> None:
    if function == _BY_NAME:
        name = stack[-count][1]
        del stack[-count]
        _call(stack, name, count - 1)
    else:
        _call(stack, _FIXED[function][0], count)


def _call(
    stack: list[tuple[bool, str]], name: str, count: int, *, of_arguments: bool = False
) -> None:
    """Replace a function's arguments on the stack by its result."""
    if count > len(stack):
        raise ValueError("too few arguments")
    arguments = [total for total, _ in stack[len(stack) - count :]]
    del stack[len(stack) - count :]
    stack.append((any(arguments) if of_arguments else function_gives_total(name, arguments), ""))


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])
