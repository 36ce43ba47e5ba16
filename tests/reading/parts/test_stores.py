"""How file systems elsewhere are opened."""

from __future__ import annotations

import pytest

from importer.reading.parts.stores import azure_options

ACCOUNT, KEY, TOKEN = "exports", "a2V5", "sv=2024&sig=abc%3D"
CLOUD = "DefaultEndpointsProtocol=https;AccountName=exports;AccountKey=a2V5"


@pytest.mark.parametrize(
    ("environ", "options"),
    [
        ({"AZURE_STORAGE_ACCOUNT": ACCOUNT}, {}),
        ({"AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT}, {}),
        ({"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_KEY": KEY}, {"account_key": KEY}),
        (
            {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_ACCOUNT_KEY": KEY},
            {"account_key": KEY},
        ),
        (
            {"AZURE_STORAGE_ACCOUNT": ACCOUNT, "AZURE_STORAGE_SAS_TOKEN": TOKEN},
            {"sas_token": TOKEN},
        ),
        (
            {
                "AZURE_STORAGE_ACCOUNT": ACCOUNT,
                "AZURE_STORAGE_KEY": KEY,
                "AZURE_STORAGE_SAS_TOKEN": TOKEN,
            },
            {"account_key": KEY},
        ),
    ],
)
def test_azure_is_opened_by_the_variables_of_its_own_tools(
    environ: dict[str, str], options: dict[str, str]
) -> None:
    """A key, or else a signature, is used; with neither, Azure's default credentials are asked."""
    assert azure_options(environ) == {"account_name": ACCOUNT} | options


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (CLOUD, {"account_key": KEY}),
        (f"{CLOUD};", {"account_key": KEY}),
        (
            f"{CLOUD};EndpointSuffix=core.example",
            {
                "account_key": KEY,
                "blob_storage_authority": ".blob.core.example",
                "dfs_storage_authority": ".dfs.core.example",
            },
        ),
        (
            f"BlobEndpoint=https://exports.blob.core.example/;SharedAccessSignature={TOKEN}",
            {
                "sas_token": TOKEN,
                "blob_storage_scheme": "https",
                "dfs_storage_scheme": "https",
                "blob_storage_authority": ".blob.core.example",
                "dfs_storage_authority": ".dfs.core.example",
            },
        ),
        (
            "AccountName=exports;AccountKey=a2V5==;BlobEndpoint=http://127.0.0.1:10000/exports",
            {
                "account_key": "a2V5==",
                "blob_storage_scheme": "http",
                "dfs_storage_scheme": "http",
                "blob_storage_authority": "127.0.0.1:10000",
                "dfs_storage_authority": "127.0.0.1:10000",
            },
        ),
    ],
)
def test_azure_is_opened_by_a_connection_string(text: str, options: dict[str, str]) -> None:
    """A connection string says all: the account, its key or signature, and where it is served."""
    environ = {"AZURE_STORAGE_CONNECTION_STRING": text, "AZURE_STORAGE_ACCOUNT": "another"}
    assert azure_options(environ) == {"account_name": ACCOUNT} | options


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "set AZURE_STORAGE_ACCOUNT to the name of the storage account"),
        (
            {"AZURE_STORAGE_CONNECTION_STRING": "AccountKey=a2V5"},
            "AZURE_STORAGE_CONNECTION_STRING has no AccountName",
        ),
    ],
)
def test_no_account_is_said(environ: dict[str, str], said: str) -> None:
    """Where no variable names the account, it is said which one to set."""
    with pytest.raises(ValueError, match=said):
        azure_options(environ)
