"""Words of the shortcut lab's part on gradients."""

WORDS: dict[str, tuple[str, str]] = {
    "about_picture": (
        "Training updates a block's weights with the gradient that reaches it. Does it still reach the first block without the shortcuts?",
        "训练靠到达每个块的梯度来更新权重。没有捷径，梯度还能到达第一个块吗？",
    ),
    "about_lengths": (
        "Every path to the output takes the branch in some blocks and the shortcut in the others. Does the gradient come back on the short paths or on the long ones?",
        "通往输出的每条路径，在一些块里走分支，在其余的块里走捷径。梯度是沿短路径传回来的，还是沿长路径？",
    ),
    "about_alone": (
        "Cut every branch in the backward pass only. How much of the gradient still arrives, through the shortcuts alone?",
        "只在反向传播中切断每个分支。单靠捷径，还有多少梯度能传回来？",
    ),
    "about_norms": (
        "Two untrained networks, one with shortcuts and one without. How does the gradient change from the last block to the first?",
        "两个未训练的网络，一个有捷径，一个没有。从最后一个块到第一个块，梯度怎样变化？",
    ),
    "about_share": (
        "Before training, how much of each sum comes from the branch? With BatchNorm, its share falls as blocks accumulate.",
        "训练之前，分支在每个和里占多大比重？有 BatchNorm 时，块越靠后，这个比重越小。",
    ),
    "about_shattering": (
        "Do two neighbouring inputs get similar gradients? In a deep plain network hardly: its gradients look like noise.",
        "相邻的两个输入，梯度相似吗？在深层普通网络里几乎不相似：梯度看起来像噪声。",
    ),
    "of": ("What is measured", "测量什么"),
    "of_picture": ("This image", "这张图片"),
    "of_lengths": ("Path lengths", "路径长度"),
    "of_alone": ("Shortcuts alone", "只走捷径"),
    "of_norms": ("Untrained twins", "未训练的对照网络"),
    "of_share": ("Effect of BatchNorm", "BatchNorm 的作用"),
    "of_shattering": ("Shattered gradients", "梯度破碎"),
    "compute": ("Compute", "计算"),
    # the picture's own gradients
    "kept": ("with the shortcuts", "保留捷径"),
    "cut": ("all shortcuts cut", "切断所有捷径"),
    "block": ("block", "残差块"),
    "norm": ("norm of the gradient", "梯度的范数"),
    "picture_alt": (
        "Norm of the loss gradient at the input of each block, with the shortcuts and with all of them cut",
        "每个块输入处的损失梯度范数：保留捷径，以及切断所有捷径",
    ),
    "picture_true": (
        "The loss is the cross-entropy for **{name}**, the image's true class.",
        "损失是图片的真实类别 **{name}** 的交叉熵。",
    ),
    "picture_predicted": (
        "The loss is the cross-entropy for **{name}**, the predicted class: the true class is unknown or not among the network's classes.",
        "损失是预测类别 **{name}** 的交叉熵：图片的真实类别未知，或不在这个网络的类别之中。",
    ),
    "picture_how": (
        "Each point is the norm of the loss gradient with respect to one block's input. The number of values differs from stage to stage, so compare the two lines, not the stages of one line.",
        "每个点是损失对某个块输入的梯度的范数。各阶段的数值个数不同，所以应比较两条线，而不是同一条线上的各个阶段。",
    ),
    "picture_honest": (
        "Same weights, shortcuts replaced by zeros. This is not a plain network: these weights were trained with shortcuts. “Untrained twins” compares networks built with and without shortcuts.",
        "权重不变，只是把捷径换成零。这并不等于普通网络：这些权重是在有捷径的情况下训练的。“未训练的对照网络”比较的才是从一开始就有或没有捷径的网络。",
    ),
    "picture_untrained": (
        "Same weights, shortcuts replaced by zeros. The network is untrained. In eval mode its BatchNorm still has mean 0 and variance 1 and normalises nothing, so values can grow from block to block. “Untrained twins” normalises by the batch, as in training.",
        "权重不变，只是把捷径换成零。这个网络没有训练过。评估模式下，它的 BatchNorm 仍是均值 0、方差 1，不起归一化作用，数值可能逐块增大。“未训练的对照网络”像训练时那样按批次归一化。",
    ),
    "picture_untrained_any": (
        "Same weights, shortcuts replaced by zeros. The network is untrained: its curve shows the initialisation.",
        "权重不变，只是把捷径换成零。这个网络没有训练过：曲线反映的是初始化。",
    ),
    "loss_kept": ("loss, with shortcuts", "损失，保留捷径"),
    "loss_cut": ("loss, shortcuts cut", "损失，切断捷径"),
    "ratio_kept": ("first ÷ last, with shortcuts", "首块 ÷ 末块，保留捷径"),
    "ratio_cut": ("first ÷ last, shortcuts cut", "首块 ÷ 末块，切断捷径"),
    "paper_identity": (
        "identity shortcuts pass the gradient on unchanged: the gradient at a block's output also reaches its input, plus the part that comes through the branch ([He et al. 2016, eq. 5](https://arxiv.org/abs/1603.05027)).",
        "恒等捷径把梯度原样传回前面的块：到达块输出的梯度也会到达块的输入，再加上经分支传来的部分（[He 等 2016，式 5](https://arxiv.org/abs/1603.05027)）。",
    ),
    "paper_identity_relu": (
        "The paper's blocks have no ReLU after the sum; these have one.",
        "论文中的块在相加之后没有 ReLU，这里有。",
    ),
    "here_identity": (
        "relative to the gradient at the last block's input, the gradient at the first block's is {kept} times as large with the shortcuts, and {cut} times as large with all of them cut.",
        "首块输入处的梯度，在保留捷径时是末块的 {kept} 倍，切断所有捷径后是 {cut} 倍。",
    ),
    "nothing": (
        "The gradient is zero at every block, because the loss is already at its minimum, so there is no curve. Choose another image, or untrained weights.",
        "每个块的梯度都是零：损失已经到了最低点，所以没有曲线可画。请换一张图片，或选未训练的权重。",
    ),
    "no_way": (
        "The gradient is zero at every block: the weights of this untrained head are zero, so nothing passes back through it. Choose trained weights.",
        "每个块的梯度都是零：这个未训练的分类头权重全为零，没有梯度能穿过它往回传。请选训练好的权重。",
    ),
    "here_saturated": (
        "in one of the two networks no gradient reaches the first or the last block, so they cannot be compared. A loss of 0 means that the softmax is saturated.",
        "两个网络中有一个没有梯度到达首块或末块，无法比较。损失为 0 表示 softmax 已经饱和。",
    ),
    # along single paths
    "paths_no_chain": (
        "The blocks of this network are not in one row: some lie side by side or within another's branch, or the code follows values. A path is then not one choice per block, so single paths are not measured here. “Shortcuts alone” works.",
        "这个网络的块不是排成一列的：有的并行，有的在另一个的分支之内，或者代码的走向取决于数值。这时路径不再是每个块选一次，所以这里不测量单条路径。“只走捷径”仍然可用。",
    ),
    "paths_compute": ("Measure {paths} paths, about {time}", "测量 {paths} 条路径，约 {time}"),
    "paths_nothing": (
        "No gradient comes back to the first block, so there is nothing to compare: the loss is at its minimum, or the weights of an untrained head are zero. Choose another image or other weights.",
        "没有梯度传回首块，所以无从比较：损失已到最低点，或者未训练的分类头权重全为零。请换一张图片或换一组权重。",
    ),
    "path_norm": ("norm of the gradient along one path", "单条路径上的梯度范数"),
    "path_mean": ("mean of the paths", "各路径的平均"),
    "path_measured": ("paths measured", "测量的路径数"),
    "path_share": ("share of all lengths", "占全部长度的比例"),
    "paths_of_all": ("paths", "路径数"),
    "paths_product": ("gradient: paths × mean norm", "梯度：路径数 × 平均范数"),
    "paths_norm_title": (
        "Gradient of one path: {first} through no branch, {last} through all {blocks}",
        "单条路径的梯度：不走任何分支时为 {first}，走全部 {blocks} 个分支时为 {last}",
    ),
    "paths_share_title": (
        "{held} of the gradient is on paths through {low} to {high} branches, {share} of all paths",
        "{held} 的梯度在经过 {low} 到 {high} 个分支的路径上，它们占全部路径的 {share}",
    ),
    "paths_norm_alt": (
        "Norm of the gradient at the first block's input along a path, by the number of branches on it: {values}",
        "沿一条路径传到首块输入的梯度范数，按路径经过的分支数：{values}",
    ),
    "paths_share_alt": (
        "Share of the paths and of the gradient by the number of branches on the path; most paths have {paths}, most of the gradient {gradient}",
        "按路径经过的分支数，路径和梯度各占的比例；路径数在 {paths} 个分支处最多，梯度在 {gradient} 个分支处最多",
    ),
    "paths_all": (
        "All {total} paths were measured. Line: their mean; band: the 10th to the 90th percentile.",
        "全部 {total} 条路径都已测量。线是平均值，色带从第 10 到第 90 百分位。",
    ),
    "paths_some": (
        "{measured} of {total} paths were measured: per length all if there are at most {most}, else {most} drawn at random. Line: their mean; band: the 10th to the 90th percentile.",
        "从 {total} 条路径中测量了 {measured} 条：一种长度不超过 {most} 条时全部测量，否则随机抽取 {most} 条。线是平均值，色带从第 10 到第 90 百分位。",
    ),
    "paths_how": (
        "The forward pass stays as it is. In the backward pass, the gradient of a path goes through the branch of its blocks and through the shortcut of all others, including the projection or padding of blocks that change the shape. Its norm is taken at the first block's input.",
        "前向传播不变。反向传播时，一条路径的梯度在它选中的块里走分支，在其余的块里走捷径；改变形状的块里，捷径上的投影或补零也算在内。范数取在首块的输入处。",
    ),
    "paths_relu": (
        "The ReLU after each sum stays. The forward pass fixes what it lets through, so it masks every path alike.",
        "每次相加之后的 ReLU 保留。放行哪些值由前向传播决定，所以它对每条路径的遮挡都一样。",
    ),
    "paths_sum": (
        "The gradients of all {total} paths add up exactly to the gradient. Their norms do not: together they are about {times} times its norm, because paths partly cancel. As in the paper, the shares are of these norms.",
        "全部 {total} 条路径的梯度相加，恰好等于总梯度。范数却不能这样相加：各路径范数之和约为总梯度范数的 {times} 倍，因为路径之间有一部分互相抵消。与论文一样，这里的比例按范数计算。",
    ),
    "paths_few": (
        "{blocks} blocks allow few lengths; the paper's network has 54, whose typical path takes 27 branches.",
        "{blocks} 个块能有的长度很少；论文的网络有 54 个块，典型的路径经过 27 个分支。",
    ),
    "paper_paths": (
        "in a trained network of 54 blocks, the gradient at the first layer falls about exponentially with the length of the path; times the number of paths, almost all of it comes from paths of 5 to 17 blocks, which are 0.45% of all ([Veit et al. 2016, figure 6](https://arxiv.org/abs/1605.06431)).",
        "在一个有 54 个块、训练好的网络里，传到第一层的梯度随路径长度大致按指数下降；乘以路径数之后，几乎全部梯度来自经过 5 到 17 个块的路径，而它们只占全部路径的 0.45%（[Veit 等 2016，图 6](https://arxiv.org/abs/1605.06431)）。",
    ),
    "here_paths": (
        "the average path takes {paths} branches; weighted by the gradient, {gradient}.",
        "平均每条路径经过 {paths} 个分支；按梯度加权后是 {gradient} 个。",
    ),
    "here_factor": (
        "Each further branch multiplies the mean norm by {factor} (geometric mean).",
        "每多走一个分支，平均范数变为 {factor} 倍（几何平均）。",
    ),
    "paths_untrained": (
        "These weights are untrained, the paper's are trained: choose trained weights to compare.",
        "这里的权重没有训练过，论文的训练过：请选训练好的权重再比较。",
    ),
    "alone_ratio": ("norm ÷ norm of the whole gradient", "范数 ÷ 总梯度的范数"),
    "alone_cosine": ("cosine with the whole gradient", "与总梯度的余弦"),
    "alone_relative": ("compared with the whole gradient", "与总梯度相比"),
    "alone_title": (
        "Through the shortcuts alone, the first block gets {first} of the gradient's norm, the last {last}",
        "单靠捷径，首块得到总梯度范数的 {first}，末块得到 {last}",
    ),
    "alone_alt": (
        "Gradient through the shortcuts alone at each block's input, as a ratio to the norm of the whole gradient and as a cosine with it: {values}",
        "只经捷径传到每个块输入处的梯度：与总梯度的范数之比，以及与它的余弦：{values}",
    ),
    "alone_how": (
        "Of the 2ⁿ paths, this is the one through no branch. The forward pass stays as it is; in the backward pass, each branch counts as a constant. Ratio 1 and cosine 1: the branches bring nothing back. A small cosine: what they bring back points elsewhere.",
        "在 2ⁿ 条路径中，这是不走任何分支的那一条。前向传播不变；反向传播时，每个分支都当作常数。比值和余弦都是 1：分支什么也没有传回来。余弦小：分支传回来的梯度指向别处。",
    ),
    "alone_relu": (
        "This part is not passed on unchanged here: the ReLU after each sum removes some of it, and blocks that change the shape do so on their shortcut.",
        "在这里，这一部分并不是原样传回来的：每次相加之后的 ReLU 会去掉其中一些，改变形状的块还会在捷径上改变它。",
    ),
    "alone_unchanged": (
        "No ReLU follows the sums: from block to block this part stays the same, except where the shape changes.",
        "相加之后没有 ReLU：这一部分在块与块之间保持不变，只在形状改变的地方有变化。",
    ),
    "paper_alone": (
        "with identity shortcuts and nothing after the sum, the gradient at a block is that at the last block's output, unchanged, plus a part through the branches. The first part cannot vanish, however small the weights are ([He et al. 2016, eq. 5](https://arxiv.org/abs/1603.05027)).",
        "如果捷径是恒等映射，相加之后也没有别的运算，那么一个块处的梯度等于末块输出处的梯度（原样不变），再加上经分支传来的部分。无论权重多小，前一部分都不会消失（[He 等 2016，式 5](https://arxiv.org/abs/1603.05027)）。",
    ),
    "here_alone": (
        "through the shortcuts alone, the norm goes from {alone_last} at the last block's input to {alone_first} at the first's; that of the whole gradient goes from {whole_last} to {whole_first}.",
        "只走捷径的部分，范数从末块输入处的 {alone_last} 变为首块输入处的 {alone_first}；总梯度的范数从 {whole_last} 变为 {whole_first}。",
    ),
    # fresh twins
    "depth": ("Layers", "层数"),
    "depth_help": (
        "6n + 2, as in He et al. 2015, section 4.2: three stages of n blocks.",
        "6n + 2 层，同 He 等 2015 第 4.2 节：三个阶段，每阶段 n 个块。",
    ),
    "seed": ("Seed", "随机种子"),
    "normed": ("BatchNorm", "BatchNorm"),
    "normed_with": ("with", "有"),
    "normed_without": ("without", "无"),
    "residual": ("residual", "残差网络"),
    "plain": ("plain", "普通网络"),
    "block_number": ("block number", "块的序号"),
    "twins_alt": (
        "Norm of the loss gradient at the input of each block of an untrained residual and an untrained plain network",
        "未训练的残差网络与普通网络：每个块输入处的损失梯度范数",
    ),
    "twins_what": (
        "He et al.'s CIFAR-10 network of {depth} layers ({blocks} blocks; 16, 32 and 64 channels; shortcuts without parameters, option A) and its plain twin. Both are untrained, with weights initialised as in the paper.",
        "He 等人用于 CIFAR-10 的 {depth} 层网络（{blocks} 个块；16、32、64 通道；无参数的捷径，即方案 A），以及没有捷径的对照网络。两者都没有训练过，权重按论文的方法随机初始化。",
    ),
    "batch": (
        "Batch: {source}, {count} at 32 px; the loss is their mean.",
        "输入的批次：{source}，{count} 张，32 像素；损失取它们的平均。",
    ),
    "batch_norm": (
        "BatchNorm is in train mode and uses the batch's mean and variance.",
        "BatchNorm 处于训练模式，用这一批自己的均值和方差。",
    ),
    "batch_classes": (
        "The gallery has no CIFAR-10 classes, so the labels are arbitrary. For an untrained network this matters little.",
        "图库没有 CIFAR-10 的类别，所以这里的标签是任意的。对未训练的网络，这影响不大。",
    ),
    "first": ("{name}: first block", "{name}：首块"),
    "last": ("{name}: last block", "{name}：末块"),
    "ratio": ("{name}: first ÷ last", "{name}：首块 ÷ 末块"),
    "paper_healthy": (
        "plain networks with BatchNorm are hard to optimise, but vanishing gradients are unlikely to be the reason: their norms are healthy ([He et al. 2015, section 4.1](https://arxiv.org/abs/1512.03385)).",
        "带 BatchNorm 的普通网络难以优化，但原因不大可能是梯度消失：它们的梯度范数正常（[He 等 2015，第 4.1 节](https://arxiv.org/abs/1512.03385)）。",
    ),
    "here_healthy": (
        "at {depth} layers, the gradient at the first block is {plain} times that at the last in the plain network, and {residual} times in the residual one. The plain network's gradient does not vanish.",
        "{depth} 层时，普通网络首块的梯度是末块的 {plain} 倍，残差网络是 {residual} 倍。普通网络的梯度没有消失。",
    ),
    "here_explodes": (
        "at {depth} layers, the gradient at the first block is {plain} times that at the last in the plain network, and {residual} times in the residual one. It does not vanish, but it is not healthy either: it explodes at initialisation, as [Yang et al. 2019](https://arxiv.org/abs/1902.08129) derived for BatchNorm without shortcuts.",
        "{depth} 层时，普通网络首块的梯度是末块的 {plain} 倍，残差网络是 {residual} 倍。梯度没有消失，但也不正常：初始化时它就在爆炸，正如 [Yang 等 2019](https://arxiv.org/abs/1902.08129) 对没有捷径的 BatchNorm 网络推导的那样。",
    ),
    "here_vanishes": (
        "at {depth} layers, the gradient at the first block is {plain} times that at the last in the plain network, and {residual} times in the residual one.",
        "{depth} 层时，普通网络首块的梯度是末块的 {plain} 倍，残差网络是 {residual} 倍。",
    ),
    "here_bare": (
        "the paper's networks have BatchNorm. Without it, at {depth} layers, the gradient at the first block is {plain} times that at the last in the plain network, and {residual} times in the residual one.",
        "论文中的网络带 BatchNorm。去掉它以后，{depth} 层时普通网络首块的梯度是末块的 {plain} 倍，残差网络是 {residual} 倍。",
    ),
    # the branch's share
    "gamma": ("Initial value of each branch's last γ", "每个分支最后一个 γ 的初值"),
    "gamma_one": ("1", "1"),
    "gamma_zero": ("0", "0"),
    "with_norm": ("with BatchNorm", "有 BatchNorm"),
    "without_norm": ("without BatchNorm", "无 BatchNorm"),
    "share": ("share of the branch in the mean square", "分支的均方占比"),
    "share_alt": (
        "Share of the branch in the mean square at each block's sum, with and without BatchNorm, and in theory",
        "每个块相加处分支的均方占比：有和没有 BatchNorm，以及理论值",
    ),
    "share_how": (
        "Share: the branch's mean square divided by the sum of the mean squares of branch and shortcut. Solid lines are measured; dashed lines are the theory: 1/(l + 1) at block l with BatchNorm, 1/2 without.",
        "占比：分支的均方，除以分支与捷径的均方之和。实线是测量值；虚线是理论值：有 BatchNorm 时第 l 个块为 1/(l + 1)，没有时为 1/2。",
    ),
    "share_why": (
        "With BatchNorm, each branch adds a variance of 1 to the variance accumulated on the shortcut, so its share falls. Without it, the branch scales with its input. The theory is for blocks without a ReLU after the sum. Here the ReLU removes part of each sum, so the shortcut accumulates less and the branch's share is larger. Without BatchNorm, the last convolution is initialised for a ReLU that does not follow it, which doubles the mean square and moves the share from 1/2 towards 2/3.",
        "有 BatchNorm 时，每个分支给捷径上积累的方差再加 1，所以占比不断下降。没有 BatchNorm 时，分支的大小与输入成比例。理论针对的是相加之后没有 ReLU 的块。这里的 ReLU 会去掉每个和的一部分，捷径积累得更慢，分支的占比因此更大。没有 BatchNorm 时，最后一个卷积按“后面跟着 ReLU”来初始化，实际却没有，于是均方加倍，占比从 1/2 向 2/3 靠拢。",
    ),
    "share_zero": (
        "With the last γ at 0, each branch adds nothing at first, and every block is its shortcut followed by a ReLU. Training then lets the branches grow. The dashed lines are the theory for γ = 1.",
        "最后一个 γ 为 0 时，分支起初什么也不加，每个块就是它的捷径再加一个 ReLU；训练会让分支逐渐变大。虚线是 γ = 1 时的理论值。",
    ),
    "share_stages": (
        "At the start of a stage, half of the channels on the shortcut are new and zero. This halves its mean square, and the share jumps up. A projection with BatchNorm, as in torchvision's ResNets, would reset the share to its initial value.",
        "每个阶段开头，捷径上一半的通道是新补的零，均方减半，占比因此跳升。若换成 torchvision 的 ResNet 那种带 BatchNorm 的投影，占比会回到初始值。",
    ),
    "share_last": ("share at the last block, {name}", "末块的占比，{name}"),
    "growth": ("growth per block, {name}", "每块增长倍数，{name}"),
    "paper_share": (
        "at initialisation, BatchNorm downscales the branch relative to the shortcut by a factor on the order of the square root of the depth ([De & Smith 2020, section 2](https://arxiv.org/abs/2002.10444)).",
        "初始化时，BatchNorm 使分支相对捷径缩小，倍数约为深度的平方根"
        "（[De & Smith 2020，第 2 节](https://arxiv.org/abs/2002.10444)）。",
    ),
    "here_share": (
        "at the last of {blocks} blocks, the branch is {normed} times as large as the shortcut with BatchNorm (1/√{blocks} is {root}), and {bare} times without (root mean square).",
        "在 {blocks} 个块的最后一个，有 BatchNorm 时分支是捷径的 {normed} 倍（1/√{blocks} 是 {root}），没有时是 {bare} 倍（按均方根）。",
    ),
    "paper_zero": (
        "with the last γ of each branch at 0, every block starts as its shortcut, so that training starts like that of a small network ([Goyal et al. 2017, section 5.1](https://arxiv.org/abs/1706.02677)).",
        "把每个分支最后一个 γ 初始化为 0，每个块一开始就等于它的捷径，训练开始时就像一个小网络（[Goyal 等 2017，第 5.1 节](https://arxiv.org/abs/1706.02677)）。",
    ),
    "here_zero": (
        "the largest share among {blocks} branches is {most}.",
        "{blocks} 个分支中最大的占比是 {most}。",
    ),
    # shattered gradients
    "net_plain": ("plain", "普通网络"),
    "net_residual": ("residual", "残差网络"),
    "net_scaled": ("residual, branch × 0.1", "残差网络，分支 × 0.1"),
    "net_noise": ("white noise", "白噪声"),
    "input": ("input", "输入"),
    "slope": ("gradient of the output", "输出的梯度"),
    "lag": ("distance between two inputs (grid steps)", "两个输入的距离（网格步数）"),
    "correlation": ("autocorrelation", "自相关"),
    "curves_alt": (
        "Gradient of the output over the input for a plain and two residual networks, with white noise below",
        "普通网络和两个残差网络的输出梯度随输入的变化，最下方是白噪声",
    ),
    "correlations_alt": ("Autocorrelation of these gradients over the distance", "这些梯度的自相关随距离的变化"),
    "curves_title": ("Gradient as a function of the input", "梯度随输入的变化"),
    "correlations_title": ("Correlation between the gradients at two inputs", "两个输入处梯度的相关性"),
    "shattering_what": (
        "As in the paper, these are untrained fully connected networks from one number to one number: {depth} layers, {units} units wide, BatchNorm and ReLU before each hidden layer's weights. They are not the convolutional twins. The grid has {grid} inputs from −2 to 2. Each curve is scaled by its standard deviation. The autocorrelation is the mean over {runs} networks of each kind.",
        "与论文一样，这里是从一个数到一个数的全连接网络：{depth} 层，每层 {units} 个单元，每个隐藏层乘权重之前先做 BatchNorm 和 ReLU，没有训练过。它们不是前面的卷积对照网络。网格是 −2 到 2 之间的 {grid} 个输入。每条曲线按自身的标准差缩放。自相关是每种 {runs} 个网络的平均。",
    ),
    "shattering_why": (
        "If neighbouring inputs have unrelated gradients, a step that reduces the loss for one tells nothing about the next.",
        "如果相邻输入的梯度毫不相关，那么降低其中一个的损失的一步，对下一个就没有帮助。",
    ),
    "reach": ("lag at which it falls below 1/2: {name}", "降到 1/2 以下的步数：{name}"),
    "far": ("over {count}", "超过 {count}"),
    "paper_shattering": (
        "the correlation between gradients falls exponentially with depth in a plain network, until they look like white noise; "
        "with shortcuts it falls far more slowly ([Balduzzi et al. 2017, section 2, figures 1 and 2](https://arxiv.org/abs/1702.08591)).",
        "普通网络中梯度之间的相关性随深度按指数下降，直到看起来像白噪声；有捷径时下降慢得多"
        "（[Balduzzi 等 2017，第 2 节，图 1 和图 2](https://arxiv.org/abs/1702.08591)）。",
    ),
    "here_shattering": (
        "at {depth} layers, the gradients at two neighbouring inputs have a correlation of {plain} in the plain network, {residual} in the residual one, and {scaled} with its branch × 0.1. White noise gives 0 ± {noise}.",
        "{depth} 层时，相邻两个输入的梯度相关系数在普通网络中是 {plain}，残差网络中是 {residual}，分支 × 0.1 时是 {scaled}。"
        "白噪声是 0 ± {noise}。",
    ),
}
