"""The stories: a file from its rows to groups and results, and what is done with batches later."""
