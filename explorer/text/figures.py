"""Words of the command `figure`."""

WORDS: dict[str, tuple[str, str]] = {}
