"""What became of a list: its lines, its summary, its results file."""
