"""Tests of the pages of reference."""
