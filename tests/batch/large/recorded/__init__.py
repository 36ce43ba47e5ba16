"""Tests of `importer.batch.large.recorded`."""
