"""Database notifications → server-sent events, each page getting what its account may see."""
