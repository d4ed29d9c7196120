"""Where the weights of a network came from, in a word."""

WORDS: dict[str, tuple[str, str]] = {
    "origin_cifar10": (
        "Trained by this project on CIFAR-10 (10 classes), from its own Tiny-ImageNet weights. For 32 px images, enlarged to 64 px.",
        "由本项目在 CIFAR-10（10 类）上训练，初始权重是本项目的 Tiny-ImageNet 权重。面向 32 像素的图片，放大到 64 像素后输入网络。",
    ),
    "origin_upstream": (
        "Trained by this project from scratch on Tiny-ImageNet (200 classes, 32 px images enlarged to 64 px). A small replacement for ImageNet weights when offline.",
        "由本项目在 Tiny-ImageNet（200 类，32 像素的图片放大到 64 像素）上从零训练。离线时可以用它代替 ImageNet 权重。",
    ),
    "origin_imagenet": (
        "torchvision's {member} weights ({file}): ImageNet, 1,000 classes, {accuracy:.1f}% top-1 as published by torchvision.",
        "torchvision 官方的 {member} 权重（{file}）：ImageNet，1,000 类，torchvision 公布的 top-1 准确率为 {accuracy:.1f}%。",
    ),
    "origin_random": (
        "Untrained: torchvision's random initialisation with seed {seed}. Its predictions mean nothing, but its tensors still show how a block works.",
        "未经训练：torchvision 的随机初始化，随机种子 {seed}。它的预测没有意义，但张量仍能说明残差块如何工作。",
    ),
    "origin_timm": (
        "timm's {member} weights ({file}): ImageNet, 1,000 classes.",
        "timm 的 {member} 权重（{file}）：ImageNet，1,000 类。",
    ),
    "origin_code": (
        "Your file, run in a process of its own. Random weights, drawn with seed 0.",
        "你自己的文件，在单独的进程中运行。权重是随机的，随机种子为 0。",
    ),
    "origin_code_weights": (
        "Your file, run in a process of its own, with the weights in {weights_file}.",
        "你自己的文件，在单独的进程中运行，权重来自 {weights_file}。",
    ),
    "origin_code_run": (
        "Your file, run in a process of its own, with the weights of a run of Fine-tune.",
        "你自己的文件，在单独的进程中运行，权重来自一次微调。",
    ),
    "code_saved": ("{file} was saved: the page shows it.", "{file} 已保存，页面已更新。"),
    "code_waits": (
        "The page waits: mend the file and save it, and this goes on by itself.",
        "改好文件并保存，页面会自动继续。",
    ),
    "code_size": (
        "Its input is {size} (channels × height × width), the first that it accepted; write SIZE = (height, width) or INPUT = (channels, height, width) into the file to choose.",
        "输入是 {size}（通道×高×宽），即第一个能运行的尺寸；在文件里写 SIZE = (高, 宽) 或 INPUT = (通道, 高, 宽) 就可以指定。",
    ),
    "code_random": (
        "It draws random numbers at {random}, so its answers change from run to run.",
        "它在 {random} 处抽取随机数，所以每次运行的结果不同。",
    ),
    "code_reads": (
        "Its code reads values ({lines}), so its way depends on the image: what is shown holds for this image, and each change runs the code anew.",
        "它的代码读取了数值（{lines}），走哪条路取决于图片：这里显示的只适用于这张图片，每次改动都会重新运行代码。",
    ),
    "origin_hf": (
        "The weights in the folder {file}, opened by transformers as {kind}.",
        "文件夹 {file} 里的权重，由 transformers 打开为 {kind}。",
    ),
    "origin_random_hf": (
        "Untrained: the random initialisation of transformers with seed {seed}. Its predictions mean nothing, but its tensors still show how a block works.",
        "未经训练：transformers 的随机初始化，随机种子 {seed}。它的预测没有意义，但张量仍能说明残差块如何工作。",
    ),
    "origin_random_timm": (
        "Untrained: timm's random initialisation with seed {seed}. Its predictions mean nothing, but its tensors still show how a block works.",
        "未经训练：timm 的随机初始化，随机种子 {seed}。它的预测没有意义，但张量仍能说明残差块如何工作。",
    ),
    "origin_random_cifar": (
        "Untrained: He et al.'s network for CIFAR-10 with random initialisation, seed {seed}. Its predictions mean nothing, but its tensors still show how a block works. A run on the page “Why residual” gives it trained weights.",
        "未经训练：He 等人为 CIFAR-10 设计的网络，随机初始化，随机种子 {seed}。它的预测没有意义，但张量仍能说明残差块如何工作。在“为什么要残差”页训练，可以得到它的权重。",
    ),
    "origin_twin": (
        "Trained by this project on CIFAR-10: a small network to compare with and without shortcuts.",
        "由本项目在 CIFAR-10 上训练：用来对比有无捷径的小网络。",
    ),
    "origin_own_known": (
        "Your file {file} (outputs: {classes}). A state dict does not contain class names; those of the data set with {classes} classes are used.",
        "你的文件 {file}（输出数：{classes}）。state dict 不含类名，这里用恰有 {classes} 类的数据集的类名。",
    ),
    "origin_own_labelled": (
        "Your file {file} (classes: {classes}); the class names are in the file.",
        "你的文件 {file}（{classes} 个类别），类名来自文件。",
    ),
    "origin_own_described": (
        "Fine-tuned with this app: {file} (classes: {classes}).",
        "由本应用微调得到：{file}，{classes} 个类别。",
    ),
    "origin_own_named": (
        "Your file {file} (outputs: {classes}), with the class names that you gave.",
        "你的文件 {file}（输出数：{classes}），类名由你给出。",
    ),
    "reduced": (
        "Images enter at {size} px here instead of the network's own {own} px: the limit on this server for uploaded checkpoints.",
        "这里以 {size} 像素输入图片，而不是它自己的 {own} 像素：本服务器对上传的检查点设有这一上限。",
    ),
    "origin_own_numbered": (
        "Your file {file} (outputs: {classes}). A state dict does not contain class names; the classes are numbered.",
        "你的文件 {file}（输出数：{classes}）。state dict 不含类名，这里用编号显示。",
    ),
    "origin_module": (
        "Your own {kind} (outputs: {classes}), as it is in memory.",
        "你自己的 {kind}（输出数：{classes}），即内存中的模块。",
    ),
    "origin_module_guessed": (
        "Your own {kind} (outputs: {classes}), as it is in memory. Its preprocessing is a guess from its first layer: {guess}.",
        "你自己的 {kind}（输出数：{classes}），即内存中的模块。预处理按第一层猜测：{guess}。",
    ),
}
