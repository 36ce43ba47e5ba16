"""A local server that speaks the vendor's API, with faults on demand.

It shares nothing with the client but the signature, so that the two can't be wrong together.
"""

from importer.sandbox.faults import FAULTS
from importer.sandbox.sandbox import Call, Sandbox
from importer.sandbox.server import serve, serve_forever
from importer.sandbox.vendor import ACCESS_KEY, ACCESS_SECRET, CreatedGroup

__all__ = [
    "ACCESS_KEY",
    "ACCESS_SECRET",
    "FAULTS",
    "Call",
    "CreatedGroup",
    "Sandbox",
    "serve",
    "serve_forever",
]
