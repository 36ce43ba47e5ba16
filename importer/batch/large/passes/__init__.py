"""The two passes over a long list: what its columns show, and what its numbers are."""
