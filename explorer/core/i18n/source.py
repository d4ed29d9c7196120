"""Words of the page that steps through a network's source."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Step inside the source", "走进源码"),
    "title": (
        "What does each line do to your image?",
        "每一行代码对图片做了什么？",
    ),
    "block": ("Block", "残差块"),
    "figure": (
        "{block}, after {statement}: {count} channels of {shape}",
        "{block}，执行 {statement} 之后：{shape} 中的 {count} 个通道",
    ),
    "listing_label": ("Source of {name}", "{name} 的源码"),
    "version": ("torchvision {version}, as installed", "本机安装的 torchvision {version}"),
    "ours": (
        "this app's own `{path}`, written after the paper: torchvision has no network for CIFAR-10",
        "本应用按论文写的 `{path}`：torchvision 没有 CIFAR-10 的网络",
    ),
    "on_the_web": ("view these lines on GitHub", "在 GitHub 上看这几行"),
    "way_title": ("From the constructor to the block", "从构造函数到残差块"),
    "way_about": (
        "What Ctrl+click shows in an editor, from `{first}` to `{last}`. The marked line leads to the next function: click the underlined name in it, or choose a function above the code.",
        "在编辑器里用 Ctrl+点击，就会这样从 `{first}` 走到 `{last}`。标出的一行通向下一个函数：点击其中带下划线的名字，或在代码上方选择函数。",
    ),
    "way_choose": ("Function", "函数"),
    "way_called": (
        "No line here names `{name}`: PyTorch runs it when the block is called. Choose it above the code.",
        "这里没有一行写到 `{name}`：调用残差块时，由 PyTorch 执行它。请在代码上方选择它。",
    ),
    "way_open": ("Go to {name}", "转到 {name}"),
    "more_source": ("More of the source: the functions around the block", "更多源码：与残差块相关的函数"),
    "test_true": ("This condition is true here: the block has a downsample.", "此处条件成立：这个块有 downsample。"),
    "test_false": (
        "This condition is false here: the next line is skipped and identity stays x.",
        "此处条件不成立：跳过下一行，identity 仍是 x。",
    ),
    "test_residual": (
        "This condition is true here: the block has a shortcut. In the plain twin it is false; that is the only difference.",
        "此处条件成立：这个块有捷径。在没有捷径的对照网络里它不成立，两者的区别仅此而已。",
    ),
    "test_plain": (
        "This condition is false here: the network was built without shortcuts, so the lines up to `return` are skipped.",
        "此处条件不成立：这个网络没有捷径，直到 `return` 之前的几行都跳过。",
    ),
    "test_variant": (
        "This condition is true here: this network changes the terms of the sum (He et al. 2016, table 1).",
        "此处条件成立：这个网络会改动要相加的两项（He 等 2016，表 1）。",
    ),
    "test_variant_none": (
        "This condition is false here: both terms are added unchanged.",
        "此处条件不成立：两项原样相加。",
    ),
    "test_last": (
        "This condition is true here: with pre-activation no block ends in a ReLU, so a BatchNorm and a ReLU follow the last one.",
        "此处条件成立：预激活网络的块都不以 ReLU 结尾，所以在最后一个块之后补一个 BatchNorm 和 ReLU。",
    ),
    "test_last_none": (
        "This condition is false here: each block already ends in a ReLU.",
        "此处条件不成立：每个块都以 ReLU 结尾。",
    ),
    "channel_alt": ("Map of channel {channel}", "通道 {channel} 的特征图"),
    "scale_signed": ("Brown: negative; white: zero; teal: positive", "棕色为负，白色为零，青色为正"),
    "scale_magnitude": ("White: zero; teal: positive", "白色为零，青色为正"),
    "mean": ("mean", "均值"),
    "max": ("max", "最大"),
    "zeros": (
        "zeros",
        "零值占比",
    ),
    "histogram_value": ("value", "值"),
    "sum": ("sum", "和"),
    # how the shape came about
    "shape_conv": (
        "{channels} filters of {kernel} slide over {before}. Each side: ⌊({size} + 2·{padding} − {reach}) / {stride}⌋ + 1 "
        "= {after}.",
        "{channels} 个 {kernel} 的卷积核滑过 {before}。每边：⌊({size} + 2·{padding} − {reach}) / {stride}⌋ + 1 = {after}。",
    ),
    "shape_groups": (
        "Each of its {groups} groups reads only its own {width} channels.",
        "它分为 {groups} 组，每组只处理自己的 {width} 个通道。",
    ),
    "shape_pool": (
        "The largest value of each {kernel} window, every {stride} pixels: {before} becomes {after}.",
        "每隔 {stride} 个像素，取 {kernel} 窗口中的最大值：{before} 变为 {after}。",
    ),
    "shape_same": ("Same shape as before: {shape}.", "形状不变：{shape}。"),
    "shape_alias": (
        "No new tensor: {variable} is another name for the same tensor.",
        "没有产生新张量：{variable} 只是同一个张量的另一个名字。",
    ),
    "shape_other": ("{before} becomes {after}.", "{before} 变为 {after}。"),
    "shape_parts": (
        "{count} calls in a row: {before} becomes {after}.",
        "连续 {count} 个调用：{before} 变为 {after}。",
    ),
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
        "The branch's norm is {ratio:.2f} times the shortcut's ({branch} and {shortcut}); the cosine between them is {cosine} (1: same direction, 0: orthogonal, −1: opposite).",
        "分支的范数是捷径的 {ratio:.2f} 倍（分别为 {branch} 和 {shortcut}），两者夹角的余弦为 {cosine}（1 为同向，0 为正交，−1 为反向）。",
    ),
    "changed_nothing": ("The values are unchanged.", "数值没有变化。"),
    # explanations, chosen by the code of the line
    "explain_alias": (
        "The block keeps its input under a second name. **Nothing is computed**: identity and x are the same tensor. If the shapes match later, the shortcut needs no parameters.",
        "先给输入起第二个名字。**这里什么也没有计算**：identity 和 x 是同一个张量。只要后面形状一致，捷径就不需要任何参数。",
    ),
    "explain_conv_first": (
        "Start of the branch F. A 3×3 convolution mixes each pixel with its neighbours, across all channels. In every stage but the first, the first block has stride 2 here, which halves the side of the map.",
        "分支 F 由此开始。3×3 卷积把每个像素与邻近像素、所有通道混合在一起。除第一个阶段外，每个阶段的第一个块在这里步长为 2，特征图的边长减半。",
    ),
    "explain_conv_squeeze": (
        "The branch F starts with a 1×1 convolution. It mixes channels at each pixel and reduces their number for the expensive 3×3 convolution that follows.",
        "分支 F 从 1×1 卷积开始：逐像素混合通道，并为后面计算量大的 3×3 卷积减少通道数。",
    ),
    "explain_conv_middle": (
        "The 3×3 convolution of the bottleneck. If a block has stride 2, torchvision puts it here; the paper puts it on the first 1×1. This variant is called “ResNet v1.5”.",
        "瓶颈结构中的 3×3 卷积。需要步长 2 时，torchvision 把它放在这里，论文则放在第一个 1×1 卷积上；这种变体称为“ResNet v1.5”。",
    ),
    "explain_conv_expand": (
        "The last 1×1 convolution increases the number of channels to that of the shortcut, so that the two can be added.",
        "最后一个 1×1 卷积把通道数扩大到与捷径相同，这样两者才能相加。",
    ),
    "explain_conv_second": (
        "The second 3×3 convolution. No ReLU follows before the addition: the branch must be able to subtract as well as add.",
        "第二个 3×3 卷积。它之后、相加之前没有 ReLU：分支既要能加，也要能减。",
    ),
    "explain_bn": (
        "BatchNorm normalises each channel with the running mean and variance from training, then scales by the learned γ and shifts by β. Compare the two histograms.",
        "BatchNorm 先用训练时记录的均值和方差对每个通道做归一化，再乘以学到的 γ、加上 β。比较两个直方图。",
    ),
    "explain_bn_untrained": (
        "BatchNorm still has its initial values (mean 0, variance 1, γ = 1, β = 0), so in eval mode it changes almost nothing.",
        "BatchNorm 还是初始状态（均值 0、方差 1、γ = 1、β = 0），在评估模式下几乎不改变任何数值。",
    ),
    "explain_bn_last": (
        "The branch is complete: this is **F(x)**. It has both signs, since no ReLU follows it. Its γ determines how large the branch is relative to the shortcut.",
        "分支到此完成：这就是 **F(x)**。因为后面没有 ReLU，它有正有负。它的 γ 决定了分支相对捷径的大小。",
    ),
    "explain_relu_inside": (
        "Negative values become zero. `inplace=True` overwrites BatchNorm's output to save memory. That is why the previous line shows a copy, taken before it was overwritten.",
        "负值变为零。`inplace=True` 会直接覆盖 BatchNorm 的输出以节省内存，所以上一行展示的是覆盖之前留下的副本。",
    ),
    "explain_test": (
        "Can x be added directly? If the branch changed the shape (stride 2 or more channels), x does not match and must be projected first.",
        "x 能直接相加吗？如果分支改变了形状（步长 2 或通道变多），x 的形状就不匹配，要先做投影。",
    ),
    "explain_downsample": (
        "The shapes differ, so the shortcut needs its own weights: a 1×1 convolution with the stride of the branch, then BatchNorm. The paper calls this option B: projections only where the shape changes. Only a block that starts a stage can need it.",
        "形状不同，捷径就需要自己的权重：步长与分支相同的 1×1 卷积，再接 BatchNorm。论文把“只在形状变化处做投影”称为方案 B。只有阶段的第一个块才可能需要它。",
    ),
    "explain_subsample": (
        "The shapes differ, but the shortcut has no weights: every second pixel of x is kept, and the new channels are filled with zeros. The paper calls this option A and uses it in all its CIFAR networks.",
        "形状不同，但捷径仍然没有权重：x 每隔一个像素取一个，新增的通道填零。论文称之为方案 A，它的 CIFAR 网络都用这种做法。",
    ),
    "explain_subsample_line": (
        "The slice keeps every second row and column; `F.pad` appends channels of zeros.",
        "切片每隔一行、一列取一个；`F.pad` 在已有通道之后补上全零的通道。",
    ),
    "explain_conv_shortcut": (
        "Here every block has a 1×1 convolution on the shortcut, even if the shapes match. In the paper's ResNet-110 this is worse than the identity: 12.22% error, compared with 6.61% (He et al. 2016, table 1).",
        "这个网络的每个块在捷径上都有 1×1 卷积，形状一致时也有。在论文的 ResNet-110 上，这比恒等捷径更差：错误率 12.22%，而后者为 6.61%（He 等 2016，表 1）。",
    ),
    "explain_variant_half": (
        "Both terms are halved. Over many such blocks x is halved again and again: the paper's ResNet-110 has an error of 12.35% with it and 6.61% without (He et al. 2016, table 1).",
        "两项都减半。经过许多这样的块，x 一次次减半：论文的 ResNet-110 这样训练的错误率为 12.35%，不这样做是 6.61%（He 等 2016，表 1）。",
    ),
    "explain_variant_gate": (
        "A gate g between 0 and 1, learned from x, multiplies the shortcut by 1 − g; F(x) is unchanged. The figures shown are the shortcut's (He et al. 2016, figure 2d).",
        "由 x 学到的门 g 在 0 与 1 之间，捷径乘以 1 − g；F(x) 不变。这里显示的是捷径的数值（He 等 2016，图 2d）。",
    ),
    "explain_variant_exclusive": (
        "A gate g between 0 and 1, learned from x, multiplies the shortcut by 1 − g and F(x) by g. The figures shown are the shortcut's (He et al. 2016, figure 2c).",
        "由 x 学到的门 g 在 0 与 1 之间，捷径乘以 1 − g，F(x) 乘以 g。这里显示的是捷径的数值（He 等 2016，图 2c）。",
    ),
    "explain_variant_dropout": (
        "In training, dropout sets half of the shortcut's values to zero. Here the network is in eval mode, and dropout changes nothing (He et al. 2016, figure 2f).",
        "训练时，dropout 把捷径上一半的数值置零。现在网络处于评估模式，dropout 什么也不改变（He 等 2016，图 2f）。",
    ),
    "explain_gate_line": (
        "The gate: a 1×1 convolution of x followed by a sigmoid. Its bias starts at −6, so that at first nearly all of the shortcut passes.",
        "门：对 x 做 1×1 卷积，再经过 sigmoid。它的偏置初值为 −6，所以起初捷径几乎全部通过。",
    ),
    "explain_variant_line": (
        "Returns both terms of the sum: first the shortcut, then the branch.",
        "返回要相加的两项：先是捷径，再是分支。",
    ),
    "explain_bn_before": (
        "Pre-activation: BatchNorm comes before the convolution and acts only on the branch. x itself passes unchanged.",
        "预激活：BatchNorm 在卷积之前，只作用于分支这一路，x 本身原样通过。",
    ),
    "explain_conv_pre_first": (
        "A 3×3 convolution mixes each pixel with its neighbours, across all channels. In every stage but the first, the first block has stride 2 here, which halves the side of the map.",
        "3×3 卷积把每个像素与邻近像素、所有通道混合在一起。除第一个阶段外，每个阶段的第一个块在这里步长为 2，特征图的边长减半。",
    ),
    "explain_conv_pre_last": (
        "The branch is complete: this is **F(x)**, directly from the convolution, with both signs.",
        "分支到此完成：这就是 **F(x)**，直接来自卷积，有正有负。",
    ),
    "explain_test_residual": (
        "One class builds networks with and without shortcuts: does this one have them?",
        "同一个类既能构建有捷径的网络，也能构建没有捷径的：这个网络有捷径吗？",
    ),
    "explain_test_variant": (
        "Does this network change the terms of the sum, by a gate, a factor or dropout?",
        "这个网络会改动要相加的两项吗（门、系数或 dropout）？",
    ),
    "explain_test_last": (
        "Is there a step between the last stage and the pooling?",
        "最后一个阶段与池化之间还有别的步骤吗？",
    ),
    "explain_last": (
        "BatchNorm and ReLU after the last sum: in a pre-activation network, no block ends with them.",
        "最后一次相加之后的 BatchNorm 和 ReLU：预激活网络的块都不以它们结尾。",
    ),
    "explain_return_sum": (
        "The sum is the block's output: nothing follows it, so that x can pass through all blocks unchanged (He et al. 2016, figure 4e).",
        "和就是块的输出，后面什么也不做，所以 x 可以不变地穿过所有的块（He 等 2016，图 4e）。",
    ),
    "explain_alias_plain": (
        "The input gets a second name, and nothing is computed. This network has no shortcuts and does not use it again.",
        "给输入起了第二个名字，什么也没有计算。这个网络没有捷径，后面再也不会用到它。",
    ),
    "explain_conv_first_plain": (
        "A 3×3 convolution mixes each pixel with its neighbours, across all channels. Only its result is passed on: without a shortcut, x itself is lost.",
        "3×3 卷积把每个像素与邻近像素、所有通道混合在一起。只有它的结果往下传：没有捷径，x 本身就丢失了。",
    ),
    "explain_conv_second_plain": ("The second 3×3 convolution.", "第二个 3×3 卷积。"),
    "explain_bn_last_plain": (
        "The output of these two layers. In the residual twin this is F(x), to which x is added; here it is the whole result.",
        "这两层的输出。在有捷径的对照网络里，它就是 F(x)，还要加上 x；这里只有它自己。",
    ),
    "explain_relu_after_plain": (
        "ReLU sets the negative values to zero. The output comes from the layers alone.",
        "ReLU 把负值置零。输出全部由这两层算出。",
    ),
    "explain_stage_plain": (
        "A stage: several pairs of layers in a row, without shortcuts. Choose one of them above to step into it.",
        "一个阶段：若干对卷积层依次相连，没有捷径。在上方选择其中一对，即可进入。",
    ),
    "explain_downsample_conv": (
        "The projection itself: with stride 2 it reads one pixel in four and drops the others, and gives x the branch's number of channels.",
        "投影本身：步长为 2 时，每四个像素只取一个，其余丢弃，并把 x 的通道数变得与分支相同。",
    ),
    "explain_downsample_bn": (
        "The projected x is normalised, like the branch, so that both have a similar scale.",
        "投影后的 x 像分支一样归一化，使两者的大小相当。",
    ),
    "explain_add": (
        "**The residual connection**, also called skip connection. The branch is added to the shortcut. It need not reproduce x; it only has to learn what to change. In the backward pass, the + passes its gradient unchanged to both sides.",
        "**这就是残差连接**，也叫跳跃连接。分支加到捷径上：分支不必重复 x，只需学会改动什么。反向传播时，加号把梯度原样传给两边。",
    ),
    "explain_add_projected": (
        "Here the shortcut is a projection of x.",
        "这个块的捷径是 x 的投影。",
    ),
    "explain_add_padded": (
        "Here the shortcut is x with every second pixel and channels of zeros.",
        "这个块的捷径是隔一个像素取一个、并补上全零通道的 x。",
    ),
    "explain_relu_after": (
        "The ReLU after the sum: the block's output is never negative. Negative sums become zero, including the shortcut's contribution.",
        "相加之后的 ReLU：块的输出不会是负数。和中小于零的值都变为零，其中捷径的贡献也一并丢失。",
    ),
    "explain_return": (
        "The block's output goes to the next block or, after the last block, to the average pooling.",
        "块的输出交给下一个块；最后一个块的输出则交给平均池化。",
    ),
    "explain_return_logits": (
        "The logits are the network's output: one number per class, not yet probabilities.",
        "logits 是网络的输出：每个类别一个数，还不是概率。",
    ),
    "explain_maker": (
        "This convolution was constructed here. torchvision's helper fixes kernel size and padding, so only the stride changes the size of the map. It has no bias, because the BatchNorm after it has one (β).",
        "这个卷积就是在这里构造的。torchvision 的辅助函数固定了卷积核和填充，因此只有步长会改变特征图的大小。它没有偏置：后面的 BatchNorm 自带偏置 β。",
    ),
    "explain_stem": (
        "Start of the stem: a 7×7 convolution with stride 2, designed for 224 px images.",
        "起始层（stem）由此开始：7×7 卷积，步长 2，为 224 像素的图片设计。",
    ),
    "explain_stem_cifar": (
        "The stem is a single 3×3 convolution with stride 1: a 32 px image is too small to be downsampled here.",
        "起始层只有一个步长 1 的 3×3 卷积：32 像素的图片太小，不宜在这里下采样。",
    ),
    "explain_pool": (
        "The last step of the stem halves the map again: the input of the first block has a quarter of the image's side.",
        "起始层的最后一步把特征图再次减半：第一个残差块的输入，边长是图片的四分之一。",
    ),
    "explain_stage": (
        "A stage: several residual blocks in a row. Choose one of them above to step into it.",
        "一个阶段：若干残差块依次相连。在上方选择其中一个块，即可进入。",
    ),
    "explain_avgpool": (
        "Each channel is averaged to one number: how strongly a feature is present is kept, its location is lost.",
        "每个通道平均成一个数：保留特征的强弱，丢掉它的位置。",
    ),
    "explain_flatten": ("These numbers form the feature vector of the image.", "这些数组成图片的特征向量。"),
    "explain_fc": (
        "The head: for each class, a weighted sum of the features plus a bias. These are the logits; softmax turns them into probabilities.",
        "分类头：为每个类别对特征做加权求和，再加偏置，得到 logits；softmax 再把它们变成概率。",
    ),
    "explain_unknown": (
        "There is no explanation for this line, but its tensor is shown.",
        "这一行没有专门的说明，但它的张量照常显示。",
    ),
    "package": (
        "`{name}` {version}, as installed",
        "本机安装的 `{name}` {version}",
    ),
    "own_file": (
        "a file of your own",
        "你自己的文件",
    ),
    "no_file": (
        "made up from the calls, as this part has no Python source that can be read",
        "由调用列出：这一部分没有可读的 Python 源码",
    ),
    "calls_only": (
        "This part has no Python source that can be read, because it is torch's own or compiled. In place of lines you see its calls, in the order in which they ran.",
        "这一部分没有可读的 Python 源码（它是 torch 自带的，或已编译）。下面列出的不是代码行，而是按执行顺序排列的调用。",
    ),
    "condition_true": (
        "This condition is true here.",
        "此处条件成立。",
    ),
    "condition_false": (
        "This condition is false here: the lines under it are skipped.",
        "此处条件不成立：跳过它下面的几行。",
    ),
    "condition_unknown": (
        "Either way nothing is computed under this condition, so what ran does not tell its result.",
        "无论条件是否成立，它下面都没有计算，所以从执行过的调用看不出结果。",
    ),
    "rounds": (
        "The lines of this loop ran {count} times.",
        "这个循环执行了 {count} 轮。",
    ),
    "rounds_shown": (
        "{shown} of these rounds are stepped through.",
        "其中 {shown} 轮可以逐行查看。",
    ),
    "round": (
        "(Round {round} of {count} of the loop.)",
        "（循环的第 {round} 轮，共 {count} 轮。）",
    ),
    "changed_constant": (
        "It does not depend on the picture.",
        "它与图片无关。",
    ),
    "shape_constant": (
        "Its shape is {shape}.",
        "它的形状是 {shape}。",
    ),
    "explain_setting": (
        "This line sets a number, a shape or an option. **No tensor is computed.**",
        "这一行只设定一个数、一个形状或一个选项，**没有计算张量**。",
    ),
    "explain_condition": (
        "The code chooses what to do next.",
        "代码在这里决定接下来做什么。",
    ),
    "explain_other_name": (
        "The tensor gets another name, or passes a layer that does nothing outside training, such as dropout or stochastic depth.",
        "给张量起另一个名字，或让它通过一个只在训练时起作用的层，如 dropout、随机深度。",
    ),
    "explain_loop": (
        "A loop: the lines below run once for each element, such as each layer of a list.",
        "循环：下面的几行对每个元素各执行一次，例如列表中的每一层。",
    ),
    "explain_loop_empty": (
        "A loop whose lines do not run for this picture.",
        "循环：对这张图片，下面的几行一次也没有执行。",
    ),
    "explain_return_general": (
        "The function returns its result to the line that called it.",
        "函数把结果交回调用它的那一行。",
    ),
    "explain_several_blocks": (
        "A part with residual blocks inside. Choose one of them above to step into it.",
        "这一部分内部有残差块。在上方选择其中一个，即可进入。",
    ),
    "explain_constant": (
        "Computed from weights and settings alone: the same for every picture.",
        "只由权重和设定算出，对每张图片都一样。",
    ),
    "explain_several_calls": (
        "Several calls on one line, from the inside out. Step into the line (I) to see each.",
        "一行里有几个调用，由内到外依次执行。按 I 进入这一行，逐个查看。",
    ),
    "explain_several_inside": (
        "Several calls in a row.",
        "连续几个调用。",
    ),
    "explain_add_other": (
        "This is another residual connection of the same function. Choose it above to see its x and F(x) marked.",
        "这是同一个函数里的另一条残差连接。在上方选择它，就能看到它的 x 和 F(x)。",
    ),
    "explain_add_attention": (
        "Here **F(x) is what attention collects**: each position adds to itself a mixture of what the others hold. The residual stream x is only read, through a LayerNorm, and written to by this sum; so a position keeps what it knew, and attention adds what is relevant from elsewhere. Unlike a convolution's, its weights depend on the picture.",
        "这里的 **F(x) 是注意力收集到的内容**：每个位置把其他位置的信息按权重混合，加到自己身上。残差流 x 只经过 LayerNorm 被读取，再由这个加法写入；因此每个位置保留原来知道的，注意力只补充别处相关的信息。与卷积不同，它的权重随图片而变。",
    ),
    "explain_add_mlp": (
        "Here F(x) is an MLP, the same at every position: it changes what a position holds and mixes no positions; that is attention's part, or a convolution's.",
        "这里的 F(x) 是一个 MLP，对每个位置都相同：它只改变该位置自己的内容，不混合不同位置；混合位置由注意力或卷积完成。",
    ),
    "kind_linear": (
        "A linear layer: at each position the channels are mixed by one matrix, as by a 1×1 convolution. Positions are not mixed.",
        "线性层：在每个位置用同一个矩阵混合各通道，相当于 1×1 卷积，不混合位置。",
    ),
    "kind_layer_norm": (
        "LayerNorm: at each position, the channels are shifted and scaled to mean 0 and variance 1, then multiplied by the learned γ and shifted by β. Unlike BatchNorm it uses this picture's own values, not averages from training.",
        "LayerNorm：在每个位置，把各通道平移、缩放到均值 0、方差 1，再乘以学到的 γ、加上 β。与 BatchNorm 不同，它用的是这张图片自己的数值，而不是训练时的平均。",
    ),
    "kind_group_norm": (
        "GroupNorm: each group of channels is shifted and scaled to mean 0 and variance 1 over the whole picture, then multiplied by γ and shifted by β.",
        "GroupNorm：每组通道在整张图上平移、缩放到均值 0、方差 1，再乘以 γ、加上 β。",
    ),
    "kind_batch_norm": (
        "BatchNorm normalises each channel with the running mean and variance from training, then scales by the learned γ and shifts by β.",
        "BatchNorm 用训练时记录的均值和方差对每个通道做归一化，再乘以学到的 γ、加上 β。",
    ),
    "kind_rms_norm": (
        "RMSNorm: at each position, the channels are divided by their root mean square and multiplied by γ. Nothing is subtracted.",
        "RMSNorm：在每个位置，把各通道除以它们的均方根，再乘以 γ，不减均值。",
    ),
    "kind_relu": (
        "ReLU: negative values become zero.",
        "ReLU：负值变为零。",
    ),
    "kind_gelu": (
        "GELU: like a ReLU with a soft corner. Large values pass, very negative ones become almost zero, small negative ones stay slightly negative.",
        "GELU：像拐角圆滑的 ReLU。大的值通过，很小的负值几乎变为零，略小于零的值仍略为负。",
    ),
    "kind_silu": (
        "A smooth relative of ReLU: x times a gate between 0 and 1 that grows with x.",
        "ReLU 的平滑变体：x 乘以一个随 x 增大的、介于 0 和 1 之间的门。",
    ),
    "kind_leaky_relu": (
        "Like ReLU, but negative values are only reduced, not set to zero.",
        "类似 ReLU，但负值只是缩小，不变为零。",
    ),
    "kind_tanh": (
        "tanh squeezes each value into the range from −1 to 1.",
        "tanh 把每个值压缩到 −1 与 1 之间。",
    ),
    "kind_sigmoid": (
        "The sigmoid squeezes each value into the range from 0 to 1: a gate that lets a share pass.",
        "sigmoid 把每个值压缩到 0 与 1 之间：一个只放行一部分的门。",
    ),
    "kind_softmax": (
        "Softmax turns scores into shares that sum to 1: of attention, how much a position reads from each other one.",
        "softmax 把得分变成总和为 1 的份额：在注意力中，就是一个位置从其他各位置读取多少。",
    ),
    "kind_attention": (
        "**Attention**: from each position a query, a key and a value are computed. A position compares its query with all keys, and collects the values in the proportion of the softmax of these products, in several heads side by side. Each output is a sum over all positions, so its arithmetic is not written out.",
        "**注意力**：每个位置算出查询、键和值。一个位置用自己的查询与所有键比较，再按这些乘积的 softmax 份额收集各处的值，多个头并行进行。每个输出都是对所有位置的求和，所以这里不写出算式。",
    ),
    "kind_matmul": (
        "A product of two matrices that both depend on the picture: in attention, queries times keys, or shares times values.",
        "两个矩阵相乘，二者都与图片有关：在注意力中是查询乘键，或份额乘值。",
    ),
    "kind_roll": (
        "The map is shifted in a circle, so that the next windows cross the borders of those before.",
        "把图循环平移，使下一次划分的窗口跨过之前窗口的边界。",
    ),
    "kind_cat": (
        "Tensors are put side by side; nothing is added. The class token, for example, joins the tokens of the picture here, or channels join channels.",
        "把张量并排拼接，不做加法。例如类别 token 在这里加入图片的各个 token，或通道与通道拼在一起。",
    ),
    "kind_dropout": (
        "Dropout acts in training only. Here the network is in eval mode: nothing changes.",
        "dropout 只在训练时起作用。现在网络处于评估模式，什么也不改变。",
    ),
    "kind_mean": (
        "All positions are averaged to one number per channel: where a feature was is lost.",
        "对所有位置求平均，每个通道得到一个数：特征的位置丢失了。",
    ),
    "kind_pool": (
        "Pooling: each small window becomes one value, so the map gets smaller.",
        "池化：每个小窗口变成一个值，图随之变小。",
    ),
    "kind_mul": (
        "Two tensors are multiplied, value by value.",
        "两个张量逐个相乘。",
    ),
    "kind_scale": (
        "A scale: each channel is multiplied by a learned number. If it scales a branch (layer scale), it starts small, so that at first the block is almost the identity.",
        "缩放：每个通道乘以一个学到的数。如果缩放的是分支（layer scale），它的初值很小，所以起初整个块几乎是恒等映射。",
    ),
    "kind_gate": (
        "A gate: each channel is multiplied by a number between 0 and 1 that was computed from the picture (squeeze-and-excitation).",
        "门控：每个通道乘以一个由图片算出的、介于 0 和 1 之间的数（squeeze-and-excitation）。",
    ),
    "kind_arithmetic": (
        "Arithmetic on each value.",
        "对每个值做算术运算。",
    ),
    "kind_pad": (
        "A border of zeros, or channels of zeros, is added.",
        "补上一圈零，或补上全零的通道。",
    ),
    "kind_expand": (
        "The same values are repeated, for example a class token for each picture.",
        "重复同样的数值，例如为每张图片复制一个类别 token。",
    ),
    "kind_interpolate": (
        "The map is resized.",
        "改变图的大小。",
    ),
    "kind_position": (
        "The position embedding is added: learned numbers that tell a token where in the picture it lies. Without them, attention would see the patches in no order.",
        "加上位置嵌入：学到的数，告诉每个 token 它在图片中的位置。没有它，注意力看到的图块没有先后次序。",
    ),
    "kind_add": (
        "Two terms are added, value by value.",
        "两项逐个相加。",
    ),
    "kind_conv": (
        "A convolution mixes each position with its neighbours, across channels.",
        "卷积把每个位置与邻近位置、各个通道混合在一起。",
    ),
    "kind_depthwise": (
        "A depthwise convolution: each channel has a kernel of its own, so neighbours are mixed but channels are not.",
        "深度卷积：每个通道有自己的卷积核，混合邻近位置，不混合通道。",
    ),
    "kind_pointwise": (
        "A 1×1 convolution mixes the channels at each position. Positions are not mixed.",
        "1×1 卷积在每个位置混合各通道，不混合位置。",
    ),
    "kind_patches": (
        "The picture is cut into patches, side by side: each becomes one position, whose channels are sums over its pixels.",
        "把图片切成并排的小块：每块变成一个位置，它的各通道是对块内像素的加权求和。",
    ),
    "kind_one_token": (
        "One token is taken from the row: usually the class token, which has collected what matters for the answer.",
        "从一排 token 中取出一个：通常是类别 token，它已经收集了判断所需的信息。",
    ),
    "kind_layout": (
        "Values are moved or the shape is changed. **Nothing is computed.**",
        "只移动数值或改变形状，**没有计算**。",
    ),
    "kind_identity": (
        "Nothing changes.",
        "什么也不变。",
    ),
    "kind_other": (
        "This call has no story of its own here, but its tensor is shown.",
        "这个调用没有专门的说明，但它的张量照常显示。",
    ),
    "sources": (
        "Sources: [He et al. 2015, fig. 2](https://arxiv.org/abs/1512.03385) (the block), [fig. 5](https://arxiv.org/abs/1512.03385) (BasicBlock and Bottleneck); [He et al. 2016](https://arxiv.org/abs/1603.05027) on operations on the shortcut.",
        "出处：[He 等 2015，图 2](https://arxiv.org/abs/1512.03385)（残差块）、[图 5](https://arxiv.org/abs/1512.03385)（BasicBlock 与 Bottleneck）；[He 等 2016](https://arxiv.org/abs/1603.05027) 讨论捷径上的各种运算。",
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
_CIFAR = {
    "if self.variant is not None:": ("explain_test_variant",),
    "identity, out = self.variant(x, identity, out)": ("explain_variant_line",),
}
_HEAD = {
    "x = self.conv1(x)": ("explain_stem",),
    "x = self.bn1(x)": ("explain_bn",),
    "x = self.relu(x)": ("explain_relu_inside",),
    **{f"x = self.layer{stage}(x)": ("explain_stage",) for stage in range(1, 5)},
    "x = self.avgpool(x)": ("explain_avgpool",),
    "x = torch.flatten(x, 1)": ("explain_flatten",),
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
        **_HEAD,
        "x = self.maxpool(x)": ("explain_pool",),
        "x = self.fc(x)": ("explain_fc",),
        "return x": ("explain_return_logits",),
    },
    "CifarBlock.forward": {
        **_BOTH,
        **_CIFAR,
        "out = self.conv1(x)": ("explain_conv_first",),
        "out = self.relu(out)": ("explain_relu_inside",),
        "out = self.conv2(out)": ("explain_conv_second",),
        "out = self.bn2(out)": ("explain_bn_last",),
        "if self.residual:": ("explain_test_residual",),
        "return self.relu(out)": ("explain_relu_after",),
    },
    "PreactBlock.forward": {
        **_BOTH,
        **_CIFAR,
        "out = self.bn1(x)": ("explain_bn_before",),
        "out = self.relu(out)": ("explain_relu_inside", "explain_relu_inside"),
        "out = self.conv1(out)": ("explain_conv_pre_first",),
        "out = self.bn2(out)": ("explain_bn",),
        "out = self.conv2(out)": ("explain_conv_pre_last",),
        "return out": ("explain_return_sum",),
    },
    "CifarBlock.__init__": {
        "nn.Conv2d(inplanes, planes, 1, stride, bias=False)": ("explain_downsample_conv",),
        "norm(planes)": ("explain_downsample_bn",),
    },
    "Subsample.forward": {
        "return F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, 0, self.added))": ("explain_subsample_line",)
    },
    "Gate.forward": {"gate = torch.sigmoid(self.conv(x))": ("explain_gate_line",)},
    "CifarResNet.forward": {
        **_HEAD,
        "x = self.conv1(x)": ("explain_stem_cifar",),
        "if self.last is not None:": ("explain_test_last",),
        "x = self.last(x)": ("explain_last",),
        "return self.fc(x)": ("explain_fc",),
    },
}
# What a network without shortcuts changes in them.
PLAIN: dict[str, str] = {
    "identity = x": "explain_alias_plain",
    "out = self.conv1(x)": "explain_conv_first_plain",
    "out = self.conv2(out)": "explain_conv_second_plain",
    "out = self.bn2(out)": "explain_bn_last_plain",
    "return self.relu(out)": "explain_relu_after_plain",
    **{f"x = self.layer{stage}(x)": "explain_stage_plain" for stage in range(1, 4)},
}


def explanation(listing: str, statement: str, time: int = 0, *, plain: bool = False) -> str:
    """The key of the story of a statement in the function `listing`, the `time`-th of its kind there (from 0).

    `plain` is whether the network has no shortcuts.
    """
    if plain and statement in PLAIN:
        return f"source.{PLAIN[statement]}"
    if listing in ("conv3x3", "conv1x1"):
        return "source.explain_maker"
    if statement.startswith("return (identity"):
        return "source.explain_variant_line"
    stories = EXPLANATIONS.get(listing, {}).get(statement, ())
    return f"source.{stories[time]}" if time < len(stories) else "source.explain_unknown"
