"""Words of the diagrams."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Diagrams", "结构图"),
    "title": ("How is the network built?", "网络的结构是怎样的？"),
    "parts": ("Part of the page", "本页内容"),
    "part_browse": ("Browse", "逐层浏览"),
    "part_compare": ("Side by side", "并排比较"),
    "part_paths": ("Paths", "路径"),
    # the diagrams
    "carries_identity": ("x itself", "x 原样通过"),
    "carries_projection": ("projection (1×1)", "投影（1×1 卷积）"),
    "carries_padding": ("every second pixel (option A)", "隔像素取样并补零（方案 A）"),
    "carries_pooling": ("x, pooled", "x 经过池化"),
    "carries_slice": ("a part of x", "x 的一部分"),
    "mixer_attention": ("attention", "注意力"),
    "mixer_conv": ("convolutions", "卷积"),
    "mixer_mlp": ("MLP", "MLP（全连接层）"),
    "mixer_pool": ("pooling", "池化"),
    "scaled": ("× {factors}", "× {factors}"),
    "named": ("counted by you: {name}", "由你计入：{name}"),
    "connections": ("residual connections: {count}", "残差连接 {count} 个"),
    "fold": ("Click: fold what repeats", "点击：折叠重复的部分"),
    "unfold": ("Click: unfold every connection", "点击：展开每一个残差连接"),
    "carries_half": ("½ x", "½ x"),
    "carries_gate": ("(1 − g) x, a gate", "(1 − g) x，门控"),
    "carries_exclusive": ("(1 − g) x, and g F(x)", "(1 − g) x，以及 g F(x)"),
    "carries_dropout": ("x with dropout", "x 经过 dropout"),
    "shortcut": ("shortcut", "捷径"),
    "branch": ("branch F(x)", "分支 F(x)"),
    "parameters": ("parameters", "参数"),
    "multiply_adds": ("multiply-adds", "乘加次数"),
    "share": ("Share of the network,\nlongest bar: {most:.0%}", "占全网的比例，\n最长条 {most:.0%}"),
    "kind": ("kind", "类型"),
    "input": ("input", "输入"),
    "picture": ("the network's input", "网络的输入"),
    "output_of": ("output of {name}", "{name} 的输出"),
    "shape": ("shape, channels × height × width", "形状（通道×高×宽）"),
    "numbers": ("numbers in it", "含多少个数"),
    "output": ("output", "输出"),
    "of_all": ("of the network", "占全网"),
    "of_a_block": ("of one block", "一个残差块的"),
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
    "stem_and_head": ("stem and head", "起始层与分类头"),
    "hint_network": (
        "Data flows down each column and on to the next, in the shape at the column's foot (channels×height×width). Each card is a block's branch; the blue arc beside it is the shortcut, and ⊕ adds the two. Click a card to look inside.",
        "数据在每一列中自上而下，再进入下一列；列尾写着传给下一列的形状（通道×高×宽）。每张卡片是一个残差块的分支，旁边的蓝色弧线是捷径，两者在 ⊕ 处相加。点击卡片查看内部。",
    ),
    "hint_network_plain": (
        "Data flows down each column and on to the next. Each card is a pair of layers; this network has no shortcuts around them. Click a card to look inside.",
        "数据在每一列中自上而下，再进入下一列。每张卡片是一对卷积层；这个网络没有绕过它们的捷径。点击卡片查看内部。",
    ),
    "hint_stream": (
        "Data flows from top to bottom. The blue line is the shortcut: x passes by each branch, which is beside it and named by what it computes; ⊕ adds the two. Grey cards on the line have no shortcut. Click a card to look inside, a heading to fold or unfold a stage.",
        "数据自上而下流动。蓝线是捷径：x 从每个分支旁边经过；旁边的分支写明它用什么计算，两者在 ⊕ 处相加。线上的灰色卡片没有捷径。点击卡片查看内部，点击标题折叠或展开一个阶段。",
    ),
    "hint_stream_plain": (
        "Data flows from top to bottom, through every card: no line passes by one. Click a card to look inside.",
        "数据自上而下流动，穿过每一张卡片：没有一条线从旁边绕过。点击卡片查看内部。",
    ),
    "unfold_all": ("Show every connection", "显示每一个残差连接"),
    "unfold_parts": ("Show every part", "显示每一个部分"),
    "hint_folded": (
        "The bars beside a sequence that repeats (× n) are for all of its repetitions.",
        "重复的序列（× n）旁边的条是各次重复的总和。",
    ),
    "no_residual": (
        "{network} has no residual connection: nothing is added to what a layer was given.",
        "{network} 没有残差连接：没有哪一层的输出与它的输入相加。",
    ),
    "instead_dense": (
        "Instead, {count} concatenations keep earlier features beside what was computed from them: all are kept, none are summed.",
        "取而代之的是 {count} 次拼接，把先前的特征与由它们算出的特征并排保留：全部保留，而不是相加。",
    ),
    "instead_joined": (
        "Instead, {count} concatenations join paths that run side by side.",
        "取而代之的是 {count} 次拼接，把并行的几路合在一起。",
    ),
    "instead_chain": (
        "Its layers run one after another.",
        "它的各层一个接一个地执行。",
    ),
    "concatenations": (
        "Besides the residual connections, {count} concatenations keep earlier features beside later ones.",
        "除了残差连接，还有 {count} 次拼接把先前的特征与后来的并排保留。",
    ),
    "not_one_row": (
        "The residual connections are not in one row: some lie side by side or within another's branch. The diagram lists them in the order in which they run.",
        "这些残差连接并不排成一列：有的并行，有的在另一个的分支之内。图中按执行顺序列出。",
    ),
    "gates": (
        "{count} gates multiply features by factors between 0 and 1 that are computed from them (squeeze-and-excitation).",
        "{count} 个门把特征乘以由特征自己算出的 0 到 1 的系数（squeeze-and-excitation）。",
    ),
    "unused": (
        "{count} parameters are used in training only (auxiliary heads) and not counted here.",
        "有 {count} 个参数只在训练时使用（辅助分类头），这里不计。",
    ),
    "others": ("Other additions", "其他加法"),
    "others_said": (
        "These additions of two tensors of the same shape are not counted as residual connections. You may see it otherwise: choose one, and the diagram marks it.",
        "下面这些加法把两个形状相同的张量相加，但没有算作残差连接。你可以有不同看法：选中一个，图中就会标出它。",
    ),
    "others_alt": ("Table of the additions that are not residual connections.", "不算残差连接的加法的表格。"),
    "count_as_residual": ("Count as a residual connection", "算作残差连接"),
    "addition": ("addition", "加法"),
    "reason": ("what it is", "它是什么"),
    "line": ("line", "代码行"),
    "counted": ("counted by you", "由你计入"),
    "other_elementwise": (
        "x and a function of x without anything to learn",
        "x 与 x 的一个没有可学参数的函数",
    ),
    "other_parallel": ("two ways that compute alike, side by side", "两路并行的同类计算"),
    "other_merge": ("two different ways, both computed", "两路不同的计算，两边都有变换"),
    "other_slice": ("different parts of one tensor", "同一张量的不同部分"),
    "other_gate": ("a gate", "门"),
    "hint_rows": ("Small cards are ordered row by row: {rows}.", "小卡片逐行排列：{rows}。"),
    "hint_block": (
        "The branch F(x) is on the right, the shortcut on the left. The edges carry the shapes of the tensors (channels×height×width), the cards the numbers of parameters. Click a card for details.",
        "右边是分支 F(x)，左边是绕过它的捷径。连线上是张量的形状（通道×高×宽），卡片里是参数量。点击卡片查看详情。",
    ),
    "hint_block_plain": (
        "The edges carry the shapes of the tensors (channels×height×width), the cards the numbers of parameters. Click a card for details.",
        "连线上是张量的形状（通道×高×宽），卡片里是参数量。点击卡片查看详情。",
    ),
    "network_alt": (
        "Diagram of {network}: {lanes}. Blocks whose shortcut is not the identity: {changed}.",
        "{network} 的结构图：{lanes}。捷径不是恒等映射的残差块：{changed}。",
    ),
    "block_alt": (
        "Diagram of block {block}. Branch: {branch}. Shortcut: {shortcut}. Then: {after}.",
        "残差块 {block} 的结构图。分支：{branch}。捷径：{shortcut}。之后：{after}。",
    ),
    "overlay": ("Colour the blocks by", "残差块的颜色表示"),
    "overlay_none": ("nothing", "不上色"),
    "overlay_norm": ("norm", "范数"),
    "overlay_zeros": ("zeros", "零值占比"),
    "overlay_ratio": ("branch / shortcut", "分支 / 捷径"),
    "scale_norm": ("norm of the block's output", "输出的范数"),
    "scale_zeros": ("fraction of zeros in the output", "输出中的零值占比"),
    "scale_ratio": ("‖F(x)‖ / ‖shortcut‖", "‖F(x)‖ / ‖捷径‖"),
    "overlay_help": ("Measured for your image and the current weights.", "用你选的图片和当前权重测得。"),
    "overlay_norm_said": (
        "The Euclidean norm of the block's output. The number of values differs from stage to stage, so compare only within a stage.",
        "块的输出的欧氏范数。不同阶段的数值个数不同，请只在同一阶段内比较。",
    ),
    "overlay_zeros_said": (
        "The fraction of values in the block's output that are exactly 0. If the block ends in a ReLU, these are the values it clipped.",
        "块的输出中恰好为 0 的数值所占比例。如果块以 ReLU 结尾，它们就是被 ReLU 置零的数值。",
    ),
    "overlay_ratio_said": (
        "The norm of the branch divided by the norm of the shortcut. Below 1, the shortcut is larger.",
        "分支的范数除以捷径的范数。小于 1 时，捷径更大。",
    ),
    # a block
    "block_identity": (
        "**{block}** is a {kind}. Its shortcut is the identity: no parameters, no computation. Input and output have the same shape, so they can be added.",
        "**{block}** 是一个 {kind}。它的捷径是恒等映射：没有参数，也不用计算。输入与输出形状相同，可以直接相加。",
    ),
    "block_projection": (
        "**{block}** is a {kind}. It turns {input} into {output}, so x no longer has the shape of the branch's output. A 1×1 convolution with BatchNorm (`downsample`) gives it that shape. This shortcut has {parameters} parameters.",
        "**{block}** 是一个 {kind}。它把 {input} 变成 {output}，x 与分支输出的形状不再一致，所以用 1×1 卷积加 BatchNorm（`downsample`）把 x 变成同样的形状。这条捷径有 {parameters} 个参数。",
    ),
    "block_conv": (
        "**{block}** is a {kind}. Input and output have the same shape, but x still passes through a 1×1 convolution with BatchNorm on the shortcut. It has {parameters} parameters.",
        "**{block}** 是一个 {kind}。输入与输出形状相同，但捷径上的 x 仍要经过 1×1 卷积加 BatchNorm。这条捷径有 {parameters} 个参数。",
    ),
    "block_padding": (
        "**{block}** is a {kind}. It turns {input} into {output}. To match that shape, the shortcut keeps every second pixel of x and adds channels of zeros (option A of the paper): no parameters.",
        "**{block}** 是一个 {kind}。它把 {input} 变成 {output}。为了形状一致，捷径对 x 隔一个像素取一个，并补上全零的通道（论文的方案 A）：没有参数。",
    ),
    "block_half": (
        "**{block}** is a {kind}. Both terms are halved before they are added: ½ x + ½ F(x). Its shortcut has {parameters} parameters.",
        "**{block}** 是一个 {kind}。两项先各减半再相加：½ x + ½ F(x)。它的捷径有 {parameters} 个参数。",
    ),
    "block_gate": (
        "**{block}** is a {kind}. A gate g, a 1×1 convolution of x followed by a sigmoid, multiplies the shortcut by (1 − g). It has {parameters} parameters.",
        "**{block}** 是一个 {kind}。门 g 由 x 经 1×1 卷积加 sigmoid 得到，捷径乘以 (1 − g)。这条捷径有 {parameters} 个参数。",
    ),
    "block_exclusive": (
        "**{block}** is a {kind}. A gate g, a 1×1 convolution of x followed by a sigmoid, multiplies the shortcut by (1 − g) and the branch by g. It has {parameters} parameters.",
        "**{block}** 是一个 {kind}。门 g 由 x 经 1×1 卷积加 sigmoid 得到，捷径乘以 (1 − g)，分支乘以 g。这条捷径有 {parameters} 个参数。",
    ),
    "block_dropout": (
        "**{block}** is a {kind}. In training, dropout sets half of the shortcut to zero; at inference x passes unchanged. Its shortcut has {parameters} parameters.",
        "**{block}** 是一个 {kind}。训练时，dropout 把捷径的一半置零；推理时 x 原样通过。它的捷径有 {parameters} 个参数。",
    ),
    "block_plain": (
        "**{block}** is a {kind} without a shortcut: its two layers turn {input} into {output}; x itself is not passed on.",
        "**{block}** 是没有捷径的 {kind}：它的两层把 {input} 变成 {output}，x 本身不再往下传。",
    ),
    # a residual connection of any network
    "connection": ("**{block}** is a residual connection in `{kind}`.", "**{block}** 是 `{kind}` 中的一个残差连接。"),
    "shortcut_identity": (
        "Its shortcut is x itself: no parameters, no computation.",
        "它的捷径就是 x 本身：没有参数，也不用计算。",
    ),
    "shortcut_projection": (
        "It turns {input} into {output}; on the shortcut, {calls} project x to that shape, with {parameters} parameters.",
        "它把 {input} 变成 {output}；捷径上的 {calls} 把 x 投影成同样的形状，有 {parameters} 个参数。",
    ),
    "shortcut_padding": (
        "It turns {input} into {output}; on the shortcut, {calls} subsample x or add zeros, without parameters.",
        "它把 {input} 变成 {output}；捷径上的 {calls} 对 x 取样或补零，没有参数。",
    ),
    "shortcut_pooling": (
        "It turns {input} into {output}; on the shortcut, {calls} pool x to that shape.",
        "它把 {input} 变成 {output}；捷径上的 {calls} 把 x 池化成同样的形状。",
    ),
    "shortcut_slice": ("Its shortcut is a part of x ({calls}).", "它的捷径是 x 的一部分（{calls}）。"),
    "shortcut_half": ("On the shortcut, x is halved ({calls}).", "捷径上的 x 减半（{calls}）。"),
    "shortcut_gate": ("On the shortcut, a gate multiplies x ({calls}).", "捷径上的 x 乘以一个门（{calls}）。"),
    "shortcut_exclusive": (
        "A gate multiplies x on the shortcut ({calls}), and the branch.",
        "一个门既乘捷径上的 x（{calls}），也乘分支。",
    ),
    "shortcut_dropout": ("On the shortcut, x passes dropout ({calls}).", "捷径上的 x 经过 dropout（{calls}）。"),
    "branch_attention": (
        "Its branch F(x) is attention: each token receives a weighted mean of tokens, its own included, with weights that are computed from the tokens themselves.",
        "它的分支 F(x) 是注意力：每个 token 得到各 token（包括它自己）的加权平均，权重由这些 token 自己算出。",
    ),
    "branch_mlp": (
        "Its branch F(x) is an MLP: linear layers with a nonlinearity between them.",
        "它的分支 F(x) 是 MLP：线性层，中间夹一个非线性函数。",
    ),
    "branch_conv": ("Its branch F(x) computes with convolutions.", "它的分支 F(x) 用卷积计算。"),
    "branch_pool": ("Its branch F(x) computes with pooling.", "它的分支 F(x) 用池化计算。"),
    "scaled_said": (
        "Before the sum, F(x) is multiplied by {factors}.",
        "相加之前，F(x) 先乘以 {factors}。",
    ),
    "part_plain": (
        "**{block}** is a {kind} without a residual connection: it turns {input} into {output}.",
        "**{block}** 是一个没有残差连接的 {kind}：它把 {input} 变成 {output}。",
    ),
    "no_scene": (
        "Drawn without feature maps: there is no line-by-line view of this block.",
        "图中没有特征图：这个块不能逐行查看。",
    ),
    "outside_blocks": ("outside the blocks", "残差块之外"),
    "to_source": ("Show it in the source", "在源码中查看"),
    "to_shortcut": ("Open it in the shortcut lab", "在捷径实验室中打开"),
    # an operation
    "kernel": ("kernel", "卷积核"),
    "stride": ("stride", "步长"),
    "padding": ("padding", "填充"),
    "groups": ("groups", "分组"),
    "weight": ("weight", "权重"),
    "does_conv2d": (
        "The same small kernel slides over the whole map. Each output value is a weighted sum of the values under the kernel, over the input channels of its group.",
        "同一个卷积核滑过整张特征图。每个输出值是卷积核所覆盖数值的加权和，本组的输入通道全部计入。",
    ),
    "does_batchnorm2d": (
        "Each channel is normalised with the running mean and variance from training, then scaled and shifted by learned parameters. The shape stays the same.",
        "每个通道先用训练时得到的滑动均值和方差归一化，再用学到的参数缩放和平移。形状不变。",
    ),
    "does_relu": ("Negative values become 0, all others stay. No parameters.", "负值变成 0，其余不变。没有参数。"),
    "does_maxpool2d": (
        "Only the largest value of each window is kept. No parameters.",
        "每个窗口只保留最大值。没有参数。",
    ),
    "does_add": (
        "The residual sum: branch plus shortcut, element by element. No parameters. The gradient passes through it to both sides unchanged.",
        "残差相加：分支与捷径逐元素相加。没有参数。梯度经过它时原样传给两边。",
    ),
    "does_adaptiveavgpool2d": (
        "The mean of each channel over the whole map: one number per channel.",
        "对每个通道的整张特征图求平均，每个通道得到一个数。",
    ),
    "does_flatten": ("The channels, one value each, become a vector.", "每个通道只剩一个值，这里把它们排成一个向量。"),
    "does_linear": (
        "For each class, a weighted sum of all features plus a bias: the logits.",
        "对每个类别，把全部特征加权求和再加偏置，得到 logits。",
    ),
    "does_identity": (
        "Nothing happens here: this network has no pooling in its stem.",
        "这里什么也不做：这个网络的起始层没有池化。",
    ),
    "does_dropout": (
        "In training, half of the values are set to 0; at inference, as here, nothing happens.",
        "训练时把一半的数值置零；推理时（就像这里）什么也不做。",
    ),
    "does_getitem": (
        "Every second pixel of every second row is kept, the others are dropped. No parameters.",
        "每隔一行、每隔一个像素取一个，其余丢弃。没有参数。",
    ),
    "does_pad": (
        "Channels of zeros are appended, so that the number of channels matches the branch. No parameters.",
        "在已有通道之后补上全零的通道，使通道数与分支相同。没有参数。",
    ),
    "does_mul": (
        "Element-wise multiplication: one map by another, or by a number.",
        "逐元素相乘：两张特征图相乘，或乘以一个数。",
    ),
    "does_sigmoid": ("Maps each value to between 0 and 1: the gate g.", "把每个数值映射到 0 与 1 之间：这就是门 g。"),
    "does_sub": ("1 − g: the factor of the shortcut.", "1 − g：捷径的系数。"),
    "does_constant": (
        "Computed from weights or constants alone: it is the same for every image.",
        "只由权重或常数算出：对每张图片都一样。",
    ),
    "does_add_other": (
        "An element-wise sum, not a residual one: of a position embedding, a bias or a mask, for instance.",
        "逐元素相加，但不是残差相加：例如加上位置嵌入、偏置或掩码。",
    ),
    "does_scale": (
        "Each channel is multiplied by a learned factor (layer scale). Factors that start near 0 make the block start as the identity.",
        "每个通道乘以一个学到的系数（layer scale）。系数从接近 0 开始，块一开始就接近恒等映射。",
    ),
    "does_linear_inside": (
        "At each position, every output is a weighted sum of all input features, plus a bias if there is one.",
        "在每个位置上，每个输出都是全部输入特征的加权和，有偏置的再加偏置。",
    ),
    "does_dropout_any": (
        "In training, some of the values are set to 0; at inference, as here, nothing happens.",
        "训练时把一部分数值置零；推理时（就像这里）什么也不做。",
    ),
    "does_slice": ("A part of the tensor is taken. No parameters.", "取出张量的一部分。没有参数。"),
    "does_layout": (
        "The same values in another order or shape. Nothing is computed.",
        "数值不变，只换了顺序或形状，不做计算。",
    ),
    "does_avgpool2d": ("The mean of each window. No parameters.", "每个窗口取平均值。没有参数。"),
    "does_layer_norm": (
        "At each position, the features are normalised to mean 0 and variance 1 over the channels, then scaled and shifted by learned parameters.",
        "在每个位置上，把各通道的特征归一化为均值 0、方差 1，再用学到的参数缩放和平移。",
    ),
    "does_group_norm": (
        "The values of each group of channels, over all positions, are normalised to mean 0 and variance 1, then scaled and shifted by learned parameters.",
        "把每组通道在所有位置上的数值归一化为均值 0、方差 1，再用学到的参数缩放和平移。",
    ),
    "does_activation": (
        "A nonlinear function of each value (`{kind}`). No parameters.",
        "对每个数值作用一个非线性函数（`{kind}`）。没有参数。",
    ),
    "does_attention": (
        "Multi-head attention in one call: queries, keys and values are linear layers of the tokens; the softmax of query · key weights the values; a last linear layer mixes the heads.",
        "一次调用完成多头注意力：查询、键和值都是 token 的线性变换；查询 · 键的 softmax 作为值的权重；最后一个线性层混合各个头。",
    ),
    "does_sdpa": (
        "Attention: the softmax of query · key, scaled, weights the values.",
        "注意力：缩放后的查询 · 键的 softmax 作为值的权重。",
    ),
    "does_product": (
        "A matrix product of two tensors: in attention, query · key or weights · values. No parameters.",
        "两个张量的矩阵乘积：在注意力中是查询 · 键，或权重 · 值。没有参数。",
    ),
    "does_softmax": (
        "Turns each row into positive weights that sum to 1: how much each token attends to each other token.",
        "把每一行变成和为 1 的正权重：每个 token 对其他 token 的关注程度。",
    ),
    "does_cat": ("Tensors are put side by side. Nothing is summed.", "把张量并排拼接，不相加。"),
    "does_roll": (
        "The map is shifted; what leaves on one side enters on the other.",
        "特征图平移；从一侧移出的部分从另一侧移入。",
    ),
    "does_mean": ("A mean over positions or channels.", "对位置或通道求平均。"),
    "does_other": ("A call of torch's `{kind}`.", "调用 torch 的 `{kind}`。"),
    "field_whole": ("the whole image", "整张图片"),
    "field_unknown": ("depends on the position", "取决于位置"),
    "formula_tokens": (
        "Multiply-adds: each weight once per position",
        "乘加次数：每个权重在每个位置上用一次",
    ),
    "formula_attention": (
        "Multiply-adds: each weight once per token, then query · key and weights · values",
        "乘加次数：每个权重对每个 token 用一次，再加上查询 · 键与权重 · 值",
    ),
    "formula_product": (
        "Multiply-adds: output values · products per value",
        "乘加次数：输出值的个数 · 每个值的乘积数",
    ),
    "formula_side": (
        "Output side: ⌊(input + 2·padding − kernel) / stride⌋ + 1",
        "输出边长：⌊（输入 + 2·填充 − 卷积核）/ 步长⌋ + 1",
    ),
    "formula_parameters": ("Parameters", "参数"),
    "formula_multiply_adds": (
        "Multiply-adds: each weight once per output pixel",
        "乘加次数：每个权重在每个输出像素上用一次",
    ),
    "formula_other": (
        "Multiply-adds as counted by torchinfo: each parameter once",
        "乘加次数（按 torchinfo 的算法，每个参数计一次）",
    ),
    "window_title": ("The kernel at the corner of the input", "输入左上角的卷积核"),
    "window_said": (
        "Filled: the first position and its output value. Dashed: the next position, {stride} px further. Grey: padding, zeros around the map.",
        "实心：第一个位置及其输出值。虚线：下一个位置，移动 {stride} 像素。灰色：填充，即四周补的零。",
    ),
    "window_one": (
        "Filled: the window, which covers the whole map, and its output value.",
        "实心：覆盖整张图的窗口及其输出值。",
    ),
    "window_alt": (
        "Kernel of {kernel} by {kernel} on a grid of {input} by {input}, stride {stride}, padding {padding}.",
        "{kernel}×{kernel} 的卷积核在 {input}×{input} 的网格上，步长 {stride}，填充 {padding}。",
    ),
    "seen_title": ("Receptive field of one value in your image", "一个值在图片上的感受野"),
    "seen_said": (
        "The receptive field of the central value is {size}×{size} px of the {side} px input; that of its left neighbour (dashed) is shifted by {jump} px.",
        "正中的值的感受野是 {side} 像素输入中的 {size}×{size} 像素；左边相邻值的感受野（虚线）相隔 {jump} 像素。",
    ),
    "seen_one": (
        "The receptive field of the only value of this map is {size}×{size} px of the {side} px input.",
        "这张图上唯一的值，感受野是 {side} 像素输入中的 {size}×{size} 像素。",
    ),
    "seen_all": (
        "That is larger than the image, so nearly every pixel can influence it.",
        "这比图片还大，所以几乎每个像素都能影响它。",
    ),
    "seen_whole": (
        "**Receptive field:** the whole image. An attention over all tokens, or a pooling over all positions, up to here mixes everything.",
        "**感受野：** 整张图片。到这里为止，已有一次对全部 token 的注意力或对全部位置的池化，把所有位置混在一起。",
    ),
    "seen_unknown": (
        "**Receptive field:** it depends on the position, for instance on the place within an attention window, and cannot be given as one square.",
        "**感受野：** 取决于位置（例如在注意力窗口中的位置），不能用一个方框表示。",
    ),
    "seen_alt": ("The network's input with a square of {size} pixels.", "网络的输入，上面标出边长 {size} 像素的方框。"),
    # the table
    "table": ("All operations", "全部运算"),
    "table_said": (
        "In execution order, for an input of {side}×{side} px. Parameters and multiply-adds (MACs) as counted by torchinfo. Click a heading to sort.",
        "按执行顺序排列，输入为 {side}×{side} 像素。参数量和乘加次数（MACs）按 torchinfo 的算法统计。点击表头可以排序。",
    ),
    "table_tokens": (
        "Beyond torchinfo: linear layers count once per token, and attention's two matrix products, query · key and weights · values, are counted.",
        "与 torchinfo 不同：线性层对每个 token 计一次，并且计入注意力的两个矩阵乘积，即查询 · 键与权重 · 值。",
    ),
    "table_products": (
        "Without biases and normalisation, as torch.utils.flop_counter counts, the network has {count} multiply-adds.",
        "不计偏置和归一化，按 torch.utils.flop_counter 的算法，全网的乘加是 {count} 次。",
    ),
    "table_alt": ("Table of all operations with shapes and costs.", "全部运算的形状与计算量表。"),
    "name": ("name", "名称"),
    "field_size": ("receptive field", "感受野"),
    "field_jump": ("stride with respect to the input", "相对输入的步长"),
    # side by side
    "compare_choose": ("Networks (up to four)", "网络（最多四个）"),
    "plain": ("Add the first network without its shortcuts", "加上第一个网络去掉捷径的版本"),
    "plain_name": ("{network} without shortcuts", "{network}，去掉捷径"),
    "compare_said": (
        "All for an input of {side}×{side} px and {classes} classes. Upward bars: multiply-adds of a block; downward bars: its parameters. Each has one scale for all networks. No weights are needed.",
        "输入均为 {side}×{side} 像素、{classes} 类。向上的条是残差块的乘加次数，向下的条是参数量；两种条各用一把标尺，所有网络共用。这里不需要权重。",
    ),
    "compare_own_size": (
        "These take images of their own size only: {networks}.",
        "下列网络只接受自己的输入大小：{networks}。",
    ),
    "compare_plain_said": (
        "Without shortcuts, {network} keeps {parameters:.1%} of its parameters and {multiply_adds:.1%} of its multiply-adds. The rest belongs to the projections; identity shortcuts have neither.",
        "去掉捷径后，{network} 仍有 {parameters:.1%} 的参数和 {multiply_adds:.1%} 的乘加。少掉的都属于投影；恒等捷径没有参数，也没有乘加。",
    ),
    "compare_alt": ("Networks on one scale: {totals}.", "同一比例尺下的网络：{totals}。"),
    "compare_none": ("Choose at least one network.", "请至少选一个网络。"),
    "network": ("network", "网络"),
    "blocks": ("blocks", "残差块数"),
    # paths
    "paths_blocks": ("Number of blocks", "残差块数"),
    "paths_here": (
        "{network} has {blocks} blocks, so there are {power} = {paths} paths through it. A projection counts as a shortcut. Removing one branch leaves half of the paths; without shortcuts there would be only one, through every block. Counted in layers with weights, the shortest path has {shortest}, the longest {longest}.",
        "{network} 有 {blocks} 个残差块，所以共有 {power} = {paths} 条路径。投影也算捷径。去掉一个分支，还剩一半的路径；如果没有捷径，就只有一条路径，要经过每一个块。按带权重的层数算，最短的路径 {shortest} 层，最长的 {longest} 层。",
    ),
    "paths_not_a_chain": (
        "{network} has {blocks} residual connections, which are not in one row: some lie side by side or within another's branch. There are {paths} paths through it; in one row there would be {power}. Counted in layers with weights, the shortest path has {shortest}, the longest {longest}.",
        "{network} 有 {blocks} 个残差连接，但它们并不排成一列：有的并行，有的在另一个的分支之内。穿过它的路径有 {paths} 条；如果排成一列，会有 {power} 条。按带权重的层数算，最短的路径 {shortest} 层，最长的 {longest} 层。",
    ),
    "paths_tree_said": (
        "Read from the right: each sum splits into its shortcut and its branch, down to copies of x at the left. An early block is drawn once for every path that follows it.",
        "从右往左读：每个和都拆成捷径与分支，一直拆到左边的多份 x。越靠前的残差块，画出的份数越多。",
    ),
    "paths_too_many": (
        "{blocks} blocks have {paths} paths: too many to draw. At most {most} blocks can be drawn.",
        "{blocks} 个残差块有 {paths} 条路径，无法全部画出。最多能画 {most} 个残差块。",
    ),
    "paths_range": ("Path lengths to count", "统计哪些长度"),
    "paths_range_said": (
        "Paths through {low} to {high} branches: **{share}** of all {paths}.",
        "经过 {low} 到 {high} 个分支的路径占全部 {paths} 条的 **{share}**。",
    ),
    "tree_alt": (
        "A tree of {paths} paths: every sum splits into shortcut and branch.",
        "由 {paths} 条路径组成的树：每个和拆成捷径与分支。",
    ),
    "lengths_alt": (
        "Number of paths by the number of branches on them: {counts}.",
        "按经过的分支数统计的路径数：{counts}。",
    ),
    "paths_paper": (
        "Veit et al. 2016 ([arXiv:1605.06431](https://arxiv.org/abs/1605.06431), figures 1 and 6): in a network of 54 blocks, nearly all of the gradient during training comes from paths of 5 to 17 blocks, which are 0.45% of all paths.",
        "Veit 等 2016（[arXiv:1605.06431](https://arxiv.org/abs/1605.06431)，图 1 和图 6）：在 54 个残差块的网络里，训练时的梯度几乎都来自经过 5 到 17 个块的路径，它们只占全部的 0.45%。",
    ),
    "paths_agrees": (
        "{share} of the paths of 54 blocks have length 5 to 17. This page only counts paths; the shortcut lab measures the gradient along them, for your image (Gradients, Path lengths).",
        "54 个残差块的路径中，长度 5 到 17 的占 {share}。本页只数路径；沿路径的梯度在捷径实验室里用你的图片测量（“梯度”中的“路径长度”）。",
    ),
    "sources": (
        "Receptive fields: [Araujo et al. 2019](https://doi.org/10.23915/distill.00021). Networks: [He et al. 2015](https://arxiv.org/abs/1512.03385), figures 2, 3 and 5; [Xie et al. 2016](https://arxiv.org/abs/1611.05431); [Zagoruyko & Komodakis 2016](https://arxiv.org/abs/1605.07146). torchvision puts the stride of a Bottleneck on its 3×3 convolution; the paper had it on the first 1×1.",
        "感受野：[Araujo 等 2019](https://doi.org/10.23915/distill.00021)。网络：[He 等 2015](https://arxiv.org/abs/1512.03385)，图 2、3、5；[Xie 等 2016](https://arxiv.org/abs/1611.05431)；[Zagoruyko & Komodakis 2016](https://arxiv.org/abs/1605.07146)。torchvision 把 Bottleneck 的步长放在 3×3 卷积上，论文放在第一个 1×1 卷积上。",
    ),
}
