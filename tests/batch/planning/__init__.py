"""Tests of gates, groups and plans."""
