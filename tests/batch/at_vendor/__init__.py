"""Tests of `importer/batch/at_vendor`."""
