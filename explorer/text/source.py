"""Words of source."""

WORDS: dict[str, tuple[str, str]] = {}
