"""Tests of a night's folders."""
