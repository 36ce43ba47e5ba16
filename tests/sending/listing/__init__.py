"""Tests of looking at the vendor's groups."""
