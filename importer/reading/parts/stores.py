"""Object stores and file systems elsewhere, opened by Arrow with the credentials that each uses."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyarrow import fs

_RETRY_SECONDS = 30


def file_system(uri: str) -> tuple[fs.FileSystem, str]:
    """Return the file system of a place, and the path in it. Raises what Arrow raises."""
    from pyarrow import fs as arrow

    scheme, _, rest = uri.partition("://")
    if scheme.lower() == "az":
        # Arrow's own form names the account: abfs://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH.
        return arrow.AzureFileSystem(**azure_options(os.environ)), rest
    if scheme.lower() in {"gs", "gcs"} and "retry_limit_seconds" not in uri:
        # Arrow would try for a quarter of an hour.
        uri = f"{uri}{'&' if '?' in uri else '?'}retry_limit_seconds={_RETRY_SECONDS}"
    files, path = arrow.FileSystem.from_uri(uri)
    return files, path


def azure_options(environ: Mapping[str, str]) -> dict[str, str]:
    """Return how Arrow opens an Azure storage account, from the variables of Azure's own tools.

    Without a key or a signature in them, Arrow asks Azure's default credentials. The variables are
    those of https://learn.microsoft.com/cli/azure/storage, the pieces of a connection string those
    of https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string.

    Raises:
        ValueError: no account is named, or the connection string can't be used.
    """
    text = environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    if text:
        return _options_of(_pieces(text))
    account = _first(environ, "AZURE_STORAGE_ACCOUNT", "AZURE_STORAGE_ACCOUNT_NAME")
    if not account:
        raise ValueError("set AZURE_STORAGE_ACCOUNT to the name of the storage account")
    key = _first(environ, "AZURE_STORAGE_KEY", "AZURE_STORAGE_ACCOUNT_KEY")
    return {"account_name": account} | _credential(key, environ.get("AZURE_STORAGE_SAS_TOKEN", ""))


def _first(environ: Mapping[str, str], *names: str) -> str:
    return next((environ[one] for one in names if environ.get(one)), "")


def _credential(key: str, signature: str) -> dict[str, str]:
    """Return the key, or the shared access signature where there is none: Arrow takes one only."""
    if key:
        return {"account_key": key}
    return {"sas_token": signature} if signature else {}


def _pieces(text: str) -> dict[str, str]:
    pairs = (one.partition("=") for one in text.split(";") if one.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _options_of(pieces: Mapping[str, str]) -> dict[str, str]:
    account = pieces.get("AccountName", "")
    endpoint = urlsplit(pieces.get("BlobEndpoint", ""))
    if not account and endpoint.hostname:
        # A signature's string names the account in the endpoint alone.
        account = endpoint.path.strip("/") or endpoint.hostname.partition(".")[0]
    if not account:
        raise ValueError("AZURE_STORAGE_CONNECTION_STRING has no AccountName")
    options = {"account_name": account} | _credential(
        pieces.get("AccountKey", ""), pieces.get("SharedAccessSignature", "")
    )
    if endpoint.netloc:
        return options | _endpoint(account, endpoint.scheme, endpoint.netloc)
    suffix = pieces.get("EndpointSuffix", "")
    if suffix:
        options |= {
            "blob_storage_authority": f".blob.{suffix}",
            "dfs_storage_authority": f".dfs.{suffix}",
        }
    return options


def _endpoint(account: str, scheme: str, authority: str) -> dict[str, str]:
    """Return where it is served: Arrow puts the account before a host that begins with a dot."""
    host = authority.removeprefix(account) if authority.startswith(f"{account}.") else authority
    return {
        "blob_storage_scheme": scheme,
        "dfs_storage_scheme": scheme,
        "blob_storage_authority": host,
        "dfs_storage_authority": host.replace(".blob.", ".dfs.", 1),
    }
