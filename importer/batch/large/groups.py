"""The third pass over a list: its numbers go into groups, in the order of its lines."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from importer.batch.large.blocks import OTHER, column, numbers_in
from importer.batch.large.passes.decisions import duplicates_of
from importer.batch.planning import grouping
from importer.phones.careful import first_of_each

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from importer.batch.large.passes.decisions import DecidedList
    from importer.batch.planning.grouping import GroupingOptions, NameParts
    from importer.model import Group

_PLACES = 2**40
"""More than a list has lines."""
MIXED = "mixed"
_WINDOW = 1_000_000
"""Lines whose groups are read at once."""


@dataclass(slots=True)
class Grouped:
    """The groups of a list, and on disk the group of each line."""

    path: Path
    """The number of the group of each line, 0 for none, as 32-bit integers."""
    sizes: list[int] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    """What the numbers of each group have in common."""
    by_country: Counter[str] = field(default_factory=Counter)
    """Numbers that go into a group."""

    @property
    def planned(self) -> int:
        """How many numbers go into groups."""
        return sum(self.sizes)

    def seqs(self, begin: int, end: int) -> NDArray[np.int32]:
        """Return the groups of some lines."""
        with self.path.open("rb") as file:
            file.seek(4 * begin)
            return np.fromfile(file, dtype=np.int32, count=end - begin)

    def seqs_of(self, lines: NDArray[np.int64]) -> NDArray[np.int32]:
        """Return the groups of lines anywhere in the list."""
        if not len(lines):
            return np.zeros(0, dtype=np.int32)
        order = np.argsort(lines)
        found = np.empty(len(lines), dtype=np.int32)
        windows = lines[order] // _WINDOW
        for at in np.split(order, np.flatnonzero(np.diff(windows)) + 1):
            begin = int(lines[at[0]]) // _WINDOW * _WINDOW
            found[at] = self.seqs(begin, begin + _WINDOW)[lines[at] - begin]
        return found


def no_lines(block: int) -> NDArray[np.int64]:
    """Leave out none of a block's lines."""
    return np.zeros(0, dtype=np.int64)


def group(
    decided: DecidedList,
    plan: GroupingOptions,
    path: Path,
    left_out: Callable[[int], NDArray[np.int64]] = no_lines,
) -> Grouped:
    """Cut the numbers of a list into groups, as `grouping.make_groups` does for one in memory.

    `left_out` gives the lines of a block that go into no group, counted from its first.
    """
    grouped = Grouped(path)
    keys = _Keys(plan.size)
    with path.open("wb") as file:
        for block in range(len(decided.blocks)):
            accepted = accepted_in(decided, block)
            accepted[left_out(block)] = False
            at = np.flatnonzero(accepted)
            _group_block(decided, block, at, plan.by, grouped, keys).tofile(file)
    return grouped


def accepted_in(decided: DecidedList, block: int) -> NDArray[np.bool_]:
    """Return which lines of a block have a number that no earlier line has."""
    accepted: NDArray[np.bool_] = numbers_in(decided.blocks.read(block, ["number"])) > 0
    accepted[duplicates_of(decided, block)[:, 0]] = False
    return accepted


def _group_block(
    decided: DecidedList,
    block: int,
    at: NDArray[np.int64],
    by: str,
    grouped: Grouped,
    keys: _Keys,
) -> NDArray[np.int32]:
    """Return the group of each line of a block, 0 for none; those `at` these go into one."""
    wanted = ["number", "country", *([f"{OTHER}{by}"] if grouping.groups_by_column(by) else [])]
    table = decided.blocks.read(block, wanted)
    seqs = np.zeros(len(table), dtype=np.int32)
    if not len(at):
        return seqs
    where = pa.array(at)
    countries = column(table, "country").take(where)
    for one in pc.value_counts(countries.dictionary_decode()).to_pylist():
        grouped.by_country[one["values"]] += one["counts"]
    texts = countries if by == "country" else _values(table, by, where)
    found = keys.add(texts, len(grouped.sizes))
    seqs[at] = found.seqs
    grouped.values += found.begun
    grouped.sizes += [0] * len(found.begun)
    _count_sizes(grouped, found.seqs)
    _note_countries(grouped, found.seqs, countries)
    return seqs


def _values(table: pa.Table, by: str, where: pa.Array) -> pa.DictionaryArray:
    """Return what each number has in common with others, other than its country."""
    name = f"{OTHER}{by}"
    if by == "none" or name not in table.column_names:
        return pa.repeat(pa.scalar("", pa.large_string()), len(where)).dictionary_encode()
    return as_texts(column(table, name).take(where)).fill_null("").dictionary_encode()


def as_texts(values: pa.Array) -> pa.Array:
    """Return a column's texts as a sheet shows them: a whole number without `.0`."""
    if pa.types.is_floating(values.type):
        texts = [None if one is None else f"{one:.15g}" for one in values.to_pylist()]
        return pa.array(texts, pa.large_string())
    if pa.types.is_timestamp(values.type) or pa.types.is_boolean(values.type):
        shown = pd.Series(values.to_pandas()).astype("str").where(values.is_valid().to_pandas())
        return pa.Array.from_pandas(shown).cast(pa.large_string())
    return values.cast(pa.large_string())


def _count_sizes(grouped: Grouped, seqs: NDArray[np.int32]) -> None:
    different, counts = np.unique(seqs, return_counts=True)
    for seq, count in zip(different.tolist(), counts.tolist(), strict=True):
        grouped.sizes[seq - 1] += count


def _note_countries(
    grouped: Grouped, seqs: NDArray[np.int32], countries: pa.DictionaryArray
) -> None:
    """Note each group's country, `mixed` where its numbers have several."""
    grouped.countries += [""] * (len(grouped.sizes) - len(grouped.countries))
    names = countries.dictionary.to_pylist()
    codes = countries.indices.to_numpy().astype(np.int64)
    pairs = np.unique(seqs.astype(np.int64) * len(names) + codes)
    for pair in pairs.tolist():
        seq, code = divmod(pair, len(names))
        before = grouped.countries[seq - 1]
        grouped.countries[seq - 1] = names[code] if before in {"", names[code]} else MIXED


@dataclass(frozen=True, slots=True)
class _Found:
    seqs: NDArray[np.int32]
    begun: list[str]
    """What each of the groups has in common that begin here."""


class _Keys:
    """For each thing that groups have in common, how many numbers had it, and its last group."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._ids: dict[str, int] = {}
        self._counts = np.zeros(0, dtype=np.int64)
        self._last = np.zeros(0, dtype=np.int64)

    def add(self, texts: pa.DictionaryArray, groups: int) -> _Found:
        """Put numbers into groups by their texts; so many groups there are already."""
        names = texts.dictionary.to_pylist()
        id_of = np.array(
            [self._ids.setdefault(one, len(self._ids)) for one in names], dtype=np.int64
        )
        new = len(self._ids) - len(self._counts)
        self._counts = np.concatenate([self._counts, np.zeros(new, dtype=np.int64)])
        self._last = np.concatenate([self._last, np.zeros(new, dtype=np.int64)])
        ids = id_of[texts.indices.to_numpy()]
        within = pd.Series(ids).groupby(ids).cumcount().to_numpy()
        places = self._counts[ids] + within
        codes, _ = pd.factorize(ids * _PLACES + places // self._size)
        firsts = first_of_each(codes)
        begins = places[firsts] % self._size == 0
        seqs = np.where(begins, groups + np.cumsum(begins), self._last[ids[firsts]])
        np.maximum.at(self._last, ids[firsts], seqs)
        np.add.at(self._counts, ids, 1)
        begun = [names[texts.indices[int(at)].as_py()] for at in firsts[begins]]
        return _Found(seqs[codes].astype(np.int32), begun)


def groups_of(
    grouped: Grouped,
    plan: GroupingOptions,
    first_number: Callable[[Collection[NameParts]], int] = lambda _: 1,
) -> list[Group]:
    """Return the groups by name, without their numbers; see `grouping.make_groups`.

    Raises:
        TemplateError: the template gives two groups the same name.
    """
    facts = zip(grouped.sizes, grouped.countries, grouped.values, strict=True)
    of_each = [("", size, country, value) for size, country, value in facts]
    return grouping.named(of_each, plan, first_number) if of_each else []


def names_by_seq(groups: Sequence[Group]) -> pa.Array:
    """Return the groups' names by their number; "" for 0."""
    return pa.array(["", *(one.name for one in groups)], pa.large_string())
