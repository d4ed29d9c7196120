"""Words of predict."""

WORDS: dict[str, tuple[str, str]] = {}
