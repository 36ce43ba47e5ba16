"""The CRC-32 of bytes that are one after the other, out of the CRC-32 of each. Pure.

A CRC is what is left of the bytes, taken as one long polynomial over GF(2), when it is divided by
CRC-32's; the highest power is the lowest bit. To put bytes behind others multiplies those before by
x^8 for each. zlib does the same in C, where Python has no way to it: `crc32_combine`.
"""

from __future__ import annotations

from functools import cache

_DIVISOR = 0xEDB88320
_ONE, _X_TO_8 = 1 << 31, 1 << 23


def joined(before: int, after: int, length: int) -> int:
    """Return the CRC-32 of bytes, and `length` bytes after them, by the CRC-32 of both."""
    return _product(before, _moved(length)) ^ after


def _moved(length: int) -> int:
    """Return what is left of x^8 to the power of `length`."""
    moved = _ONE
    for bit in range(length.bit_length()):
        if length >> bit & 1:
            moved = _product(moved, _square(bit))
    return moved


@cache
def _square(times: int) -> int:
    """Return what is left of x^8, squared so many times."""
    return _X_TO_8 if times == 0 else _product(_square(times - 1), _square(times - 1))


def _product(one: int, other: int) -> int:
    """Return what is left of a product."""
    product = 0
    while one:
        if one & _ONE:
            product ^= other
        one = one << 1 & 0xFFFFFFFF
        other = other >> 1 ^ (_DIVISOR if other & 1 else 0)
    return product
