"""Words of machine."""

WORDS: dict[str, tuple[str, str]] = {}
