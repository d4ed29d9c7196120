"""The page Pretraining."""

WORDS: dict[str, tuple[str, str]] = {
    "title": (
        "Why does a network learn faster when it has seen other pictures before?",
        "先看过别的图片的网络，为什么学得更快？",
    ),
}
