"""Words of the home page."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Home", "首页"),
    "title": ("What is a residual block?", "什么是残差块？"),
    "claim": (
        "It **adds** what it learned to what it was given. This is channel {channel} of {channels} in block `{block}` of {network}, computed just now from your picture: the first two maps, added pixel by pixel, are the third.",
        "它把学到的东西**加**到输入上。下面是 {network} 的残差块 `{block}` 中 {channels} 个通道里的第 {channel} 号，刚刚由你的图片算出：前两张图逐像素相加，就是第三张。",
    ),
    # symbol | meaning
    "seen": ("Picture|as the network sees it", "图片|网络看到的样子"),
    "x": (
        "{x}|what came in",
        "{x}|输入",
    ),
    "x_changed": ("{x}|what the shortcut carries", "{x}|捷径传递的部分"),
    "f": (
        "{f}|what the branch adds",
        "{f}|分支加上的部分",
    ),
    "sum": (
        "{x} + {f}|their sum, before the ReLU",
        "{x} + {f}|两者之和（ReLU 之前）",
    ),
    "sum_left": ("{x} + {f}|their sum, which leaves the block", "{x} + {f}|两者之和，也就是块的输出"),
    "x_alt": (
        "The shortcut's map",
        "捷径的特征图",
    ),
    "f_alt": (
        "The branch's map",
        "分支的特征图",
    ),
    "sum_alt": (
        "The map of the sum",
        "和的特征图",
    ),
    "picture_alt": ("The chosen picture as the network sees it", "网络看到的所选图片"),
    "finding": (
        "Over all channels, the branch's norm is {ratio:.2f} times the shortcut's. Without the **+**, everything the block passes on would have to come from F alone.",
        "就全部通道而言，分支的范数是捷径的 {ratio:.2f} 倍。没有这个**加号**，块的输出就只能全部由 F 产生。",
    ),
    "source": ("Go to the line out += identity", "跳到 out += identity 这一行"),
    "source_help": (
        "The network's source as it is installed, line by line, with the tensor of your picture at each line.",
        "逐行阅读本机安装的网络源码，每一行都显示你的图片在那里的真实张量。",
    ),
    "diagrams": ("Browse the diagrams", "浏览结构图"),
    "diagrams_help": (
        "The network, its blocks and each operation, browsed by clicking: shapes, parameters, receptive fields.",
        "逐级点击，浏览网络、残差块和每个运算：形状、参数量、感受野。",
    ),
    "shortcut": ("Open the shortcut lab", "进入捷径实验室"),
    "shortcut_help": (
        "Take a block apart, turn its branch and shortcut up and down, remove blocks, follow the gradients.",
        "拆开一个残差块，调大调小它的分支和捷径，去掉若干块，追踪梯度。",
    ),
    "features": ("Look at the feature maps", "查看特征图"),
    "features_help": (
        "Every channel of every stage, what excites it, two networks side by side, and what decided the answer.",
        "每个阶段的每个通道、最能激活它的图片、两个网络的对照，以及判断的依据在哪里。",
    ),
    "predict": ("See the prediction", "查看预测"),
    "predict_help": (
        "See the five most likely classes and the network's real input; predict many pictures at once.",
        "查看概率最高的五个类别和网络的实际输入，也可以一次预测多张图。",
    ),
    "finetune": ("Start a fine-tune", "开始微调"),
    "finetune_help": (
        "Freeze, unfreeze, move the learning rates and watch the curves beside the course's published run.",
        "冻结、解冻、调学习率，把训练曲线与教程公布的训练对照着看。",
    ),
    "compare": ("Compare backbones", "对比骨干网络"),
    "compare_help": (
        "Several networks on the same pictures with the same recipe: accuracy, time, where they disagree, and a report.",
        "同样的图片、同样的配方，让几个网络比一比：准确率、用时、在哪里意见不同，并生成一份报告。",
    ),
    "why": ("Train deep networks without shortcuts", "训练没有捷径的深层网络"),
    "why_help": (
        "Plain and residual networks of 20 and 56 layers side by side: deeper gets worse, then better. And the loss landscape of both.",
        "20 层与 56 层的普通网络和残差网络并排训练：一个越深越差，一个越深越好。还有两者的损失地形。",
    ),
    "pretraining": ("What is pretraining?", "什么是预训练？"),
    "pretraining_help": (
        "The same network from pretrained weights and from scratch, and the strategy of the fine-tune step by step.",
        "同一个网络，从预训练权重出发和从零开始各训一次；再一步一步看微调的策略。",
    ),
    "history": ("Through the history", "看模型的历史"),
    "history_help": (
        "From LeNet-5 to today: what each network brought, its famous block, its accuracy and what that costs.",
        "从 LeNet-5 到今天：每个网络带来了什么、它最有名的模块、它的准确率和代价。",
    ),
    "machine": ("This machine", "这台机器"),
    "command_line": (
        "The same without a browser: `python -m explorer --help`.",
        "不用浏览器也可以：`python -m explorer --help`。",
    ),
    "read_on": (
        "Read on: [Deep Residual Learning (He et al. 2015)](https://arxiv.org/abs/1512.03385) · "
        "[Identity Mappings (He et al. 2016)](https://arxiv.org/abs/1603.05027) · "
        "[Residual networks as ensembles (Veit et al. 2016)](https://arxiv.org/abs/1605.06431) · "
        "[torchvision's resnet.py](https://github.com/pytorch/vision/blob/main/torchvision/models/resnet.py)",
        "延伸阅读：[深度残差学习（He 等 2015）](https://arxiv.org/abs/1512.03385) · "
        "[恒等映射（He 等 2016）](https://arxiv.org/abs/1603.05027) · "
        "[残差网络如同集成（Veit 等 2016）](https://arxiv.org/abs/1605.06431) · "
        "[torchvision 的 resnet.py](https://github.com/pytorch/vision/blob/main/torchvision/models/resnet.py)",
    ),
}
