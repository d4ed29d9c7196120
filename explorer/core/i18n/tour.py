"""Words of the tour: together about two minutes to read and to look."""

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
        "Now train the weights yourself. At first the backbone is frozen and only the last layer is trained, then all weights are. Press *Start* and watch the curves; the recipe *Laptop* takes about a minute on two CPU cores. The trained network can be opened on all other pages.",
        "现在自己动手训练权重。先冻结骨干网络，只训练最后一层；然后解冻，全部一起训练。按“开始训练”，观察曲线；配方“笔记本”在两个 CPU 核上约需一分钟。训练出的网络可以在其他页面打开。",
    ),
}
