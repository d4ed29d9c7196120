"""What this machine has."""

WORDS: dict[str, tuple[str, str]] = {
    "device": ("Device", "设备"),
    "threads": ("{count} threads of torch", "torch 使用 {count} 个线程"),
    "memory": ("{gb:.0f} GB of its own memory", "显存 {gb:.0f} GB"),
    "data": ("Data", "数据"),
    "data_none": (
        "No CIFAR-10 here. Put it into ./data, name its folder in EXPLORER_DATA, or download it from the picture menu.",
        "本机没有 CIFAR-10。可以放进 ./data，用 EXPLORER_DATA 指定文件夹，或在选图菜单里下载。",
    ),
    "data_cifar10": ("CIFAR-10 test pictures found ({layout}).", "已找到 CIFAR-10 测试图（{layout}）。"),
    "data_folder": ("A folder of class folders found.", "已找到按类别分文件夹的图片。"),
    "gallery": ("{count} pictures in the gallery", "图库共 {count} 张图"),
    "versions": ("Versions", "版本"),
    "network": ("Network", "网络"),
    "bundled": ("comes with the app", "随应用自带"),
    "cached": ("on this machine", "本机已有"),
    "download": ("can be downloaded", "可下载"),
    "built": ("built on the spot", "即时构造"),
}
