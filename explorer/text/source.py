"""Words of the page that steps through torchvision's source."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("What does this block add to the picture?", "这个残差块给图像加了什么？"),
    "block": ("Block", "残差块"),
    "block_network": ("the whole network", "整个网络"),
    "block_help": (
        "Blocks have torchvision's own paths. The whole network is ResNet._forward_impl.",
        "残差块用 torchvision 自己的路径命名。“整个网络”即 ResNet._forward_impl。",
    ),
    "step": ("Line", "代码行"),
    "back": ("Back", "上一步"),
    "next": ("Next", "下一步"),
    "into": ("Into the call", "进入调用"),
    "out": ("Out of the call", "跳出调用"),
    "keys": (
        "Click a line, or use the arrow keys on the code.",
        "点击某一行，或在代码上按方向键。",
    ),
    "listing_label": ("Source of {name}", "{name} 的源码"),
    "version": ("torchvision {version}, as installed", "本机安装的 torchvision {version}"),
    "on_the_web": ("these lines on GitHub", "在 GitHub 上看这几行"),
    "more_source": ("More of this source: how the block is built", "更多源码：残差块是怎样搭建的"),
    "holds": ("{variable} now holds", "{variable} 现在是"),
    "test_true": ("This test is true here: the block has a downsample.", "此处条件成立：这个块有 downsample。"),
    "test_false": (
        "This test is false here: the line below is skipped and identity stays x.",
        "此处条件不成立：跳过下一行，identity 仍是 x。",
    ),
    "channels": ("Channels", "通道"),
    "channels_strongest": ("strongest", "最强的"),
    "channels_first": ("in order", "按顺序"),
    "channels_chosen": ("my choice", "自选"),
    "channels_start": ("First channel", "起始通道"),
    "channels_list": ("Numbers, with commas", "通道号，用逗号分隔"),
    "channels_bad": (
        "“{given}” is not a list of channels. Write numbers from 0 to {last}, such as 0, 5, 17.",
        "“{given}”不是通道列表。请写 0 到 {last} 之间的数，例如 0, 5, 17。",
    ),
    "channel_alt": ("Map of channel {channel}", "通道 {channel} 的特征图"),
    "scale_signed": ("Brown is negative, white zero, teal positive", "棕色为负，白色为零，青色为正"),
    "scale_magnitude": ("White is zero, teal positive", "白色为零，青色为正"),
    "mean": ("mean", "均值"),
    "std": ("std", "标准差"),
    "min": ("min", "最小"),
    "max": ("max", "最大"),
    "zeros": ("zeros", "零的占比"),
    "norm": ("norm", "范数"),
    "histogram_alt": ("How the values are spread", "数值的分布"),
    "histogram_value": ("value", "值"),
    "histogram_share": ("share", "占比"),
    "now": ("after this line", "执行后"),
    "before": ("before", "执行前"),
    "shortcut": ("shortcut", "捷径"),
    "branch": ("branch", "分支"),
    "sum": ("sum", "和"),
    # how the shape came about
    "shape_conv": (
        "{channels} filters of {kernel} slide over {before}. Each side: ⌊({size} + 2·{padding} − {reach}) / {stride}⌋ + 1 "
        "= {after}.",
        "{channels} 个 {kernel} 的卷积核扫过 {before}。每边：⌊({size} + 2·{padding} − {reach}) / {stride}⌋ + 1 = {after}。",
    ),
    "shape_pool": (
        "The largest value of each {kernel} window, every {stride} pixels: {before} becomes {after}.",
        "每隔 {stride} 个像素，取 {kernel} 窗口中的最大值：{before} 变为 {after}。",
    ),
    "shape_same": ("Same shape as before: {shape}.", "形状不变：{shape}。"),
    "shape_alias": (
        "No new tensor: {variable} is another name for the same memory.",
        "没有产生新张量：{variable} 只是同一块内存的另一个名字。",
    ),
    "shape_other": ("{before} became {after}.", "{before} 变为 {after}。"),
    "shape_parts": ("{count} calls in a row: {before} became {after}.", "连续 {count} 个调用：{before} 变为 {after}。"),
    # what changed against the line before
    "changed_relu": (
        "{share:.0%} of the values were negative and are now zero.",
        "有 {share:.0%} 的值是负数，现在变成了零。",
    ),
    "changed_norm": (
        "The spread went from {before} to {after}, the mean from {mean_before} to {mean_after}.",
        "标准差从 {before} 变为 {after}，均值从 {mean_before} 变为 {mean_after}。",
    ),
    "changed_add": (
        "The branch is {ratio:.2f} times as large as the shortcut (norms {branch} and {shortcut}); the cosine between them "
        "is {cosine:.2f}.",
        "分支的大小是捷径的 {ratio:.2f} 倍（范数 {branch} 与 {shortcut}），两者夹角的余弦为 {cosine:.2f}。",
    ),
    "changed_nothing": ("The values are untouched.", "数值没有变化。"),
    # explanations, chosen by the code of the line
    "explain_alias": (
        "The block puts its input aside. **Nothing is computed**: identity and x are one tensor. This is the whole "
        "secret of the shortcut: it costs no parameter and no multiplication.",
        "先把输入放在一边。**这里什么也没有计算**：identity 和 x 是同一个张量。捷径的秘密就在这里：不需要任何参数，也不做一次乘法。",
    ),
    "explain_conv_first": (
        "The branch F begins. A 3×3 convolution mixes each pixel with its neighbours; in a block that opens a stage its "
        "stride 2 also halves the map.",
        "分支 F 由此开始。3×3 卷积把每个像素与邻居混合；若该块是一个阶段的开头，步长 2 还会让特征图的边长减半。",
    ),
    "explain_conv_squeeze": (
        "The branch F begins by squeezing: a 1×1 convolution mixes channels pixel by pixel, so that the costly 3×3 works "
        "on fewer of them.",
        "分支 F 先做压缩：1×1 卷积逐像素混合通道，让后面昂贵的 3×3 卷积只处理较少的通道。",
    ),
    "explain_conv_middle": (
        "The 3×3 convolution of the bottleneck, on the squeezed channels. torchvision puts the stride here; the paper had "
        "it on the first 1×1 (this is “ResNet v1.5”).",
        "瓶颈中的 3×3 卷积，作用在压缩后的通道上。torchvision 把步长放在这里，论文放在第一个 1×1 上（这就是 “ResNet v1.5”）。",
    ),
    "explain_conv_expand": (
        "The last 1×1 convolution widens the channels fourfold, to the width of the shortcut, so that the two can be added.",
        "最后一个 1×1 卷积把通道数扩大四倍，与捷径同宽，这样两者才能相加。",
    ),
    "explain_conv_second": (
        "The second 3×3 convolution. No ReLU follows before the addition: the branch must be able to take away as well "
        "as to add.",
        "第二个 3×3 卷积。它之后、相加之前没有 ReLU：分支既要能加，也要能减。",
    ),
    "explain_bn": (
        "BatchNorm shifts and scales each channel with the mean and variance that it saw in training, then with its learned "
        "γ and β. Watch the histogram come back to the middle.",
        "BatchNorm 用训练时记录的均值和方差对每个通道平移、缩放，再乘上学到的 γ、加上 β。注意直方图回到了中间。",
    ),
    "explain_bn_last": (
        "The branch is complete: this is **F(x)**. It has both signs, since no ReLU follows it. Its γ decides how loudly "
        "the branch speaks against the shortcut.",
        "分支到此完成：这就是 **F(x)**。因为后面没有 ReLU，它有正有负。它的 γ 决定了分支相对捷径的“音量”。",
    ),
    "explain_relu_inside": (
        "Negative values become zero. `inplace=True` overwrites the tensor that BatchNorm made, to save memory; the "
        "pictures here are copies taken before that.",
        "负值变为零。`inplace=True` 会直接覆盖 BatchNorm 的输出以节省内存；这里展示的是覆盖之前的副本。",
    ),
    "explain_test": (
        "Can x be added as it is? Where the branch changed the shape (stride 2 or more channels), x does not fit and must be "
        "projected first.",
        "x 能直接相加吗？如果分支改变了形状（步长 2 或通道变多），x 就对不上，要先做投影。",
    ),
    "explain_downsample": (
        "Shapes differ, so the shortcut gets its only weights: a 1×1 convolution with the same stride and a BatchNorm. The "
        "paper calls this option B. Only blocks that open a stage need it.",
        "形状不同，捷径才有了唯一的权重：步长相同的 1×1 卷积加 BatchNorm，论文称为选项 B。只有每个阶段的第一个块需要它。",
    ),
    "explain_downsample_conv": (
        "The projection itself: with stride 2 it looks at one pixel in four and forgets the others, and gives x the "
        "branch's number of channels.",
        "投影本身：步长为 2 时，每四个像素只看一个，其余丢弃，并把 x 的通道数变得与分支相同。",
    ),
    "explain_downsample_bn": (
        "The projected x is normalised, like the branch, so that both speak at a comparable volume.",
        "投影后的 x 像分支一样归一化，使两者的“音量”相当。",
    ),
    "explain_add": (
        "**The residual connection.** What the branch learned is added to what the block was given. The branch need not "
        "repeat x; it only has to learn the difference, and in the backward pass the gradient flows through this + "
        "undiminished.",
        "**这就是残差连接。** 把分支学到的东西加到块的输入上。分支不必重复 x，只需学习差值；反向传播时，梯度可以毫无衰减地穿过这个加号。",
    ),
    "explain_relu_after": (
        "The ReLU after the sum: the block's output is never negative. Whatever the sum pushed below zero is cut, from the "
        "shortcut's part too.",
        "相加之后的 ReLU：块的输出不会是负数。和里低于零的部分都被切掉，捷径带来的也不例外。",
    ),
    "explain_return": (
        "The block hands its output to the next one, where it is called x again.",
        "块把输出交给下一个块，在那里它又叫 x。",
    ),
    "explain_return_logits": (
        "The logits leave the network: one number for each class, not yet probabilities.",
        "logits 离开网络：每个类别一个数，还不是概率。",
    ),
    "explain_maker": (
        "Where this convolution was made. torchvision's helper fixes kernel and padding, so that only the stride changes "
        "the size of the map. No bias: the BatchNorm after it has one (β).",
        "这个卷积就是在这里构造的。辅助函数固定了卷积核和填充，因此只有步长会改变特征图的大小。没有偏置：后面的 BatchNorm 自带偏置 β。",
    ),
    "explain_stem": (
        "The stem: the first convolution. torchvision's is 7×7 with stride 2, made for 224 px pictures.",
        "网络的入口（stem）：第一个卷积。torchvision 用的是 7×7、步长 2，为 224 像素的图设计。",
    ),
    "explain_pool": (
        "The last step of the stem halves the map again: the first block sees a quarter of the picture's side.",
        "stem 的最后一步再次减半：第一个残差块看到的边长是图像的四分之一。",
    ),
    "explain_stage": (
        "A stage: several residual blocks in a row. Choose one of them above to step inside.",
        "一个阶段：若干残差块依次相连。在上方选择其中一个块，就能走进去。",
    ),
    "explain_avgpool": (
        "Each channel is averaged to one number: where something was is forgotten, that it was there is kept.",
        "每个通道平均成一个数：忘掉“在哪里”，只留下“有没有”。",
    ),
    "explain_flatten": ("The list of these numbers is the picture's features.", "这些数排成一列，就是图像的特征。"),
    "explain_fc": (
        "The head: one weighted sum of the features for each class. These are the logits; softmax turns them into "
        "probabilities.",
        "分类头：对特征做加权求和，每个类别一个结果，即 logits；softmax 再把它们变成概率。",
    ),
    "explain_unknown": (
        "This line is not one that we know a story for. Its tensor is shown all the same.",
        "这一行没有专门的说明，但它的张量照常显示。",
    ),
    "sources": (
        "Sources: [He et al. 2015, fig. 2](https://arxiv.org/abs/1512.03385) (the block), "
        "[fig. 5](https://arxiv.org/abs/1512.03385) (BasicBlock and Bottleneck); "
        "[He et al. 2016](https://arxiv.org/abs/1603.05027) on what may stand on the shortcut.",
        "出处：[He et al. 2015，图 2](https://arxiv.org/abs/1512.03385)（残差块）、"
        "[图 5](https://arxiv.org/abs/1512.03385)（BasicBlock 与 Bottleneck）；"
        "[He et al. 2016](https://arxiv.org/abs/1603.05027) 讨论捷径上可以放什么。",
    ),
}

# The code of a line -> the key of its story. A second story is for the line's second time, and so on.
_BOTH = {
    "identity = x": ("explain_alias",),
    "out = self.bn1(out)": ("explain_bn",),
    "if self.downsample is not None:": ("explain_test",),
    "identity = self.downsample(x)": ("explain_downsample",),
    "out += identity": ("explain_add",),
    "return out": ("explain_return",),
}
EXPLANATIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "BasicBlock.forward": {
        **_BOTH,
        "out = self.conv1(x)": ("explain_conv_first",),
        "out = self.relu(out)": ("explain_relu_inside", "explain_relu_after"),
        "out = self.conv2(out)": ("explain_conv_second",),
        "out = self.bn2(out)": ("explain_bn_last",),
    },
    "Bottleneck.forward": {
        **_BOTH,
        "out = self.conv1(x)": ("explain_conv_squeeze",),
        "out = self.relu(out)": ("explain_relu_inside", "explain_relu_inside", "explain_relu_after"),
        "out = self.conv2(out)": ("explain_conv_middle",),
        "out = self.bn2(out)": ("explain_bn",),
        "out = self.conv3(out)": ("explain_conv_expand",),
        "out = self.bn3(out)": ("explain_bn_last",),
    },
    "ResNet._make_layer": {
        "conv1x1(self.inplanes, planes * block.expansion, stride)": ("explain_downsample_conv",),
        "norm_layer(planes * block.expansion)": ("explain_downsample_bn",),
    },
    "ResNet._forward_impl": {
        "x = self.conv1(x)": ("explain_stem",),
        "x = self.bn1(x)": ("explain_bn",),
        "x = self.relu(x)": ("explain_relu_inside",),
        "x = self.maxpool(x)": ("explain_pool",),
        **{f"x = self.layer{stage}(x)": ("explain_stage",) for stage in range(1, 5)},
        "x = self.avgpool(x)": ("explain_avgpool",),
        "x = torch.flatten(x, 1)": ("explain_flatten",),
        "x = self.fc(x)": ("explain_fc",),
        "return x": ("explain_return_logits",),
    },
}


def explanation(listing: str, statement: str, time: int = 0) -> str:
    """The key of the story of a statement in the function `listing`, the `time`-th of its kind there (from 0)."""
    if listing in ("conv3x3", "conv1x1"):
        return "source.explain_maker"
    stories = EXPLANATIONS.get(listing, {}).get(statement, ())
    return f"source.{stories[time]}" if time < len(stories) else "source.explain_unknown"
