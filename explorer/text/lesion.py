"""Words of the part `lesion`."""

WORDS: dict[str, tuple[str, str]] = {}
