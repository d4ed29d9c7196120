"""Words of home."""

WORDS: dict[str, tuple[str, str]] = {}
