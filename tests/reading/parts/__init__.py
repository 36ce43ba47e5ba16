"""Tests of lists of several files."""
