"""Words of the part `attribution`: what decided."""

WORDS: dict[str, tuple[str, str]] = {
    "class": ("Class", "类别"),
    "class_help": (
        "The five most probable classes come first. Ask for another class too: what in the picture speaks for it?",
        "最可能的五个类别排在前面。也可以问别的类别：图片里有什么支持它？",
    ),
    "probable": ("{label} · {share:.1%}", "{label} · {share:.1%}"),
    "method": ("Method", "方法"),
    "method_grad_cam": ("Grad-CAM", "Grad-CAM"),
    "method_grad_cam_pp": ("Grad-CAM++", "Grad-CAM++"),
    "method_integrated_gradients": ("Integrated gradients", "积分梯度"),
    "opacity": ("Heat over the picture", "热度叠加强度"),
    "smooth": ("Smooth, as papers draw it", "像论文那样平滑"),
    "smooth_help": (
        "Blends the cells into one another. It looks finer, but adds no information: the map keeps as many cells as it has.",
        "把相邻的格子混合起来。看上去更细，但没有增加任何信息：图里还是那么多格。",
    ),
    "seen": ("What the network sees", "网络看到的图"),
    "input": ("Input", "输入"),
    "most": ("up to {value}", "最大 {value}"),
    "sum": ("sum {value}", "总和 {value}"),
    "against": ("strongest against", "反对最强"),
    "strongest": ("strongest of each map", "各图自己的最强处"),
    "legend": (
        "Each map's colours end at its own strongest value; in a map of many cells, at the value that 98% of them stay below.",
        "颜色的终点是各图自己的最强值；格子很多的图，取 98% 的格子都不超过的那个值。",
    ),
    "about_grad_cam": (
        "**Grad-CAM** ([Selvaraju 2017](https://arxiv.org/abs/1610.02391)): each channel's map is weighted by the mean gradient of the class's logit over it; the maps are added up and negative values are set to zero.",
        "**Grad-CAM**（[Selvaraju 2017](https://arxiv.org/abs/1610.02391)）：每个通道的图按“该类 logit 在图上的平均梯度”加权后相加，再去掉负值。",
    ),
    "about_grad_cam_pp": (
        "**Grad-CAM++** ([Chattopadhay 2018](https://arxiv.org/abs/1710.11063)): as Grad-CAM, but only positive gradients count, weighted place by place, so that a second object of the class is not averaged away.",
        "**Grad-CAM++**（[Chattopadhay 2018](https://arxiv.org/abs/1710.11063)）：与 Grad-CAM 相似，但只计正梯度，并且逐个位置加权，这样同类的第二个物体不会被平均掉。",
    ),
    "about_integrated_gradients": (
        "**Integrated gradients** ([Sundararajan 2017](https://arxiv.org/abs/1703.01365)): the gradient of the class's logit, averaged along the straight line from a plain picture in the data set's mean colour to this one, times the difference of the two. At a stage, the line runs through its maps.",
        "**积分梯度**（[Sundararajan 2017](https://arxiv.org/abs/1703.01365)）：从一张数据集平均色的纯色图沿直线走到这张图，取沿途该类 logit 梯度的平均，再乘以两者之差。对某个阶段，这条直线取在它的特征图之间。",
    ),
    "complete": (
        "Completeness: the logit of {label} is {logit} here and {baseline} for the plain colour, so every map's sum should be {difference}. The sum furthest from it is off by {gap}, because the line is sampled at 32 points.",
        "完备性：{label} 的 logit 在这张图上是 {logit}，在纯色图上是 {baseline}，所以每张图的总和都应是 {difference}。偏差最大的一张差 {gap}，因为直线上只取了 32 个点。",
    ),
    "coarse": (
        "At {size} px the map of the last stage has {rows}×{columns} cells: each stands for about {cell} px of the picture's side, and has seen far more than that.",
        "输入 {size} 像素时，最后一个阶段的图只有 {rows}×{columns} 格：每格对应图片上边长约 {cell} 像素的一块，而它实际看到的范围要大得多。",
    ),
    "larger": (
        "It cannot say more finely where. A larger input gives more cells.",
        "再细的位置它说不出来。把输入调大，格子才会变多。",
    ),
    "empty": (
        "Nothing speaks for this class at: {places}.",
        "这些位置没有任何支持这个类别的地方：{places}。",
    ),
    "untrained": ("The same maps with untrained weights", "权重未训练时的同样几张图"),
    "here_none": (
        "No two maps can be compared here: each has fewer than 16 cells, or one value in all of them.",
        "这里没有能比较的图：每张都不足 16 格，或者所有格子的值都相同。",
    ),
    "check": ("Compare with untrained weights", "与未训练的权重比较"),
    "sanity": (
        "A map that looks the same with untrained weights tells of the picture, not of the network. In such tests on Inception v3 Grad-CAM's maps changed; guided backpropagation's hardly did ([Adebayo 2018, fig. 2](https://arxiv.org/abs/1810.03292)).",
        "如果换成未训练的权重后图几乎不变，那它讲的是图片，不是网络。在 Inception v3 上做这种测试，Grad-CAM 的图变了，导向反向传播（guided backpropagation）的图几乎没变（[Adebayo 2018，图 2](https://arxiv.org/abs/1810.03292)）。",
    ),
    "here": (
        "Rank correlation of each map with the one that freshly drawn weights give (1: the same order of cells, 0: unrelated): {values}. Less than 0.5 counts as changed; maps of fewer than 16 cells are left out.",
        "每张图与重新随机初始化后得到的图的秩相关（1：格子的强弱顺序相同，0：无关）：{values}。小于 0.5 算作变了；不足 16 格的图没有计入。",
    ),
}
