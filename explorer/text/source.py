"""Words of the page that steps through torchvision's source."""

WORDS: dict[str, tuple[str, str]] = {
    "title": (
        "What does each line do to your picture?",
        "每一行代码对图片做了什么？",
    ),
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
    "holds": (
        "{variable} now holds",
        "{variable} 现在的形状：",
    ),
    "test_true": ("This test is true here: the block has a downsample.", "此处条件成立：这个块有 downsample。"),
    "test_false": (
        "This test is false here: the line below is skipped and identity stays x.",
        "此处条件不成立：跳过下一行，identity 仍是 x。",
    ),
    "compared": (
        "x is {x}, out is {out}",
        "x 的形状是 {x}，out 的形状是 {out}",
    ),
    "channels": ("Channels", "通道"),
    "channels_clearest": ("clearest", "最清晰"),
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
    "zeros": (
        "zeros",
        "零值占比",
    ),
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
    "shape_groups": (
        "Its {groups} groups each see only their own {width} channels.",
        "它分为 {groups} 组，每组只处理自己的 {width} 个通道。",
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
        "The standard deviation went from {before} to {after}, the mean from {mean_before} to {mean_after}.",
        "标准差从 {before} 变为 {after}，均值从 {mean_before} 变为 {mean_after}。",
    ),
    "changed_add": (
        "The branch's norm is {ratio:.2f} times the shortcut's ({branch} against {shortcut}); the cosine between them is {cosine:.2f} (1: same direction, 0: unrelated, −1: opposite).",
        "分支的范数是捷径的 {ratio:.2f} 倍（{branch} 对 {shortcut}），两者夹角的余弦为 {cosine:.2f}（1 为同向，0 为无关，−1 为反向）。",
    ),
    "changed_nothing": ("The values are untouched.", "数值没有变化。"),
    # explanations, chosen by the code of the line
    "explain_alias": (
        "The block puts its input aside. **Nothing is computed**: identity and x are one tensor. If the shapes match later, the shortcut needs no parameters.",
        "先把输入留在一边。**这里什么也没有计算**：identity 和 x 是同一个张量。只要后面形状一致，捷径就不需要任何参数。",
    ),
    "explain_conv_first": (
        "The branch F begins. A 3×3 convolution mixes each pixel with its neighbours, across all channels. The first block of stages 2 to 4 has stride 2 here, which halves the side of the map.",
        "分支 F 由此开始。3×3 卷积把每个像素与邻近像素、所有通道混合在一起。第 2 至第 4 阶段的第一个块在这里步长为 2，特征图的边长减半。",
    ),
    "explain_conv_squeeze": (
        "The branch F begins with a 1×1 convolution. It mixes channels pixel by pixel and sets how many the costly 3×3 works on, usually fewer than came in.",
        "分支 F 从 1×1 卷积开始：逐像素混合通道，并决定后面昂贵的 3×3 卷积要处理多少通道，通常比输入少。",
    ),
    "explain_conv_middle": (
        "The 3×3 convolution of the bottleneck. Where a block has stride 2, torchvision puts it here; the paper put it on the first 1×1. This variant is called “ResNet v1.5”.",
        "瓶颈结构中的 3×3 卷积。需要步长 2 时，torchvision 把它放在这里，论文则放在第一个 1×1 卷积上；这种变体称为“ResNet v1.5”。",
    ),
    "explain_conv_expand": (
        "The last 1×1 convolution widens the channels to the width of the shortcut, so that the two can be added.",
        "最后一个 1×1 卷积把通道数扩大到与捷径相同，这样两者才能相加。",
    ),
    "explain_conv_second": (
        "The second 3×3 convolution. No ReLU follows before the addition: the branch must be able to take away as well "
        "as to add.",
        "第二个 3×3 卷积。它之后、相加之前没有 ReLU：分支既要能加，也要能减。",
    ),
    "explain_bn": (
        "BatchNorm normalises each channel with the mean and variance recorded in training, then scales by the learned γ and shifts by β. Compare the two histograms.",
        "BatchNorm 先用训练时记录的均值和方差对每个通道做归一化，再乘以学到的 γ、加上 β。比较两个直方图。",
    ),
    "explain_bn_untrained": (
        "BatchNorm is still at its start (mean 0, variance 1, γ = 1, β = 0), so in eval mode it changes almost nothing.",
        "BatchNorm 还是初始状态（均值 0、方差 1、γ = 1、β = 0），在推理模式下几乎不改变任何数值。",
    ),
    "explain_bn_last": (
        "The branch is complete: this is **F(x)**. It has both signs, since no ReLU follows it. Its γ decides how loudly the branch speaks against the shortcut.",
        "分支到此完成：这就是 **F(x)**。因为后面没有 ReLU，它有正有负。它的 γ 决定了分支相对捷径的“音量”。",
    ),
    "explain_relu_inside": (
        "Negative values become zero. `inplace=True` overwrites the tensor that BatchNorm made, to save memory. That is why the line before shows a copy, taken before it was overwritten.",
        "负值变为零。`inplace=True` 会直接覆盖 BatchNorm 的输出以节省内存，所以上一行展示的是覆盖之前留下的副本。",
    ),
    "explain_test": (
        "Can x be added as it is? Where the branch changed the shape (stride 2 or more channels), x does not fit and must be projected first.",
        "x 能直接相加吗？如果分支改变了形状（步长 2 或通道变多），x 的形状就不匹配，要先做投影。",
    ),
    "explain_downsample": (
        "Shapes differ, so the shortcut needs weights of its own: a 1×1 convolution with the stride of the branch, then BatchNorm. The paper calls projections where the shape changes option B. Only a block that opens a stage can need this.",
        "形状不同，捷径就需要自己的权重：步长与分支相同的 1×1 卷积，再接 BatchNorm。论文把“只在形状变化处做投影”称为选项 B。只有阶段的第一个块才可能需要它。",
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
        "**The residual connection.** The branch is added to the shortcut. The branch need not repeat x, only learn what to change. In the backward pass the + hands its gradient unchanged to both sides.",
        "**这就是残差连接。** 分支加到捷径上：分支不必重复 x，只需学会改动什么。反向传播时，加号把梯度原样传给两边。",
    ),
    "explain_add_projected": (
        "Here the shortcut is a projection of x.",
        "这个块的捷径是 x 的投影。",
    ),
    "explain_relu_after": (
        "The ReLU after the sum: the block's output is never negative. Whatever the sum pushed below zero is cut, from the shortcut's part too.",
        "相加之后的 ReLU：块的输出不会是负数。和中小于零的值都变为零，其中捷径的贡献也一并丢失。",
    ),
    "explain_return": (
        "The block's output goes to the next block, or after the last one to the average pooling.",
        "块的输出交给下一个块；最后一个块的输出则交给平均池化。",
    ),
    "explain_return_logits": (
        "The logits leave the network: one number for each class, not yet probabilities.",
        "logits 离开网络：每个类别一个数，还不是概率。",
    ),
    "explain_maker": (
        "This convolution was made here. torchvision's helper fixes kernel and padding, so only the stride changes the size of the map. It has no bias: the BatchNorm after it has one (β).",
        "这个卷积就是在这里构造的。torchvision 的辅助函数固定了卷积核和填充，因此只有步长会改变特征图的大小。它没有偏置：后面的 BatchNorm 自带偏置 β。",
    ),
    "explain_stem": (
        "The stem begins: a 7×7 convolution with stride 2, designed for 224 px pictures.",
        "网络的起始部分（stem）由此开始：7×7 卷积，步长 2，为 224 像素的图像设计。",
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
        "Each channel is averaged to one number: it keeps how strongly a feature was present and drops where.",
        "每个通道平均成一个数：留下特征有多强，丢掉它在哪里。",
    ),
    "explain_flatten": ("The list of these numbers is the picture's features.", "这些数排成一列，就是图像的特征。"),
    "explain_fc": (
        "The head: for each class a weighted sum of the features plus a bias. These are the logits; softmax turns them into probabilities.",
        "分类头：为每个类别对特征做加权求和，再加偏置，得到 logits；softmax 再把它们变成概率。",
    ),
    "explain_unknown": (
        "There is no explanation for this line. Its tensor is shown all the same.",
        "这一行没有专门的说明，但它的张量照常显示。",
    ),
    "sources": (
        "Sources: [He et al. 2015, fig. 2](https://arxiv.org/abs/1512.03385) (the block), [fig. 5](https://arxiv.org/abs/1512.03385) (BasicBlock and Bottleneck); [He et al. 2016](https://arxiv.org/abs/1603.05027) on what may stand on the shortcut.",
        "出处：[He 等，2015，图 2](https://arxiv.org/abs/1512.03385)（残差块）、[图 5](https://arxiv.org/abs/1512.03385)（BasicBlock 与 Bottleneck）；[He 等，2016](https://arxiv.org/abs/1603.05027) 讨论捷径上可以放什么。",
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
