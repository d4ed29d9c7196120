"""Words of the tour: the stops together take about two minutes to read and to look."""

WORDS: dict[str, tuple[str, str]] = {
    "offer": (
        "**New here?** A two-minute tour shows five pages. You can leave it at any time.",
        "**第一次来？** 两分钟的导览带你看五个页面，随时可以退出。",
    ),
    "take": ("Take the two-minute tour", "开始两分钟导览"),
    "decline": ("No, thanks", "不用了"),
    "place": ("{number} of {count}", "第 {number} 页，共 {count} 页"),
    "next": ("Next page", "下一页"),
    "leave": ("Leave the tour", "退出导览"),
    "finish": ("End the tour", "结束导览"),
    "right": ("**Right**.", "**对**。"),
    "wrong": ("**Not quite**: {right}.", "**不是**，应当是：{right}。"),
    "ask_source": (
        "A guess: how large is the branch F(x) beside x in this network's first block?",
        "猜一猜：在这个网络的第一个块里，分支 F(x) 与 x 相比有多大？",
    ),
    "source_smaller": ("smaller than x", "比 x 小"),
    "source_alike": ("about as large", "差不多大"),
    "source_larger": ("larger than x", "比 x 大"),
    "because_source": (
        "Over all channels of `{block}`, F(x) has {ratio} times the norm of x for your image. The block corrects x; it does not have to rebuild it.",
        "对你的图片，`{block}` 的全部通道合起来，F(x) 的范数是 x 的 {ratio} 倍。块只是修正 x，不必重新造一个。",
    ),
    "ask_diagrams": (
        "A guess: which stage has more parameters, the first or the last?",
        "猜一猜：第一阶段和最后一个阶段，哪个参数更多？",
    ),
    "diagrams_first": ("the first", "第一阶段"),
    "diagrams_alike": ("about the same", "差不多"),
    "diagrams_last": ("the last", "最后一个阶段"),
    "because_diagrams": (
        "`{first}` has {a:.1%} of all parameters, `{last}` {b:.1%}: the more channels, the larger the kernels between them.",
        "`{first}` 占全部参数的 {a:.1%}，`{last}` 占 {b:.1%}：通道越多，连接它们的卷积核就越大。",
    ),
    "ask_shortcut": (
        "A guess: if you drop this block's branch instead and keep the shortcut, does the prediction stay the same?",
        "猜一猜：如果反过来，保留捷径、去掉这个块的分支，预测的类别会变吗？",
    ),
    "shortcut_keeps": ("it stays", "不变"),
    "shortcut_loses": ("it changes", "会变"),
    "because_shortcut": (
        "With both terms, the network says {before} ({p_before:.0%}); without the branch of `{block}`, {after} ({p_after:.0%}). Press *Drop the branch* to see it.",
        "两项都在时，网络说是{before}（{p_before:.0%}）；去掉 `{block}` 的分支后，说是{after}（{p_after:.0%}）。按“去掉分支”就能看到。",
    ),
    "ask_features": (
        "A guess: what happens to the maps from the first stage to the last?",
        "猜一猜：从第一阶段到最后一个阶段，特征图怎样变化？",
    ),
    "features_trade": ("fewer pixels, more channels", "像素变少，通道变多"),
    "features_both": ("more channels, as many pixels", "通道变多，像素不变"),
    "features_same": ("both stay the same", "两者都不变"),
    "because_features": (
        "The first stage gives {first}, the last {last} (channels × height × width): less where, more what.",
        "第一阶段输出 {first}，最后一个阶段输出 {last}（通道 × 高 × 宽）：少了“在哪里”，多了“是什么”。",
    ),
    "ask_finetune": (
        "A guess: while the backbone is frozen, how much of the network is trained?",
        "猜一猜：骨干网络冻结时，网络中有多少参数在训练？",
    ),
    "finetune_few": ("a small part", "很小一部分"),
    "finetune_half": ("about half", "大约一半"),
    "finetune_most": ("most of it", "大部分"),
    "because_finetune": (
        "Only the last layer: {trained:,} of {all:,} parameters, {share:.2%}. This is why the first epochs are fast, and safe for the pretrained weights.",
        "只有最后一层：{all:,} 个参数中的 {trained:,} 个，即 {share:.2%}。所以头几轮很快，也不会破坏预训练的权重。",
    ),
    "summary": (
        "**The end of the tour. You saw** the line that adds shortcut and branch · the network as a chain of such sums · that a cut shortcut can change the prediction · the maps that all this computes · and where to train the weights yourself.",
        "**导览到此结束。你看到了**：把捷径和分支相加的那一行代码 · 由这样的和连成的网络 · 切断一条捷径就可能改变预测 · 这一切算出的特征图 · 以及在哪里自己动手训练。",
    ),
    "score": (
        "Your first guess was right for {right} of {count} questions. Where it was not, the numbers surprised others, too.",
        "{count} 个问题里，第一次就猜对了 {right} 个。没猜对也很正常：这些数字常常出人意料。",
    ),
    "where_next": (
        "Next: the **homework** asks six such questions and lets you find out yourself; or **fine-tune** a network and look at it again on these pages.",
        "接下来：**作业**里有六个这样的问题，由你自己找出答案；也可以**微调**一个网络，再用这些页面看它。",
    ),
    "close": ("Close", "关闭"),
    "back": ("Back to the tour", "回到导览"),
    "elsewhere": ("Explore freely; you can return to the tour at any time.", "随意浏览，随时可以回到导览。"),
    "stop_source": (
        "This is torchvision's own code, running on your image. The highlighted line is `out += identity`: the **shortcut** (blue) plus the **branch** (orange) gives the **sum** (purple-red), pixel by pixel. Step with *Back* and *Next*, or click any line.",
        "这是 torchvision 自己的源码，正在处理你的图片。高亮的一行是 `out += identity`：**捷径**（蓝）加**分支**（橙），逐像素得到**和**（紫红）。用“上一步”“下一步”逐行执行，也可以直接点击任意一行。",
    ),
    "stop_diagrams": (
        "The same network as a diagram. Each card is a block's branch, the arc beside it is the shortcut. Click a card to look inside the block, then click an operation: its kernel, its cost, its receptive field. *Side by side* compares a network with its twin without shortcuts.",
        "同一个网络的结构图。每张卡片是一个块的分支，旁边的弧线是捷径。点击一张卡片查看块的内部，再点击一个运算，查看它的卷积核、计算量和感受野。“并排比较”把网络和没有捷径的对照网络放在一起。",
    ),
    "stop_shortcut": (
        "An experiment: the shortcut of one block is cut, so only its branch is passed on. Does the network still recognise your image? Press *Reset*, then *Drop the branch*, and compare. The part *Remove blocks* removes whole blocks and compares with a twin that was trained without shortcuts.",
        "做个实验：这里切断了一个块的捷径，只有分支往下传。网络还认得你的图片吗？按“复原”，再按“去掉分支”，比较一下。“去掉块（消融）”这一部分会去掉整个块，并与没有捷径的对照网络比较。",
    ),
    "stop_features": (
        "What the network computes: all channels of one layer in a grid, the strongest first. Click one to lay it over your image and to find the images that activate it most. From stage to stage there are fewer pixels and more channels. *Attribution* shows which parts of the image the prediction is based on.",
        "网络算出了什么：一个位置的全部通道排成网格，最强的在前。点击一个通道，把它叠在你的图片上，再看哪些图片最能激活它。越往后的阶段，像素越少，通道越多。“判断依据”显示预测依据的是图片的哪一部分。",
    ),
    "stop_finetune": (
        "Now train the weights yourself. At first the backbone is frozen and only the last layer is trained, then all weights are. Press *Start* and watch the curves; the line below the title says how long it takes here. The trained network can be opened on all other pages.",
        "现在自己动手训练权重。先冻结骨干网络，只训练最后一层；然后解冻，全部一起训练。按“开始训练”，观察曲线；标题下面写着在本机上要多久。训练出的网络可以在其他页面打开。",
    ),
}
