"""Nights on a fake clock, against a sandbox on a real socket."""
