"""The vendors that the sandbox can be: what real ones do that no document rules out. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from importer.errors import SettingsError

PhonesForm = Literal[
    "plain",
    "trailing comma",
    "spaces",
    "plus",
    "double zero",
    "twice",
    "reversed",
    "array",
    "integers",
]
EmptyForm = Literal["plain", "data null", "groups null", "groups missing"]
TotalForm = Literal["plain", "one more", "one less", "text", "missing"]
DateForm = Literal["right", "frozen", "behind", "ahead", "empty"]
NameRule = Literal["free", "old group", "refused"]


@dataclass(frozen=True, slots=True)
class VendorKind:
    """How a vendor behaves where the documents are silent."""

    name_rule: NameRule = "free"
    """What a createGroup gets whose name is taken: a new group, the old groupId, or a refusal."""
    max_phones: int | None = None
    """The most numbers of one group."""
    max_groups: int | None = None
    """The most groups of the account."""
    name_length: int | None = None
    """Characters that are kept of a name."""
    remark_length: int | None = None
    """Characters that are kept of a remark."""
    null_remark: bool = False
    """Whether an empty remark is listed as null."""
    numeric_ids: bool = False
    text_codes: bool = False
    page_cap: int | None = None
    """The most groups in one answer of listGroup, whatever limit was asked for."""
    unordered: bool = False
    """Whether each listGroup has an order of its own."""
    never_lists: bool = False
    """Whether every listing is empty."""
    listing_delay: float = 0.0
    """Seconds until a listing shows that a group was made or deleted."""
    phones_form: PhonesForm = "plain"
    empty_form: EmptyForm = "plain"
    """How the listing of an account without groups looks."""
    total_form: TotalForm = "plain"
    date_form: DateForm = "right"
    """What the header Date says."""
    deletes: bool = True
    """Whether deleteGroup works; a group with bindings can't be deleted at some vendors."""


PLAIN = VendorKind()

_KINDS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "unique-names": (
        "a name that is taken gives the groupId of the old group; nothing is made",
        {"name_rule": "old group"},
    ),
    "names-refused": ("a name that is taken is refused with 1002", {"name_rule": "refused"}),
    "max-200": ("more than 200 numbers are refused with 1002", {"max_phones": 200}),
    "max-100": ("more than 100 numbers are refused with 1002", {"max_phones": 100}),
    "max-groups": ("the account holds at most 2,000 groups", {"max_groups": 2000}),
    "cut-names": ("16 characters are kept of a name", {"name_length": 16}),
    "cut-remarks": ("16 characters are kept of a remark", {"remark_length": 16}),
    "no-remarks": ("no remark is kept", {"remark_length": 0}),
    "null-remarks": (
        "no remark is kept; it is listed as null",
        {"remark_length": 0, "null_remark": True},
    ),
    "numeric-ids": ("groupIds are JSON numbers", {"numeric_ids": True}),
    "text-codes": ('codes are texts, as in "0"', {"text_codes": True}),
    "page-100": ("a listing has at most 100 groups a page", {"page_cap": 100}),
    "unordered": ("each page of a listing has another order", {"unordered": True}),
    "empty-listing": ("the listing is always empty", {"never_lists": True}),
    "stale-listing": ("the listing is 120 s old", {"listing_delay": 120.0}),
    "trailing-comma": (
        "phones are listed with a comma at the end",
        {"phones_form": "trailing comma"},
    ),
    "spaced-phones": ("phones are listed with spaces", {"phones_form": "spaces"}),
    "plus-phones": ("phones are listed with +", {"phones_form": "plus"}),
    "zero-phones": ("phones are listed with 00", {"phones_form": "double zero"}),
    "doubled-phones": ("each phone is listed twice", {"phones_form": "twice"}),
    "reversed-phones": ("phones are listed in another order", {"phones_form": "reversed"}),
    "array-phones": ("phones are listed as an array of texts", {"phones_form": "array"}),
    "integer-phones": ("phones are listed as an array of numbers", {"phones_form": "integers"}),
    "null-data": ("the listing of an empty account has data null", {"empty_form": "data null"}),
    "null-groups": (
        "the listing of an empty account has groups null",
        {"empty_form": "groups null"},
    ),
    "no-groups": (
        "the listing of an empty account has no field groups",
        {"empty_form": "groups missing"},
    ),
    "total-more": ("total is one too many", {"total_form": "one more"}),
    "total-less": ("total is one too few", {"total_form": "one less"}),
    "total-text": ("total is a text", {"total_form": "text"}),
    "no-total": ("there is no total", {"total_form": "missing"}),
    "frozen-date": ("the header Date stands still", {"date_form": "frozen"}),
    "date-behind": ("the header Date is 10 minutes behind", {"date_form": "behind"}),
    "date-ahead": ("the header Date is 10 minutes ahead", {"date_form": "ahead"}),
    "no-date": ("the header Date is empty", {"date_form": "empty"}),
    "no-delete": ("deleteGroup is refused with 1002", {"deletes": False}),
}

KINDS: Mapping[str, str] = {name: meaning for name, (meaning, _) in _KINDS.items()}
"""Every kind of vendor by name, and what it does."""


def kind_of(names: Iterable[str]) -> VendorKind:
    """Return the vendor that has the habits of all these kinds; the later one wins.

    Raises:
        SettingsError: there is no kind of such a name.
    """
    kind = PLAIN
    for name in names:
        if name not in _KINDS:
            raise SettingsError(
                f"The sandbox can't be a vendor of the kind {name!r}; use one of "
                f"{', '.join(KINDS)}."
            )
        kind = replace(kind, **_KINDS[name][1])
    return kind
