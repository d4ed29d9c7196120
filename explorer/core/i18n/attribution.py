"""Words of the part `attribution`: what decided."""

WORDS: dict[str, tuple[str, str]] = {
    "class": ("Class", "类别"),
    "class_help": (
        "The five most probable classes come first. You can also choose another class and see which parts of the image support it.",
        "最可能的五个类别排在前面。也可以选其他类别，看图片里哪些部分支持它。",
    ),
    "probable": ("{label} · {share:.1%}", "{label} · {share:.1%}"),
    "method": ("Method", "方法"),
    "method_grad_cam": ("Grad-CAM", "Grad-CAM"),
    "method_grad_cam_pp": ("Grad-CAM++", "Grad-CAM++"),
    "method_integrated_gradients": ("Integrated gradients", "积分梯度"),
    "opacity": ("Heatmap opacity", "热力图不透明度"),
    "smooth": ("Smooth, as in papers", "平滑显示（论文中的画法）"),
    "smooth_help": (
        "Interpolates between cells. It looks finer but adds no information: the map still has the same number of cells.",
        "在格子之间插值。看上去更细，但没有增加任何信息：格数不变。",
    ),
    "seen": ("Network input", "网络的输入"),
    "input": ("Input", "输入"),
    "most": ("max {value}", "最大 {value}"),
    "sum": ("sum {value}", "总和 {value}"),
    "apart": ("class token {value}", "类别 token {value}"),
    "no_maps": (
        "Attribution has no meaning here: no values of this network lie as in an image and decide the answer.",
        "这里谈不上判断依据的位置：这个网络没有既按图片位置排列、又影响答案的数值。",
    ),
    "class_token": (
        "This network reads its answer from the class token alone. After the last attention, the tokens of the image no longer matter, so the last map is the one before it.",
        "这个网络只从类别 token 读出答案。最后一次注意力之后，图片的各个 token 不再起作用，所以最后一张图取自它之前。",
    ),
    "against": ("strongest evidence against", "最强的反对证据"),
    "strongest": ("maximum of each map", "各图的最大值"),
    "figure": ("{method}: what speaks for “{label}”", "{method}：支持“{label}”的地方"),
    "legend": (
        "Each map has its own colour scale, which ends at its largest value (for maps with many cells, at the 98th percentile).",
        "每张图各用一把色标，终点是该图的最大值；格子很多时取第 98 百分位。",
    ),
    "about_grad_cam": (
        "**Grad-CAM** ([Selvaraju 2017](https://arxiv.org/abs/1610.02391)): each channel's map is weighted by the mean gradient of the class's logit over that map; the weighted maps are summed and negative values are set to zero.",
        "**Grad-CAM**（[Selvaraju 2017](https://arxiv.org/abs/1610.02391)）：每个通道的特征图按“该类 logit 对它的梯度的平均值”加权，相加后再把负值置零。",
    ),
    "about_grad_cam_pp": (
        "**Grad-CAM++** ([Chattopadhay 2018](https://arxiv.org/abs/1710.11063)): like Grad-CAM, but only positive gradients count, each position with its own weight, so that a second object of the class is not averaged away.",
        "**Grad-CAM++**（[Chattopadhay 2018](https://arxiv.org/abs/1710.11063)）：与 Grad-CAM 相似，但只计正梯度，并且逐个位置加权，这样同类的第二个物体不会被平均掉。",
    ),
    "about_integrated_gradients": (
        "**Integrated gradients** ([Sundararajan 2017](https://arxiv.org/abs/1703.01365)): the gradient of the class's logit, averaged along the straight line from a baseline (a uniform image in the data set's mean colour) to this image, times the difference between the two. At a stage, the line runs between the feature maps of both.",
        "**积分梯度**（[Sundararajan 2017](https://arxiv.org/abs/1703.01365)）：从基线（数据集平均色的纯色图）沿直线走到这张图片，取沿途该类 logit 梯度的平均，再乘以两者之差。对某个阶段，这条直线取在两者的特征图之间。",
    ),
    "complete": (
        "Completeness: the logit of {label} is {logit} here and {baseline} for the baseline, so every map should sum to {difference}. The largest error is {gap}. The line was sampled at {fewest} to {most} points: as many as bring the error below 1 % of the difference, at most 512.",
        "完备性：{label} 的 logit 在这张图片上是 {logit}，在基线上是 {baseline}，所以每张图的总和都应是 {difference}。最大误差为 {gap}。直线上取了 {fewest} 到 {most} 个点：逐次加倍，直到误差小于两者之差的 1%，最多 512 个。",
    ),
    "coarse": (
        "At {size} px, the map of the last stage has {rows}×{columns} cells: each covers about {cell} px of the image's side, but its receptive field is far larger.",
        "输入 {size} 像素时，最后一个阶段的图只有 {rows}×{columns} 格：每格对应图片上边长约 {cell} 像素的一块，而它的感受野要大得多。",
    ),
    "larger": (
        "It cannot localise more finely than that. A larger input gives more cells.",
        "定位不可能比这更细。把输入调大，格子才会变多。",
    ),
    "empty": (
        "No evidence for this class at: {places}.",
        "以下位置没有支持这个类别的证据：{places}。",
    ),
    "no_start": (
        "Other places are left out for this method: the network cannot be run from there, because what follows also depends on earlier tensors or on values that its code reads.",
        "这种方法没有列出其他位置：网络不能从那里开始运行，因为后面的计算还依赖更早的张量，或依赖代码读取的数值。",
    ),
    "no_effect": (
        "No place has an effect on this class, whose logit is the same for any image: networks such as torchvision’s ViT start with a last layer of zeros.",
        "没有任何位置影响这个类别，对任何图片它的 logit 都一样：torchvision 的 ViT 等网络，最后一层的初始权重全为零。",
    ),
    "untrained": ("The same maps with untrained weights", "同样几张图，换成未训练的权重"),
    "here_none": (
        "No maps can be compared here: each has fewer than 16 cells or is constant.",
        "这里没有可以比较的图：每张都不足 16 格，或者所有格子的值都相同。",
    ),
    "check": ("Compare with untrained weights", "与未训练的权重比较"),
    "sanity": (
        "If a map looks the same with untrained weights, it describes the image and not the network. In such tests on Inception v3, Grad-CAM's maps changed; those of guided backpropagation hardly did ([Adebayo 2018, fig. 2](https://arxiv.org/abs/1810.03292)).",
        "如果换成未训练的权重后图几乎不变，那它反映的是图片，不是网络。在 Inception v3 上做这种测试，Grad-CAM 的图变了，导向反向传播（guided backpropagation）的图几乎没变（[Adebayo 2018，图 2](https://arxiv.org/abs/1810.03292)）。",
    ),
    "here": (
        "Rank correlation between each map and the same map with randomly initialised weights (1: same order of cells, 0: unrelated): {values}. Below 0.5 counts as changed; maps with fewer than 16 cells are left out.",
        "每张图与权重随机初始化后得到的图的秩相关系数（1：格子的强弱顺序相同，0：无关）：{values}。小于 0.5 算作变了；不足 16 格的图没有计入。",
    ),
}
