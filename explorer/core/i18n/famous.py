"""Words of the famous blocks, and of what top-5 means, on the page History."""

WORDS: dict[str, tuple[str, str]] = {
    # on the cards: before the first | what is computed, after it how
    "x": ("x", "x"),
    "depthwise": ("{window} depthwise", "{window} 逐通道"),
    "sum": ("element-wise sum", "逐元素相加"),
    "times": ("multiply each channel by its factor", "每个通道乘以自己的系数"),
    "modules": ("modules", "模块"),
    "channels": ("channels", "通道数"),
    "split": (
        "split the channels|{half} to the left, {half} to the right",
        "按通道分成两半|左边 {half} 个，右边 {half} 个",
    ),
    "kept": ("unchanged", "不变"),
    "shuffle": ("channel shuffle|interleaves the two halves", "通道混洗|两半的通道交替排列"),
    "layer_scale": ("layer scale|a factor for each channel", "层缩放|每个通道乘一个系数"),
    "qkv": ("Linear: q, k, v|query, key and value of each token", "Linear：q、k、v|每个 token 的查询、键和值"),
    "scores": ("softmax(q·k / √{root})|in each of {heads} heads", "softmax(q·k / √{root})|{heads} 个头各自计算"),
    "scores_bias": (
        "softmax(q·k / √{root} + bias)|in each of {heads} heads",
        "softmax(q·k / √{root} + 偏置)|{heads} 个头各自计算",
    ),
    "weighed": ("weighted mean of v", "按这些权重对 v 求平均"),
    "windows": (
        "shift by {shift}, split into windows|of {side}×{side}",
        "平移 {shift} 格，划分窗口|每个 {side}×{side} 格",
    ),
    "windows_back": ("merge the windows", "合并窗口"),
    # LeNet-5
    "lenet_c1": ("C1: 5×5", "C1：5×5 卷积"),
    "lenet_s2": ("S2: mean of 2×2, scaled|tanh", "S2：2×2 求平均再缩放|tanh"),
    "lenet_c3": ("C3: 5×5|each map reads 3, 4 or 6 of the six maps", "C3：5×5|每张特征图只读前面六张中的 3、4 或 6 张"),
    "lenet_s4": ("S4: mean of 2×2, scaled|tanh", "S4：2×2 求平均再缩放|tanh"),
    "lenet_c5": ("C5: 5×5, covers the whole map|tanh", "C5：5×5，覆盖整张特征图|tanh"),
    "lenet_f6": ("F6: fully connected|tanh", "F6：全连接|tanh"),
    "lenet_rbf": ("distance to a template of each digit", "到每个数字模板的距离"),
    # factorised kernels, architecture search
    "factor": ("{window}|BN · ReLU", "{window} 卷积|BN · ReLU"),
    "factor_pool": ("mean of 3×3", "3×3 平均池化"),
    "nasnet_choices": ("operations to choose from", "可选的运算"),
    "nasnet_controller": (
        "controller: an RNN|proposes a cell, again and again",
        "控制器：一个 RNN|一次次提出单元的结构",
    ),
    "nasnet_child": ("small network of such cells|trained on CIFAR-10", "由这种单元组成的小网络|在 CIFAR-10 上训练"),
    "nasnet_reward": (
        "its validation accuracy|the reward from which the controller learns",
        "它的验证准确率|作为奖励，用来训练控制器",
    ),
    "nasnet_transfer": (
        "the best cell, stacked more often|trained on ImageNet",
        "把最好的单元堆叠更多次|在 ImageNet 上训练",
    ),
    # pretraining without labels
    "picture": ("image without a label", "没有标签的图片"),
    "view": ("view {number}|crop and colour", "视图 {number}|随机裁剪与变色"),
    "simclr_encoder": ("encoder|one ResNet for both views", "编码器|两个视图共用一个 ResNet"),
    "simclr_head": ("projection head|two layers, discarded later", "投影头|两层，训练后丢弃"),
    "simclr_loss": (
        "contrastive loss: find the other view|among all views of the batch",
        "对比损失：找出同一张图片的另一个视图|候选是这一批的所有视图",
    ),
    "moco_query": ("encoder q|gradient descent", "编码器 q|由梯度下降训练"),
    "moco_key": ("encoder k|EMA of encoder q", "编码器 k|q 的滑动平均"),
    "moco_queue": ("queue|65,536 old keys", "队列|65,536 个较早的键"),
    "moco_loss": (
        "contrastive loss|one matching key against the whole queue",
        "对比损失|一个匹配的键，对整个队列",
    ),
    "byol_student": ("online network|gradient descent", "在线网络|由梯度下降训练"),
    "byol_teacher": ("target network|EMA of online network", "目标网络|在线网络的滑动平均"),
    "byol_predictor": ("predictor|two layers", "预测头|两层"),
    "byol_stop": ("target|no gradient", "目标|不回传梯度"),
    "byol_loss": ("loss: predict the target|squared distance of unit vectors", "损失：预测目标|单位向量的平方距离"),
    "dino_student": ("student|gradient descent", "学生|由梯度下降训练"),
    "dino_teacher": ("teacher|EMA of the student", "教师|学生的滑动平均"),
    "dino_softmax": ("softmax", "softmax"),
    "dino_centre": ("centred, sharp softmax|no gradient", "中心化并锐化的 softmax|不回传梯度"),
    "dino_loss": ("loss: match the teacher's output|cross-entropy", "损失：与教师输出一致|交叉熵"),
    "mae_patches": ("patches|75% hidden at random", "图块|随机遮住 75%"),
    "mae_encoder": ("encoder: ViT|sees only the other 25%", "编码器：ViT|只看剩下的 25%"),
    "mae_tokens": ("add mask tokens|one for each hidden patch", "补上掩码 token|每个遮住的图块一个"),
    "mae_decoder": ("decoder|small, discarded later", "解码器|很小，训练后丢弃"),
    "mae_loss": ("loss: the hidden pixels|mean squared error", "损失：被遮住的像素|均方误差"),
    # what is special
    "about_lenet": (
        "Convolution, downsampling, convolution again: the pattern of most later networks. Its {parameters} parameters are fewer than those of one residual block of ResNet-18.",
        "卷积、下采样、再卷积：后来的大多数网络都沿用这个模式。它总共只有 {parameters} 个参数，比 ResNet-18 的一个残差块还少。",
    ),
    "about_alexnet": (
        "The same pattern, larger, trained on GPUs and with ReLU. The first kernels are 11×11 with stride 4, which reduces the computation that follows: {input} becomes {output} in five convolutions. torchvision has the later version for one GPU, whose first layer has 64 channels; that of 2012 has 96.",
        "同样的模式，但更大，在 GPU 上训练，并用了 ReLU。第一层的卷积核是 11×11，步长 4，后面的计算量因此变小：五次卷积把 {input} 变成 {output}。torchvision 里是后来的单 GPU 版本，第一层 64 个通道，2012 年的是 96 个。",
    ),
    "about_vgg": (
        "Only 3×3. Three in a row have a receptive field of 7×7 with 27·C² weights, where one 7×7 has 49·C², and add two more ReLUs. This is the third of five such stacks in VGG-16.",
        "全是 3×3。连续三个的感受野是 7×7，权重只有 27·C² 个，而一个 7×7 要 49·C² 个，中间还多了两个 ReLU。这里画的是 VGG-16 五组中的第三组。",
    ),
    "about_inception": (
        "Kernels of several sizes in parallel, whose outputs are concatenated. A 1×1 before each larger kernel reduces the number of channels and with it the cost: {parameters} parameters, where one 3×3 from {channels_in} to {channels_out} channels has {plain}. The third branch is 5×5 in the paper; torchvision uses 3×3, because its weights were trained that way.",
        "几种大小的卷积核并行，输出沿通道拼接。每个较大的卷积核之前先用 1×1 减少通道，从而降低计算量：共 {parameters} 个参数，而从 {channels_in} 到 {channels_out} 个通道的一个 3×3 要 {plain} 个。第三支在论文里是 5×5；torchvision 用的是 3×3，因为它的权重是这样训练的。",
    ),
    "about_factorized": (
        "A 7×7 kernel is replaced by a 1×7 and a 7×1 one after the other: the same receptive field with 14 instead of 49 weights per pair of channels. The third branch does this twice. {parameters} parameters, where one 3×3 from {channels_in} to {channels_out} channels has {plain}. The figures are those of torchvision's `Mixed_6b`.",
        "把 7×7 的卷积核换成先后两个：1×7 和 7×1。感受野相同，每一对通道的权重从 49 个减到 14 个；第三支这样做了两次。共 {parameters} 个参数，而从 {channels_in} 到 {channels_out} 个通道的一个 3×3 要 {plain} 个。数字取自 torchvision 的 `Mixed_6b`。",
    ),
    "about_nasnet": (
        "Nobody drew this cell: a controller proposed thousands, each was tried on small images, and the best was used for large ones. What the search costs is paid once; the cell can be stacked for a phone or for a data centre.",
        "这个单元不是人画出来的：控制器提出成千上万种，逐个在小图片上试，最好的再用到大图片上。搜索的代价只付一次；同一个单元既可以堆成手机上的小网络，也可以堆成数据中心里的大网络。",
    ),
    "about_basic": (
        "The branch only has to learn what to add to x. The shortcut has no parameters and passes the signal and its gradient unchanged.",
        "分支只需要学习该给 x 加上什么。捷径没有参数，信号和梯度都能原样通过。",
    ),
    "about_bottleneck": (
        "The same shortcut around three convolutions: 1×1 reduces the {channels_in} channels, 3×3 works on the reduced ones, 1×1 restores {channels_out}. Its {parameters} parameters are fewer than those of the two 3×3 in ResNet-18's first block, with four times as many channels.",
        "同样的捷径，绕过三个卷积：先用 1×1 减少 {channels_in} 个通道，在较少的通道上做 3×3，再用 1×1 恢复到 {channels_out} 个。它有 {parameters} 个参数，比 ResNet-18 第一个块的两个 3×3 还少，通道数却是四倍。",
    ),
    "about_dense": (
        "Each layer reads the maps of all layers before it and appends 32 of its own: concatenated, where ResNet adds. Shown are the first two of the six layers of the first block; after them, {channels_in} channels have become {channels_out}.",
        "每一层都读取前面所有层的特征图，再接上自己的 32 张：是拼接，而 ResNet 是相加。这里画的是第一个块六层中的前两层；两层之后，{channels_in} 个通道变成了 {channels_out} 个。",
    ),
    "about_depthwise": (
        "A convolution in two steps: 3×3 within each channel, then 1×1 across channels. Together they have {parameters} parameters, where a full 3×3 from {channels_in} to {channels_out} channels has {plain}. torchvision has no MobileNet v1: this is its first such pair (paper, table 1), built from torchvision's `Conv2dNormActivation`.",
        "把一次卷积分成两步：先在每个通道内做 3×3，再用 1×1 跨通道混合。一共 {parameters} 个参数，而从 {channels_in} 到 {channels_out} 个通道的完整 3×3 要 {plain} 个。torchvision 没有 MobileNet v1：这里是论文表 1 的第一对，用 torchvision 的 `Conv2dNormActivation` 搭成。",
    ),
    "about_inverted_residual": (
        "An inverted bottleneck: narrow where the shortcut joins ({channels_in} channels), six times as wide in between, where a depthwise 3×3 is cheap. The last 1×1 has no ReLU, which would lose too much information with so few channels.",
        "把瓶颈反过来：捷径连接处窄（{channels_in} 个通道），中间宽六倍，用计算量小的逐通道 3×3。最后的 1×1 后面没有 ReLU：通道这么少，ReLU 会丢掉太多信息。",
    ),
    "about_squeezed": (
        "The inverted residual of v2 with squeeze-and-excitation: from the means of all channels, two small layers compute a factor for each channel (⊗).",
        "v2 的倒残差，加上 squeeze-and-excitation：由所有通道的平均值，经过两个小层，算出每个通道要乘的系数（⊗）。",
    ),
    "about_mbconv": (
        "The block of MobileNetV3 again, with SiLU. What is new is not the block: depth, width and image size are scaled together by one rule, from B0 to B7.",
        "还是 MobileNetV3 的块，只是换成了 SiLU。新意不在块里：深度、宽度和图片尺寸按同一条规则一起放大，从 B0 到 B7。",
    ),
    "about_shuffle": (
        "Half of the channels pass unchanged, half go through a narrow branch. The shuffle then interleaves both halves, so that the next block processes other channels. Nothing is added: the left half is not a residual shortcut.",
        "一半通道原样通过，另一半走一条窄分支。然后混洗把两半交错起来，下一个块就会处理不同的通道。这里没有相加：左边那一半不是残差捷径。",
    ),
    "about_fire": (
        "1×1 squeezes to few channels, then 1×1 and 3×3 in parallel expand again. {parameters} parameters, where one 3×3 from {channels_in} to {channels_out} channels has {plain}.",
        "先用 1×1 压到很少的通道，再用并排的 1×1 和 3×3 扩展。共 {parameters} 个参数，而从 {channels_in} 到 {channels_out} 个通道的一个 3×3 要 {plain} 个。",
    ),
    "about_regnet": (
        "ResNet's bottleneck without the bottleneck: the number of channels stays the same, the 3×3 is grouped, and squeeze-and-excitation is added. The paper searched for rules for widths and depths, not for a single network.",
        "不收窄的 ResNet 瓶颈块：通道数不变，3×3 分组进行，并加上 squeeze-and-excitation。论文寻找的是宽度和深度的规律，而不是某一个网络。",
    ),
    "about_convnext": (
        "A residual block modelled on the transformer: one depthwise 7×7 instead of attention, LayerNorm instead of BatchNorm, then two linear layers, four times as wide in between, with one GELU.",
        "按 Transformer 改造的残差块：用一个逐通道 7×7 代替注意力，用 LayerNorm 代替 BatchNorm，再接两个线性层，中间宽四倍，只有一个 GELU。",
    ),
    "about_attention": (
        "The image becomes {tokens} tokens: one per 16×16 pixels, and one for the class. Attention lets each token read all others, with weights that depend on the image; then two linear layers process each token separately. Both parts have a shortcut around them, as in ResNet.",
        "图片变成 {tokens} 个 token：每 16×16 像素一个，外加一个类别 token。注意力让每个 token 读取所有其他 token，权重由图片决定；然后两个线性层单独处理每个 token。两部分都有捷径绕过，和 ResNet 一样。",
    ),
    "about_swin": (
        "Attention within small windows, so that the cost grows linearly with the image's area instead of quadratically. In every second block, such as this one, the windows are shifted by half their side, which connects neighbouring windows.",
        "只在小窗口里做注意力，计算量随图片面积线性增长，而不是平方增长。每隔一个块（比如这个），窗口平移半个边长，让相邻窗口互相连通。",
    ),
    "about_moco": (
        "Two views of one image should get similar representations, different images different ones. The negatives are kept in a queue, so there are many of them without a huge batch; the second encoder is a moving average of the first, which keeps old and new representations comparable.",
        "同一张图片的两个视图应得到相近的表示，不同的图片得到不同的表示。负样本存在一个队列里，批不用很大也有很多负样本；第二个编码器是第一个的滑动平均，使新旧表示可以相比。",
    ),
    "about_simclr": (
        "No queue and no second encoder: the negatives are the other images of a large batch. Most important were strong augmentation and a projection head between the representation and the loss.",
        "没有队列，也没有第二个编码器：负样本就是同一个大批次里的其他图片。最重要的是很强的数据增强，以及在表示和损失之间加一个投影头。",
    ),
    "about_byol": (
        "No negatives at all: a network predicts the output of its own moving average for another view. Surprisingly, the two do not collapse to a constant; this depends on the predictor and on the gradient being stopped; the moving average helps, but SimSiam (Chen & He 2021) does without it.",
        "完全不用负样本：网络预测自己的滑动平均对另一个视图的输出。令人意外的是，两者不会坍缩成常数；这要靠预测头和停止回传的梯度；滑动平均有帮助，但 SimSiam（Chen 与 He，2021）不用它也行。",
    ),
    "about_dino": (
        "A student learns to match its teacher, a moving average of itself, on other crops of the image. Centring and sharpening the teacher's output prevent collapse to a constant. In a ViT, its attention then follows objects, without any labels.",
        "学生学习在同一张图片的其他裁剪上与教师（自身的滑动平均）输出一致。教师的输出经过中心化和锐化，避免坍缩成常数。用在 ViT 上，注意力会落在物体上，而没有用任何标签。",
    ),
    "about_mae": (
        "Most of the image is hidden, and the network reconstructs it. The large encoder never sees the hidden part, which makes training three or more times as fast.",
        "遮住图片的大部分，让网络重建。大的编码器不处理被遮住的部分，训练因此快三倍以上。",
    ),
    "parameters_here": ("{parameters} parameters.", "{parameters} 个参数。"),
    "drawn_from": (
        "Generated from torchvision's `{model}`, module `{path}`, for an image of {side} px.",
        "取自 torchvision 的 `{model}` 的模块 `{path}`，图片边长 {side} 像素。",
    ),
    "drawn_paper": (
        "Drawn after the paper; torchvision has no module for it, so there is no source to show.",
        "按论文绘制；torchvision 没有对应的模块，所以没有源码可看。",
    ),
    "reading": (
        "The teal bar at the bottom of a card shows the number of output channels; the longest bar is {most}.",
        "卡片底部的青绿色条表示输出的通道数，最长的是 {most}。",
    ),
    "reading_modules": (
        "The stride follows “/”, the groups follow “g”. Hover over a card to see its modules.",
        "“/”后是步长，“g”后是分组数。把鼠标移到卡片上可看到对应的模块。",
    ),
    "reading_shortcut": (
        "Blue is the shortcut, orange the branch, ⊕ their sum.",
        "蓝色是捷径，橙色是分支，⊕ 是两者之和。",
    ),
    "reading_slow": (
        "The dashed line carries weights, not images: the right network is an exponential moving average (EMA) of the left one.",
        "虚线传的是权重，不是图片：右边的网络是左边网络的指数滑动平均（EMA）。",
    ),
    "alt": ("Diagram of the block, from input to output: {cards}.", "结构图，从输入到输出：{cards}。"),
    "source": ("torchvision's source", "torchvision 源码"),
    "source_at": (
        "torchvision {version}, [{file}, lines {first} to {last}]({link})",
        "torchvision {version}，[{file}，第 {first} 至 {last} 行]({link})",
    ),
    "title": ("Its best-known block", "它最有名的模块"),
    # what top-5 means
    "top5_title": ("What top-5 means", "top-5 是什么意思"),
    "top5_about": (
        "A prediction is correct by top-1 if the most probable class is the true one, and by top-5 if the true class is among the five most probable. ImageNet has 1,000 classes, some hard to tell apart, and many photos show several things but have only one label; so the ImageNet challenge counted top-5.",
        "top-1：概率最大的类别就是真实类别，才算对。top-5：真实类别在概率最大的五个之中，就算对。ImageNet 有 1,000 个类别，有些很难区分，很多照片里有好几样东西却只有一个标签，所以当年的比赛用 top-5 计分。",
    ),
    "probability": ("probability", "概率"),
    "class": ("class", "类别"),
    "rank": ("rank", "名次"),
    "true_class": ("true class", "真实类别"),
    "other_class": ("other classes", "其他类别"),
    "cut": ("top-{k}", "top-{k}"),
    "place_first": (
        "The true class, **{label}**, is ranked first: correct by top-1 and by top-5.",
        "真实类别**{label}**排第一：按 top-1 和 top-5 都算对。",
    ),
    "place_five": (
        "The true class, **{label}**, is ranked {rank}: wrong by top-1, correct by top-5.",
        "真实类别**{label}**排第 {rank}：按 top-1 算错，按 top-5 算对。",
    ),
    "place_neither": (
        "The true class, **{label}**, is ranked {rank}: wrong by top-1 and by top-5.",
        "真实类别**{label}**排第 {rank}：按 top-1 和 top-5 都算错。",
    ),
    "place_other": (
        "This image is labelled **{label}**, a class that the network does not have: no prediction can be correct.",
        "这张图片的标签是**{label}**，网络没有这个类别：任何预测都不会对。",
    ),
    "place_unknown": (
        "This image has no label. Judge for yourself: is the correct class above the first line, or above the second?",
        "这张图片没有标签。你来判断：正确的类别在第一条线之上，还是在第二条线之上？",
    ),
    "accuracy": ("this network", "这个网络"),
    "guessing": ("chance", "随机猜测"),
    "answers_allowed": ("k", "k"),
    "share_axis": ("top-k accuracy", "top-k 准确率"),
    "chance": (
        "Random guessing among {classes:,} classes gives a top-1 accuracy of {one:.1%} and a top-5 accuracy of {five:.1%}.",
        "在 {classes:,} 个类别中随机猜测，top-1 准确率为 {one:.1%}，top-5 准确率为 {five:.1%}。",
    ),
    "easy": ("With so few classes, top-5 says little.", "类别这么少时，top-5 说明不了什么。"),
    "counted": (
        "**Top-1 {top1:.1%}, top-5 {top5:.1%}** on {count} images.",
        "{count} 张图片：**top-1 {top1:.1%}，top-5 {top5:.1%}**。",
    ),
    "pictures": ("Measured on {count} images: {source}.", "在 {count} 张图片上统计：{source}。"),
    "no_labels": (
        "This network's accuracy cannot be measured here: the available images ({source}) are not labelled with its classes. It works with CIFAR-10 weights.",
        "这里无法统计这个网络的准确率：手头的图片（{source}）没有用它的类别标注。选 CIFAR-10 的权重就可以。",
    ),
}
