"""Lists of several files, and of files too large for memory: their parts, read block by block."""
