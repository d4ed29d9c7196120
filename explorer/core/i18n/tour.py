"""Words of the tour: together about two minutes to read and to look."""

WORDS: dict[str, tuple[str, str]] = {
    "offer": (
        "**New here?** A tour of two minutes leads through five views. You can leave it any time.",
        "**第一次来**？两分钟的导览带你看五个画面，随时可以退出。",
    ),
    "take": ("Take the two-minute tour", "开始两分钟导览"),
    "decline": ("No, thanks", "不用了"),
    "place": ("{number} of {count}", "第 {number} 站，共 {count} 站"),
    "next": ("Next view", "下一站"),
    "leave": ("Leave the tour", "退出导览"),
    "finish": ("End the tour", "结束导览"),
    "back": ("Back to the tour", "回到导览"),
    "elsewhere": ("Look around. The tour waits for you.", "随便看看，导览会等着你。"),
    "stop_source": (
        "torchvision's own code, and your picture runs through it. The line `out += identity` is lit: the **shortcut** (blue) plus the **branch** (orange) gives the **sum** (purple-red), pixel by pixel. Step with *Back* and *Next*, or click any line.",
        "这是 torchvision 自己的源码，你的图片正从中流过。亮着的一行是 `out += identity`：**捷径**（蓝）加**分支**（橙），逐像素得到**和**（紫红）。用“上一步”“下一步”逐行走，也可以直接点任意一行。",
    ),
    "stop_diagrams": (
        "The same network as a drawing. Each card is a block's branch, the arc beside it is the shortcut. Click a card to look into the block, then an operation: its kernel, its cost, how much of the picture it sees. *Side by side* puts a network beside its twin without shortcuts.",
        "同一个网络，画成了图。每张卡片是一个块的分支，旁边的弧线是捷径。点一张卡片看块的内部，再点一个运算：它的卷积核、计算量，以及它能看到图片的多大范围。“并排比较”把网络和没有捷径的孪生网络放在一起。",
    ),
    "stop_shortcut": (
        "An experiment: in one block the shortcut is cut, so only the branch goes on. Does the network still know your picture? Press *Reset*, then *Drop the branch*, and compare. The part *Remove blocks* takes out whole blocks, beside a twin that was trained without shortcuts.",
        "做个实验：这里切断了一个块的捷径，只剩分支往下传。网络还认得你的图片吗？按“复原”，再按“去掉分支”，比较一下。“去掉块”这一部分会拿掉整个块，并与没有捷径的孪生网络对照。",
    ),
    "stop_features": (
        "What the network sees: all channels of one place on a sheet, the strongest first. Click one to lay it over your picture and to find what excites it most. From stage to stage there are fewer pixels and more channels. *What decided* shows which part of the picture the answer came from.",
        "网络看到了什么：一个位置的全部通道排在一张图上，最强的在前。点一个通道，把它叠在你的图片上，再看哪些图片最能激活它。越往后的阶段，像素越少，通道越多。“依据在哪里”显示答案来自图片的哪一部分。",
    ),
    "stop_finetune": (
        "Now change the weights yourself. First the backbone is frozen and only the last layer learns, then everything does. Press *Start* and watch the curves; the recipe *Laptop* takes about a minute on two processor cores. What you have trained can be opened on all the pages before.",
        "现在自己动手改权重。先冻结骨干网络，只训练最后一层；然后解冻，全部一起训练。按“开始训练”，看曲线一点点长出来；配方“笔记本”在两个处理器核上约需一分钟。训练出的网络可以在前面的每一页里打开。",
    ),
}
