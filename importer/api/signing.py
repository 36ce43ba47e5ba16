"""The vendor's request signature. Pure; the one thing that client and sandbox share.

Source: the vendor's page on public request headers, whose three published vectors are the tests.
"""

import hashlib
from collections.abc import Mapping
from typing import Literal

Algorithm = Literal["md5", "sha256"]

_DIGESTS = {"md5": hashlib.md5, "sha256": hashlib.sha256}

BIZ_TYPE = "5"
"""The privacy number service."""

SIGNED_HEADERS = ("accessKey", "action", "bizType", "ts")
"""The required headers that are signed, in ASCII order. `algorithm` is not among them."""


def sign(headers: Mapping[str, str], body: bytes, secret: str, algorithm: Algorithm = "md5") -> str:
    """Return the lowercase hexadecimal `sign` of a request.

    `body` must be the very bytes that are sent: key order, spaces and the escaping of non-ASCII
    text all change the signature.
    """
    headers_str = "&".join(f"{name}={headers[name]}" for name in SIGNED_HEADERS)
    body_part = b"&body=" + body if body else b""
    message = b"%b%b&accessSecret=%b" % (headers_str.encode(), body_part, secret.encode())
    return _DIGESTS[algorithm](message, usedforsecurity=False).hexdigest()


def signed_headers(
    action: str,
    body: bytes,
    *,
    access_key: str,
    secret: str,
    ts: int,
    algorithm: Algorithm = "md5",
    biz_type: str = BIZ_TYPE,
) -> dict[str, str]:
    """Return all headers of one call; `ts` is in milliseconds since the epoch."""
    headers = {"accessKey": access_key, "action": action, "bizType": biz_type, "ts": str(ts)}
    headers["sign"] = sign(headers, body, secret, algorithm)
    headers["Content-Type"] = "application/json"
    if algorithm != "md5":
        headers["algorithm"] = algorithm
    return headers
