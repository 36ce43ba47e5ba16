"""Sends groups: workers, their shared pace, and what to do with each answer."""
