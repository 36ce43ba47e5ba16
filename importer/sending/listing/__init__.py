"""Looks at what groups the vendor has, and which of them is one in doubt."""
