"""Careful readers in a process of their own, with bounds on its memory and time."""
