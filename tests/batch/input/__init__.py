"""Tests of an input file as far as its numbers."""
