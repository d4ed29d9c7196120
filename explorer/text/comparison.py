"""Backbones compared: the page Compare, its report and its command."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Which backbone learns CIFAR-10 best?", "哪个骨干网络在 CIFAR-10 上学得最好？"),
}
