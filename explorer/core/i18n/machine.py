"""What this machine has, and what the command line says of a trace."""

WORDS: dict[str, tuple[str, str]] = {
    "interrupted": ("stopped; nothing is half written", "已停止；没有留下写了一半的文件"),
    "left": (", about {seconds:.0f} s left", "，还需约 {seconds:.0f} 秒"),
    "device": ("Device", "设备"),
    "cores": (
        "{count} processor cores",
        "{count} 个处理器核",
    ),
    "threads": (
        "{count} torch threads",
        "{count} 个 torch 线程",
    ),
    "memory": (
        "{gb:.0f} GB of GPU memory",
        "显存 {gb:.0f} GB",
    ),
    "data": ("Data", "数据"),
    "data_none": (
        "No CIFAR-10 here. Put it into ./data, name its folder in EXPLORER_DATA, or download it from the picture menu.",
        "本机没有 CIFAR-10。可以放进 ./data，用 EXPLORER_DATA 指定文件夹，或在选图菜单里下载。",
    ),
    "data_cifar10": (
        "CIFAR-10 test pictures found.",
        "已找到 CIFAR-10 测试图片。",
    ),
    "data_folder": ("Test pictures found, in one folder a class.", "已找到按类别分文件夹的测试图片。"),
    "gallery": (
        "{count} pictures in the gallery.",
        "图库共 {count} 张图。",
    ),
    "versions": ("Versions", "版本"),
    "network": ("Network", "网络"),
    "table_alt": ("Which weights there are for each network", "每个网络有哪些权重"),
    "bundled": ("comes with the app", "随应用自带"),
    "cached": ("on this machine", "本机已有"),
    "download": ("can be downloaded", "可下载"),
    "built": ("built from a seed", "按种子随机生成"),
    "traced": (
        "{out}: {count} tensors, {mb:.1f} MB. The network says {label} ({probability:.1%}).",
        "{out}：{count} 个张量，{mb:.1f} MB。网络的判断：{label}（{probability:.1%}）。",
    ),
}
