"""Words of the part `inference`."""

WORDS: dict[str, tuple[str, str]] = {}
