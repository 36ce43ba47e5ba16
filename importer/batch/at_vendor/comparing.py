"""The vendor's groups compared with the journal's: what agrees, and what differs how. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from importer.model import GroupRecord, GroupState
from importer.plurals import counted
from importer.sending.listing.settling import is_cut_of, shows_numbers, tokens_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from importer.model import Batch
    from importer.sending.listing.pages import Listed


class Finding(StrEnum):
    """How a group at the vendor stands to the journal."""

    AGREES = "as recorded"
    FOREIGN = "not ours"
    """No batch of this journal has made it."""
    GONE = "gone"
    """The journal says that it was made, and the vendor does not list it."""
    NOT_SEEN = "not listed"
    """The same, but the listing was not whole, so it may be there."""
    YOUNG = "not listed yet"
    """Made so short a time ago that a listing need not show it."""
    NUMBERS = "numbers changed"
    HIDDEN = "numbers not shown"
    """The listing shows none of its numbers, or hides digits of them."""
    RENAMED = "name or remark changed"
    UNEXPECTED = "there, but not recorded as made"
    DOUBLE = "made twice"
    """It has the mark of a group that the journal knows under another groupId."""
    IN_DOUBT = "in doubt"
    """The journal does not know yet whether it was made."""

    @property
    def differs(self) -> bool:
        """Whether vendor and journal don't agree, or it can't be told that they do."""
        return self not in {Finding.AGREES, Finding.FOREIGN}


@dataclass(frozen=True, slots=True)
class Compared:
    """One group: what the vendor shows of it, what the journal has, and how the two differ."""

    finding: Finding
    listed: Listed | None = None
    record: GroupRecord | None = None
    batch: str = ""
    """The batch whose group it is; "" where it is not ours."""
    missing: tuple[str, ...] = ()
    """Numbers that the journal has in the group and the vendor does not."""
    added: tuple[str, ...] = ()
    """Numbers that the vendor has in the group and the journal does not."""
    details: str = ""
    """What differs, as a sentence; "" where nothing does."""
    list_name: str = ""
    """The list that its batch belongs to; "" for none."""

    @property
    def group_id(self) -> str:
        """The groupId at the vendor, "" where none is known."""
        if self.listed is not None:
            return self.listed.group_id
        return "" if self.record is None else self.record.group_id

    @property
    def name(self) -> str:
        """The name at the vendor, or the journal's where it is not listed."""
        if self.listed is not None:
            return self.listed.name
        return "" if self.record is None else self.record.group.name


@dataclass(frozen=True, slots=True)
class Comparison:
    """All groups of an account, at the vendor and in the journal."""

    groups: tuple[Compared, ...]
    problem: str = ""
    """Why the listing may not be whole; "" where it is."""

    @property
    def counts(self) -> Counter[Finding]:
        """How many groups are found how."""
        return Counter(one.finding for one in self.groups)

    @property
    def differences(self) -> list[Compared]:
        """The groups about which vendor and journal don't agree."""
        return [one for one in self.groups if one.finding.differs]

    @property
    def agrees(self) -> bool:
        """Whether the listing was whole and every group is as recorded."""
        return not self.problem and not self.differences


def compare(
    listed: Sequence[Listed],
    batches: Sequence[tuple[Batch, Sequence[GroupRecord]]],
    *,
    young_from_ms: int,
    problem: str = "",
) -> Comparison:
    """Compare a listing with the groups of an account's batches.

    The listing was read before the journal, so that a group made meanwhile is young and not gone:
    `young_from_ms`, in milliseconds since the epoch, is when a group must have been made for the
    listing to show it. `problem` says why the listing may not be whole.
    """
    by_id = {one.group_id: one for one in listed}
    owned = {one.group_id for _, records in batches for one in records if one.state.is_at_vendor}
    by_token = _by_token(one for one in listed if one.group_id not in owned)
    vendor = _Vendor(by_id, by_token, young_from_ms, problem)
    found: list[Compared] = []
    seen: set[str] = set()
    for batch, records in batches:
        for record in records:
            for one in _of_record(batch, record, vendor):
                found.append(one)
                if one.listed is not None:
                    seen.add(one.listed.group_id)
    foreign = [Compared(Finding.FOREIGN, one) for one in listed if one.group_id not in seen]
    return Comparison((*found, *foreign), problem)


@dataclass(frozen=True, slots=True)
class _Vendor:
    """What the vendor lists."""

    by_id: Mapping[str, Listed]
    by_token: Mapping[str, Sequence[Listed]]
    """The groups that are not the journal's by their groupId, by the marks in their remarks."""
    young_from_ms: int
    """When a group has to be created to be too young for a listing."""
    problem: str
    """Why the listing may not be whole; "" where it is."""

    def absent(self, record: GroupRecord) -> Finding:
        """Return what it means that a group of the journal is not listed."""
        if (record.created_ms or 0) > self.young_from_ms:
            return Finding.YOUNG
        return Finding.NOT_SEEN if self.problem else Finding.GONE


def _by_token(listed: Iterator[Listed]) -> dict[str, list[Listed]]:
    found: dict[str, list[Listed]] = {}
    for one in listed:
        for token in tokens_in(one.remark):
            found.setdefault(token, []).append(one)
    return found


def _of_record(batch: Batch, record: GroupRecord, vendor: _Vendor) -> Iterator[Compared]:
    """Compare one group of the journal with all that the vendor has of it."""
    marked = vendor.by_token.get(record.group.token, ())
    listed = vendor.by_id.get(record.group_id)
    if record.state in {GroupState.SENDING, GroupState.IN_DOUBT}:
        shown = marked[0] if marked else None
        yield Compared(Finding.IN_DOUBT, shown, record, batch.id, details=record.message)
        marked = marked[1:]
    elif not record.state.is_at_vendor:
        yield from _unexpected(batch, record, marked, listed)
        return
    elif listed is None:
        yield Compared(vendor.absent(record), None, record, batch.id)
    else:
        yield _of_listed(batch, record, listed)
    for one in marked:
        details = f"has the mark of group {record.group_id or record.group.name}"
        yield Compared(Finding.DOUBLE, one, record, batch.id, details=details)


def _unexpected(
    batch: Batch, record: GroupRecord, marked: Sequence[Listed], listed: Listed | None
) -> Iterator[Compared]:
    """Give what the vendor has of a group that should not be there, by its mark or groupId."""
    details = f"the journal has it as {record.state.value}"
    by_id = [] if listed is None or listed in marked else [listed]
    for one in (*marked, *by_id):
        yield Compared(Finding.UNEXPECTED, one, record, batch.id, details=details)


def _of_listed(batch: Batch, record: GroupRecord, listed: Listed) -> Compared:
    """Compare a group with what the vendor shows under its groupId."""
    group = record.group
    renamed = _renamed(record, listed)
    if not group.phones:  # Forgotten: only how many there were is known.
        differ = len(listed.phones) != group.size
        details = f"{counted(len(listed.phones), 'number')} where {group.size:,} were sent"
        finding = Finding.NUMBERS if differ else Finding.RENAMED if renamed else Finding.AGREES
        said = [details] if differ else []
        return Compared(finding, listed, record, batch.id, details=_joined(said, renamed))
    if not shows_numbers(listed):
        return Compared(Finding.HIDDEN, listed, record, batch.id, details=renamed)
    sent = dict.fromkeys(group.phones.split(","))
    missing = tuple(one for one in sent if one not in listed.phones)
    added = tuple(sorted(listed.phones - sent.keys()))
    if missing or added:
        said = [f"{len(missing):,} missing"] if missing else []
        said += [f"{len(added):,} added"] if added else []
        details = _joined(said, renamed)
        return Compared(Finding.NUMBERS, listed, record, batch.id, missing, added, details)
    finding = Finding.RENAMED if renamed else Finding.AGREES
    return Compared(finding, listed, record, batch.id, details=renamed)


def _renamed(record: GroupRecord, listed: Listed) -> str:
    """Say how name and remark differ; what a vendor cut off their end is no difference."""
    group, said = record.group, []
    # A group of a forgotten batch has lost the list's values from its name and remark.
    if not group.phones:
        return ""
    if listed.name and not is_cut_of(listed.name, group.name):
        said.append(f"the name was '{group.name}'")
    if listed.remark and not is_cut_of(listed.remark, group.remark):
        said.append(f"the remark was '{group.remark}'")
    return "; ".join(said)


def _joined(said: list[str], renamed: str) -> str:
    return "; ".join([*said, *([renamed] if renamed else [])])
