"""Words of the part `space`: many pictures."""

WORDS: dict[str, tuple[str, str]] = {
    "place": ("Features of", "哪里的特征"),
    "method": ("Map", "降维方法"),
    "method_pca": ("PCA", "PCA"),
    "method_tsne": ("t-SNE", "t-SNE"),
    "method_help": (
        "PCA takes the two directions with the most variance as axes; distances along them are real. t-SNE, like UMAP, keeps neighbours together and bends the rest ([van der Maaten 2008](https://jmlr.org/papers/v9/vandermaaten08a.html)).",
        "PCA 取方差最大的两个方向作轴，沿轴的距离是真实的。t-SNE 和 UMAP 一样，只保证邻居靠在一起，其余会变形（[van der Maaten 2008](https://jmlr.org/papers/v9/vandermaaten08a.html)）。",
    ),
    "count": ("Pictures", "图片数"),
    "start": ("Measure {count} pictures", "测量 {count} 张图"),
    "placing": ("Placing the pictures …", "正在排布图片……"),
    "about": (
        "A picture's features are the means of a stage's maps, one number a channel. Neither the map nor the probes change the network.",
        "一张图的特征是某个阶段每个通道的平均值，一个通道一个数。降维和探针都不会改动网络。",
    ),
    "points": ("{place}: pictures by their {channels} features", "{place}：按 {channels} 个特征排布的图片"),
    "points_alt": (
        "{count} pictures as points by their features at {place}, coloured and shaped by class, with your picture marked",
        "{count} 张图按{place}的特征排成的散点，颜色和形状表示类别，你的图片单独标出",
    ),
    "class": ("class", "类别"),
    "mine": ("your picture", "你的图片"),
    "axis_share": ("axis {number}: {share:.0%} of the variance", "轴 {number}：占方差的 {share:.0%}"),
    "axis_tsne": ("axis {number}, no unit", "轴 {number}，无单位"),
    "axes_pca": (
        "The two axes hold {share:.0%} of the variance; what lies in the rest is not on this map. Point at a picture to see it; click a class to bring it forward.",
        "两根轴只占方差的 {share:.0%}，其余的部分不在这张图上。指向一个点可以看到图片，点击图例可以突出一个类别。",
    ),
    "axes_tsne": (
        "Only who is near whom counts here: distances between groups, their sizes and the axes mean nothing. Point at a picture to see it; click a class to bring it forward.",
        "这里只有“谁和谁相邻”有意义：群与群的距离、群的大小和坐标轴都没有含义。指向一个点可以看到图片，点击图例可以突出一个类别。",
    ),
    "probes": ("How readable is the class at each depth?", "每个深度能读出多少类别信息？"),
    "probes_alt": ("Accuracy of a linear probe over depth: {accuracies}", "线性探针在各深度的准确率：{accuracies}"),
    "stem": ("Stem", "入口"),
    "depth": ("Depth", "深度"),
    "accuracy": ("Accuracy of a linear probe", "线性探针的准确率"),
    "lowest": ("lowest fold", "最低一折"),
    "highest": ("highest fold", "最高一折"),
    "chance": ("chance", "随机水平"),
    "own": ("the network's own head", "网络自己的分类头"),
    "probes_caption": (
        "Logistic regression on standardised features, tested on pictures that it did not learn from: the mean over {folds} folds, with the lowest and the highest as a line. The last mean is known to about ±{error:.1%}.",
        "在标准化后的特征上做逻辑回归，只在没学过的图上测试：点是 {folds} 折的平均，竖线是最低和最高的一折。最后一个平均值的误差约为 ±{error:.1%}。",
    ),
    "no_probe": (
        "A probe needs two classes or more, and two different pictures of each to learn and to test on. CIFAR-10, in the picture menu, has them.",
        "线性探针至少需要两个类别，每类至少两张不同的图，才能一部分学习、一部分测试。图片菜单里可以下载 CIFAR-10，其中就有。",
    ),
    "set_cifar10": ("{count} {source}.", "{count} 张 {source}。"),
    "set_folder": ("{count} different pictures: {source}.", "{count} 张不同的图：{source}。"),
    "set_digits": (
        "CIFAR-10 is not on this machine, and the gallery's dozen pictures are too few to measure on. Shown instead: {count} digits of 8×8 pixels, enlarged ({source}). They say how well features made for other pictures tell digits apart.",
        "本机没有 CIFAR-10，图库里的十来张图又太少，不能用来测量。这里改用 {count} 个 8×8 像素的手写数字，放大后输入（{source}）。得到的是：为别的图片学来的特征能把数字区分得多好。",
    ),
    "paper": (
        "In Inception v3 and ResNet-50, trained on ImageNet, classes become easier for a linear classifier to separate with every layer ([Alain & Bengio 2016](https://arxiv.org/abs/1610.01644)).",
        "在 ImageNet 上训练的 Inception v3 和 ResNet-50 里，越深的层，类别越容易用线性分类器分开（[Alain & Bengio 2016](https://arxiv.org/abs/1610.01644)）。",
    ),
    "here": (
        "A probe reads {first:.0%} after the stem and {last:.0%} after the last stage; chance is {chance:.0%}.",
        "探针在入口之后读对 {first:.0%}，在最后一个阶段之后读对 {last:.0%}；随机水平是 {chance:.0%}。",
    ),
    "rises": ("It rises from each depth to the next.", "每深一级都在上升。"),
    "falls": (
        "It is lower than one depth before at: {places}.",
        "这些深度比前一级更低：{places}。",
    ),
}
