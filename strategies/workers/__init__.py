"""Worker processes that evaluate strategies: the pool, its queries and results."""
