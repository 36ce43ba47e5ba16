"""The terminal: lines, bars, questions, and the exit code."""
