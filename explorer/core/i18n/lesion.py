"""Words of the part `lesion`."""

WORDS: dict[str, tuple[str, str]] = {
    "about": (
        "One block's branch F(x) is taken out, its shortcut stays, and nothing is trained again. What can the network still answer?",
        "每次去掉一个块的分支 F(x)，只留下捷径，不再训练。网络还能答对多少？",
    ),
    "pictures": ("Test pictures", "测试图片数"),
    "start": ("Take out each block, on {count} pictures", "在 {count} 张图片上逐块去掉"),
    "one": (
        "{network}: without {worst} it loses {most} points, without {best} {least}",
        "{network}：去掉 {worst} 损失 {most} 个百分点，去掉 {best} 损失 {least} 个",
    ),
    "twins": ("Twins of {layers} layers, without one block", "{layers} 层的一对孪生网络：去掉一个块"),
    "residual": ("twin with shortcuts", "孪生网络，有捷径"),
    "plain": ("twin without", "孪生网络，无捷径"),
    "without": ("block taken out", "去掉的块"),
    "right": ("right answers", "答对的比例"),
    "stay": ("answers that stay", "答案不变的比例"),
    "intact": ("intact", "完整网络"),
    "opens": ("opens a stage", "开启新阶段"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "one_alt": (
        "Share of answers kept by {network} without each block in turn: {shares}; intact {intact:.0%}",
        "{network} 逐块去掉后的比例：{shares}；完整网络 {intact:.0%}",
    ),
    "twins_alt": (
        "Share of right answers without each block in turn. With shortcuts: {residual}. Without: {plain}.",
        "逐块去掉后答对的比例。有捷径：{residual}。无捷径：{plain}。",
    ),
    "reading": (
        "Dashed: the intact network. Bars without ◆: the shortcut still carries x on to the next block; only what this branch adds is missing. Bars with ◆: the block opens a stage with another shape, so x itself cannot go on; only a projection or a subsampling of it does.",
        "虚线：完整的网络。没有 ◆ 的块：捷径照样把 x 传给下一块，缺的只是这个分支加上的部分。有 ◆ 的块开启新阶段，形状改变：x 本身传不下去，剩下的只是它的投影或下采样。",
    ),
    "plain_means": (
        "Both twins were trained alike on CIFAR-10. The plain one has no shortcut to fall back on: its block goes whole, and what entered it is passed on unchanged, as Veit et al. did with a layer of VGG. Where the block opens a stage, every second pixel is passed on and the new channels are zero.",
        "这两个孪生网络用同样的方法在 CIFAR-10 上训练。无捷径的那个没有捷径可走：整个块被去掉，输入原样传给下一块，与 Veit 等人去掉 VGG 的一层相同。如果这个块开启新阶段，就隔一个像素取一个，新增的通道填零。",
    ),
    "set": (
        "{count} pictures: {source}.",
        "{count} 张图片：{source}。",
    ),
    "set_stay": (
        "{network} does not have the classes of these pictures, so what counts is how many of its own answers stay the same.",
        "{network} 没有这些图片的类别，所以统计的是它自己的答案有多少保持不变。",
    ),
    "gallery": (
        "No CIFAR-10 is here, so this is measured on the {count} pictures of the gallery. One picture is {one:.0%} of them, and the networks never learned such pictures: take this for a demonstration. With CIFAR-10 (in the picture menu) it becomes a measurement.",
        "本机没有 CIFAR-10，只能用图库里的 {count} 张图片。每张就占 {one:.0%}，而且网络没学过这类图片：只能当作演示。下载 CIFAR-10（在图片菜单里）之后，才算得上测量。",
    ),
    "honest": (
        "{network} has {blocks} blocks, {opening} of which open a stage; the paper's network has 54.",
        "{network} 有 {blocks} 个块，其中 {opening} 个开启新阶段；论文中的网络有 54 个块。",
    ),
    "honest_relu": ("A ReLU follows every sum here.", "这里每次相加之后还有 ReLU。"),
    "honest_few": (
        "With fewer blocks each one does more, so a lesion hurts more than in the paper.",
        "块越少，每块分担的工作越多，所以去掉一块的损失比论文中大。",
    ),
    "honest_single": (
        "Look at the single bars too: an unmarked block near the input can cost as much as a marked one.",
        "也请逐条看：靠近输入的块即使没有 ◆，去掉它的损失也可能同样大。",
    ),
    "larger": (
        "The direction is the paper's, the loss is larger.",
        "方向与论文一致，但损失更大。",
    ),
    "fig3_paper": (
        "without one of the 54 blocks of ResNet-110 the error hardly changes, a little more where the block opens a stage; without one layer of VGG it is that of guessing ([Veit et al. 2016](https://arxiv.org/abs/1605.06431), fig. 3).",
        "从 ResNet-110 的 54 个块中去掉一个，错误率几乎不变，去掉开启新阶段的块时略高；从 VGG 中去掉一层，结果就和乱猜一样（[Veit 等 2016](https://arxiv.org/abs/1605.06431)，图 3）。",
    ),
    "fig3_here": (
        "{network} stands at {intact}% intact. Without one block that keeps the shape it loses {mid} percentage points (median over the blocks), without one that opens a stage {open}. The twin with shortcuts loses {twin_mid} and {twin_open} from {twin_intact}%, the twin without them {plain_mid} and {plain_open} from {plain_intact}%.",
        "{network} 完整时为 {intact}%；去掉一个不改变形状的块，损失 {mid} 个百分点（各块的中位数），去掉一个开启新阶段的块，损失 {open} 个。有捷径的孪生网络完整时为 {twin_intact}%，分别损失 {twin_mid} 和 {twin_open} 个；无捷径的为 {plain_intact}%，分别损失 {plain_mid} 和 {plain_open} 个。",
    ),
    "several": ("Several blocks at once, drawn at random", "随机去掉多个块"),
    "draws": ("Draws for each number", "每个数量抽取几次"),
    "seed": ("Seed", "种子"),
    "several_start": ("Take out 1, 2, … all blocks, on {count} pictures", "在 {count} 张图片上去掉 1、2……直到全部块"),
    "removed": ("number of blocks taken out", "去掉的块数"),
    "kept": ("answers kept", "保住的比例"),
    "draw_mean": ("mean of the draws", "各次抽取的平均"),
    "draw_low": ("lowest", "最低"),
    "draw_high": ("highest", "最高"),
    "several_alt": (
        "Mean share of answers kept over the number of blocks taken out. {shares}",
        "保住的比例随去掉的块数的变化。{shares}",
    ),
    "several_reading": (
        "Lines: mean of {draws} draws. Bands: from the worst to the best draw. All networks see the same pictures.",
        "曲线：{draws} 次抽取的平均；色带：从最差到最好的一次。所有网络看的是同一批图片。",
    ),
    "fig5_paper": (
        "the error of ResNet-110 rises smoothly with the number of blocks taken out; with ten of 54 it is about 20% ([Veit et al. 2016](https://arxiv.org/abs/1605.06431), fig. 5a).",
        "去掉的块越多，ResNet-110 的错误率平滑上升；54 个块去掉 10 个时约为 20%（[Veit 等 2016](https://arxiv.org/abs/1605.06431)，图 5a）。",
    ),
    "fig5_here": (
        "about the same share of blocks is {removed} of {of} in the twins: with shortcuts it falls from {twin_intact:.0%} to {twin:.0%}, without them from {plain_intact:.0%} to {plain:.0%}. The largest fall for one more block is {step:.0f} percentage points with shortcuts and {plain_step:.0f} without. {network} keeps {own:.0%} without {own_removed} of its {own_of} blocks.",
        "孪生网络中大致相同的比例是 {of} 个块去掉 {removed} 个：有捷径的从 {twin_intact:.0%} 降到 {twin:.0%}，无捷径的从 {plain_intact:.0%} 降到 {plain:.0%}。每多去掉一块，最大降幅分别为 {step:.0f} 和 {plain_step:.0f} 个百分点。{network} 的 {own_of} 个块去掉 {own_removed} 个后还有 {own:.0%}。",
    ),
}
