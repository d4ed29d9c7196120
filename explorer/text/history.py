"""The page History: pretrained networks since LeNet-5."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("How did pretrained networks get here?", "预训练模型是怎样一步步走到今天的？"),
}
