"""Words of the home page."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Home", "首页"),
    "title": ("What is a residual block?", "什么是残差块？"),
    "definition": (
        "A block is to make some output **H(x)** of its input x. Its layers do not compute H(x) itself, only what x still lacks: the **residual** F(x) = H(x) − x, so called because it is what is left after subtracting ([He et al. 2015](https://arxiv.org/abs/1512.03385), section 3.1). The input reaches the **+** past the layers, over a **residual connection**, also called **skip connection** or **shortcut**: three names for the same thing.",
        "一个块要由输入 x 得到某个输出 **H(x)**。块里的层不直接计算 H(x)，只计算 x 还差的部分，即**残差** F(x) = H(x) − x：“残差”就是相减之后剩下的差（[He 等 2015](https://arxiv.org/abs/1512.03385)，第 3.1 节）。输入绕过这些层到达**加号**，走的是**残差连接**，也叫**跳跃连接**或**捷径**：三个名称，同一回事。",
    ),
    "term_sum": ("output", "输出"),
    "term_shortcut": ("input", "输入"),
    "term_branch": ("residual", "残差"),
    "claim": (
        "This is channel {channel} of {channels} in block `{block}` of {network}, computed just now from your image: the first two maps, added pixel by pixel, give the third. Point at any pixel, or tap it, to read its sum.",
        "下面是 {network} 的残差块 `{block}` 的第 {channel} 个通道（共 {channels} 个），刚刚由你的图片算出：前两张图逐像素相加，就得到第三张。指向或点按任一像素，就能读到它的算式。",
    ),
    "stored_figure": (
        "Stored with the app: resnet18 and the sample picture “{picture}”. Once PyTorch is loaded, it is computed live.",
        "这是随应用存好的结果：resnet18 与示例图片“{picture}”。PyTorch 载入后会现场计算。",
    ),
    "figure": ("Channel {channel} of {block}: x + F(x)", "{block} 的通道 {channel}：x + F(x)"),
    "finding": (
        "Over all channels, the norm of the branch is {ratio} times that of the shortcut. Without the **+**, F alone would have to produce the block's whole output.",
        "就全部通道而言，分支的范数是捷径的 {ratio} 倍。没有这个**加号**，块的输出就只能全部由 F 产生。",
    ),
    "order": ("Where to go, in this order", "接下来去哪儿：按这个顺序走"),
    "minutes": ("{count} min", "{count} 分钟"),
    "group_look": ("Look", "看"),
    "group_train": ("Train", "训练"),
    "group_learn": ("Learn", "学"),
    "group_hand_in": ("Hand in", "交作业"),
    "sum_help": (
        "The sum above, on this page: point at a pixel and check that x + F(x) is right.",
        "就在本页上方：指向任一像素，核对 x + F(x) 的算式。",
    ),
    "source_other": ("Go to the line that adds", "跳到相加的那一行"),
    "source": ("Go to the line out += identity", "跳到 out += identity 这一行"),
    "source_help": (
        "The installed source of the network, line by line, with the tensors of your image at each line.",
        "逐行阅读本机安装的网络源码，每一行都显示你的图片在那里的张量。",
    ),
    "homework": ("Do the homework", "做作业"),
    "homework_help": (
        "Homework 2: six questions about the residual, each predict, try, see; at the end one file to hand in.",
        "作业 2：关于残差的六个问题，每一题先猜、再试、再看；最后得到一个可以上交的文件。",
    ),
    "diagrams": ("Browse the diagrams", "浏览结构图"),
    "diagrams_help": (
        "Click through the network, its blocks and operations: shapes, parameters, receptive fields.",
        "逐级点击网络、残差块和每个运算：形状、参数量、感受野。",
    ),
    "shortcut": ("Open the shortcut lab", "进入捷径实验室"),
    "shortcut_help": (
        "Look inside a block, scale its branch and shortcut, remove blocks, follow the gradients.",
        "查看残差块的内部，缩放它的分支和捷径，去掉若干块，追踪梯度。",
    ),
    "features": ("View the feature maps", "查看特征图"),
    "features_help": (
        "Every channel of every stage, the images that activate it most, two networks side by side, and attribution maps.",
        "每个阶段的每个通道、最能激活它的图片、两个网络的对照，以及预测的判断依据。",
    ),
    "predict": ("See the prediction", "查看预测"),
    "predict_help": (
        "The five most probable classes and the network's input; several images can be predicted at once.",
        "查看概率最高的五个类别和网络的实际输入，也可以一次预测多张图。",
    ),
    "finetune": ("Fine-tune a network", "开始微调"),
    "finetune_help": (
        "Freeze, unfreeze, change the learning rates, and compare the curves with the tutorial's run.",
        "冻结、解冻、调学习率，把训练曲线与教程的训练作对比。",
    ),
    "compare": ("Compare backbones", "对比骨干网络"),
    "compare_help": (
        "Homework 1: several pretrained networks, the same images, the same recipe: accuracy, time, where they disagree, and a report to hand in.",
        "作业 1：用同样的图片、同样的配方微调几个预训练模型：准确率、用时、预测的分歧，并生成一份可以上交的报告。",
    ),
    "why": ("Train deep networks without shortcuts", "训练没有捷径的深层网络"),
    "why_help": (
        "Plain and residual networks of 20 and 56 layers side by side: without shortcuts deeper is worse, with them it is better. Plus the loss landscape of both.",
        "20 层与 56 层的普通网络和残差网络并排训练：没有捷径时越深越差，有捷径时越深越好。还有两者的损失地形。",
    ),
    "pretraining": ("What is pretraining?", "什么是预训练？"),
    "pretraining_help": (
        "The same network from pretrained weights and from scratch, and fine-tuning step by step.",
        "同一个网络，从预训练权重出发和从零开始各训一次；再一步一步看怎样微调。",
    ),
    "history": ("Browse the history", "浏览模型的历史"),
    "history_help": (
        "From LeNet-5 to today: what each network introduced, its best-known block, its accuracy and its cost.",
        "从 LeNet-5 到今天：每个网络带来了什么、它最有名的模块、它的准确率和计算量。",
    ),
    "machine": ("This machine", "这台机器"),
    "command_line": (
        "On the command line: `python -m explorer --help`.",
        "命令行用法：`python -m explorer --help`。",
    ),
    "read_on": (
        "Further reading: [Deep Residual Learning (He et al. 2015)](https://arxiv.org/abs/1512.03385) · [Identity Mappings (He et al. 2016)](https://arxiv.org/abs/1603.05027) · [Residual networks as ensembles (Veit et al. 2016)](https://arxiv.org/abs/1605.06431) · [torchvision's resnet.py](https://github.com/pytorch/vision/blob/main/torchvision/models/resnet.py)",
        "延伸阅读：[深度残差学习（He 等 2015）](https://arxiv.org/abs/1512.03385) · "
        "[恒等映射（He 等 2016）](https://arxiv.org/abs/1603.05027) · "
        "[残差网络如同集成（Veit 等 2016）](https://arxiv.org/abs/1605.06431) · "
        "[torchvision 的 resnet.py](https://github.com/pytorch/vision/blob/main/torchvision/models/resnet.py)",
    ),
}
