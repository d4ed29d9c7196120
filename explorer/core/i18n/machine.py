"""What this machine has, and what the command line says of a trace."""

WORDS: dict[str, tuple[str, str]] = {
    "interrupted": ("Stopped; no file is half-written.", "已停止；没有写了一半的文件。"),
    "left": (", about {seconds:.0f} s left", "，还需约 {seconds:.0f} 秒"),
    "device": ("Device", "设备"),
    "cores": (
        "CPU cores: {count}",
        "CPU 核心数：{count}",
    ),
    "threads": (
        "torch threads: {count}",
        "torch 线程数：{count}",
    ),
    "memory": (
        "{gb:.0f} GB of GPU memory",
        "显存 {gb:.0f} GB",
    ),
    "data": ("Data", "数据"),
    "data_none": (
        "CIFAR-10 was not found. Put it into ./data, set EXPLORER_DATA to its folder, or download it from the image menu.",
        "本机没有 CIFAR-10。可以放进 ./data，用 EXPLORER_DATA 指定文件夹，或在图片菜单里下载。",
    ),
    "data_cifar10": (
        "CIFAR-10 test images found.",
        "已找到 CIFAR-10 测试图片。",
    ),
    "data_folder": ("Test images found, one folder per class.", "已找到测试图片（每个类别一个文件夹）。"),
    "gallery": (
        "Images in the gallery: {count}.",
        "图库共 {count} 张图片。",
    ),
    "versions": ("Versions", "版本"),
    "network": ("Network", "网络"),
    "table_alt": ("Available weights of each network", "各网络可用的权重"),
    "bundled": ("bundled with the app", "随应用自带"),
    "cached": ("on this machine", "本机已有"),
    "download": ("can be downloaded", "可下载"),
    "built": ("random, from a seed", "按随机种子初始化"),
    "traced": (
        "{out}: {count} tensors, {mb:.1f} MB. Predicted class: {label} ({probability:.1%}).",
        "{out}：{count} 个张量，{mb:.1f} MB。预测类别：{label}（{probability:.1%}）。",
    ),
}
