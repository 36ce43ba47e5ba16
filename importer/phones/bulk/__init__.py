"""Many cells at once: the fast path, which takes only what it can prove."""
