"""Words of the part `space`."""

WORDS: dict[str, tuple[str, str]] = {}
