"""A user's own checkpoint: what was taken from it, and what its user is asked."""

WORDS: dict[str, tuple[str, str]] = {
    "part": (
        "The file has {count} state dicts; {part} is used.",
        "文件里有 {count} 个 state dict，这里用的是 {part}。",
    ),
    "part_file": ("the outermost", "最外层的"),
    "renamed": ("Names of tensors were adapted.", "张量的名字已改成这里的写法。"),
    "dropped": (
        "Not part of this network and not used: {count} tensors.",
        "有 {count} 个张量不属于这个网络，未使用。",
    ),
    "padded_end": (
        "Shortcuts {origin}: zero channels at the end.",
        "捷径（{origin}）：零通道补在末尾。",
    ),
    "padded_both": (
        "Shortcuts {origin}: zero channels on both sides.",
        "捷径（{origin}）：零通道补在两侧。",
    ),
    "preprocess": (
        "Preprocessing {origin}: {size} px, mean {mean}, std {std}.",
        "预处理（{origin}）：{size} 像素，均值 {mean}，标准差 {std}。",
    ),
    "from_given": ("as you chose", "按你的选择"),
    "from_measured": ("as measured on labelled images", "用带标签的图片测得"),
    "from_names": ("assumed from the names of its layers", "由各层的名字推定"),
    "from_file": ("from the file", "来自文件"),
    "from_imagenet": ("assumed, as for ImageNet", "按 ImageNet 的惯例推定"),
    "from_cifar": ("assumed, as for CIFAR-10", "按 CIFAR-10 的惯例推定"),
    "classes_given": ("Class names: yours, or of the data set that you chose.", "类名由你给出，或取自所选数据集。"),
    "classes_file": ("Class names: from the file.", "类名来自文件。"),
    "classes_data": (
        "Class names: assumed, those of the data set with as many classes.",
        "类名是推定的：取自类别数相同的数据集。",
    ),
    "classes_numbers": ("The file names no classes; they are numbered.", "文件里没有类名，用编号表示。"),
    "change": ("Change the preprocessing", "更改预处理"),
    "change_help": (
        "A file of weights seldom says how its images were prepared. If the answers look random, try another. Your own mean, std and size, and class names: **{menu}**, above.",
        "权重文件很少写明图片是怎样预处理的。如果预测结果像是乱猜，请换一种试试。自己的均值、标准差和尺寸，以及类名，在上方的**{menu}**里填写。",
    ),
    "preset_imagenet": ("ImageNet, 224 px", "ImageNet，224 像素"),
    "preset_cifar": ("CIFAR-10, 32 px (the tutorial's own file)", "CIFAR-10，32 像素（教程保存的文件）"),
    "preset_imagenet32": ("32 px, ImageNet's mean and std", "32 像素，ImageNet 的均值和标准差"),
    "preset_cifar64": ("CIFAR-10, 32 px enlarged to 64", "CIFAR-10，32 像素放大到 64"),
    "preset_custom": ("My own mean, std, size", "自己填写均值、标准差、尺寸"),
    "ask_part": ("State dict to use", "使用哪个 state dict"),
    "ask_padding": ("Zero channels of the shortcuts", "捷径补的零通道"),
    "ask_padding_help": (
        "Where the number of channels doubles, shortcuts without weights add zeros (option A). Here they come last; akamaster's networks have half of them on each side. A file does not say which.",
        "通道数加倍处，无权重的捷径用零补足（选项 A）。这里补在末尾；akamaster 的网络两侧各补一半。文件里看不出是哪一种。",
    ),
    "pad_end": ("at the end", "补在末尾"),
    "pad_both": ("on both sides", "补在两侧"),
    "ask_preset": ("Preprocessing", "预处理"),
    "ask_preset_help": (
        "How images were prepared when these weights were trained.",
        "训练这份权重时图片是怎样预处理的。",
    ),
    "ask_mean": ("Mean (red, green, blue)", "均值（红、绿、蓝）"),
    "ask_std": ("Std (red, green, blue)", "标准差（红、绿、蓝）"),
    "ask_size": ("Input size, px", "输入边长（像素）"),
    "ask_labelled": ("Labelled images to test it on", "用来检验的带标签图片"),
    "ask_labelled_help": (
        "The preprocessing and padding that are not known are measured on up to 100 of them, and the image menu lists them, mistakes first. Upload a zip on the Fine-tune page to have it here.",
        "用其中最多 100 张来测定未知的预处理和补零方式；图片菜单会列出它们，答错的在前。在“微调”页上传的 zip 也可在此选择。",
    ),
    "no_labelled": ("none", "无"),
    "score": ("Of {count} images of {data}, {right} are right.", "{data} 的 {count} 张图片中，答对 {right} 张。"),
    "other_classes": (
        "{data} has other classes than the {count} of this checkpoint, so nothing is measured on it.",
        "{data} 的类别与这个检查点的 {count} 个类别不符，因此没有用它来检验。",
    ),
    "ask_classes": ("Class names, one per line", "类名，每行一个"),
    "ask_classes_file": ("… or a text file of them", "……或含类名的文本文件"),
}
