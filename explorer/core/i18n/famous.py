"""Words of the famous blocks, and of what top-5 means, on the page History."""

WORDS: dict[str, tuple[str, str]] = {
    # on the cards: before the first | what is computed, after it how
    "x": ("x", "x"),
    "depthwise": ("{window} depthwise", "{window} 逐通道"),
    "sum": ("sum, place by place", "逐元素相加"),
    "times": ("each channel times its factor", "每个通道乘上自己的系数"),
    "modules": ("modules", "模块"),
    "channels": ("channels", "通道数"),
    "split": (
        "split the channels|{half} to the left, {half} to the right",
        "按通道分成两半|左边 {half} 个，右边 {half} 个",
    ),
    "kept": ("left as it is", "原样保留"),
    "shuffle": ("channel shuffle|the two halves take turns", "通道混洗|两半的通道交替排列"),
    "layer_scale": ("layer scale|a factor for each channel", "层缩放|每个通道乘一个系数"),
    "qkv": ("Linear: q, k, v|query, key and value of each token", "Linear：q、k、v|每个 token 的查询、键和值"),
    "scores": ("softmax(q·k / √{root})|in each of {heads} heads", "softmax(q·k / √{root})|{heads} 个头各算各的"),
    "scores_bias": (
        "softmax(q·k / √{root} + bias)|in each of {heads} heads",
        "softmax(q·k / √{root} + 偏置)|{heads} 个头各算各的",
    ),
    "weighed": ("mean of v, so weighted", "按这些权重对 v 求平均"),
    "windows": (
        "move by {shift}, cut into windows|of {side}×{side} places",
        "平移 {shift} 格，切成窗口|每个 {side}×{side} 格",
    ),
    "windows_back": ("windows put back together", "把窗口拼回去"),
    # LeNet-5
    "lenet_c1": ("C1: 5×5", "C1：5×5 卷积"),
    "lenet_s2": ("S2: mean of 2×2, scaled|tanh", "S2：2×2 求平均再缩放|tanh"),
    "lenet_c3": ("C3: 5×5|each map reads 3, 4 or 6 of the six", "C3：5×5|每张特征图只读前面六张中的 3、4 或 6 张"),
    "lenet_s4": ("S4: mean of 2×2, scaled|tanh", "S4：2×2 求平均再缩放|tanh"),
    "lenet_c5": ("C5: 5×5, over all of the map|tanh", "C5：5×5，盖住整张特征图|tanh"),
    "lenet_f6": ("F6: fully connected|tanh", "F6：全连接|tanh"),
    "lenet_rbf": ("distance to a drawing of each digit", "到每个数字标准图案的距离"),
    # pretraining without labels
    "picture": ("picture without a label", "没有标签的图片"),
    "view": ("view {number}|crop and colour", "视图 {number}|随机裁剪与变色"),
    "simclr_encoder": ("encoder|one ResNet for both views", "编码器|两个视图共用一个 ResNet"),
    "simclr_head": ("projection head|two layers, thrown away later", "投影头|两层，训练后丢弃"),
    "simclr_loss": (
        "loss: find the partner|among all views of the batch",
        "损失：找出同一张图的视图|候选是这一批的所有视图",
    ),
    "moco_query": ("encoder q|has gradients", "编码器 q|用梯度学习"),
    "moco_key": ("encoder k|follows slowly", "编码器 k|慢慢跟随"),
    "moco_queue": ("queue|65,536 old keys", "队列|65,536 个旧键"),
    "moco_loss": (
        "loss: find the partner|one right key against all of the queue",
        "损失：找出同一张图的键|一个正确的键，对整个队列",
    ),
    "byol_student": ("online network|learns by gradient", "在线网络|用梯度学习"),
    "byol_teacher": ("target network|follows slowly", "目标网络|慢慢跟随"),
    "byol_predictor": ("predictor|two layers", "预测头|两层"),
    "byol_stop": ("target|no gradient", "目标|不回传梯度"),
    "byol_loss": ("loss: predict the target|squared distance of unit vectors", "损失：预测目标|单位向量的平方距离"),
    "dino_student": ("student|learns by gradient", "学生|用梯度学习"),
    "dino_teacher": ("teacher|follows slowly", "教师|慢慢跟随"),
    "dino_softmax": ("softmax", "softmax"),
    "dino_centre": ("centred, sharp softmax|no gradient", "居中、更尖的 softmax|不回传梯度"),
    "dino_loss": ("loss: say what the teacher says|cross-entropy", "损失：和教师说一样的话|交叉熵"),
    "mae_patches": ("patches|75% hidden at random", "图块|随机遮住 75%"),
    "mae_encoder": ("encoder: ViT|sees the other 25% only", "编码器：ViT|只看剩下的 25%"),
    "mae_tokens": ("a mask token|in each hidden place", "补上掩码 token|每个遮住的位置一个"),
    "mae_decoder": ("decoder|small, thrown away later", "解码器|很小，训练后丢弃"),
    "mae_loss": ("loss: the hidden pixels|mean squared error", "损失：被遮住的像素|均方误差"),
    # what is special
    "about_lenet": (
        "Convolution, then a coarser map, then convolution again: the pattern of most networks that came after. All of its {parameters} parameters are fewer than one residual block of ResNet-18 has.",
        "卷积、缩小特征图、再卷积：后来的大多数网络都是这个格局。它总共只有 {parameters} 个参数，比 ResNet-18 的一个残差块还少。",
    ),
    "about_alexnet": (
        "The same pattern, larger, on GPUs and with ReLU. The first kernels are 11×11 and move by four pixels, so that little is left to compute after them: {input} becomes {output} in five convolutions. Torchvision has the later version for one GPU, whose first layer has 64 channels where that of 2012 has 96.",
        "同样的格局，但更大，在 GPU 上训练，并用了 ReLU。最前面的卷积核是 11×11，每次移动四个像素，后面要算的就少了：五次卷积把 {input} 变成 {output}。torchvision 里是后来的单 GPU 版本，第一层 64 个通道，2012 年的是 96 个。",
    ),
    "about_vgg": (
        "Nothing but 3×3. Three in a row see 7×7 pixels with 27·C² weights, where one 7×7 has 49·C², and there are two more ReLUs between them. This is the third of five such stacks in VGG-16.",
        "全是 3×3。连着三个能看到 7×7 的像素，权重只有 27·C² 个，而一个 7×7 要 49·C² 个，中间还多了两个 ReLU。这里画的是 VGG-16 五组中的第三组。",
    ),
    "about_inception": (
        "Several sizes side by side, their maps put one after another. A 1×1 before each larger kernel makes the maps fewer, which is what makes this affordable: {parameters} parameters, where one 3×3 from {channels_in} to {channels_out} channels has {plain}. The third branch has 5×5 in the paper; torchvision has 3×3 there, as its weights were trained so.",
        "几种大小并排，结果沿通道拼在一起。每个较大的卷积核之前先用 1×1 减少通道，所以算得起：共 {parameters} 个参数，而从 {channels_in} 到 {channels_out} 个通道的一个 3×3 要 {plain} 个。第三支在论文里是 5×5；torchvision 用的是 3×3，因为它的权重是这样训练的。",
    ),
    "about_basic": (
        "The branch only has to learn what should be added to x. The shortcut has no parameters and lets the signal pass as it is, forward and backward.",
        "分支只需要学习该给 x 加上什么。捷径没有参数，信号和梯度都能原样通过。",
    ),
    "about_bottleneck": (
        "The same shortcut around three convolutions: 1×1 reduces the {channels_in} channels, 3×3 works on the few, 1×1 makes them {channels_out} again. With {parameters} parameters it has fewer than the two 3×3 of ResNet-18's first block, on four times as many channels.",
        "同样的捷径，绕过三个卷积：先用 1×1 把 {channels_in} 个通道变少，在少量通道上做 3×3，再用 1×1 恢复到 {channels_out} 个。它有 {parameters} 个参数，比 ResNet-18 第一个块的两个 3×3 还少，通道数却是四倍。",
    ),
    "about_dense": (
        "Each layer reads the maps of all layers before it and appends 32 of its own: put side by side, where ResNet adds. Drawn are the first two of the six layers of the first block; after them, {channels_in} channels have become {channels_out}.",
        "每一层都读前面所有层的特征图，再接上自己的 32 张：是拼接，而 ResNet 是相加。这里画的是第一个块六层中的前两层；两层之后，{channels_in} 个通道变成了 {channels_out} 个。",
    ),
    "about_depthwise": (
        "A convolution in two steps: 3×3 within each channel, then 1×1 across channels. Together {parameters} parameters, where a full 3×3 from {channels_in} to {channels_out} channels has {plain}. Torchvision has no MobileNet v1: this is its first such pair (paper, table 1), built from torchvision's `Conv2dNormActivation`.",
        "把一次卷积分成两步：先在每个通道内做 3×3，再用 1×1 跨通道混合。一共 {parameters} 个参数，而从 {channels_in} 到 {channels_out} 个通道的完整 3×3 要 {plain} 个。torchvision 没有 MobileNet v1：这里是论文表 1 的第一对，用 torchvision 的 `Conv2dNormActivation` 搭成。",
    ),
    "about_inverted_residual": (
        "A bottleneck turned inside out: narrow where the shortcut joins ({channels_in} channels), six times as wide between, where a depthwise 3×3 costs little. The last 1×1 has no ReLU, which would destroy too much in so few channels.",
        "把瓶颈反过来：捷径连接处窄（{channels_in} 个通道），中间宽六倍，用便宜的逐通道 3×3。最后的 1×1 后面没有 ReLU，通道这么少时 ReLU 会丢掉太多信息。",
    ),
    "about_squeezed": (
        "The inverted residual of v2, and beside it squeeze and excitation: the means of all channels decide, through two small layers, by what factor each channel is multiplied (⊗).",
        "v2 的倒残差，旁边加上 squeeze-and-excitation：由所有通道的平均值，经过两个小层，决定每个通道乘以多大的系数（⊗）。",
    ),
    "about_mbconv": (
        "The block of MobileNetV3 again, with SiLU. What is new is not in the block: depth, width and picture size grow together by one rule, from B0 to B7.",
        "还是 MobileNetV3 的块，只是换成了 SiLU。新意不在块里：深度、宽度和图片大小按同一条规则一起增长，从 B0 到 B7。",
    ),
    "about_shuffle": (
        "Half of the channels pass as they are, half go through a narrow branch. The shuffle then mixes both halves, so that the next block works on other channels. Nothing is added here: the left half is no residual shortcut.",
        "一半通道原样通过，另一半走一条窄分支。然后混洗把两半交错起来，下一个块就会处理不同的通道。这里没有相加：左边那一半不是残差捷径。",
    ),
    "about_fire": (
        "1×1 squeezes to few channels, then 1×1 and 3×3 side by side expand again. {parameters} parameters, where one 3×3 from {channels_in} to {channels_out} channels has {plain}.",
        "先用 1×1 压到很少的通道，再用并排的 1×1 和 3×3 扩展。共 {parameters} 个参数，而从 {channels_in} 到 {channels_out} 个通道的一个 3×3 要 {plain} 个。",
    ),
    "about_regnet": (
        "ResNet's bottleneck without the bottleneck: the channels stay, the 3×3 works in groups, and squeeze and excitation is beside it. The paper searched for a rule for widths and depths, not for one network.",
        "没有收窄的 ResNet 瓶颈块：通道数不变，3×3 分组进行，旁边有 squeeze-and-excitation。论文寻找的是宽度和深度的规律，而不是某一个网络。",
    ),
    "about_convnext": (
        "A residual block rebuilt after the transformer: one depthwise 7×7 where that has attention, LayerNorm for BatchNorm, then two linear layers, four times as wide between, with one GELU.",
        "按 Transformer 改造的残差块：用一个逐通道 7×7 代替注意力，用 LayerNorm 代替 BatchNorm，再接两个线性层，中间宽四倍，只有一个 GELU。",
    ),
    "about_attention": (
        "The picture is {tokens} tokens: 16×16 pixels each, and one for the class. In attention each reads from all others, by weights that depend on the picture; then two linear layers work on each alone. Both parts have a shortcut around them, as in ResNet.",
        "图片变成 {tokens} 个 token：每 16×16 像素一个，外加一个类别 token。注意力让每个 token 读取所有其他 token，权重由图片决定；然后两个线性层单独处理每个 token。两部分都有捷径绕过，和 ResNet 一样。",
    ),
    "about_swin": (
        "Attention inside small windows, so that its cost grows with the picture's area and not with its square. In every second block, such as this one, the windows are moved by half their side, so that neighbours meet.",
        "只在小窗口里做注意力，所以代价随图片面积增长，而不是面积的平方。每隔一个块（比如这个），窗口平移半个边长，让相邻窗口的内容相遇。",
    ),
    "about_moco": (
        "Two views of one picture should get similar codes, different pictures different ones. The codes to differ from wait in a queue, so that there are many without a huge batch; a copy of the encoder that follows slowly keeps old and new codes comparable.",
        "同一张图的两个视图应得到相近的编码，不同的图得到不同的编码。用来对比的编码存在一个队列里，不用很大的批次也能有很多；一个慢慢跟随的编码器副本让新旧编码可以相比。",
    ),
    "about_simclr": (
        "No queue and no second encoder: the others are the rest of a large batch. What mattered most was strong augmentation, and a projection head between the code that is kept and the loss.",
        "没有队列，也没有第二个编码器：其他编码就是一个大批次里其余的图。最重要的是很强的数据增强，以及在保留的编码和损失之间加一个投影头。",
    ),
    "about_byol": (
        "No other pictures at all: one network predicts what a slow copy of itself says of another view. That both do not end at one constant answer was a surprise; the predictor and the slow copy are needed for that.",
        "完全不用别的图片：一个网络预测它自己的慢速副本对另一个视图的输出。两者没有都变成同一个常数，让人意外；这要靠预测头和慢速副本。",
    ),
    "about_dino": (
        "A student learns to say what its own slow copy says of other crops of the picture. Centring and sharpening the teacher's answer keep it from being one constant. In a ViT its attention then follows objects, without any label.",
        "学生学着说出自己的慢速副本对同一张图其他裁剪的回答。对教师的回答做居中和锐化，避免它变成常数。用在 ViT 上，注意力会落在物体上，而没有用任何标签。",
    ),
    "about_mae": (
        "Most of the picture is hidden, and the network paints what is missing. The large encoder never sees the hidden part, so that training is three or more times as fast.",
        "遮住图片的大部分，让网络把缺的画出来。大的编码器从不看被遮住的部分，因此训练快三倍以上。",
    ),
    "parameters_here": ("{parameters} parameters.", "{parameters} 个参数。"),
    "drawn_from": (
        "Drawn from torchvision's `{model}`, module `{path}`, for a picture of {side} px.",
        "取自 torchvision 的 `{model}` 的模块 `{path}`，图片边长 {side} 像素。",
    ),
    "drawn_paper": (
        "Drawn from the paper; torchvision has no module for it, so there is no source to show.",
        "按论文绘制；torchvision 没有对应的模块，所以没有源码可看。",
    ),
    "reading": (
        "The teal bar at a card's foot shows its output's channels, the longest being {most}.",
        "卡片底部的青绿色条表示输出的通道数，最长的是 {most}。",
    ),
    "reading_modules": (
        "A stride stands after “/”, groups after “g”. Point at a card for its modules.",
        "“/”后是步长，“g”后是分组数。把鼠标移到卡片上可看到对应的模块。",
    ),
    "reading_shortcut": (
        "Blue is the shortcut, orange the branch, ⊕ their sum.",
        "蓝色是捷径，橙色是分支，⊕ 是两者之和。",
    ),
    "reading_slow": (
        "The dashed line carries weights and no picture: the right network is a slow average of the left one.",
        "虚线传的是权重，不是图片：右边的网络是左边网络的缓慢平均。",
    ),
    "alt": ("Diagram of the block, from input to output: {cards}.", "结构图，从输入到输出：{cards}。"),
    "source": ("torchvision's source", "torchvision 源码"),
    "source_at": (
        "torchvision {version}, [{file}, lines {first} to {last}]({link})",
        "torchvision {version}，[{file}，第 {first} 至 {last} 行]({link})",
    ),
    "title": ("The block that made it famous", "让它出名的块"),
    # what top-5 means
    "top5_title": ("What top-5 means", "top-5 是什么意思"),
    "top5_about": (
        "Top-1 counts an answer as right when the most probable class is the true one, top-5 when the true one is among the five most probable. ImageNet has 1,000 classes, some hard to tell apart, and many photos with several things in them but one label; so its contest counted top-5.",
        "top-1：概率最大的类别就是真实类别，才算对。top-5：真实类别在概率最大的五个之中，就算对。ImageNet 有 1,000 个类别，有些很难区分，很多照片里有好几样东西却只有一个标签，所以当年的比赛用 top-5 计分。",
    ),
    "probability": ("probability", "概率"),
    "class": ("class", "类别"),
    "rank": ("rank", "名次"),
    "true_class": ("true class", "真实类别"),
    "other_class": ("other classes", "其他类别"),
    "cut": ("top-{k}", "top-{k}"),
    "place_first": (
        "The true class, **{label}**, is the first answer: right by top-1 and by top-5.",
        "真实类别**{label}**排第一：按 top-1 和 top-5 都算对。",
    ),
    "place_five": (
        "The true class, **{label}**, is answer {rank}: wrong by top-1, right by top-5.",
        "真实类别**{label}**排第 {rank}：按 top-1 算错，按 top-5 算对。",
    ),
    "place_neither": (
        "The true class, **{label}**, is answer {rank}: wrong by top-1 and by top-5.",
        "真实类别**{label}**排第 {rank}：按 top-1 和 top-5 都算错。",
    ),
    "place_other": (
        "This picture is labelled **{label}**, a class that the network does not have: no answer can be right.",
        "这张图的标签是**{label}**，网络没有这个类别：怎么回答都不会对。",
    ),
    "place_unknown": (
        "Nobody has labelled this picture. You can judge: is the right answer above the first line, or above the second?",
        "这张图没有标签。你来判断：正确答案在第一条线之上，还是在第二条线之上？",
    ),
    "accuracy": ("this network", "这个网络"),
    "guessing": ("guessing at random", "随机猜"),
    "answers_allowed": ("answers that count, k", "允许的答案个数 k"),
    "share_axis": ("true class among the first k", "真实类别在前 k 个之中的比例"),
    "chance": (
        "Whoever guesses among {classes:,} classes is right in {one:.1%} of cases by top-1 and in {five:.1%} by top-5.",
        "在 {classes:,} 个类别中随机猜，top-1 有 {one:.1%} 会对，top-5 有 {five:.1%} 会对。",
    ),
    "easy": ("With so few classes top-5 says little.", "类别这么少时，top-5 说明不了什么。"),
    "counted": (
        "**Top-1 {top1:.1%}, top-5 {top5:.1%}** of {count} pictures.",
        "{count} 张图片：**top-1 {top1:.1%}，top-5 {top5:.1%}**。",
    ),
    "pictures": ("Over {count} pictures: {source}.", "共 {count} 张图片：{source}。"),
    "measure": ("Count over {count} pictures", "在 {count} 张图片上统计"),
    "no_labels": (
        "What this network gets cannot be counted here: the pictures at hand ({source}) are not labelled with its classes. CIFAR-10 weights can be.",
        "这个网络能对多少，在这里数不出来：手头的图片（{source}）没有用它的类别标注。选 CIFAR-10 的权重就可以。",
    ),
}
