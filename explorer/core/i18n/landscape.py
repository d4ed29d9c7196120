"""Words of the part `landscape`."""

WORDS: dict[str, tuple[str, str]] = {
    "about": (
        "A network's loss is a function of all its weights. Here it is seen on one plane through the trained ones: two random directions, α and β, along which every filter moves in proportion to its own length, so that two networks can be compared.",
        "网络的损失是全部权重的函数。这里只看穿过训练好的权重的一个平面：沿两个随机方向 α 和 β 移动，每个卷积核移动的距离与它自身的长度成正比，这样两个网络才能相比。",
    ),
    "left": ("Left", "左边"),
    "right": ("Right", "右边"),
    "twin_residual": ("Twin with shortcuts, 32 layers", "有捷径的孪生网络，32 层"),
    "twin_plain": ("Twin without shortcuts, 32 layers", "无捷径的孪生网络，32 层"),
    "points": ("Resolution", "分辨率"),
    "points_help": (
        "Places along each direction. The time grows with their square.",
        "每个方向上的取点数。时间随它的平方增长。",
    ),
    "pictures": ("Pictures", "图片数"),
    "pictures_help": (
        "The loss is a mean over these. With few of them it is that of a small sample.",
        "损失是这些图片上的平均值。图片太少，就只是一个小样本的损失。",
    ),
    "span": ("Span", "范围"),
    "span_help": (
        "How far the plane reaches. At 1, each filter has moved by a vector as long as itself.",
        "平面有多大。到 1 时，每个卷积核移动的距离与它自身的长度相等。",
    ),
    "seed": ("Seed", "种子"),
    "seed_help": (
        "Draws the two directions. A finding that holds should hold for others, too.",
        "决定两个随机方向。真正成立的结论，换一个种子也应该成立。",
    ),
    "start": ("Compute both surfaces", "计算两个曲面"),
    "estimate": (
        "About {time} on this machine. What is done so far is kept when you stop.",
        "在这台机器上约需{time}。中途停止，已算好的部分会保留。",
    ),
    "loss": ("loss (nats)", "损失（nat）"),
    "along_first": ("α, along the first direction", "α，沿第一个方向"),
    "along_second": ("β, along the second direction", "β，沿第二个方向"),
    "trained": ("the trained weights", "训练好的权重"),
    "azimuth": ("Turn", "旋转"),
    "elevation": ("Height of the eye", "俯视角度"),
    "said": (
        "Loss at the trained weights {centre}, highest {highest}.",
        "训练好的权重处损失为 {centre}，最高处为 {highest}。",
    ),
    "contours_alt": ("The loss around {network}, from above. {said}", "{network} 周围的损失，俯视图。{said}"),
    "surface_alt": (
        "The same as a surface, {network}, turned by {azimuth}°, seen from {elevation}° above the ground.",
        "同样的数据画成曲面：{network}，旋转 {azimuth}°，俯视 {elevation}°。",
    ),
    "more_near": (
        "**{network}** is the flatter one: {more:.0%} of its places lie less than 1 nat above its centre, {less:.0%} of the other's.",
        "**{network}** 更平坦：它有 {more:.0%} 的点比中心高出不到 1 nat，另一个是 {less:.0%}。",
    ),
    "same_near": (
        "They are about equally flat: in both, at least {share:.1%} of the places lie less than 1 nat above the centre.",
        "两者差不多平坦：都至少有 {share:.1%} 的点比中心高出不到 1 nat。",
    ),
    "more_downhill": (
        "**{network}** is the smoother one: from {more:.0%} of its places the loss falls towards the centre, from {less:.0%} of the other's.",
        "**{network}** 更平滑：{more:.0%} 的点上朝中心走损失会下降，另一个是 {less:.0%}。",
    ),
    "same_downhill": (
        "They are about equally smooth: in both, the loss falls towards the centre from at least {share:.1%} of the places.",
        "两者差不多平滑：都至少有 {share:.1%} 的点朝中心走损失会下降。",
    ),
    "shallower": (
        "But these have {depth} layers, and the paper's contrast is that of {papers}: this pair can neither confirm nor deny it.",
        "不过这两个网络只有 {depth} 层，而论文中的反差出现在 {papers} 层：这一对既不能证实它，也不能否定它。",
    ),
    "paper": (
        "without shortcuts the surface is smooth at 20 layers and chaotic at 56, where in large regions the loss does not fall towards the centre; with shortcuts it stays smooth ([Li et al. 2018](https://arxiv.org/abs/1712.09913), section 5, figures 1 and 5).",
        "没有捷径时，20 层的曲面平滑，56 层的则一片混乱，大片区域里朝中心走损失并不下降；有捷径时曲面一直平滑（[Li 等 2018](https://arxiv.org/abs/1712.09913)，第 5 节，图 1、图 5）。",
    ),
    "set": ("{count} pictures: {source}.", "{count} 张图片：{source}。"),
    "own_answers": (
        "{network} does not have the classes of these pictures: the loss is that of its own answers, not of the right ones.",
        "{network} 没有这些图片的类别：这里的损失针对的是它自己的答案，而不是正确答案。",
    ),
    "ours": (
        "Computed by us on {day} with `{command}` ({hardware}; {versions}).",
        "由我们于 {day} 用 `{command}` 算出（{hardware}；{versions}）。",
    ),
    "grid": (
        "{points} × {points} places from −{span} to {span}, directions from seed {seed}; BatchNorm's parameters and statistics and all biases stay as trained.",
        "从 −{span} 到 {span} 取 {points} × {points} 个点，方向由种子 {seed} 决定；BatchNorm 的参数和统计量以及所有偏置保持训练后的值。",
    ),
    "reading": (
        "Colour and height are the logarithm of the loss, on one scale for both. Lines: 1, 2, 5, 10, 20, … nats. Diamond and pin: the trained weights.",
        "颜色和高度都是损失的对数，两边用同一刻度。等高线：1、2、5、10、20……nat。菱形和图钉：训练好的权重。",
    ),
}
