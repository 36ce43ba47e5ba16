"""What the sandbox's vendor promises: the checks in their order, and the four actions."""

import re
from typing import Any

import pytest

from importer.sandbox.checks import MESSAGES
from importer.sandbox.vendor import Vendor
from importer.sandbox.vendor_kinds import kind_of

from .calls import GROUP, NOW, NUMBERS, ask, encoded, headers_for, seeded, vendor

BODY = encoded(GROUP)
EXPIRED = int(NOW * 1000) - 60_001


def code_of(headers: dict[str, str], body: bytes = BODY) -> Any:
    return vendor().handle(headers, body)["code"]


def without(name: str) -> dict[str, str]:
    return {k: v for k, v in headers_for("createGroup", BODY).items() if k != name}


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_right_call_succeeds(algorithm: str) -> None:
    """A call that is signed with either algorithm of the documents is carried out."""
    assert code_of(headers_for("createGroup", BODY, algorithm=algorithm)) == 0


@pytest.mark.parametrize("name", ["accessKey", "action", "bizType", "ts", "sign"])
def test_each_required_header_is_required(name: str) -> None:
    """A call without one of the five required headers answers 1001."""
    assert code_of(without(name)) == 1001


@pytest.mark.parametrize("name", ["accessKey", "action", "bizType", "ts", "sign"])
def test_empty_header_is_missing(name: str) -> None:
    """A required header without a value answers 1001."""
    assert code_of(headers_for("createGroup", BODY) | {name: ""}) == 1001


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Content-Type": "text/plain"}, 1003),
        ({"Content-Type": "application/json; charset=utf-8"}, 0),
        ({"Content-Type": ""}, 1003),
        ({"sign": "0" * 32}, 1003),
        ({"sign": "\udce9"}, 1003),
        ({"action": "\udce9"}, 1003),
        ({"algorithm": "sha256"}, 1003),
        ({"algorithm": "sha1"}, 1002),
    ],
)
def test_unsigned_changes(changes: dict[str, str], code: int) -> None:
    """What is not as it was signed, or not JSON by its header, answers 1003."""
    assert code_of(headers_for("createGroup", BODY) | changes) == code


def test_uppercase_signature_is_wrong() -> None:
    """The signature is lowercase, as the documents say."""
    headers = headers_for("createGroup", BODY)
    assert code_of(headers | {"sign": headers["sign"].upper()}) == 1003


def test_other_body_than_signed() -> None:
    """One space more in the body than was signed answers 1003."""
    assert code_of(headers_for("createGroup", BODY), BODY + b" ") == 1003


@pytest.mark.parametrize(
    ("ts", "code"),
    [
        (int(NOW * 1000), 0),
        (int(NOW * 1000) - 60_000, 0),
        (int(NOW * 1000) + 60_000, 0),
        (int(NOW * 1000) - 60_001, 1004),
        (int(NOW * 1000) + 60_001, 1004),
        (int(NOW), 1004),
        ("now", 1004),
        (f"{NOW * 1000}", 1004),
        ("9" * 5000, 1004),
    ],
)
def test_ts_window(ts: Any, code: int) -> None:
    """A ts up to 60 s from the server's clock is taken, either way; any other answers 1004."""
    assert code_of(headers_for("createGroup", BODY, ts=ts)) == code


@pytest.mark.parametrize(
    ("arguments", "unsigned", "code"),
    [
        ({"access_key": "other", "secret": "x"}, {}, 1005),
        ({"secret": "x", "ts": EXPIRED}, {}, 1003),
        ({"ts": EXPIRED}, {"Content-Type": "text/plain"}, 1003),
        ({"ts": EXPIRED, "biz_type": "1"}, {}, 1004),
        ({"biz_type": "1"}, {}, 1002),
    ],
)
def test_first_failing_check_answers(
    arguments: dict[str, Any], unsigned: dict[str, str], code: int
) -> None:
    """Of several faults the first in the vendor's order is answered: key, sign, ts, parameters."""
    assert code_of(headers_for("createGroup", BODY, **arguments) | unsigned) == code


def test_unknown_action() -> None:
    """An action that is none of the four answers 1002."""
    assert ask(vendor(), "dropGroup", GROUP)["code"] == 1002


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'"x"',
        b"{",
        b"\xff",
        b"[" * 100_000,
        '{"phones":"85211111114"}'.encode("utf-16"),
    ],
)
def test_body_that_is_no_json_object(body: bytes) -> None:
    """A body that is no JSON object in UTF-8 answers 1002."""
    assert code_of(headers_for("createGroup", body), body) == 1002


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"phones": ""},
        {"phones": ["85211111114"]},
        {"phones": 85211111114},
        {"phones": "+85211111114"},
        {"phones": "8521111 1114"},
        {"phones": "85211111114,"},
        {"phones": ",85211111114"},
        {"phones": "85211111114,,85235753351"},
        {"phones": "85211111114, 85235753351"},
        {"phones": "85211111114\n"},
        {"phones": "1234"},
        {"phones": "1" * 21},
        {"phones": "٨٥٢١١١١١١١٤"},
        {"phones": NUMBERS, "groupName": 7},
        {"phones": NUMBERS, "remark": None},
        {"phones": NUMBERS, "groupname": "spelled wrong"},
    ],
)
def test_bad_group_is_refused(fields: dict[str, Any]) -> None:
    """A createGroup whose fields are not as documented answers 1002 and makes no group."""
    account = vendor()
    answer = ask(account, "createGroup", fields)
    assert (answer["code"], account.groups) == (1002, {})


def test_text_that_no_answer_could_hold() -> None:
    """A remark with half a surrogate pair answers 1002, for listGroup could never show it."""
    body = b'{"phones":"85211111114","remark":"\\ud800"}'
    assert code_of(headers_for("createGroup", body), body) == 1002


@pytest.mark.parametrize("phones", ["12345", "1" * 20, ",".join(["85211111114"] * 5000)])
def test_documented_numbers_are_taken(phones: str) -> None:
    """Digits of 5 to 20 places are numbers, however many there are."""
    assert ask(vendor(), "createGroup", {"phones": phones})["code"] == 0


def test_created_group_is_kept_as_sent() -> None:
    """A created group holds the numbers in their order, the name and the remark."""
    account = vendor()
    group_id = ask(account, "createGroup", GROUP)["groupId"]
    group = account.groups[group_id]
    assert (group.phones, group.group_name, group.remark) == (
        ("85211111114", "85235753351"),
        "HK 001",
        "spring",
    )


def test_answer_looks_like_the_documents() -> None:
    """The answer of createGroup has the documented fields, in the shape of the example."""
    answer = ask(vendor(), "createGroup", GROUP)
    assert list(answer) == ["code", "msg", "requestId", "groupId"]
    assert re.fullmatch(r"[0-9]{19}", answer["requestId"])
    assert re.fullmatch(r"[0-9a-z]{19}", answer["groupId"])


@pytest.mark.parametrize("fields", [{"phones": NUMBERS}, {"phones": NUMBERS, "groupName": ""}])
def test_group_without_name_is_called_by_its_id(fields: dict[str, Any]) -> None:
    """An empty groupName becomes the groupId."""
    account = vendor()
    group_id = ask(account, "createGroup", fields)["groupId"]
    assert account.groups[group_id].group_name == group_id


def test_create_group_is_not_idempotent() -> None:
    """The same createGroup twice makes two groups."""
    account = vendor()
    first, second = (ask(account, "createGroup", GROUP)["groupId"] for _ in range(2))
    assert list(account.groups) == [first, second]


@pytest.mark.parametrize(
    ("poison", "code"), [(["85235753351"], 10004), ({"85235753351": 10007}, 10007)]
)
def test_poisoned_number_refuses_the_whole_group(poison: Any, code: int) -> None:
    """One poisoned number makes the whole createGroup fail, with its code and message."""
    account = vendor(poison=poison)
    answer = ask(account, "createGroup", GROUP)
    assert (answer["code"], answer["msg"], account.groups) == (code, MESSAGES[code], {})


def test_other_groups_are_not_poisoned() -> None:
    """A group without the poisoned number is created."""
    assert ask(vendor(poison=["85299999999"]), "createGroup", GROUP)["code"] == 0


@pytest.mark.parametrize(("most", "code"), [(2, 0), (1, 1002)])
def test_max_phones(most: int, code: int) -> None:
    """A group of more than max_phones numbers answers 1002."""
    assert ask(vendor(max_phones=most), "createGroup", GROUP)["code"] == code


def test_listing_shows_what_was_created() -> None:
    """A group of listGroup has the documented fields, its numbers joined by commas."""
    account = vendor()
    group_id = ask(account, "createGroup", GROUP)["groupId"]
    data = ask(account, "listGroup", {"limit": 10, "offset": 0})["data"]
    customer_id = account.groups[group_id].customer_id
    assert data == {
        "total": 1,
        "groups": [{"customerId": customer_id, "groupId": group_id, **GROUP}],
    }


@pytest.mark.parametrize(
    ("limit", "offset", "shown"),
    [
        (0, 0, range(1001)[:1000]),
        (0, 1, range(1, 1001)),
        (1000, 0, range(1000)),
        (2, 998, range(998, 1000)),
        (5, 1000, range(1000, 1001)),
        (5, 1001, range(0)),
    ],
)
def test_pages_of_the_listing(limit: int, offset: int, shown: range) -> None:
    """A page starts at the offset and never holds more than the limit, nor more than 1000."""
    account = vendor()
    for index in range(1001):
        ask(account, "createGroup", {"phones": "85211111114", "remark": str(index)})
    data = ask(account, "listGroup", {"limit": limit, "offset": offset})["data"]
    assert [int(group["remark"]) for group in data["groups"]] == list(shown)
    assert data["total"] == 1001


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"limit": -1, "offset": 0}, 10011),
        ({"limit": 1001, "offset": 0}, 10011),
        ({"limit": 0, "offset": -1}, 10012),
        ({"limit": "5", "offset": 0}, 1002),
        ({"limit": True, "offset": 0}, 1002),
        ({"limit": 5}, 1002),
        ({"offset": 0}, 1002),
    ],
)
def test_bad_listing(fields: dict[str, Any], code: int) -> None:
    """A limit or offset out of range has its own code; one that is no integer answers 1002."""
    assert ask(vendor(), "listGroup", fields)["code"] == code


@pytest.mark.parametrize(
    ("operation", "phones", "after"),
    [
        (0, "85235753351,85299999999", ("85211111114", "85235753351", "85299999999")),
        (1, "85211111114,85299999999", ("85235753351",)),
        (2, "85299999999", ("85299999999",)),
    ],
)
def test_update_group(operation: int, phones: str, after: tuple[str, ...]) -> None:
    """The operateType 0 adds numbers, 1 deletes them and 2 replaces them all."""
    account = vendor()
    group_id = ask(account, "createGroup", GROUP)["groupId"]
    fields = {"groupId": group_id, "operateType": operation, "phones": phones}
    answer = ask(account, "updateGroup", fields)
    assert list(answer) == ["code", "msg", "requestId"]
    assert account.groups[group_id].phones == after


def test_no_update_empties_a_group() -> None:
    """To take out all of a group's numbers is refused: a group has at least one."""
    account = vendor()
    group_id = ask(account, "createGroup", GROUP)["groupId"]
    fields = {"groupId": group_id, "operateType": 1, "phones": GROUP["phones"]}
    assert ask(account, "updateGroup", fields)["code"] == 1002
    assert account.groups[group_id].phones == ("85211111114", "85235753351")


def test_a_late_listing_shows_what_a_group_was() -> None:
    """Where the listing is 120 s old, an update shows in it after that time, and not before."""
    now = [NOW]
    account = Vendor(clock=lambda: now[0], random=seeded(), kind=kind_of(["stale-listing"]))

    def call(action: str, fields: dict[str, Any]) -> dict[str, Any]:
        body = encoded(fields)
        return account.handle(headers_for(action, body, ts=int(now[0] * 1000)), body)

    group_id = call("createGroup", GROUP)["groupId"]
    now[0] += 200
    update = {"groupId": group_id, "operateType": 0, "phones": "85299999999"}
    assert call("updateGroup", update)["code"] == 0

    def listed() -> str:
        [group] = call("listGroup", {"limit": 10, "offset": 0})["data"]["groups"]
        return str(group["phones"])

    assert listed() == GROUP["phones"]
    now[0] += 121
    assert listed() == f"{GROUP['phones']},85299999999"


@pytest.mark.parametrize(
    "change", [{"operateType": 3}, {"operateType": "0"}, {"phones": ""}, {"groupId": "nobody"}]
)
def test_bad_update_changes_nothing(change: dict[str, Any]) -> None:
    """An updateGroup that is not as documented answers 1002 and leaves the group alone."""
    account = vendor()
    group_id = ask(account, "createGroup", GROUP)["groupId"]
    fields = {"groupId": group_id, "operateType": 2, "phones": "85299999999"} | change
    assert ask(account, "updateGroup", fields)["code"] == 1002
    assert account.groups[group_id].phones == ("85211111114", "85235753351")


def test_delete_group() -> None:
    """A deleted group is gone, and the others stay."""
    account = vendor()
    first, second = (ask(account, "createGroup", GROUP)["groupId"] for _ in range(2))
    answer = ask(account, "deleteGroup", {"groupId": first})
    assert (list(answer), list(account.groups)) == (["code", "msg", "requestId"], [second])


def test_delete_of_unknown_group() -> None:
    """A deleteGroup of a group that is not there answers 1002."""
    assert ask(vendor(), "deleteGroup", {"groupId": "nobody"})["code"] == 1002


def test_same_seed_gives_same_identifiers() -> None:
    """Identifiers come from the randomness that is passed in."""
    assert ask(vendor(), "createGroup", GROUP) == ask(vendor(), "createGroup", GROUP)
