"""Whole columns at once: texts as bytes, numbers among numbers, threads, memory."""
