"""Words of the part `inference`."""

WORDS: dict[str, tuple[str, str]] = {
    "about": (
        "Does each block compute something new, or does it improve one estimate step by step? If it improves it, its branch F(x) should move x against the gradient of the loss.",
        "每个块是重新算一套特征，还是一步步改进同一个估计？如果是改进，分支 F(x) 就应当让 x 逆着损失的梯度移动。",
    ),
    "pictures": ("Pictures for mean and band", "用于平均和色带的图片数"),
    "start": ("Measure {count} pictures", "测量 {count} 张图片"),
    "cosine_title": ("Which way does F(x) move x?", "F(x) 让 x 往哪个方向移动？"),
    "cosine": ("cosine with the loss gradient", "F(x) 与损失梯度的余弦"),
    "block": ("block", "块"),
    "this_picture": ("this picture", "这张图片"),
    "these_pictures": ("the set: mean, middle 80%", "整批：平均与中间 80%"),
    "cosine_alt": (
        "Cosine of F(x) and the loss gradient at x, block by block: {values}",
        "逐块的 F(x) 与 x 处损失梯度的余弦：{values}",
    ),
    "cosine_means": (
        "Below 0 the branch moves x to where the loss falls, above 0 to where it rises. Near 0 it moves x in directions that hardly change the loss.",
        "小于 0：分支让 x 朝损失下降的方向移动；大于 0：朝上升的方向；接近 0：朝几乎不影响损失的方向移动。",
    ),
    "loss_true": (
        "For this picture it is the loss of its true class, {name}.",
        "这张图片用的是真实类别“{name}”的损失。",
    ),
    "loss_predicted": (
        "This picture's true class is unknown to the network, so it is the loss of the predicted class, {name}.",
        "网络没有这张图片的真实类别，所以用预测类别“{name}”的损失。",
    ),
    "band_true": ("For the set it is that of the true classes.", "这批图片用的是真实类别的损失。"),
    "band_predicted": (
        "The network does not have the set's classes, so there too it is that of the predicted ones.",
        "网络没有这批图片的类别，所以也用预测类别的损失。",
    ),
    "projected": (
        "At a block that opens a stage the gradient is taken at what the shortcut brings, which has the shape of F(x).",
        "在开启新阶段的块上，梯度取在捷径带来的张量处，它与 F(x) 形状相同。",
    ),
    "readout_title": ("What would the head answer at this point?", "分类头这时会怎么回答？"),
    "after_block": ("after {path}", "{path} 之后"),
    "final": ("Here for the final answer, {name}: {share:.1%}", "最终答案“{name}”在此处的概率：{share:.1%}"),
    "readout_means": (
        "The network's own head, as it stands behind the last block, put behind each block of the last stage. Earlier blocks have fewer channels than fc takes, so a probe reads those.",
        "把网络自己的分类头（原本在最后一个块之后的部分）接到最后阶段的每个块之后。更早的块通道数少于 fc 所需，要用探针来读。",
    ),
    "readable_title": ("How early can the class be read?", "多早就能读出类别？"),
    "readable_alt": (
        "Accuracy of a linear probe after the stem and after each block: {values}",
        "入口及各块之后线性探针的准确率：{values}",
    ),
    "after": ("read after", "在何处之后读取"),
    "stem": ("stem", "入口"),
    "accuracy": ("right answers", "答对的比例"),
    "probe": ("linear probe", "线性探针"),
    "head": ("the network's own head", "网络自己的分类头"),
    "head_own": ("own head: same answer as in the end", "自己的分类头：与最终答案相同"),
    "readable_means": (
        "Measured on {count} pictures: {source}. A probe is a logistic regression on the channels' averages. It learns from four fifths of the pictures and is tested on the rest, five times over; the same kind as on the Feature maps page.",
        "在 {count} 张图片上测量：{source}。探针是对各通道平均值的逻辑回归：用五分之四的图片学习，在其余图片上测试，轮换五次；与“特征图”页的探针相同。",
    ),
    "cosine_paper": (
        "in trained residual networks for CIFAR-10 the cosine is negative at all blocks, most of all at the last ones ([Jastrzębski et al. 2018](https://arxiv.org/abs/1710.04773), fig. 4).",
        "在 CIFAR-10 上训练好的残差网络中，所有块的余弦都为负，越靠后越明显（[Jastrzębski 等 2018](https://arxiv.org/abs/1710.04773)，图 4）。",
    ),
    "cosine_here": (
        "the mean is negative at {negative} of {blocks} blocks. At the last, {last}, it is {last_mean}; over all others it averages {others}, between {low} and {high}.",
        "{blocks} 个块中有 {negative} 个的平均余弦为负。最后一个块 {last} 为 {last_mean}；其余各块平均 {others}，在 {low} 到 {high} 之间。",
    ),
    "stage_paper": (
        "blocks of one stage refine one estimate, and a stage's first block makes it ([Greff et al. 2017](https://arxiv.org/abs/1612.07771), section 3). Read behind each block of the last stage, accuracy rises very gradually (Jastrzębski et al. 2018, fig. 5).",
        "同一阶段的块改进同一个估计，由该阶段的第一个块给出初值（[Greff 等 2017](https://arxiv.org/abs/1612.07771)，第 3 节）。在最后阶段的每个块之后读取，准确率只缓慢上升（Jastrzębski 等 2018，图 5）。",
    ),
    "stage_here": (
        "the head reads {first:.0%} after {first_block}, the first block of the last stage, and {last:.0%} after {last_block}.",
        "在最后阶段的第一个块 {first_block} 之后，分类头答对 {first:.0%}；在 {last_block} 之后为 {last:.0%}。",
    ),
    "stage_here_own": (
        "after {first_block}, the first block of the last stage, the head already gives the final answer for {first:.0%} of the pictures.",
        "在最后阶段的第一个块 {first_block} 之后，{first:.0%} 的图片已经得到最终答案。",
    ),
    "probe_here": (
        "A probe reads {stem:.0%} after the stem. A block that opens a stage adds {opening} percentage points on average, each of the others {other}.",
        "探针在入口之后答对 {stem:.0%}。开启新阶段的块平均增加 {opening} 个百分点，其余的块平均增加 {other} 个。",
    ),
    "honest": (
        "The papers' networks have many blocks in a stage; the stages of {network} have {counts}. The cosine only says what a very small step would do to the loss. The part “All blocks” shows how large F(x) is.",
        "论文中的网络每个阶段有很多块，{network} 各阶段的块数为 {counts}。余弦只说明很小的一步会怎样影响损失。F(x) 到底有多大，见“所有块”。",
    ),
}
