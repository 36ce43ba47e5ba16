"""A local server that speaks the vendor's API, with faults on demand.

It shares nothing with the client but the signature, so that the two can't be wrong together.
"""

from importer.sandbox.checks import ACCESS_KEY, ACCESS_SECRET
from importer.sandbox.faults import FAULTS, scripts_of
from importer.sandbox.listing import CreatedGroup
from importer.sandbox.sandbox import Call, Sandbox
from importer.sandbox.server import serve, serve_forever, state_url
from importer.sandbox.vendor_kinds import KINDS, VendorKind, kind_of

__all__ = [
    "ACCESS_KEY",
    "ACCESS_SECRET",
    "FAULTS",
    "KINDS",
    "Call",
    "CreatedGroup",
    "Sandbox",
    "VendorKind",
    "kind_of",
    "scripts_of",
    "serve",
    "serve_forever",
    "state_url",
]
