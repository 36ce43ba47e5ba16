"""Which column says the countries of the numbers: one whose header and cells both say so. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from importer.countries import understand_region
from importer.countries.names import common_names, name_key
from importer.countries.plans import fits
from importer.countries.subdivisions import states_that_have
from importer.reading.layout.content import Shape, count_digits, shape, text_of
from importer.reading.layout.headers import (
    CountryHeader,
    country_header,
    is_language,
    is_of_another_party,
    is_of_person,
    is_of_place,
    is_other,
    may_head_states,
    qualifier,
)
from importer.reading.tables.cells import as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from importer.reading.layout.table import Headed

_PAIRS = 300
"""Rows that are looked at, of those that have a phone number."""
_MOST = 0.8
"""Share of the cells that makes a column of countries."""
_SOME = 0.3
"""Share of the cells from which on it is not clear that it is none."""
_NO_NAMES = frozenset({"yes", "no", "y", "n", "true", "false", "ja", "nein", "oui", "non", "si"})
_CITY_CODES = {
    "区号": ("CN", "TW"), "區號": ("TW", "HK", "CN"), "vorwahl": ("DE", "AT", "CH"),
    "prefisso": ("IT",), "prefijo": ("ES", "MX", "AR"), "prefixo": ("BR", "PT"),
    "kengetal": ("NL",), "netnummer": ("NL",), "indicatif": ("FR",),
}  # fmt: skip
"""Headers of area codes too, and the countries whose people head them so."""
_ANY_CITY_CODES = ("US", "GB", "IN", "CN", "DE", "IT", "JP")


@dataclass(frozen=True, slots=True)
class Countries:
    """The country columns of each phone column, or those that a question is about."""

    columns: tuple[tuple[int, ...], ...] = ()
    unclear: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class _Pairs:
    """A column's cells beside the phone cells of the same rows."""

    headed: Headed
    at: int
    phones: tuple[tuple[str, ...], ...]
    """For each row that is looked at, what its phone columns hold."""
    lines: tuple[int, ...]
    """Where these rows stand among the lines to look at."""
    owners: frozenset[str]
    """The words of the phone columns' headers that tell whose they are."""

    @cached_property
    def name(self) -> str:
        return self.headed.name(self.at)

    @cached_property
    def header(self) -> CountryHeader:
        found = country_header(self.name)
        return min(found, CountryHeader.PERHAPS) if self.is_of_another_party else found

    @cached_property
    def is_of_another_party(self) -> bool:
        """Whether it is a supplier's country, say, beside phone numbers that are not said to be."""
        return is_of_another_party(self.name) and not self.owners & qualifier(self.name)

    @cached_property
    def texts(self) -> list[str]:
        cells = self.headed.cells(self.at)
        return [as_text(cells[line]).strip() for line in self.lines]

    @cached_property
    def held(self) -> list[str]:
        return [text for text in self.texts if text]

    @cached_property
    def regions(self) -> list[str | None]:
        """For each row the region that its cell means; "" where it is empty."""
        return [understand_region(text) if text else "" for text in self.texts]

    @property
    def share(self) -> float:
        """Share of the cells that are understood as countries."""
        return sum(map(bool, self.regions)) / max(1, len(self.held))

    @property
    def covers(self) -> int:
        """How many rows it says a country of."""
        return sum(map(bool, self.regions))

    @cached_property
    def fit(self) -> float:
        """Share of the rows whose number, where it has no `+`, is one of the country's."""
        tried = [
            fits(phone, region)
            for phones, region in zip(self.phones, self.regions, strict=True)
            for phone in phones
            if region and needs_country(phone)
        ]
        return sum(tried) / len(tried) if tried else 0.0

    @property
    def mostly_needed(self) -> bool:
        """Whether most rows have a number that says no country itself."""
        needed = sum(any(map(needs_country, phones)) for phones in self.phones)
        return 2 * needed > len(self.phones)

    @cached_property
    def tells_apart(self) -> bool:
        """Whether numbers of rows of other countries are none of the country that most rows say.

        Who is French and lives in the Netherlands has a number there that France has too: a column
        of nationalities says nothing of it.
        """
        most = max(filter(None, self.regions), key=self.regions.count, default=None)
        told = [
            fits(phone, region) and not fits(phone, most)
            for phones, region in zip(self.phones, self.regions, strict=True)
            for phone in phones
            if most and region and region != most and needs_country(phone)
        ]
        return bool(told) and sum(told) >= _MOST * len(told)

    @cached_property
    def is_bare_codes(self) -> bool:
        """Whether all cells are digits alone."""
        return all(text.removesuffix(".0").isdigit() for text in self.held)

    @cached_property
    def has_plus_codes(self) -> bool:
        """Whether all cells are calling codes with a plus."""
        return all(text.startswith("+") and text[1:].isdigit() for text in self.held)

    @cached_property
    def may_be_states(self) -> bool:
        """Whether all cells are codes of one country's states, whose numbers stand beside them."""
        owners = states_that_have(frozenset(self.held))
        return any(self._fit_of(owner) >= 0.5 for owner in owners)

    @cached_property
    def may_be_city_codes(self) -> bool:
        """Whether bare codes may be those of cities, with which the numbers are valid as well."""
        heads = [one for word, one in _CITY_CODES.items() if word in self.name.casefold()]
        return any(self.fit_with_code(region) >= 0.5 for region in (heads or [_ANY_CITY_CODES])[0])

    def _fit_of(self, region: str) -> float:
        phones = [phone for row in self.phones for phone in row if phone]
        return sum(fits(phone, region) for phone in phones) / max(1, len(phones))

    def fit_with_code(self, region: str) -> float:
        """Share of the rows whose cell makes a number of a region, as an area code does."""
        if not self.is_bare_codes:
            return 0.0
        whole = [
            any(fits(lead + code.removesuffix(".0") + phone, region) for lead in ("", "0"))
            for code, phones in zip(self.texts, self.phones, strict=True)
            for phone in phones
            if code and phone
        ]
        return sum(whole) / max(1, len(whole))

    def differs(self, region: str) -> bool:
        """Whether most rows that say a country say another one than this."""
        said = [one for one in self.regions if one]
        return sum(one != region for one in said) > 0.5 * len(said)


def needs_country(phone: str) -> bool:
    """Whether a phone cell says no country itself."""
    return count_digits(phone) >= 5 and shape(phone) != Shape.INTERNATIONAL


def choose_countries(headed: Headed, phones: Sequence[int], region: str | None) -> Countries:
    """Choose the columns that say the countries of the phone columns' numbers, or ask.

    A calling code beside the number counts more than `Country`, that more than `Mailing Country`.
    `Region` and the like count if their cells are countries whose numbers stand beside them. Where
    every number has its `+` there is nothing to ask.
    """
    columns = _pairs_of(headed, phones)
    strong = [one for one in columns if _is_strong(one)]
    needed = any(needs_country(phone) for one in columns[:1] for row in one.phones for phone in row)
    if strong:
        return _of_strong(strong, headed, phones)
    if not needed:
        return Countries()
    perhaps = [one for one in columns if one.header == CountryHeader.PERHAPS]
    sure = [one for one in perhaps if _is_sure(one, region)]
    unclear = [one for one in perhaps if one not in sure and _is_unclear(one, region)]
    unclear += [one for one in columns if not one.header and _is_column_of_names(one, region)]
    unclear += [one for one in columns if not one.header and _is_column_of_codes(one, region)]
    doubted = [one for one in columns if one.header > CountryHeader.PERHAPS and one.share >= _SOME]
    if unclear or doubted:
        return _ask([*sure, *unclear, *doubted], region)
    if len(sure) > 1 and _disagree(sure, range(len(phones))):
        return Countries(unclear=tuple(one.at for one in sure), why="hold different countries")
    return Countries(tuple((sure[0].at,) if sure else () for _ in phones))


def _pairs_of(headed: Headed, phones: Sequence[int]) -> list[_Pairs]:
    beside = list(
        zip(*([text_of(cell) for cell in headed.cells(at)] for at in phones), strict=True)
    )
    held = [line for line, row in enumerate(beside) if any(row)]
    lines = tuple(held[:: max(1, len(held) // _PAIRS)])
    texts = tuple(beside[line] for line in lines)
    owners = frozenset(word for at in phones for word in qualifier(headed.name(at)))
    others = (at for at in range(headed.width) if at not in set(phones))
    return [_Pairs(headed, at, texts, lines, owners) for at in others]


def _is_strong(one: _Pairs) -> bool:
    if one.header == CountryHeader.SURE:
        return True
    if one.header == CountryHeader.OF_ADDRESS:
        return one.share >= _SOME or (bool(one.held) and all(map(_is_like_name, one.held)))
    return one.header == CountryHeader.DIALLING and one.share >= 0.5


def _is_like_name(text: str) -> bool:
    return len(text) > 1 and text.casefold() not in _NO_NAMES and not any(map(str.isdigit, text))


def _of_strong(strong: Sequence[_Pairs], headed: Headed, phones: Sequence[int]) -> Countries:
    """Take the surest columns, for each phone column those of its own kind, such as `Billing`."""
    chosen = []
    for which, phone in enumerate(phones):
        own = qualifier(headed.name(phone))
        ordered = sorted(strong, key=lambda one: (-one.header, -one.covers, one.at))
        same = [one for one in ordered if own & qualifier(one.name)]
        first = same or [one for one in ordered if one.header == ordered[0].header]
        if len(first) > 1 and _disagree(first, [which]):
            return Countries(unclear=tuple(one.at for one in first), why="hold different countries")
        others = [] if same else [one for one in ordered if one not in first and one.share >= 0.5]
        chosen.append(tuple(one.at for one in [*first, *others]))
    return Countries(tuple(chosen))


def _disagree(columns: Sequence[_Pairs], which: Sequence[int]) -> bool:
    """Whether two columns say different countries of a number that says none itself.

    `which` are the phone columns that count, by their order.
    """
    needed = [any(needs_country(row[at]) for at in which) for row in columns[0].phones]
    said = zip(*(one.regions for one in columns), strict=True)
    return any(
        counts and len(set(filter(None, row))) > 1 for counts, row in zip(needed, said, strict=True)
    )


def _is_sure(one: _Pairs, region: str | None) -> bool:
    """Whether the cells say that a column such as `Region` holds the countries of the numbers.

    A supplier's country never is: where the numbers fit it, they may fit their own as well. A
    nationality is only where it tells the numbers apart, and so is a word that is not known over
    several countries.
    """
    if one.is_of_another_party:
        return False
    if one.share < _MOST or one.fit < _MOST or one.may_be_states or one.may_be_city_codes:
        return False
    if region is not None and one.differs(region):
        return False
    several = len({said for said in one.regions if said}) > 1
    doubtful = is_of_person(one.name) or (several and not is_of_place(one.name))
    return one.tells_apart or not doubtful


def _is_unclear(one: _Pairs, region: str | None) -> bool:
    """Whether a column such as `Region` may hold the countries of the numbers."""
    if one.share < _SOME or (region is not None and not one.differs(region)):
        return False
    if region is not None and one.fit_with_code(region) >= 0.5:
        return False
    owners = states_that_have(frozenset(one.held)) if may_head_states(one.name) else frozenset()
    if owners and (one.share < 1 or region in owners):
        return False
    return one.fit >= 0.5 or (region is not None and one.share >= _MOST)


def _is_column_of_names(one: _Pairs, region: str | None) -> bool:
    """Whether cells are names of countries although no header says so."""
    names = [text for text in dict.fromkeys(one.held) if not any(map(str.isdigit, text))][:40]
    known = common_names()
    least = 2 if one.headed.row is None else 4
    if not names or (len(names) < len(dict.fromkeys(one.held)) and len(names) < 40):
        return False
    meant = [len(name) >= least and (name_key(name) in known or _is_code(name)) for name in names]
    if sum(meant) < 0.9 * len(names):
        return False
    if one.share < _MOST or states_that_have(frozenset(one.held)):
        return False
    return one.differs(region) if region is not None else one.fit >= 0.5


def _is_column_of_codes(one: _Pairs, region: str | None) -> bool:
    """Whether cells are codes of countries although no header says so, and the numbers fit them.

    Codes are `de`, `DEU`, `49` or `+49`; upper-case ones of two letters count as names. Against a
    region that the operator gave count only codes with a plus, which are nothing else.
    """
    if region is not None and not (one.has_plus_codes and one.differs(region)):
        return False
    codes = [text.lstrip("+").removesuffix(".0") for text in dict.fromkeys(one.held)]
    if not codes or is_language(one.name) or is_other(one.name):
        return False
    digits = all(code.isdigit() and len(code) <= 3 for code in codes)
    letters = all(code.isascii() and code.isalpha() and 2 <= len(code) <= 3 for code in codes)
    if not digits and not letters:
        return False
    if one.may_be_states or all(map(_is_code, codes)):
        return False
    told = one.tells_apart or len(codes) == 1
    return one.mostly_needed and one.share >= _MOST and one.fit >= _MOST and told


def _is_code(text: str) -> bool:
    return len(text) == 2 and text.isupper() and understand_region(text) is not None


def _ask(columns: Sequence[_Pairs], region: str | None) -> Countries:
    if region is None:
        why = "may hold the countries of the numbers"
    else:
        why = f"may hold the countries of the numbers, which are others than --region {region}"
    return Countries(unclear=tuple(one.at for one in columns), why=why)
