"""Numbers to groups: what is double, who goes with whom, and what each group is called. Pure."""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from importer.batch.input.duplicates import ACCEPTED
from importer.batch.planning.fingerprint import joined, token
from importer.columns.buffers import texts_of
from importer.model import Group

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import date

    from numpy.typing import NDArray

TEMPLATE_FIELDS = ("file", "country", "value", "seq", "date", "batch")

FORGOTTEN = "\N{HORIZONTAL ELLIPSIS}"
"""What stands in a group's name for a value of the list that was forgotten."""

_TOO_WIDE = re.compile(r"\d{3}")
"""In a format: `{seq:999999999}` would fill the memory with zeros."""
_GAP = "\0"
NameParts: TypeAlias = tuple[str, ...]
"""What stands around the number in a group's name; one text where it has none."""


GroupFacts: TypeAlias = tuple[str, int, str, str]
"""Of a group: its numbers, how many they are, their country, and what they have in common."""


class TemplateError(ValueError):
    """The template of group names can't be used; the text says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class GroupingOptions:
    """How numbers become groups."""

    batch: str
    file: str
    """The input's name without its ending."""
    date: date
    size: int
    by: str
    """`country`, `none`, or one of the input's columns."""
    name: str
    remark: str


def make_groups(
    lines: pd.DataFrame,
    plan: GroupingOptions,
    values: pd.Series | None = None,
    first_number: Callable[[Collection[NameParts]], int] = lambda _: 1,
) -> list[Group]:
    """Cut the accepted numbers into groups of at most `plan.size`, in the input's order.

    `values` are the texts of the column to group by, where `plan.by` names one. The groups are
    numbered from 1. `first_number` is given what stands around the number in their names, and
    returns the number in the first name.

    Raises:
        TemplateError: the template has unknown fields or gives two groups the same name.
    """
    accepted = np.flatnonzero(lines["status"] == ACCEPTED)
    if not len(accepted):
        return []
    countries, names = pd.factorize(lines["country"].array[accepted])
    keys, different = countries, names
    if plan.by != "country":
        keys, different = pd.factorize(_values(lines.index[accepted], plan.by, values))
    seqs = _seqs(keys, plan.size)
    # Integers of two bytes or less are sorted in half the time.
    order = np.argsort(seqs.astype(np.min_scalar_type(seqs.max())), kind="stable")
    bounds = np.flatnonzero(np.diff(seqs[order], prepend=-1, append=-1))
    numbers = texts_of(lines["number"]).take(pa.array(accepted[order]))
    of_each = list(
        zip(
            joined(numbers, bounds),
            np.diff(bounds).tolist(),
            _countries(countries[order], names, bounds[:-1]),
            map(str, different[keys[order[bounds[:-1]]]]),
            strict=True,
        )
    )
    return named(of_each, plan, first_number)


def named(
    of_each: Sequence[GroupFacts],
    plan: GroupingOptions,
    first_number: Callable[[Collection[NameParts]], int],
) -> list[Group]:
    """Return groups in their order, with the names and marks that a plan gives them.

    Raises:
        TemplateError: the template has unknown fields or gives two groups the same name.
    """
    around = {_name_parts(plan, country, value) for _, _, country, value in of_each}
    if groups_by_column(plan.by) and puts_value(plan.name):
        # Names whose values were forgotten may be those of today's values.
        around |= {_name_parts(plan, country, FORGOTTEN) for _, _, country, _ in of_each}
    first = first_number([parts for parts in around if len(parts) > 1])
    groups = [_group(seq, first - 1 + seq, plan, *one) for seq, one in enumerate(of_each, 1)]
    check_unique([group.name for group in groups])
    return groups


def _countries(
    codes: NDArray[np.int64], names: Sequence[str], begins: NDArray[np.int64]
) -> list[str]:
    """Return the country of each group's numbers, `mixed` where they have several."""
    least, most = np.minimum.reduceat(codes, begins), np.maximum.reduceat(codes, begins)
    pairs = zip(least.tolist(), most.tolist(), strict=True)
    return [str(names[one]) if one == other else "mixed" for one, other in pairs]


def _seqs(codes: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Return the group of each number, from 0, in the order in which the groups begin."""
    place = pd.Series(codes).groupby(codes).cumcount().to_numpy() // size
    seqs, _ = pd.factorize(codes * (len(codes) + 1) + place)
    return seqs


def groups_by_column(by: str) -> bool:
    """Return whether groups are of one value each of a column of the input."""
    return by not in {"country", "none"}


def puts_value(template: str) -> bool:
    """Return whether a template puts the group's value into its name."""
    return any(field == "value" for _, field, _, _ in string.Formatter().parse(template))


def halve(batch: str, group: Group, seq: int) -> tuple[Group, Group]:
    """Cut a group in two; the halves get the places `seq` and `seq + 1` and names of their own."""
    phones = group.phones.split(",")
    middle = (len(phones) + 1) // 2
    remark = group.remark.replace(group.token, "", 1).strip()
    first, second = (
        Group(
            seq=seq + at,
            name=f"{group.name}.{at + 1}",
            country=group.country,
            remark=f"{token(batch, seq + at)} {remark}".strip(),
            phones=",".join(part),
            size=len(part),
        )
        for at, part in enumerate((phones[:middle], phones[middle:]))
    )
    return first, second


def _values(of: pd.Index, by: str, values: pd.Series | None) -> pd.Series:
    """Return what numbers other than by country go together by, for some lines."""
    if by == "none" or values is None:
        return pd.Series("", index=of, dtype="str")
    return values.loc[of]


def _group(
    seq: int,
    number: int,
    plan: GroupingOptions,
    phones: str,
    size: int,
    country: str,
    value: str,
) -> Group:
    return Group(
        seq=seq,
        name=name_of(plan, number, country, value),
        country=country,
        # A vendor that cuts remarks keeps the token, which makes the group findable.
        remark=f"{token(plan.batch, seq)} {plan.remark}".strip(),
        phones=phones,
        size=size,
    )


class _Gap(int):
    """A number that shows as a character that no name has."""

    def __format__(self, form: str) -> str:
        return _GAP


def _name_parts(plan: GroupingOptions, country: str, value: str) -> NameParts:
    return tuple(name_of(plan, _Gap(), country, value).split(_GAP))


def name_of(plan: GroupingOptions, number: int, country: str, value: str) -> str:
    """Return a group's name; `value` is what its numbers have in common."""
    fields: dict[str, str | int] = {
        "file": plan.file,
        "country": country,
        "value": value,
        "seq": number,
        "date": plan.date.isoformat(),
        "batch": plan.batch,
    }
    return render_name(plan.name, fields)


def render_name(template: str, fields: Mapping[str, str | int]) -> str:
    """Fill a template such as `{file} {country} {seq:03}`.

    Only whole fields with a format are understood; `{file.x}` and `{file[0]}`, which Python would
    follow into its own objects, are not.

    Raises:
        TemplateError: a brace is not closed, or a field or its format is unknown.
    """
    parts = []
    try:
        for literal, name, form, conversion in string.Formatter().parse(template):
            parts.append(literal)
            if name is None:
                continue
            if name not in fields or conversion:
                raise TemplateError(_unknown_field(name))
            if _TOO_WIDE.search(form or ""):
                raise TemplateError(f"the format '{form}' of '{{{name}}}' is wider than 99")
            parts.append(format(fields[name], form or ""))
    except TemplateError:
        raise
    except ValueError as error:
        raise TemplateError(f"the template '{template}' can't be read ({error})") from error
    # A file's name may hold bytes that are no text, which neither JSON nor the journal can hold.
    text = "".join(parts).encode(errors="replace").decode()
    return " ".join(text.split())


def _unknown_field(name: str) -> str:
    known = ", ".join(f"{{{field}}}" for field in TEMPLATE_FIELDS)
    return f"'{{{name}}}' is not a field of group names: there are {known}"


def check_template(template: str, date_today: date) -> None:
    """Try a template on made-up values, so that a bad one fails before anything is read.

    Raises:
        TemplateError: the template can't be used.
    """
    sample: dict[str, str | int] = {
        "file": "a",
        "country": "HK",
        "value": "a",
        "seq": 1,
        "batch": "a",
    }
    render_name(template, {**sample, "date": date_today.isoformat()})


def check_unique(names: Sequence[str]) -> None:
    """Make sure that no two groups have one name.

    Raises:
        TemplateError: two have.
    """
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise TemplateError(f"two groups would be called '{name}': add {{seq}} to the template")
        seen.add(name)
