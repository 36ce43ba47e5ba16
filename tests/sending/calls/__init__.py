"""Tests of what every kind of call shares."""
