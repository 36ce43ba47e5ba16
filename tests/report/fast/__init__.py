"""Tests of the fast way to write long sheets."""
