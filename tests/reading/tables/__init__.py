"""What the tables of every format promise."""
