"""Text files: encodings, delimiters, and web pages."""
