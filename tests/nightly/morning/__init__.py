"""Tests of what the operator finds and gets in the morning."""
