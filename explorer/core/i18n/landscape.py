"""Words of the part `landscape`."""

WORDS: dict[str, tuple[str, str]] = {
    "about": (
        "A network's loss is a function of all its weights. Here it is plotted on a plane through the trained weights, along two random directions, a and b, with filter normalisation: every filter moves in proportion to its own norm, so that two networks can be compared.",
        "网络的损失是全部权重的函数。这里只看穿过训练好的权重的一个平面：沿两个随机方向 a 和 b，并做滤波器归一化，即每个卷积核移动的距离与它自身的范数成正比，这样两个网络才能相比。",
    ),
    "left": ("Left", "左边"),
    "right": ("Right", "右边"),
    "twin_residual": ("Twin with shortcuts, 32 layers", "对照网络（有捷径），32 层"),
    "twin_plain": ("Twin without shortcuts, 32 layers", "对照网络（无捷径），32 层"),
    "points": ("Resolution", "分辨率"),
    "points_help": (
        "Points along each direction. The time grows with the square.",
        "每个方向上的取点数。时间随它的平方增长。",
    ),
    "pictures": ("Images", "图片数"),
    "pictures_help": (
        "The loss is averaged over these images. With few images it is the loss of a small sample.",
        "损失是这些图片上的平均值。图片太少，就只是一个小样本的损失。",
    ),
    "span": ("Span", "范围"),
    "span_help": (
        "Extent of the plane. At 1, each filter has moved by a vector with its own norm.",
        "平面的范围。到 1 时，每个卷积核移动的距离等于它自身的范数。",
    ),
    "seed": ("Seed", "随机种子"),
    "seed_help": (
        "Determines the two random directions. A reliable finding should hold for other seeds, too.",
        "决定两个随机方向。可靠的结论换一个随机种子也应该成立。",
    ),
    "start": ("Compute both surfaces", "计算两个曲面"),
    "estimate": (
        "About {time} on this machine. If you stop, finished points are kept.",
        "在这台机器上约需{time}。中途停止，已算好的部分会保留。",
    ),
    "loss": ("loss (cross-entropy)", "损失（交叉熵）"),
    "along_first": ("a, along the first direction", "a，沿第一个方向"),
    "along_second": ("b, along the second direction", "b，沿第二个方向"),
    "trained": ("trained weights", "训练好的权重"),
    "azimuth": ("Rotation", "旋转"),
    "elevation": ("Elevation", "俯视角度"),
    "said": (
        "Loss at the trained weights: {centre}; highest: {highest}.",
        "训练好的权重处损失为 {centre}，最高处为 {highest}。",
    ),
    "contours_alt": ("Contours of the loss around {network}. {said}", "{network} 附近损失的等高线。{said}"),
    "surface_alt": (
        "The same data as a surface, {network}, rotation {azimuth}°, elevation {elevation}°.",
        "同样的数据画成曲面：{network}，旋转 {azimuth}°，俯视 {elevation}°。",
    ),
    "more_near": (
        "**{network}** is flatter: at {more:.0%} of its points the loss is less than 1 above that of the centre, against {less:.0%} for the other.",
        "**{network}** 更平坦：它有 {more:.0%} 的点损失比中心高出不到 1，另一个是 {less:.0%}。",
    ),
    "same_near": (
        "They are about equally flat: in both, at least {share:.1%} of the points have a loss less than 1 above that of the centre.",
        "两者差不多平坦：都至少有 {share:.1%} 的点损失比中心高出不到 1。",
    ),
    "more_downhill": (
        "**{network}** is smoother: at {more:.0%} of its points the loss falls towards the centre, against {less:.0%} for the other.",
        "**{network}** 更平滑：有 {more:.0%} 的点朝中心走时损失下降，另一个是 {less:.0%}。",
    ),
    "same_downhill": (
        "They are about equally smooth: in both, the loss falls towards the centre at {share:.1%} or more of the points.",
        "两者差不多平滑：都至少有 {share:.1%} 的点朝中心走时损失下降。",
    ),
    "shallower": (
        "However, these have {depth} layers, and the paper shows the contrast at {papers}: this pair can neither confirm nor refute it.",
        "不过这两个网络只有 {depth} 层，而论文中的反差出现在 {papers} 层：这一对既不能证实它，也不能否定它。",
    ),
    "paper": (
        "without shortcuts the surface is smooth at 20 layers and chaotic at 56, where in large regions the loss does not fall towards the centre; with shortcuts it stays smooth ([Li et al. 2018](https://arxiv.org/abs/1712.09913), section 5, figures 1 and 5).",
        "没有捷径时，20 层的曲面平滑，56 层的则一片混乱，大片区域里朝中心走损失并不下降；有捷径时曲面一直平滑（[Li 等 2018](https://arxiv.org/abs/1712.09913)，第 5 节，图 1、图 5）。",
    ),
    "set": ("{count} images: {source}.", "{count} 张图片：{source}。"),
    "own_answers": (
        "These images' classes are not among those of {network}: the loss is computed for its own predictions, not for the true classes.",
        "这些图片的类别不在 {network} 的类别之中：这里的损失针对它自己的预测，而不是真实类别。",
    ),
    "ours": (
        "We computed this on {day} with `{command}` ({hardware}; {versions}).",
        "由我们于 {day} 用 `{command}` 算出（{hardware}；{versions}）。",
    ),
    "grid": (
        "{points} × {points} points from −{span} to {span}, directions from seed {seed}; BatchNorm parameters, BatchNorm statistics and biases keep their trained values.",
        "从 −{span} 到 {span} 取 {points} × {points} 个点，方向由随机种子 {seed} 决定；BatchNorm 的参数和统计量以及所有偏置保持训练后的值。",
    ),
    "reading": (
        "Colour and height show the logarithm of the loss, on one scale for both. Contours at a loss of 1, 2, 5, 10, 20, … A loss higher by 1 (one nat) means that the true class has about 0.37 times the probability. Diamond and pin: the trained weights.",
        "颜色和高度都是损失的对数，两边用同一刻度。等高线的损失为 1、2、5、10、20……损失高出 1（即 1 nat），真实类别的概率就降到约 0.37 倍。菱形和图钉：训练好的权重。",
    ),
}
