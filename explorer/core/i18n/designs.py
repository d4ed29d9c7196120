"""Words of the comparison of blocks across designs, in the shortcut lab."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Compare blocks across designs", "不同设计的块，放在一起比"),
    "about": (
        "In 2015, the output of a block became x + F(x). ConvNeXt, ViT and Swin still compute that: each block reads a stream x and adds a correction F(x). With transformers it got a name, the residual stream. Are the corrections as large as in a ResNet, and does each one matter as much?",
        "2015 年，块的输出变成了 x + F(x)。ConvNeXt、ViT、Swin 至今仍是这样：每个块读取一条流 x，再加上一个修正 F(x)。到了 Transformer，它有了名字：残差流（residual stream）。这些修正和 ResNet 里的一样大吗？每一个都同样重要吗？",
    ),
    "attention": (
        "**The attention of a ViT, read as F(x).** A transformer layer adds twice. First F(x) is attention: after LayerNorm, each token takes a weighted mean over the values of all tokens, and the result is added to it. This moves information from place to place. Then F(x) is the MLP, which computes on each token alone. A 3×3 convolution does both at once, but sees only its neighbours. In all cases a branch of zero leaves x as it is.",
        "**把 ViT 的注意力看作 F(x)。** Transformer 的一层要加两次。第一次的 F(x) 是注意力：先做 LayerNorm，再让每个 token 对所有 token 的 value 取加权平均，结果加回这个 token，信息由此在不同位置之间流动。第二次的 F(x) 是 MLP，只在各个 token 自身上计算。3×3 卷积同时做这两件事，但只看得到邻近的像素。无论哪一种，分支为零时 x 都原样不变。",
    ),
    "stream": (
        "A ResNet's ReLU follows each sum and cuts x. In ConvNeXt, ViT and Swin nothing follows it, and the norm stands inside the branch, as He et al. proposed in 2016 ([arXiv:1603.05027](https://arxiv.org/abs/1603.05027)): within a stage, x passes from the first block to the last unchanged but for what is added.",
        "ResNet 在每次相加之后都有 ReLU，会截断 x。ConvNeXt、ViT、Swin 在相加之后什么也没有，归一化放在分支里，正如 He 等 2016 年提出的那样（[arXiv:1603.05027](https://arxiv.org/abs/1603.05027)）：在同一阶段内，x 从第一块到最后一块，除了加上去的部分，一直不变。",
    ),
    "of": ("Images", "图片"),
    "of_picture": ("this image", "这张图片"),
    "of_set": ("{count} test images", "{count} 张测试图片"),
    "start": ("Compare on {count} images, about {seconds:.0f} s", "比较（{count} 张图片，约 {seconds:.0f} 秒）"),
    "start_one": ("Compare on this image, about {seconds:.0f} s", "比较（这张图片，约 {seconds:.0f} 秒）"),
    "own": ("own weights", "自己的权重"),
    "ratio": ("‖F(x)‖ ÷ ‖x‖", "‖F(x)‖ ÷ ‖x‖"),
    "moved": ("change of the prediction", "预测分布的变化"),
    "depth": ("relative depth", "相对深度"),
    "ratio_title": ("How large is F(x) beside x?", "F(x) 与 x 相比有多大？"),
    "moved_title": ("What does it cost to remove one branch?", "去掉一个分支要付出多大代价？"),
    "ratio_alt": (
        "‖F(x)‖ ÷ ‖x‖ over relative depth. Median of each network: {values}",
        "‖F(x)‖ ÷ ‖x‖ 随相对深度的变化。各网络的中位数：{values}",
    ),
    "moved_alt": (
        "Change of the prediction without one branch, over relative depth. Mean of each network: {values}",
        "去掉一个分支后预测分布的变化，按相对深度。各网络的平均：{values}",
    ),
    "ratio_said": ("Median over the blocks: {values}.", "各块的中位数：{values}。"),
    "ratio_help": (
        "x is what the shortcut carries. Dashed: F(x) is as large as x. The axis is logarithmic.",
        "x 指捷径传递的张量。虚线：F(x) 与 x 一样大。纵轴为对数刻度。",
    ),
    "moved_said": ("Largest change: {values}.", "代价最大的块：{values}。"),
    "most": ("{network} without {block}, {moved:.0%}", "{network} 去掉 {block}，{moved:.0%}"),
    "moved_help": (
        "The probability that goes to other classes when zeros replace F(x) of one block (total variation distance). A point per block; nothing is retrained.",
        "把一个块的 F(x) 换成零时，转移到其他类别的概率（全变差距离）。每个块一个点；没有重新训练。",
    ),
    "untrained": (
        "Untrained here: {names}. Their ImageNet weights are not on this machine; open such a network in the menu to download them. The curve of an untrained network shows its initialisation, not what it learned, and removing one of its blocks says nothing, so it is not in the second chart.",
        "在本机未训练：{names}。它们的 ImageNet 权重不在本机；可以在菜单里打开该网络来下载。未训练网络的曲线反映的是初始化，不是学到的东西；去掉它的块也说明不了什么，所以第二张图里没有它。",
    ),
    "layer_scale": (
        "ConvNeXt multiplies each branch by a learned factor (layer scale) that starts at 0.000001: before training, its blocks are almost the identity.",
        "ConvNeXt 的每个分支都乘以一个可学习的系数（layer scale），初值为 0.000001：训练之前，它的块几乎就是恒等映射。",
    ),
    "sizes": (
        "Each network sees the image at its own input size, with the weights that are named.",
        "每个网络都按自己的输入尺寸看图片，权重如图例所示。",
    ),
}
