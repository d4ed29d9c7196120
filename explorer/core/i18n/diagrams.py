"""Words of the diagrams."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Diagrams", "结构图"),
    "title": ("How is the network built?", "网络是怎样搭起来的？"),
    "parts": ("Part of the page", "页面的各部分"),
    "part_browse": ("Browse", "逐层浏览"),
    "part_compare": ("Side by side", "并排比较"),
    "part_paths": ("Paths", "路径"),
    # the diagrams
    "carries_identity": ("x itself", "x 原样通过"),
    "carries_projection": ("projection (1×1)", "投影（1×1 卷积）"),
    "carries_padding": ("every second pixel, zeros (option A)", "隔像素取样并补零（方案 A）"),
    "carries_half": ("½ x", "½ x"),
    "carries_gate": ("(1 − g) x, a gate", "(1 − g) x，门控"),
    "carries_exclusive": ("(1 − g) x, and g F(x)", "(1 − g) x，以及 g F(x)"),
    "carries_dropout": ("x under dropout", "x 经过 dropout"),
    "shortcut": ("shortcut", "捷径"),
    "branch": ("branch F(x)", "分支 F(x)"),
    "parameters": ("parameters", "参数"),
    "multiply_adds": ("multiply-adds", "乘加次数"),
    "share": ("Share of the network; longest bar {most:.0%}", "占全网的比例；最长条 {most:.0%}"),
    "kind": ("kind", "类型"),
    "input": ("input", "输入"),
    "output": ("output", "输出"),
    "of_all": ("of all", "占全网"),
    "of_a_block": ("of one block", "每个残差块"),
    "block": ("block", "残差块"),
    "field": ("receptive field, px", "感受野（像素）"),
    "input_side": ("input {side}×{side}, padding {padding}", "输入 {side}×{side}，填充 {padding}"),
    "output_side": ("output {side}×{side}", "输出 {side}×{side}"),
    "length": ("branches on the path", "路径经过的分支数"),
    "paths": ("paths", "路径数"),
    "share_of_paths": ("share of all paths", "占全部路径的比例"),
    "totals": (
        "{blocks} blocks, {parameters} parameters, {multiply_adds} multiply-adds",
        "{blocks} 个残差块，参数 {parameters}，乘加 {multiply_adds}",
    ),
    # browse
    "zoom": ("Zoom", "缩放层级"),
    "choose_block": ("Block", "残差块"),
    "choose_op": ("Operation", "运算"),
    "stem_and_head": ("stem and head", "入口与分类头"),
    "hint_network": (
        "Data flows down each lane and on to the next. Each card is a block's branch; the blue arc beside it is the shortcut, and ⊕ adds the two. Click a card to look inside.",
        "数据在每一列中自上而下，再流入下一列。每张卡片是一个残差块的分支，旁边的蓝色弧线是捷径，两者在 ⊕ 相加。点卡片可以看里面。",
    ),
    "hint_network_plain": (
        "Data flows down each lane and on to the next. Each card is a pair of layers; this network has no shortcuts around them. Click a card to look inside.",
        "数据在每一列中自上而下，再流入下一列。每张卡片是一对卷积层；这个网络没有绕过它们的捷径。点卡片可以看里面。",
    ),
    "hint_rows": ("Small cards stand in order row by row: {rows}.", "小卡片逐行排列：{rows}。"),
    "hint_block": (
        "On the right the branch F(x), on the left the shortcut around it. Each card names its output (channels×height×width) and its number of parameters, if it has any. Click one for its details.",
        "右边是分支 F(x)，左边是绕过它的捷径。每张卡片写着输出（通道×高×宽），有参数的还写着参数个数。点卡片看细节。",
    ),
    "hint_block_plain": (
        "Each card names its output (channels×height×width) and its number of parameters, if it has any. Click one for its details.",
        "每张卡片写着输出（通道×高×宽），有参数的还写着参数个数。点卡片看细节。",
    ),
    "network_alt": (
        "Diagram of {network}: {lanes}. Blocks whose shortcut is not x itself: {changed}.",
        "{network} 的结构图：{lanes}。捷径不是 x 本身的残差块：{changed}。",
    ),
    "block_alt": (
        "Diagram of block {block}. Branch: {branch}. Shortcut: {shortcut}. Then: {after}.",
        "残差块 {block} 的结构图。分支：{branch}。捷径：{shortcut}。之后：{after}。",
    ),
    "overlay": ("Colour the blocks by", "按数值给残差块上色"),
    "overlay_none": ("nothing", "不上色"),
    "overlay_norm": ("norm", "范数"),
    "overlay_zeros": ("zeros", "零的比例"),
    "overlay_ratio": ("branch / shortcut", "分支 / 捷径"),
    "scale_norm": ("norm of the block's output", "输出的范数"),
    "scale_zeros": ("share of zeros in the output", "输出中零的比例"),
    "scale_ratio": ("‖F(x)‖ / ‖shortcut‖", "‖F(x)‖ / ‖捷径‖"),
    "overlay_help": ("Measured now, for your picture and these weights.", "用你选的图和当前权重实时测得。"),
    "overlay_norm_said": (
        "The Euclidean norm over all values of the block's output. Between stages the number of values changes, so compare within a stage.",
        "块的输出中所有数值的欧氏范数。不同阶段的数值个数不同，请只在同一阶段内比较。",
    ),
    "overlay_zeros_said": (
        "The share of values in the block's output that are exactly 0. Where a block ends in a ReLU, these are what it cut.",
        "块的输出中恰好为 0 的数值所占比例。如果块以 ReLU 结尾，它们就是被它截断的。",
    ),
    "overlay_ratio_said": (
        "The norm of the branch over the norm of the shortcut that it is added to. Below 1 the shortcut is the larger of the two.",
        "分支的范数除以捷径的范数。小于 1 时，捷径是两者中较大的一个。",
    ),
    # a block
    "block_identity": (
        "**{block}** is a {kind}. Its shortcut is x itself: no parameters, no computation. Input and output have the same shape, so they can be added.",
        "**{block}** 是一个 {kind}。它的捷径就是 x 本身：没有参数，也不用计算。输入与输出形状相同，可以直接相加。",
    ),
    "block_projection": (
        "**{block}** is a {kind}. It turns {input} into {output}, so x no longer fits the branch's output. A 1×1 convolution with BatchNorm (`downsample`) brings it to that shape. This shortcut has {parameters} parameters.",
        "**{block}** 是一个 {kind}。它把 {input} 变成 {output}，x 与分支输出的形状不再一致，所以用 1×1 卷积加 BatchNorm（`downsample`）把 x 变成同样的形状。这条捷径有 {parameters} 个参数。",
    ),
    "block_conv": (
        "**{block}** is a {kind}. Input and output have the same shape, and yet x passes a 1×1 convolution with BatchNorm on the shortcut. It has {parameters} parameters.",
        "**{block}** 是一个 {kind}。输入与输出形状相同，但捷径上的 x 仍要经过 1×1 卷积加 BatchNorm。这条捷径有 {parameters} 个参数。",
    ),
    "block_padding": (
        "**{block}** is a {kind}. It turns {input} into {output}. To fit, the shortcut keeps every second pixel of x and adds channels of zeros (option A of the paper): no parameters.",
        "**{block}** 是一个 {kind}。它把 {input} 变成 {output}。为了形状一致，捷径隔一个像素取一个 x，并补上全零的通道（论文的方案 A）：没有参数。",
    ),
    "block_half": (
        "**{block}** is a {kind}. Both terms are halved before they are added: ½ x + ½ F(x). Its shortcut has {parameters} parameters.",
        "**{block}** 是一个 {kind}。两项先各减半再相加：½ x + ½ F(x)。它的捷径有 {parameters} 个参数。",
    ),
    "block_gate": (
        "**{block}** is a {kind}. A gate g, a 1×1 convolution of x and a sigmoid, lets (1 − g) of the shortcut pass. It has {parameters} parameters.",
        "**{block}** 是一个 {kind}。门 g 由 x 的 1×1 卷积加 sigmoid 得到，让捷径通过 (1 − g)。这条捷径有 {parameters} 个参数。",
    ),
    "block_exclusive": (
        "**{block}** is a {kind}. A gate g, a 1×1 convolution of x and a sigmoid, gives (1 − g) to the shortcut and g to the branch. It has {parameters} parameters.",
        "**{block}** 是一个 {kind}。门 g 由 x 的 1×1 卷积加 sigmoid 得到，捷径取 (1 − g)，分支取 g。这条捷径有 {parameters} 个参数。",
    ),
    "block_dropout": (
        "**{block}** is a {kind}. In training, dropout sets half of the shortcut to zero; at inference x passes as it is. Its shortcut has {parameters} parameters.",
        "**{block}** 是一个 {kind}。训练时，dropout 把捷径的一半置零；推理时 x 原样通过。它的捷径有 {parameters} 个参数。",
    ),
    "block_plain": (
        "**{block}** is a {kind} without a shortcut: its two layers turn {input} into {output}, and x itself goes no further.",
        "**{block}** 是没有捷径的 {kind}：它的两层把 {input} 变成 {output}，x 本身不再往下传。",
    ),
    "to_source": ("See it in the source", "到源码里看"),
    "to_shortcut": ("Take this block apart", "拆开这个残差块"),
    # an operation
    "kernel": ("kernel", "卷积核"),
    "stride": ("stride", "步长"),
    "padding": ("padding", "填充"),
    "groups": ("groups", "分组"),
    "weight": ("weight", "权重"),
    "does_conv2d": (
        "The same small kernel slides over the whole map. Each output value is a weighted sum of what lies under the kernel, over the input channels of its group.",
        "同一个小卷积核滑过整张特征图。每个输出值是核所覆盖数值的加权和，本组的输入通道全部计入。",
    ),
    "does_batchnorm2d": (
        "Each channel is shifted and scaled by fixed numbers that were learned or gathered in training. The shape stays.",
        "每个通道按训练时得到的固定数值平移和缩放，形状不变。",
    ),
    "does_relu": ("Negative values become 0, all others stay. No parameters.", "负值变成 0，其余不变。没有参数。"),
    "does_maxpool2d": (
        "Of each window only the largest value stays. No parameters.",
        "每个窗口只留下最大的值。没有参数。",
    ),
    "does_add": (
        "The residual sum: branch plus shortcut, value by value. It has no parameters. The gradient passes through it to both unchanged.",
        "残差相加：分支与捷径逐元素相加。没有参数。梯度经过它时原样传给两边。",
    ),
    "does_adaptiveavgpool2d": (
        "The mean of each channel over the whole map: one number a channel.",
        "对每个通道的整张特征图求平均，每个通道得到一个数。",
    ),
    "does_flatten": ("Channels of one pixel become a plain list of numbers.", "把只有一个像素的各通道排成一列数。"),
    "does_linear": (
        "Each class gets a weighted sum of all features, plus a bias: the logits.",
        "每个类别得到全部特征的加权和再加偏置，即 logits。",
    ),
    "does_identity": (
        "Nothing happens here: this network has no pooling in its stem.",
        "这里什么也不做：这个网络的入口没有池化。",
    ),
    "does_dropout": (
        "In training half of the values become 0; at inference, as here, nothing happens.",
        "训练时一半的数值变成 0；推理时（就像这里）什么也不做。",
    ),
    "does_getitem": (
        "Every second pixel of every second row is kept, the rest is left out. No parameters.",
        "每隔一行、每隔一个像素取一个，其余丢弃。没有参数。",
    ),
    "does_pad": (
        "Channels of zeros are put behind the others, so that the number of channels fits the branch. No parameters.",
        "在已有通道之后补上全零的通道，使通道数与分支相同。没有参数。",
    ),
    "does_mul": (
        "Value by value, one map is multiplied by another or by a number.",
        "逐元素相乘：两张特征图相乘，或乘以一个数。",
    ),
    "does_sigmoid": ("Each value is squeezed between 0 and 1: the gate g.", "把每个数值压到 0 与 1 之间：这就是门 g。"),
    "does_sub": ("1 − g: what the gate leaves to the shortcut.", "1 − g：门留给捷径的部分。"),
    "formula_side": (
        "Output side: ⌊(input + 2·padding − kernel) / stride⌋ + 1",
        "输出边长：⌊（输入 + 2·填充 − 核）/ 步长⌋ + 1",
    ),
    "formula_parameters": ("Parameters", "参数"),
    "formula_multiply_adds": (
        "Multiply-adds: each weight once for each output pixel",
        "乘加次数：每个权重在每个输出像素上用一次",
    ),
    "formula_other": (
        "Multiply-adds, as torchinfo counts them: each parameter once",
        "乘加次数（按 torchinfo 的算法，每个参数计一次）",
    ),
    "window_title": ("The kernel on the input's corner", "卷积核在输入的一角"),
    "window_said": (
        "Filled: the first place and the value that it gives. Dashed: the next place, {stride} px on. Grey: padding, zeros around the map.",
        "实心：第一个位置和它给出的值。虚线：下一个位置，移动 {stride} 像素。灰色：四周补的填充。",
    ),
    "window_one": (
        "Filled: the window, which covers the whole map, and the value that it gives.",
        "实心：覆盖整张图的窗口，和它给出的值。",
    ),
    "window_alt": (
        "Kernel of {kernel} by {kernel} on a grid of {input} by {input}, stride {stride}, padding {padding}.",
        "{kernel}×{kernel} 的核在 {input}×{input} 的网格上，步长 {stride}，填充 {padding}。",
    ),
    "seen_title": ("What one value sees of your picture", "一个值能看到图上多大一块"),
    "seen_said": (
        "The value in the middle sees {size}×{size} px of the {side} px input; its left neighbour's square (dashed) lies {jump} px away.",
        "正中的值能看到 {side} 像素输入中的 {size}×{size} 像素；左边相邻值的方框（虚线）相隔 {jump} 像素。",
    ),
    "seen_one": (
        "The only place of this map sees {size}×{size} px of the {side} px input.",
        "这张图上唯一的位置能看到 {side} 像素输入中的 {size}×{size} 像素。",
    ),
    "seen_all": (
        "That is larger than the picture, so nearly all of it can have an influence.",
        "这比图还大，所以几乎整张图都能影响它。",
    ),
    "seen_alt": ("The network's input with a square of {size} pixels.", "网络的输入，上面标出边长 {size} 像素的方框。"),
    # the table
    "table": ("All operations", "全部运算"),
    "table_said": (
        "In the order in which they run, for an input of {side}×{side} px. Parameters and multiply-adds are torchinfo's. Click a heading to sort.",
        "按运行顺序排列，输入为 {side}×{side} 像素。参数和乘加次数与 torchinfo 一致。点表头可以排序。",
    ),
    "table_alt": ("Table of all operations with shapes and costs.", "全部运算的形状与开销表。"),
    "name": ("name", "名称"),
    "field_size": ("receptive field", "感受野"),
    "field_jump": ("step on the input", "在输入上的间距"),
    # side by side
    "compare_choose": ("Networks (up to four)", "网络（最多四个）"),
    "plain": ("Plain twin of the first, without shortcuts", "加上第一个网络去掉捷径的版本"),
    "plain_name": ("{network} without shortcuts", "{network}，去掉捷径"),
    "compare_said": (
        "All for an input of {side}×{side} px and {classes} classes: a bar up is a block's multiply-adds, a bar down its parameters. Each of the two has one scale for all networks. No weights are needed for this.",
        "输入均为 {side}×{side} 像素、{classes} 类：向上的条是残差块的乘加次数，向下的条是参数；两种条各有一把比例尺，所有网络共用。这里不需要任何权重。",
    ),
    "compare_plain_said": (
        "Without shortcuts, {network} keeps {parameters:.1%} of its parameters and {multiply_adds:.1%} of its multiply-adds. The rest belongs to the projections: a shortcut that is x itself has none.",
        "去掉捷径后，{network} 仍有 {parameters:.1%} 的参数和 {multiply_adds:.1%} 的乘加。少掉的都属于投影：x 原样通过的捷径没有参数，也不用乘加。",
    ),
    "compare_alt": ("Networks on one scale: {totals}.", "同一比例尺下的网络：{totals}。"),
    "compare_none": ("Choose at least one network.", "请至少选一个网络。"),
    "network": ("network", "网络"),
    "blocks": ("blocks", "残差块数"),
    # paths
    "paths_blocks": ("Number of blocks", "残差块数"),
    "paths_here": (
        "{network} has {blocks} blocks, so a value can take {power} = {paths} paths through it. What makes x fit counts as a shortcut. Take out one branch, and half of the paths are left; without shortcuts there would be one path only, through every block. Counted in layers with weights, the shortest path has {shortest} and the longest {longest}.",
        "{network} 有 {blocks} 个残差块，所以数值可走 {power} = {paths} 条路径。为使 x 形状一致而做的投影等也算捷径。去掉一个分支，还剩一半的路径；如果没有捷径，就只有一条路径，要经过每一个块。按带权重的层数算，最短的路径 {shortest} 层，最长的 {longest} 层。",
    ),
    "paths_tree_said": (
        "Read from the right: each sum splits into its shortcut and its branch, down to copies of x at the left. A block that stands early in the network is drawn again for every path behind it.",
        "从右往左读：每个和都拆成捷径与分支，一直拆到左边 x 的许多份副本。越靠前的残差块，画出的份数越多。",
    ),
    "paths_too_many": (
        "{blocks} blocks make {paths} paths: too many to draw. Up to {most} blocks can be drawn.",
        "{blocks} 个残差块有 {paths} 条路径，画不下了。最多能画 {most} 个残差块。",
    ),
    "paths_range": ("Lengths to add up", "统计哪些长度"),
    "paths_range_said": (
        "Paths through {low} to {high} branches: **{share}** of all {paths}.",
        "经过 {low} 到 {high} 个分支的路径占全部 {paths} 条的 **{share}**。",
    ),
    "tree_alt": (
        "A tree of {paths} paths: every sum splits into shortcut and branch.",
        "由 {paths} 条路径组成的树：每个和拆成捷径与分支。",
    ),
    "lengths_alt": (
        "Paths by the number of branches that they pass: {counts}.",
        "按经过的分支数统计的路径数：{counts}。",
    ),
    "paths_paper": (
        "Veit et al. 2016 ([arXiv:1605.06431](https://arxiv.org/abs/1605.06431), figures 1 and 6): in a network of 54 blocks nearly all gradient in training comes from paths of 5 to 17 blocks, which are 0.45% of all.",
        "Veit 等 2016（[arXiv:1605.06431](https://arxiv.org/abs/1605.06431)，图 1 和图 6）：在 54 个残差块的网络里，训练时的梯度几乎都来自经过 5 到 17 个块的路径，它们只占全部的 0.45%。",
    ),
    "paths_agrees": (
        "Counted here: {share} of the paths of 54 blocks are 5 to 17 long. This page only counts paths; it does not measure the gradient.",
        "这里数出：54 个残差块的路径中，长度 5 到 17 的占 {share}。本页只数路径，不测梯度。",
    ),
    "sources": (
        "Receptive fields: [Araujo et al. 2019](https://doi.org/10.23915/distill.00021). Networks: [He et al. 2015](https://arxiv.org/abs/1512.03385), figures 2, 3 and 5; [Xie et al. 2016](https://arxiv.org/abs/1611.05431); [Zagoruyko & Komodakis 2016](https://arxiv.org/abs/1605.07146). torchvision puts the stride of a Bottleneck on its 3×3 convolution; the paper had it on the first 1×1.",
        "感受野：[Araujo 等 2019](https://doi.org/10.23915/distill.00021)。网络：[He 等 2015](https://arxiv.org/abs/1512.03385)，图 2、3、5；[Xie 等 2016](https://arxiv.org/abs/1611.05431)；[Zagoruyko & Komodakis 2016](https://arxiv.org/abs/1605.07146)。torchvision 把 Bottleneck 的步长放在 3×3 卷积上，论文放在第一个 1×1 卷积上。",
    ),
}
