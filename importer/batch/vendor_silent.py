"""The vendor's groups could not be listed: the error that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from importer.errors import CredentialsRefused, Exit, ImporterError
from importer.sending.calls.retry import Stop

if TYPE_CHECKING:
    from importer.sending.listing.lister import ListingError


class VendorSilent(ImporterError):
    """The vendor's groups can't be listed."""

    exit_code = Exit.UNFINISHED


def explained(error: ListingError) -> ImporterError:
    """Return the error that tells the operator why the vendor's groups could not be listed."""
    if error.stop is Stop.CREDENTIALS:
        return CredentialsRefused(
            f"The API refused the credentials ({error}): check NXCLOUD_ACCESS_KEY and "
            "NXCLOUD_ACCESS_SECRET."
        )
    return VendorSilent(
        f"The vendor's groups could not be listed ({error}): run the same command again later."
    )
