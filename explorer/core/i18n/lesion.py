"""Words of the part `lesion`."""

WORDS: dict[str, tuple[str, str]] = {
    "about": (
        "Ablation: the branch F(x) of one block is removed, its shortcut stays, and nothing is retrained. (The paper calls this a lesion study.) How accurate is the network still?",
        "消融：每次去掉一个块的分支 F(x)，只留下捷径，不再训练（论文称之为 lesion study）。网络的准确率还剩多少？",
    ),
    "pictures": ("Test images", "测试图片数"),
    "one": (
        "{network}: accuracy falls by {most} points without {worst}, by {least} without {best}",
        "{network}：去掉 {worst}，准确率下降 {most} 个百分点；去掉 {best}，下降 {least} 个",
    ),
    "twins": ("Twins of {layers} layers, without one block", "一对 {layers} 层的对照网络：去掉一个块"),
    "residual": ("twin with shortcuts", "对照网络（有捷径）"),
    "plain": ("twin without shortcuts", "对照网络（无捷径）"),
    "without": ("removed block", "去掉的块"),
    "right": ("accuracy", "准确率"),
    "stay": ("unchanged predictions", "预测不变的比例"),
    "intact": ("full network", "完整网络"),
    "opens": ("starts a stage", "阶段首块"),
    "yes": ("yes", "是"),
    "no": ("no", "否"),
    "one_alt": (
        "Result of {network} without each block in turn: {shares}; full network {intact:.0%}",
        "{network} 逐块消融的结果：{shares}；完整网络 {intact:.0%}",
    ),
    "twins_alt": (
        "Accuracy without each block in turn. With shortcuts: {residual}. Without: {plain}.",
        "逐块消融后的准确率。有捷径：{residual}。无捷径：{plain}。",
    ),
    "reading": (
        "Dashed: the full network. Bars without ◆: the shortcut still passes x to the next block; only the contribution of this branch is missing. Bars with ◆: the block starts a stage and changes the shape, so x cannot be passed on unchanged, only its projection or subsampling.",
        "虚线：完整的网络。没有 ◆ 的块：捷径照样把 x 传给下一块，缺的只是这个分支加上的部分。有 ◆ 的是阶段首块，形状改变：x 不能原样往下传，传下去的只是它的投影或下采样。",
    ),
    "plain_means": (
        "Both twins were trained in the same way on CIFAR-10. The plain one has no shortcut: its whole block is removed, and the block's input is passed on unchanged, as Veit et al. did with a layer of VGG. If the block starts a stage, every second pixel is passed on and the new channels are zero.",
        "这两个对照网络用同样的方法在 CIFAR-10 上训练。无捷径的那个整个块被去掉，输入原样传给下一块，与 Veit 等人去掉 VGG 的一层相同。如果这个块是阶段首块，就隔一个像素取一个，新增的通道填零。",
    ),
    "about_plain": (
        "What removing a part costs without shortcuts can be seen here: one part is left out, and its input stands for its output. Sizes allow that for {parts} of {of} parts. Veit et al. did this with a layer of VGG: the prediction is then no better than chance.",
        "没有捷径时，去掉一部分要付出多大代价，这里看得到：略过一个部分，用它的输入代替输出。{of} 个部分中有 {parts} 个的尺寸允许这样做。Veit 等人对 VGG 的一层这样做过：预测就和随机猜测一样了。",
    ),
    "plain_none": (
        "Here no part can be left out, either: none has an input of a size that could stand for its output.",
        "这里也没有哪个部分可以略过：没有一个部分的输入尺寸可以代替输出。",
    ),
    "plain_reading": (
        "Dashed: the full network. Parts with ◆ change the shape: every second pixel of the input is passed on, and the new channels are zero.",
        "虚线：完整的网络。有 ◆ 的部分会改变形状：输入隔一个像素取一个，新增的通道填零。",
    ),
    "set": (
        "{count} images: {source}.",
        "{count} 张图片：{source}。",
    ),
    "set_stay": (
        "These images' classes are not among those of {network}, so the share of unchanged predictions is measured instead.",
        "这些图片的类别不在 {network} 的类别之中，所以改为统计预测保持不变的比例。",
    ),
    "gallery": (
        "CIFAR-10 is not on this machine, so only the {count} images of the gallery are used. One image is {one:.0%} of them, and the networks were not trained on such images: this is only a demonstration. With CIFAR-10 (in the image menu) it becomes a measurement.",
        "本机没有 CIFAR-10，只能用图库里的 {count} 张图片。每张就占 {one:.0%}，而且网络没有用这类图片训练过：只能当作演示。下载 CIFAR-10（在图片菜单里）之后，才算得上测量。",
    ),
    "honest": (
        "{network} has {blocks} blocks, {opening} of which start a stage; the paper's network has 54.",
        "{network} 有 {blocks} 个块，其中 {opening} 个是阶段首块；论文中的网络有 54 个块。",
    ),
    "honest_relu": ("Here a ReLU follows every sum.", "这里每次相加之后还有 ReLU。"),
    "honest_few": (
        "With fewer blocks, each one does more, so removing one costs more accuracy than in the paper.",
        "块越少，每块分担的工作越多，所以去掉一块时准确率的降幅比论文中大。",
    ),
    "honest_single": (
        "Look at the single bars, too: a block without ◆ near the input can matter as much as one with ◆.",
        "也请逐条看：靠近输入的块即使没有 ◆，去掉它的降幅也可能同样大。",
    ),
    "larger": (
        "The direction agrees with the paper; the drop is larger.",
        "方向与论文一致，但降幅更大。",
    ),
    "fig3_paper": (
        "removing one of the 54 blocks of ResNet-110 hardly changes the error, a little more if the block starts a stage; removing one layer of VGG raises it to chance ([Veit et al. 2016](https://arxiv.org/abs/1605.06431), fig. 3).",
        "从 ResNet-110 的 54 个块中去掉一个，错误率几乎不变，去掉阶段首块时略高；从 VGG 中去掉一层，结果就和随机猜测一样（[Veit 等 2016](https://arxiv.org/abs/1605.06431)，图 3）。",
    ),
    "fig3_here": (
        "the full {network} reaches {intact}%. Without one block that keeps the shape, it drops by {mid} percentage points (median over the blocks), without one that starts a stage by {open}. The twin with shortcuts drops by {twin_mid} and {twin_open} from {twin_intact}%, the twin without them by {plain_mid} and {plain_open} from {plain_intact}%.",
        "{network} 完整时为 {intact}%；去掉一个不改变形状的块，下降 {mid} 个百分点（各块的中位数），去掉一个阶段首块，下降 {open} 个。有捷径的对照网络完整时为 {twin_intact}%，分别下降 {twin_mid} 和 {twin_open} 个；无捷径的为 {plain_intact}%，分别下降 {plain_mid} 和 {plain_open} 个。",
    ),
    "fig3_here_one_kind": (
        "the full {network} reaches {intact}%. Without one block, it drops by {median} percentage points (median over the blocks). The twin with shortcuts drops by {twin_mid} without a block that keeps the shape and by {twin_open} without one that starts a stage, from {twin_intact}%; the twin without shortcuts by {plain_mid} and {plain_open} from {plain_intact}%.",
        "{network} 完整时为 {intact}%；去掉一个块，下降 {median} 个百分点（各块的中位数）。有捷径的对照网络完整时为 {twin_intact}%，去掉一个不改变形状的块下降 {twin_mid} 个，去掉一个阶段首块下降 {twin_open} 个；无捷径的为 {plain_intact}%，分别下降 {plain_mid} 和 {plain_open} 个。",
    ),
    "several": ("Removing several random blocks", "随机去掉多个块"),
    "draws": ("Draws per number of blocks", "每个数量抽取几次"),
    "seed": ("Seed", "随机种子"),
    "removed": ("number of removed blocks", "去掉的块数"),
    "kept": ("accuracy / unchanged predictions", "准确率 / 预测不变的比例"),
    "draw_mean": ("mean of the draws", "各次抽取的平均"),
    "draw_low": ("lowest", "最低"),
    "draw_high": ("highest", "最高"),
    "several_alt": (
        "Mean result by number of removed blocks. {shares}",
        "平均结果随去掉的块数的变化。{shares}",
    ),
    "several_reading": (
        "Lines: mean of {draws} draws. Bands: worst to best draw. All networks use the same images.",
        "曲线：{draws} 次抽取的平均；色带：从最差到最好的一次。所有网络用的是同一批图片。",
    ),
    "fig5_paper": (
        "the error of ResNet-110 rises smoothly with the number of removed blocks; with ten of 54 removed it is about 20% ([Veit et al. 2016](https://arxiv.org/abs/1605.06431), fig. 5a).",
        "随着去掉的块数增加，ResNet-110 的错误率平滑上升；54 个块去掉 10 个时约为 20%（[Veit 等 2016](https://arxiv.org/abs/1605.06431)，图 5a）。",
    ),
    "fig5_here": (
        "about the same share of blocks is {removed} of {of} in the twins: with shortcuts, accuracy falls from {twin_intact:.0%} to {twin:.0%}, without them from {plain_intact:.0%} to {plain:.0%}. The largest drop for one more block is {step:.0f} percentage points with shortcuts and {plain_step:.0f} without. {network} keeps {own:.0%} without {own_removed} of its {own_of} blocks.",
        "对照网络中大致相同的比例是 {of} 个块去掉 {removed} 个：有捷径的从 {twin_intact:.0%} 降到 {twin:.0%}，无捷径的从 {plain_intact:.0%} 降到 {plain:.0%}。每多去掉一块，最大降幅分别为 {step:.0f} 和 {plain_step:.0f} 个百分点。{network} 的 {own_of} 个块去掉 {own_removed} 个后还有 {own:.0%}。",
    ),
}
