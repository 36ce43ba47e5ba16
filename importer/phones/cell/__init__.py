"""One cell: the definition of what is right."""
