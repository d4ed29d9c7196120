"""Words of the part `space`: many pictures."""

WORDS: dict[str, tuple[str, str]] = {
    "place": ("Features from", "特征来自"),
    "method": ("Projection", "降维方法"),
    "method_pca": ("PCA", "PCA"),
    "method_tsne": ("t-SNE", "t-SNE"),
    "method_help": (
        "PCA uses the two directions of largest variance as axes; distances along them are preserved. t-SNE, like UMAP, preserves neighbourhoods and distorts the rest ([van der Maaten 2008](https://jmlr.org/papers/v9/vandermaaten08a.html)).",
        "PCA 取方差最大的两个方向作坐标轴，保留沿轴的距离。t-SNE 和 UMAP 一样，只保留邻近关系，其余会变形（[van der Maaten 2008](https://jmlr.org/papers/v9/vandermaaten08a.html)）。",
    ),
    "count": ("Images", "图片数"),
    "placing": ("Computing the projection …", "正在计算降维……"),
    "about": (
        "An image's features are the means of a stage's feature maps, one number per channel. Neither the projection nor the linear probes change the network.",
        "图片的特征是某个阶段每个通道的平均值，一个通道一个数。降维和线性探针都不会改动网络。",
    ),
    "points": ("{place}: projection of the {channels} features", "{place}：{channels} 个特征的降维散点图"),
    "points_alt": (
        "{count} images as points by their features at {place}, coloured and shaped by class, with your image marked",
        "{count} 张图片按{place}的特征画成的散点，颜色和形状表示类别，你的图片单独标出",
    ),
    "class": ("class", "类别"),
    "mine": ("your image", "你的图片"),
    "axis_share": ("axis {number}: {share:.0%} of the variance", "轴 {number}：占方差的 {share:.0%}"),
    "axis_tsne": ("axis {number}, no unit", "轴 {number}，无单位"),
    "axes_pca": (
        "The two axes contain {share:.0%} of the variance; the rest is not visible here.",
        "两个轴只占方差的 {share:.0%}，其余的部分这里看不到。",
    ),
    "axes_tsne": (
        "Only neighbourhoods are meaningful here; distances between groups, their sizes and the axes are not.",
        "这里只有邻近关系有意义：群与群的距离、群的大小和坐标轴都没有含义。",
    ),
    "hover": (
        "Hover over a point to see its image; click a class to highlight it.",
        "把鼠标移到一个点上可看到图片，点击图例可突出一个类别。",
    ),
    "legend": ("Click a class to highlight it.", "点击图例可突出一个类别。"),
    "not_placed": (
        "Your image is not in this figure: t-SNE places all points together and cannot add one to a stored result. Compute it here, or choose PCA.",
        "图中没有你的图片：t-SNE 一次排好所有的点，无法往预先算好的结果里再加一个。请在本机计算，或改用 PCA。",
    ),
    "probes": ("Accuracy of a linear probe at each depth", "线性探针在各深度的准确率"),
    "probes_alt": ("Accuracy of a linear probe over depth: {accuracies}", "线性探针在各深度的准确率：{accuracies}"),
    "stem": ("Stem", "stem（起始层）"),
    "depth": ("Depth", "深度"),
    "accuracy": ("Accuracy of a linear probe", "线性探针的准确率"),
    "lowest": ("lowest fold", "最低一折"),
    "highest": ("highest fold", "最高一折"),
    "chance": ("chance", "随机水平"),
    "own": ("network's own head", "网络自己的分类头"),
    "probes_caption": (
        "Logistic regression on standardised features, tested on held-out images: the mean over {folds} folds, with a line from the lowest to the highest. The standard error of the last mean is about ±{error:.1%}.",
        "在标准化后的特征上做逻辑回归，只在未参与训练的图片上测试：点是 {folds} 折的平均，竖线是最低到最高的一折。最后一个平均值的标准误约为 ±{error:.1%}。",
    ),
    "no_probe": (
        "A linear probe needs at least two classes with two different images each, to train and to test on. CIFAR-10, in the image menu, has them.",
        "线性探针至少需要两个类别，每类至少两张不同的图片，才能分别用来训练和测试。图片菜单里可以下载 CIFAR-10，其中就有。",
    ),
    "set_cifar10": ("{count} {source}.", "{count} 张 {source}。"),
    "set_folder": ("{count} different images: {source}.", "{count} 张不同的图片：{source}。"),
    "set_digits": (
        "CIFAR-10 is not on this machine, and the gallery has too few images for a measurement. Used instead: {count} digits of 8×8 pixels, enlarged ({source}). They show how well features trained on other images separate digits.",
        "本机没有 CIFAR-10，图库里的图片又太少，不能用来测量。这里改用 {count} 个 8×8 像素的手写数字，放大后输入（{source}）。得到的是：在其他图片上学到的特征能把数字区分得多好。",
    ),
    "paper": (
        "In Inception v3 and ResNet-50, trained on ImageNet, classes become easier to separate linearly with every layer ([Alain & Bengio 2016](https://arxiv.org/abs/1610.01644)).",
        "在 ImageNet 上训练的 Inception v3 和 ResNet-50 里，层越深，类别越容易线性可分（[Alain & Bengio 2016](https://arxiv.org/abs/1610.01644)）。",
    ),
    "here": (
        "A linear probe has an accuracy of {first:.0%} after the stem and {last:.0%} after the last stage; chance is {chance:.0%}.",
        "线性探针在起始层之后的准确率为 {first:.0%}，在最后一个阶段之后为 {last:.0%}；随机水平是 {chance:.0%}。",
    ),
    "rises": ("It rises at every depth.", "每深一级都在上升。"),
    "falls": (
        "It is lower than at the depth before at: {places}.",
        "这些深度比前一级更低：{places}。",
    ),
}
