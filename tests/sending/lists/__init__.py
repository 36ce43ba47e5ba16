"""The calls that change a list's groups."""
