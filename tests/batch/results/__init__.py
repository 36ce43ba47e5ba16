"""Tests of what is said of a list."""
