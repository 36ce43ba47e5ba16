"""One account, however its address is written: what the journal knows an account by. Pure."""

from __future__ import annotations

import hashlib
import posixpath
import unicodedata
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

VENDOR_URL = "https://number.nxcloud.com/api/pns/"
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})

_SAME_ADDRESS = {"https://api.nxcloud.com/v1/api/pns/": VENDOR_URL}
"""Other addresses of the same calls. Source: the vendor's Chinese page."""
_PORTS = {"https": 443, "http": 80}


def url_in_one_form(url: str) -> str:
    """Return the one way to write a web address, so that two that lead to one place are equal.

    Upper case, a default port, names of this computer, a missing or doubled slash, `?` and `#`
    make no difference.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    if host in LOOPBACK_HOSTS:
        host = "127.0.0.1"
    port = "" if parts.port in {None, _PORTS.get(parts.scheme)} else f":{parts.port}"
    path = posixpath.normpath(f"/{parts.path}/").lstrip("/")
    path = f"/{path}/" if path not in {"", "."} else "/"
    host = f"[{host}]" if ":" in host else host
    one_form = f"{parts.scheme}://{host}{port}{path}"
    return _SAME_ADDRESS.get(one_form, one_form)


def name_in_one_form(name: str) -> str:
    """Return the one way to write an account's name: upper case and spaces make no difference."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def account_id(name: str, url: str, access_key: str) -> str:
    """Return what the journal knows an account by: its name, else a hash that hides the key."""
    return name_in_one_form(name) or _hashed(f"{url_in_one_form(url)} {access_key}")


def former_account_ids(name: str, url: str, access_key: str) -> frozenset[str]:
    """Return what else a journal may know the account by.

    Versions up to 1.0 took the address as it was written; and an account may have been used before
    it was named.
    """
    own = account_id(name, url, access_key)
    forms = {url, url_in_one_form(url), *_ways_to_write(url)}
    return frozenset(_hashed(f"{form} {access_key}") for form in forms) - {own}


def _ways_to_write(url: str) -> Iterator[str]:
    parts = urlsplit(url.strip())
    one_form = urlsplit(url_in_one_form(url))
    for base in {parts, one_form}:
        stem = base.path.rstrip("/")
        for host, port, path in product(_hosts(base), _ports(base), {stem, f"{stem}/"}):
            written = f"{base.scheme}://{host}{port}{path}"
            yield written
            yield f"{written}?"
    for other, same in _SAME_ADDRESS.items():
        if same == one_form.geturl():
            yield from (other, other.rstrip("/"))


def _hosts(parts: SplitResult) -> set[str]:
    host = parts.hostname or ""
    if host in LOOPBACK_HOSTS:
        return {"127.0.0.1", "localhost", "[::1]"}
    return {host}


def _ports(parts: SplitResult) -> set[str]:
    default = _PORTS.get(parts.scheme)
    return {"", f":{default}"} if parts.port in {None, default} else {f":{parts.port}"}


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
