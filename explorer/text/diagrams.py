"""Words of the diagrams."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("How is the network built?", "网络是怎样搭起来的？"),
}
