"""The networks that the fine-tune lab takes."""

WORDS: dict[str, tuple[str, str]] = {}
