"""The networks that the fine-tune lab takes."""

WORDS: dict[str, tuple[str, str]] = {
    "cost": (
        "{parameters} M parameters with ten classes; {adds} M multiply-adds (MACs) for an image of {px} px.",
        "十个类别时有 {parameters} M 个参数；一张 {px} 像素的图片需要 {adds} M 次乘加（MACs）。",
    ),
    "takes_any": ("Accepts images of 32 px and larger.", "可输入 32 像素及以上的图片。"),
    "takes_some": (
        "Accepts only these sizes: {allowed} px.",
        "它只能输入这些尺寸：{allowed} 像素。",
    ),
    "unknown": (
        "“{name}” is not a known network. Choose one from the list, a CIFAR-10 network such as cifar-resnet56 or cifar-plain56-w8, or, with timm installed, a timm model such as timm:resnet10t.",
        "没有名为“{name}”的网络。请从列表中选择；也可以写用于 CIFAR-10 的网络，如 cifar-resnet56、cifar-plain56-w8；装有 timm 时还可写 timm 的模型，如 timm:resnet10t。",
    ),
    "timm_missing": (
        "These weights are not on this machine yet. {file} can be downloaded from the Hugging Face Hub.",
        "本机还没有这份权重。可以从 Hugging Face Hub 下载 {file}。",
    ),
}
