"""State of and between sessions: query parameters, uploads, cached results, long tasks, access to runs."""
