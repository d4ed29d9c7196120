"""Words of bar."""

WORDS: dict[str, tuple[str, str]] = {}
