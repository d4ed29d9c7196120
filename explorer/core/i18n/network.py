"""Where the weights of a network came from, in a word."""

WORDS: dict[str, tuple[str, str]] = {
    "origin_cifar10": (
        "Trained by this project on CIFAR-10 (10 classes), starting from its own Tiny-ImageNet weights. Made for 32 px pictures, shown to the network at 64 px.",
        "由本项目在 CIFAR-10（10 类）上训练，初始权重是本项目的 Tiny-ImageNet 权重。面向 32 像素的图，放大到 64 像素后输入网络。",
    ),
    "origin_upstream": (
        "Trained by this project from scratch on Tiny-ImageNet (200 classes, 32 px pictures shown at 64 px). A small stand-in for ImageNet weights when you are offline.",
        "本项目在 Tiny-ImageNet（200 类，32 像素的图以 64 像素输入）上从零训练。离线时可以用它代替 ImageNet 权重。",
    ),
    "origin_imagenet": (
        "torchvision's own {member} weights ({file}): ImageNet, 1,000 classes, {accuracy:.1f}% top-1 by torchvision's account.",
        "torchvision 官方的 {member} 权重（{file}）：ImageNet，1,000 类，torchvision 公布的 top-1 准确率为 {accuracy:.1f}%。",
    ),
    "origin_random": (
        "Not trained: torchvision's random start with seed {seed}. Its answers mean nothing, but its tensors still show how a block works.",
        "未经训练：torchvision 的随机初始化，种子 {seed}。它的答案没有意义，但张量仍能说明残差块如何工作。",
    ),
    "origin_random_cifar": (
        "Not trained: He et al.'s network for CIFAR-10 with its random start, seed {seed}. Its answers mean nothing, but its tensors still show how a block works. A run of the page Why residual gives it weights.",
        "未经训练：He 等人为 CIFAR-10 设计的网络，随机初始化，种子 {seed}。它的答案没有意义，但张量仍能说明残差块如何工作。“为什么要残差”页的训练可以给它权重。",
    ),
    "origin_twin": (
        "Trained by this project on CIFAR-10: a small network for the comparison of with and without shortcuts.",
        "由本项目在 CIFAR-10 上训练：用来比较有无捷径的小网络。",
    ),
    "origin_own_known": (
        "Your file {file} (outputs: {classes}). A state dict does not name its classes: they are shown with the names of "
        "the data set that has {classes}.",
        "你的文件 {file}（输出数：{classes}）。state dict 不含类名，这里按恰有 {classes} 类的数据集来显示。",
    ),
    "origin_own_described": (
        "Fine-tuned with this app: {file}; number of classes: {classes}.",
        "由本应用微调得到：{file}，{classes} 个类别。",
    ),
    "reduced": (
        "It sees pictures at {size} px here, not at its own {own} px: this server shows readers' files no larger.",
        "这里以 {size} 像素输入图片，而不是它自己的 {own} 像素：本服务器对读者的文件设有这一上限。",
    ),
    "origin_own_numbered": (
        "Your file {file} (outputs: {classes}). A state dict does not name its classes: they are numbered.",
        "你的文件 {file}（输出数：{classes}）。state dict 不含类名，这里用编号显示。",
    ),
}
