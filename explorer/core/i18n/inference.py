"""Words of the part `inference`."""

WORDS: dict[str, tuple[str, str]] = {
    "about": (
        "Does each block compute something new, or does it refine one estimate step by step? If it refines it, its branch F(x) should move x against the gradient of the loss.",
        "每个块是重新算一套特征，还是一步步改进同一个估计？如果是改进，分支 F(x) 就应当让 x 逆着损失的梯度移动。",
    ),
    "pictures": ("Images for mean and band", "用于平均和色带的图片数"),
    "cosine_title": ("In which direction does F(x) move x?", "F(x) 让 x 往哪个方向移动？"),
    "cosine": ("cosine of F(x) and the loss gradient", "F(x) 与损失梯度的余弦"),
    "block": ("block", "块"),
    "this_picture": ("this image", "这张图片"),
    "these_pictures": ("the image set: mean and middle 80%", "整批图片：平均与中间 80%"),
    "cosine_alt": (
        "Cosine of F(x) and the loss gradient at x, block by block: {values}",
        "逐块的 F(x) 与 x 处损失梯度的余弦：{values}",
    ),
    "cosine_means": (
        "Below 0, the branch moves x in a direction in which the loss falls; above 0, in one in which it rises. Near 0, it moves x in directions that hardly change the loss.",
        "小于 0：分支让 x 朝损失下降的方向移动；大于 0：朝上升的方向；接近 0：朝几乎不影响损失的方向移动。",
    ),
    "loss_true": (
        "For this image, the loss of its true class, {name}, is used.",
        "这张图片用的是真实类别“{name}”的损失。",
    ),
    "loss_predicted": (
        "This image's true class is not among the network's classes, so the loss of the predicted class, {name}, is used.",
        "这张图片的真实类别不在网络的类别之中，所以用预测类别“{name}”的损失。",
    ),
    "band_true": ("The image set uses the loss of the true classes.", "这批图片用的是真实类别的损失。"),
    "band_predicted": (
        "The set's classes are not among the network's either, so the set uses the loss of the predicted classes.",
        "这批图片的类别也不在网络的类别之中，所以同样用预测类别的损失。",
    ),
    "projected": (
        "In a block that starts a stage, the gradient is taken at the shortcut's output, which has the shape of F(x).",
        "在阶段首块上，梯度取在捷径的输出处，它与 F(x) 形状相同。",
    ),
    "readout_title": ("What would the head predict after each block?", "分类头在每个块之后会怎样预测？"),
    "after_block": ("after {path}", "{path} 之后"),
    "final": ("Probability of the final prediction, {name}: {share:.1%}", "最终预测“{name}”在此处的概率：{share:.1%}"),
    "readout_means": (
        "The network's own head (everything after the last block), applied after each block of the last stage. Earlier blocks have fewer channels than fc expects; there a linear probe is used.",
        "把网络自己的分类头（最后一个块之后的部分）接到最后阶段的每个块之后。更早的块通道数少于 fc 所需，改用线性探针。",
    ),
    "readout_means_stage": (
        "The network's own head (everything after the last block), applied after each block of the last stage. The outputs of earlier blocks have another shape than the head expects; there a linear probe is used.",
        "把网络自己的分类头（最后一个块之后的部分）接到最后阶段的每个块之后。更早的块输出形状与分类头所需不同，改用线性探针。",
    ),
    "readout_means_all": (
        "The network's own head (everything after the last block), applied after each block: all outputs have one shape, since every block reads and writes the same stream. For language models this is known as the logit lens.",
        "把网络自己的分类头（最后一个块之后的部分）接到每个块之后：各块读写同一条残差流，输出形状都相同。在语言模型里，这叫作 logit lens。",
    ),
    "flat": (
        "All classes have the same probability: the weights of this untrained head are zero, as its authors start it. Trained weights show more.",
        "所有类别的概率都相同：这个未训练的分类头权重全为零（作者就是这样初始化的）。换成训练好的权重才看得出差别。",
    ),
    "readable_title": ("How accurate is a linear probe at each depth?", "线性探针在各深度的准确率"),
    "readable_alt": (
        "Accuracy of a linear probe after the stem and after each block: {values}",
        "起始层及各块之后线性探针的准确率：{values}",
    ),
    "after": ("after", "位置"),
    "stem": ("stem", "stem（起始层）"),
    "accuracy": ("accuracy", "准确率"),
    "probe": ("linear probe", "线性探针"),
    "head": ("the network's own head", "网络自己的分类头"),
    "head_own": ("own head: agreement with the final prediction", "自己的分类头：与最终预测一致的比例"),
    "readable_means": (
        "Measured on {count} images: {source}. The linear probe is a logistic regression on the channel means, trained on four fifths of the images and tested on the rest, five times (5-fold cross-validation); as on the Feature maps page.",
        "在 {count} 张图片上测量：{source}。线性探针是在各通道平均值上的逻辑回归：用五分之四的图片训练，在其余图片上测试，轮换五次（五折交叉验证）；与“特征图”页相同。",
    ),
    "cosine_paper": (
        "in trained residual networks for CIFAR-10, the cosine is negative at all blocks, most of all at the last ones ([Jastrzębski et al. 2018](https://arxiv.org/abs/1710.04773), fig. 4).",
        "在 CIFAR-10 上训练好的残差网络中，所有块的余弦都为负，越靠后越明显（[Jastrzębski 等 2018](https://arxiv.org/abs/1710.04773)，图 4）。",
    ),
    "cosine_here": (
        "the mean is negative at {negative} of {blocks} blocks. At the last block, {last}, it is {last_mean}; over the others it averages {others}, between {low} and {high}.",
        "{blocks} 个块中有 {negative} 个的平均余弦为负。最后一个块 {last} 为 {last_mean}；其余各块平均 {others}，在 {low} 到 {high} 之间。",
    ),
    "stage_paper": (
        "the blocks of a stage refine one estimate, which the first block of the stage makes ([Greff et al. 2017](https://arxiv.org/abs/1612.07771), section 3). Measured after each block of the last stage, accuracy rises very gradually (Jastrzębski et al. 2018, fig. 5).",
        "同一阶段的块改进同一个估计，初值由该阶段的第一个块给出（[Greff 等 2017](https://arxiv.org/abs/1612.07771)，第 3 节）。在最后阶段的每个块之后测量，准确率只缓慢上升（Jastrzębski 等 2018，图 5）。",
    ),
    "stage_here": (
        "the head has an accuracy of {first:.0%} after {first_block}, the first block of the last stage, and of {last:.0%} after {last_block}.",
        "在最后阶段的第一个块 {first_block} 之后，分类头的准确率为 {first:.0%}；在 {last_block} 之后为 {last:.0%}。",
    ),
    "stage_here_own": (
        "after {first_block}, the first block of the last stage, the head already gives the final prediction for {first:.0%} of the images.",
        "在最后阶段的第一个块 {first_block} 之后，已有 {first:.0%} 的图片得到与最终相同的预测。",
    ),
    "probe_here": (
        "A linear probe has an accuracy of {stem:.0%} after the stem. A block that starts a stage adds {opening} percentage points on average, each of the others {other}.",
        "起始层之后，线性探针的准确率为 {stem:.0%}。阶段首块平均增加 {opening} 个百分点，其余的块平均增加 {other} 个。",
    ),
    "probe_here_all": (
        "A linear probe has an accuracy of {stem:.0%} after the stem, and a block adds {each} percentage points on average.",
        "起始层之后，线性探针的准确率为 {stem:.0%}；之后每个块平均增加 {each} 个百分点。",
    ),
    "honest": (
        "The papers' networks have many blocks per stage; the stages of {network} have {counts}. The cosine only describes a very small step. “All blocks” shows how large F(x) is.",
        "论文中的网络每个阶段有很多块，{network} 各阶段的块数为 {counts}。余弦只说明很小的一步会怎样影响损失。F(x) 到底有多大，见“所有块”。",
    ),
}
