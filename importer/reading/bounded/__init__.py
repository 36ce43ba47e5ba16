"""Runs the careful readers in a process of their own, with bounds on its memory and work."""
