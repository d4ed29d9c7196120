"""In front of the pages: ASGI middleware, host names, the process."""
