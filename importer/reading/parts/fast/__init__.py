"""Blocks of text that are plain enough for Arrow."""
