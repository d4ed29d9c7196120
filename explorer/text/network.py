"""Words of network."""

WORDS: dict[str, tuple[str, str]] = {}
