"""An input file as far as its numbers: read, decided line by line, corrections put in, saved."""
