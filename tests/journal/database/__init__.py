"""Tests of the databases that a journal is kept in."""
