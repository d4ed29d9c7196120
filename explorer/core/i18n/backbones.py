"""The networks that the fine-tune lab takes."""

WORDS: dict[str, tuple[str, str]] = {
    "cost": (
        "{parameters} M parameters with ten classes; {adds} M multiply-adds for a picture of {px} px.",
        "十个类别时有 {parameters} M 个参数；一张 {px} 像素的图片需 {adds} M 次乘加。",
    ),
    "takes_any": ("It takes pictures of 32 px and more.", "可输入 32 像素及以上的图片。"),
    "takes_some": (
        "It takes only these sizes: {allowed} px.",
        "它只能输入这些尺寸：{allowed} 像素。",
    ),
    "unknown": (
        "“{name}” is not a network known here. Choose one of the list, one for CIFAR-10, written like cifar-resnet56 or cifar-plain56-w8, or, with timm installed, one of timm's, written like timm:resnet10t.",
        "这里没有网络“{name}”。请从列表中选择；也可以写用于 CIFAR-10 的网络，如 cifar-resnet56、cifar-plain56-w8；装有 timm 时还可写 timm 的网络，如 timm:resnet10t。",
    ),
    "timm_missing": (
        "These weights are not on this machine yet. {file} can be downloaded from the Hugging Face hub.",
        "本机还没有这份权重。可以从 Hugging Face Hub 下载 {file}。",
    ),
    "not_traced": (
        "The other pages look into ResNets alone. This network can be trained, tested and compared here.",
        "其他页面只分析 ResNet。这个网络可以在这里训练、测试和比较。",
    ),
}
