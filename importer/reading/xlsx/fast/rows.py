"""Finds the rows of a block of plain XML: their numbers and the cells of each column."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from importer.reading.tables.totals import is_total
from importer.reading.xlsx.fast.cells import Cells, Form
from importer.reading.xlsx.fast.tags import MASKS, WORD, Kind, NotPlainError, Order, Tags
from importer.reading.xlsx.fast.texts import as_texts

if TYPE_CHECKING:
    from importer.reading.tables.columnar import Flags, Places
    from importer.reading.xlsx.fast.tags import Bytes

WIDEST = 60
"""Columns of a sheet that is read here, and fewer than two letters name."""
_NEXT_ROW = (Kind.ROW, Kind.EMPTY_ROW)
_NEXT_CELL = (Kind.CELL, Kind.EMPTY_CELL, Kind.ROW_END)
_ORDER = Order(
    {
        Kind.ROW: _NEXT_CELL,
        Kind.EMPTY_ROW: _NEXT_ROW,
        Kind.ROW_END: _NEXT_ROW,
        Kind.CELL: (
            Kind.VALUE,
            Kind.INLINE,
            Kind.FORMULA,
            Kind.LONG_FORMULA,
            Kind.EMPTY_FORMULA,
        ),
        Kind.FORMULA: (Kind.FORMULA_END,),
        Kind.LONG_FORMULA: (Kind.FORMULA_END,),
        Kind.EMPTY_FORMULA: (Kind.VALUE,),
        Kind.FORMULA_END: (Kind.VALUE,),
        Kind.EMPTY_CELL: _NEXT_CELL,
        Kind.CELL_END: _NEXT_CELL,
        Kind.VALUE: (Kind.VALUE_END,),
        Kind.VALUE_END: (Kind.CELL_END,),
        Kind.INLINE: (Kind.TEXT, Kind.KEPT_TEXT),
        Kind.TEXT: (Kind.TEXT_END,),
        Kind.KEPT_TEXT: (Kind.TEXT_END,),
        Kind.TEXT_END: (Kind.INLINE_END,),
        Kind.INLINE_END: (Kind.CELL_END,),
    },
    first=_NEXT_ROW,
)
_ROW_START, _CELL_START = len(b'<row r="'), len(b'<c r="')
_LONG_FORMULA = re.compile(rb'<f(?: [a-z][A-Za-z0-9]*="[^"<>&]*")+/>')
_WITH_TEXT = '^<f(?: [a-z][A-Za-z0-9]*="[^"<>&]*")+>'
_MAYBE_TOTAL = (
    "SUM|COUNT|AVERAGE|AGGREGATE|SUBTOTAL|MEDIAN|MEAN|PRODUCT|STDEV|VAR|ROWS|COLUMNS|MMULT"
    "|PERCENTILE|QUARTILE|REDUCE"
)
"""What is in the name of each function that gives a total."""
_LONGEST = 7
"""Digits of a row's number."""
_ZERO, _A, _QUOTE = np.frombuffer(b'0A"', np.uint8)
_ATTRIBUTES = re.compile(rb'(?: [A-Za-z][\w:]*="[^"<>&\x80-\xff]*")* ?')
_HIDDEN = re.compile(rb' (?:hidden="(?:1|true|on)"|ht="0{1,9}(?:\.0{0,9})?")')
_ROW_STYLE = re.compile(rb' s="([^"]*)"')
_NAME = re.compile(rb' ([A-Za-z][\w:]*)="')


class PlainRows:
    """Some rows, in their order."""

    def __init__(self, block: bytes) -> None:
        """Take a block of XML that holds rows.

        Raises:
            NotPlainError: it holds anything else, or rows that aren't plain.
        """
        self._tags = tags = Tags(block, _ORDER)
        self._rows = tags.where(Kind.ROW, Kind.EMPTY_ROW)
        self._cells = tags.where(Kind.CELL, Kind.EMPTY_CELL)
        starts = tags.starts[self._rows] + _ROW_START
        self._digits = _digits(tags, starts)
        self.numbers = _numbers(tags.words[starts], self._digits)
        """As Excel shows them, rising."""
        self.prefixes: set[bytes] = set()
        """Prefixes of the rows' attributes, which have to be declared above them."""
        self.styles: set[str] = set()
        """Styles of whole rows."""
        self.hidden = self.numbers[self._are_hidden(starts + self._digits + 1)]
        """The numbers of hidden rows."""
        self._place_cells()
        self._note_contents()

    def _are_hidden(self, starts: Places) -> Flags:
        """Read the other attributes of the rows' tags, each distinct text once."""
        ends = self._attributes_end(self._rows, Kind.EMPTY_ROW)
        coded = self._tags.cut(starts, ends).dictionary_encode()
        texts = coded.dictionary.to_pylist()
        for text in texts:
            self.prefixes |= _attribute_prefixes(text)
            self.styles.update(style.decode() for style in _ROW_STYLE.findall(text))
        hidden = [bool(_HIDDEN.search(text)) for text in texts]
        flags: Flags = np.array(hidden, np.bool_).take(coded.indices.to_numpy())
        return flags

    def _attributes_end(self, which: Places, empty: int) -> Places:
        closed = self._tags.kinds[which] == empty
        return self._tags.ends[which] - np.where(closed, len(b"/>"), len(b">"))

    def _place_cells(self) -> None:
        """Find each cell's row and column, and make sure that its reference says the same."""
        tags = self._tags
        starts = tags.starts[self._cells] + _CELL_START
        firsts = np.append(np.searchsorted(self._cells, self._rows), len(self._cells))
        self._row = np.repeat(np.arange(len(self._rows)), np.diff(firsts))
        self._column, letters = _columns(tags.bytes[starts], tags.bytes[starts + 1])
        # A row's digits with the quote behind them stand in its cells as well.
        masks = MASKS[self._digits + 1]
        wanted = tags.words[tags.starts[self._rows] + _ROW_START] & masks
        starts += letters
        if ((tags.words[starts] & masks[self._row]) != wanted[self._row]).any():
            raise NotPlainError
        if (np.diff(self._row * WIDEST + self._column) <= 0).any():
            raise NotPlainError
        ends = self._attributes_end(self._cells, Kind.EMPTY_CELL)
        coded = tags.cut(starts + self._digits[self._row] + 1, ends).dictionary_encode()
        self._codes = coded.indices.to_numpy()
        self._attributes = [*coded.dictionary.to_pylist(), b""]

    def _note_contents(self) -> None:
        """Note the form of each cell's content, and where it begins and ends."""
        tags, cells = self._tags, self._cells
        following = np.where(tags.kinds[cells] == Kind.CELL, tags.kinds[cells + 1], 0)
        content = cells + 1
        self._total = np.zeros(len(cells), np.bool_)
        if following.max(initial=0) >= Kind.FORMULA:
            written = (following == Kind.FORMULA) | (following == Kind.LONG_FORMULA)
            self._total[written] = self._are_totals(cells[written] + 1)
            content = content + 2 * written + (following == Kind.EMPTY_FORMULA)
            following = np.where(following >= Kind.FORMULA, np.uint8(Kind.VALUE), following)
        self._form = np.zeros(len(cells), np.int64)
        self._start, self._end = tags.ends[cells].copy(), tags.ends[cells].copy()
        valued = following == Kind.VALUE
        self._form[valued] = Form.VALUE
        self._start[valued] = tags.starts[content[valued]] + len(b"<v>")
        self._end[valued] = tags.ends[content[valued]]
        inline = following == Kind.INLINE
        self._form[inline] = Form.INLINE
        self._start[inline], self._end[inline] = tags.texts(cells[inline] + 2)
        self._ensure_empty_formulas()

    def _ensure_empty_formulas(self) -> None:
        tags = self._tags
        empty = tags.where(Kind.EMPTY_FORMULA)
        texts = tags.cut(tags.starts[empty], tags.ends[empty]).unique().to_pylist()
        if not all(map(_LONG_FORMULA.fullmatch, texts)):
            raise NotPlainError

    def _are_totals(self, formulas: Places) -> Flags:
        """Return which formulas give a total; those that other cells share must not."""
        tags = self._tags
        raw = tags.cut(tags.starts[formulas], tags.ends[formulas])
        texts = as_texts(raw, entities=b"&" in tags.block)
        long = pa.array(tags.kinds[formulas] == Kind.LONG_FORMULA)
        if not pc.all(
            pc.match_substring_regex(texts.filter(long), _WITH_TEXT), min_count=0
        ).as_py():
            raise NotPlainError
        maybe = pc.match_substring_regex(texts, _MAYBE_TOTAL, ignore_case=True)
        found: Flags = maybe.to_numpy(zero_copy_only=False).copy()
        suspects = texts.filter(maybe).to_pylist()
        found[found] = [is_total(text.partition(">")[2]) for text in suspects]
        if (found & long.to_numpy(zero_copy_only=False)).any():
            raise NotPlainError
        return found

    @property
    def width(self) -> int:
        """How many columns there are down to the last that has a cell."""
        return int(self._column.max(initial=-1)) + 1

    def column(self, at: int) -> Cells:
        """Return one column's cells, one for each row; those that are missing are empty."""
        mine = np.flatnonzero(self._column == at)
        codes, form = self._codes[mine], self._form[mine]
        start, end = self._start[mine], self._end[mine]
        if len(mine) < len(self._rows):
            held = self._row[mine]
            codes = self._spread(codes, held, len(self._attributes) - 1)
            form = self._spread(form, held, Form.NOTHING)
            # What a missing cell holds begins and ends where that of the cell before ends.
            end = np.maximum.accumulate(self._spread(end, held, 0))
            starts = self._spread(start, held, -1)
            start = np.where(starts < 0, end, starts)
        total = self._total[mine]
        if len(mine) < len(self._rows):
            total = self._spread(total.astype(np.int64), self._row[mine], 0) > 0
        return Cells(self._attributes, codes, form, self._tags.cut(start, end), total)

    def _spread(self, values: Places, where: Places, other: int) -> Places:
        spread = np.full(len(self._rows), other, values.dtype)
        spread[where] = values
        return spread


def _digits(tags: Tags, starts: Places) -> Places:
    """Return how many digits the rows' numbers have; they rise, so none has fewer than the first.

    Where a quote stands by chance, what is before it will not be digits.
    """
    digits = np.zeros(len(starts), np.int64)
    for count in range(1, _LONGEST + 1):
        if tags.bytes[starts[0] + count] != _QUOTE and not digits[0]:
            continue
        digits[(digits == 0) & (tags.bytes[starts + count] == _QUOTE)] = count
        if digits.all():
            return digits
    raise NotPlainError


def _numbers(words: Places, digits: Places) -> Places:
    """Return the numbers that words begin with, by how many digits they have."""
    numbers = np.zeros(len(words), np.int64)
    for count in range(digits[0], digits.max() + 1):
        which = digits == count
        written = words[which].view(np.uint8).reshape(-1, WORD)[:, :count] - _ZERO
        if (written > 9).any() or not written[:, 0].all():
            raise NotPlainError
        numbers[which] = written @ 10 ** np.arange(count)[::-1]
    if (np.diff(numbers) <= 0).any():
        raise NotPlainError
    return numbers


def _columns(first: Bytes, second: Bytes) -> tuple[Places, Places]:
    """Return the columns, from 0, that references name by their first bytes, and their letters."""
    first, second = first - _A, second - _A
    double = second < 26
    columns = np.where(double, (first + 1) * np.int64(26) + second, first)
    if (first >= 26).any() or (columns >= WIDEST).any():
        raise NotPlainError
    return columns, 1 + double


@lru_cache(maxsize=1000)
def _attribute_prefixes(text: bytes) -> frozenset[bytes]:
    """Return the prefixes of a tag's attributes, of which none may be there twice."""
    names = _NAME.findall(text)
    if not _ATTRIBUTES.fullmatch(text) or len({*names, b"r"}) != len(names) + 1:
        raise NotPlainError
    if any(name.startswith(b"xml") or name.count(b":") > 1 for name in names):
        raise NotPlainError
    return frozenset(name.partition(b":")[0] for name in names if b":" in name)
