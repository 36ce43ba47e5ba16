"""The signature, against the vectors that the vendor published."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from importer.api.signing import Algorithm, sign, signed_headers

KEY = "fme2na3kdi3ki"
SECRET = "abciiiko2k3"
TS = 1655710885431
PUBLISHED = {
    '{"name":"牛小信","id":10001}': "87c3560d3331ae23f1021e2025722354",
    '{"id":10001,"name":"牛小信"}': "7750759da06333f20d0640be09355e34",
    '{"id": 10001, "name": "牛小信"}': "d0c24a9886c629330d7f3f2056c65bc2",
}


def headers_of(body: str, **changes: Any) -> dict[str, str]:
    arguments: dict[str, Any] = {"access_key": KEY, "secret": SECRET, "ts": TS}
    action = changes.pop("action", "createGroup")
    return signed_headers(action, body.encode(), **(arguments | changes))


@pytest.mark.parametrize(("body", "expected"), PUBLISHED.items())
def test_published_vectors(body: str, expected: str) -> None:
    """The vendor's three vectors come out: key order and spaces change the signature."""
    assert headers_of(body, action="send", biz_type="1")["sign"] == expected


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_what_is_signed(algorithm: Algorithm) -> None:
    """Headers in ASCII order, the body as UTF-8 and unescaped, then the secret: nothing else."""
    body = '{"phones":"85235753351","groupName":"春季 - été","remark":""}'
    message = (
        f"accessKey={KEY}&action=createGroup&bizType=5&ts={TS}&body={body}&accessSecret={SECRET}"
    )
    expected = hashlib.new(algorithm, message.encode()).hexdigest()
    assert headers_of(body, algorithm=algorithm)["sign"] == expected


def test_escaped_body_signs_differently() -> None:
    r"""A body with \u escapes is another body: who escapes after signing is refused."""
    assert headers_of('{"groupName":"春"}')["sign"] != headers_of('{"groupName":"\\u6625"}')["sign"]


def test_empty_body_is_left_out() -> None:
    """Without a body there is no `&body=` in what is signed."""
    message = f"accessKey={KEY}&action=listGroup&bizType=5&ts={TS}&accessSecret={SECRET}"
    expected = hashlib.md5(message.encode(), usedforsecurity=False).hexdigest()
    assert headers_of("", action="listGroup")["sign"] == expected


def test_only_required_headers_are_signed() -> None:
    """Other headers, `algorithm` among them, and the order of the given ones change nothing."""
    headers = {"accessKey": KEY, "action": "createGroup", "bizType": "5", "ts": str(TS)}
    shuffled = {"zzz": "1", "algorithm": "md5", **dict(reversed(headers.items()))}
    assert sign(shuffled, b"{}", SECRET) == sign(headers, b"{}", SECRET)


@pytest.mark.parametrize("name", ["accessKey", "action", "bizType", "ts"])
def test_every_required_header_is_signed(name: str) -> None:
    """A change of any required header changes the signature."""
    headers = {"accessKey": KEY, "action": "createGroup", "bizType": "5", "ts": str(TS)}
    assert sign(headers | {name: "9"}, b"{}", SECRET) != sign(headers, b"{}", SECRET)


def test_headers_of_a_call() -> None:
    """A call has exactly the vendor's headers; `algorithm` only where it is not the default."""
    headers = headers_of("{}")
    assert {name: value for name, value in headers.items() if name != "sign"} == {
        "accessKey": KEY,
        "action": "createGroup",
        "bizType": "5",
        "ts": str(TS),
        "Content-Type": "application/json",
    }
    assert headers_of("{}", algorithm="sha256")["algorithm"] == "sha256"


def test_secret_stays_here() -> None:
    """The secret is in no header."""
    assert not any(SECRET in value for value in headers_of("{}").values())
