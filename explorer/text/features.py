"""Words of the feature maps page, and its parts maps and compare."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("What does each stage see in your picture?", "每个阶段在图片里看到了什么？"),
    "parts": ("View", "视图"),
    "part_maps": ("Channels", "通道"),
    "part_compare": ("Two networks", "两个网络"),
    "part_attribution": ("What decided", "依据在哪里"),
    "part_space": ("Many pictures", "许多图片"),
}
