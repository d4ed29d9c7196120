"""Words of picture."""

WORDS: dict[str, tuple[str, str]] = {}
