"""Words of the home page."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("What is a residual block?", "什么是残差块？"),
    "claim": (
        "It **adds** what it learned to what it was given. These are the real tensors of block `{block}` of {network}, made "
        "just now from your picture: strength over all {channels} channels.",
        "它把学到的东西**加**到输入上。下面是 {network} 的残差块 `{block}` 刚刚从你的图片算出的真实张量：{channels} 个通道的总强度。",
    ),
    # symbol | meaning
    "seen": ("Picture|as the network sees it", "图片|网络看到的样子"),
    "x": ("x|what came in", "x|输入"),
    "f": ("F(x)|what the branch adds", "F(x)|分支学到的增量"),
    "sum": ("x + F(x)|what goes on", "x + F(x)|继续传下去的和"),
    "x_alt": ("Strength of the shortcut over the picture", "捷径在图上各处的强度"),
    "f_alt": ("Strength of the branch over the picture", "分支在图上各处的强度"),
    "sum_alt": ("Strength of the sum over the picture", "和在图上各处的强度"),
    "picture_alt": ("The chosen picture as the network sees it", "网络看到的所选图片"),
    "finding": (
        "Here the branch is {ratio:.2f} times as large as the shortcut. Without the **+**, everything the block passes on "
        "would have to come from F alone.",
        "这里分支的大小是捷径的 {ratio:.2f} 倍。没有这个**加号**，块传下去的一切都只能由 F 来产生。",
    ),
    "walk": ("Stand at out += identity", "走到 out += identity"),
    "walk_help": (
        "torchvision's own source, line by line, with the tensor of your picture at each line.",
        "逐行阅读 torchvision 的源码，每一行都有你这张图的实时张量。",
    ),
    "predict": ("See the prediction", "查看预测"),
    "predict_help": ("Top five, what the network sees, many pictures at once.", "前五名、网络看到的样子、多图预测。"),
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
        "延伸阅读：[深度残差学习（He 等，2015）](https://arxiv.org/abs/1512.03385) · "
        "[恒等映射（He 等，2016）](https://arxiv.org/abs/1603.05027) · "
        "[残差网络如同集成（Veit 等，2016）](https://arxiv.org/abs/1605.06431) · "
        "[torchvision 的 resnet.py](https://github.com/pytorch/vision/blob/main/torchvision/models/resnet.py)",
    ),
}
