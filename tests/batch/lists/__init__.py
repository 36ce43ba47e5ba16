"""Tests of `importer/batch/lists`."""
