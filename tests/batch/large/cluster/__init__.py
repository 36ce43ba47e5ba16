"""Tests of long lists on a cluster."""
