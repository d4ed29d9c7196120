"""Words of results that are there at once, and of what is computed when asked for."""

WORDS: dict[str, tuple[str, str]] = {
    "stored": (
        "**Stored result**: {count} test images of CIFAR-10 ({files}). `{command}`, {day}, {hardware}, {versions}.",
        "**预先算好的结果**：{count} 张 CIFAR-10 测试图片（{files}）。`{command}`，{day}，{hardware}，{versions}。",
    ),
    "files_folders": (
        "saved again as JPEG, one folder per class, so not the original pixels",
        "另存为 JPEG，每类一个文件夹，与原始像素略有不同",
    ),
    "files_torchvision": ("the original pixels", "原始像素"),
    "no_pictures": (
        "The images themselves are not on this machine. CIFAR-10 can be downloaded in the image menu above; then you can also measure here.",
        "图片本身不在这台机器上。可以在上方的图片菜单里下载 CIFAR-10，之后也能在本机测量。",
    ),
    "other_pictures": (
        "Your test images are not exactly these: other files, or another order.",
        "你手头的测试图片与这些不完全相同：文件或顺序不一样。",
    ),
    "fresh": (
        "**Computed here**, on {count} images: {source}.",
        "**在本机算出**，共 {count} 张图片：{source}。",
    ),
    "again": ("Recompute here, about {time}", "在本机重新计算，约{time}"),
    "compute": ("Compute for {count} images, about {time}", "计算 {count} 张图片，约{time}"),
    "compute_other": (
        "Compute for {count} images ({source}), about {time}",
        "计算 {count} 张图片（{source}），约{time}",
    ),
    "stored_too": ("**Stored result**, of the same images as above.", "**预先算好的结果**，图片与上面相同。"),
    "waits": (
        "No stored result for this choice. Nothing is computed until you ask; the time is an estimate for this machine.",
        "这个选择没有预先算好的结果。点击按钮才开始计算；时间是对这台机器的估计。",
    ),
}
