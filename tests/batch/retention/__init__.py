"""Tests of forgetting: no number is left, nothing is made twice, and what is left is told."""
