"""A group as the vendor keeps it, and how it looks in an answer of listGroup. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from importer.sandbox.vendor_kinds import EmptyForm, PhonesForm, TotalForm, VendorKind

Fields = dict[str, object]


@dataclass(frozen=True, slots=True)
class CreatedGroup:
    """One group as the vendor keeps it."""

    group_id: str
    group_name: str
    phones: tuple[str, ...]
    remark: str
    customer_id: str


_PHONES: Mapping[PhonesForm, Callable[[Sequence[str]], object]] = {
    "plain": ",".join,
    "trailing comma": lambda phones: ",".join(phones) + ",",
    "spaces": lambda phones: " " + " , ".join(phones),
    "plus": lambda phones: ",".join(f"+{one}" for one in phones),
    "double zero": lambda phones: ",".join(f"00{one}" for one in phones),
    "twice": lambda phones: ",".join(f"{one},{one}" for one in phones),
    "reversed": lambda phones: ",".join(reversed(phones)),
    "array": list,
    "integers": lambda phones: [int(one) for one in phones],
}
_EMPTY: Mapping[EmptyForm, object] = {
    "data null": None,
    "groups null": {"total": 0, "groups": None},
    "groups missing": {"total": 0},
}
_TOTAL: Mapping[TotalForm, Callable[[int], object]] = {
    "plain": int,
    "one more": lambda total: total + 1,
    "one less": lambda total: max(0, total - 1),
    "text": str,
}


def listing_data(kind: VendorKind, page: Sequence[CreatedGroup], total: int) -> object:
    """Return the field `data` of listGroup for a page of an account that has `total` groups."""
    if not total and kind.empty_form in _EMPTY:
        return _EMPTY[kind.empty_form]
    data: Fields = {"groups": [_listed(kind, group) for group in page]}
    if kind.total_form in _TOTAL:
        data["total"] = _TOTAL[kind.total_form](total)
    return data


def shown_id(kind: VendorKind, group_id: str) -> object:
    """Return a groupId as this vendor writes it into JSON."""
    return int(group_id) if kind.numeric_ids else group_id


def _listed(kind: VendorKind, group: CreatedGroup) -> Fields:
    return {
        "customerId": group.customer_id,
        "groupName": group.group_name,
        "groupId": shown_id(kind, group.group_id),
        "phones": _PHONES[kind.phones_form](group.phones),
        "remark": None if kind.null_remark and not group.remark else group.remark,
    }
