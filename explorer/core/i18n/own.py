"""A user's own checkpoint: what was taken from it, and what its user is asked."""

WORDS: dict[str, tuple[str, str]] = {
    "part": (
        "The file has {count} state dicts; {part} is used.",
        "文件里有 {count} 个 state dict，这里用的是 {part}。",
    ),
    "part_file": ("the outermost", "最外层的"),
    "renamed": ("Names of tensors were translated.", "张量的名字已换成这里的名字。"),
    "dropped": (
        "Not part of this network and not used: {count} tensors.",
        "有 {count} 个张量不属于这个网络，未使用。",
    ),
    "padded_end": (
        "Shortcuts: zero channels at the end.",
        "捷径：零通道补在末尾。",
    ),
    "padded_both": (
        "Shortcuts: zero channels on both sides.",
        "捷径：零通道补在两侧。",
    ),
    "preprocess": (
        "Preprocessing {origin}: {size} px, mean {mean}, std {std}.",
        "预处理（{origin}）：{size} 像素，均值 {mean}，标准差 {std}。",
    ),
    "from_given": ("as you chose", "按你的选择"),
    "from_file": ("from the file", "来自文件"),
    "from_imagenet": ("assumed, as for ImageNet", "按 ImageNet 的惯例推定"),
    "from_cifar": ("assumed, as for CIFAR-10", "按 CIFAR-10 的惯例推定"),
}
