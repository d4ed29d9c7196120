"""One server for many: a cluster, and a public one."""

WORDS: dict[str, tuple[str, str]] = {}
