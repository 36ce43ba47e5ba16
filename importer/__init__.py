"""Turns spreadsheets of phone numbers into number groups at the vendor's API, safely.

Read `importer/batch/pipeline.py` first: it has the whole way in about eight calls.
"""

__version__ = "0.1.0"
