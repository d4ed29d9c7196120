"""Words of the shortcut lab: the page, and its parts block, depth and change."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("What does the shortcut carry, and what does the branch add?", "捷径传递了什么，分支又加上了什么？"),
    "parts": ("Experiment", "实验"),
    "part_block": ("One block", "单个块"),
    "part_depth": ("All blocks", "所有块"),
    "part_change": ("Change it", "动手改"),
    "part_lesion": ("Remove blocks", "去掉块"),
    "part_gradients": ("Gradients", "梯度"),
    "part_inference": ("Block by block", "逐块推断"),
}
