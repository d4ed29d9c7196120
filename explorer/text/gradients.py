"""Words of the part `gradients`."""

WORDS: dict[str, tuple[str, str]] = {}
