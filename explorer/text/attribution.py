"""Words of the part `attribution`."""

WORDS: dict[str, tuple[str, str]] = {}
