"""Words of the feature maps page, and its parts maps and compare."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Feature maps", "特征图"),
    "title": ("What does each stage see in your picture?", "每个阶段在图片里看到了什么？"),
    "parts": ("View", "视图"),
    "part_maps": ("Channels", "通道"),
    "part_compare": ("Two networks", "两个网络"),
    "part_attribution": ("What decided", "依据在哪里"),
    "part_space": ("Many pictures", "许多图片"),
    # the place, the order
    "place": ("Place", "位置"),
    "place_stem": ("Stem", "入口"),
    "place_pool": ("Stem, pooled", "入口池化后"),
    "place_stage": ("Stage {number}", "阶段 {number}"),
    "place_block": ("{path}", "{path}"),
    "role": ("In the block", "块内位置"),
    "role_shortcut": ("shortcut", "捷径"),
    "role_branch": ("branch", "分支"),
    "role_add": ("sum", "和"),
    "role_out": ("out", "输出"),
    "is_shortcut": (
        "This is what the shortcut brings to the addition.",
        "这是捷径带到加法处的张量。",
    ),
    "is_branch": (
        "This is the branch just before the shortcut is added.",
        "这是分支在加上捷径之前的结果。",
    ),
    "is_add": ("This is the sum, before its ReLU.", "这是相加之后、ReLU 之前的和。"),
    "is_sum": (
        "This is the sum. No ReLU follows it in this network: it leaves the block with its negative values.",
        "这是相加之后的和。这个网络在它之后没有 ReLU：它带着负值离开这个块。",
    ),
    "is_out": ("A ReLU has set all negative values to zero.", "ReLU 已把负值全部置为零。"),
    "order": ("Order", "排序"),
    "order_index": ("index", "编号"),
    "order_energy": ("energy", "能量"),
    "order_class": ("for the class", "对类别的作用"),
    "order_help": (
        "Energy: the root mean square of a map. For the class: the sum over a map of value times gradient of the predicted class's lead over the mean of the others.",
        "能量：特征图数值的均方根。对类别的作用：把“预测类别的 logit 减去其余类别的均值”看作领先幅度，对每张图求“数值 × 领先幅度的梯度”之和。",
    ),
    "order_index_means": ("Channels in their own order.", "按通道编号排列。"),
    "order_energy_means": ("The strongest map comes first.", "最强的图排在最前。"),
    "order_class_means": (
        "First come the channels that raise the predicted class above the others, last those that speak against it: what each adds to the lead, in logits, to first order ([Molchanov 2017, eq. 7](https://arxiv.org/abs/1611.06440)).",
        "最前面的通道最支持预测的类别，最后面的最反对它。数值是每个通道为领先幅度贡献多少 logit（一阶近似，[Molchanov 2017，式 7](https://arxiv.org/abs/1611.06440)）。",
    ),
    "page": ("On screen", "显示"),
    "page_all": ("all {count}", "全部 {count} 个"),
    "page_some": ("{first} to {last}", "第 {first}–{last} 个"),
    "holds": ("{count} maps of {side}×{side}", "{count} 张 {side}×{side} 的特征图"),
    "note_energy": ("energy", "能量"),
    "note_class": ("adds", "贡献"),
    "sheet_alt": (
        "{count} maps of {place} as a sheet; the arrow keys choose one",
        "{place} 的 {count} 张特征图；用方向键选择",
    ),
    # one channel
    "channel": ("Channel", "通道"),
    "opacity": ("Map over the picture", "叠加强度"),
    "picture_alt": ("The picture as the network takes it", "网络实际看到的图片"),
    "over_alt": ("Map of channel {channel} over the picture", "叠在图片上的通道 {channel}"),
    "over": ("on the input, {size} px", "叠在 {size} 像素的输入上"),
    # size
    "size": ("Side of the input", "输入边长"),
    "size_help": (
        "The picture is resized before the network sees it. These weights learned at {own} px.",
        "图片先缩放，再交给网络。这份权重是用 {own} 像素的输入训练的。",
    ),
    "says": (
        "At {size} px the network says **{label}** ({share:.0%}).",
        "输入 {size} 像素时，网络判断为**{label}**（{share:.0%}）。",
    ),
    "says_own": ("At its own {size} px: {label} ({share:.0%}).", "在它自己的 {size} 像素下：{label}（{share:.0%}）。"),
    "resolution": ("How the resolution falls", "分辨率怎样一步步降低"),
    "input": ("Input, px", "输入（像素）"),
    "sides_alt": (
        "Side of the maps (px) after each stage, for each size of the input; {size} px are on screen",
        "输入取各种尺寸时，每个阶段之后特征图的边长（像素）；当前为 {size} 像素",
    ),
    "ends_point": (
        "This network halves the side {halvings} times, so 32 px end as {side}×{side}: the last stage has a single value per channel and cannot say where anything is.",
        "这个网络把边长减半 {halvings} 次，所以 32 像素最后只剩 {side}×{side}：最后一个阶段每个通道只有一个值，已经说不出东西在哪里。",
    ),
    "ends": (
        "This network halves the side {halvings} times, so 32 px end as {side}×{side}.",
        "这个网络把边长减半 {halvings} 次，所以 32 像素最后是 {side}×{side}。",
    ),
    "larger": (
        "A resize to 64 px leaves {at64}×{at64} there, 128 px {at128}×{at128}, 224 px {at224}×{at224}.",
        "放大到 64 像素，最后是 {at64}×{at64}；128 像素是 {at128}×{at128}；224 像素是 {at224}×{at224}。",
    ),
    "resize": (
        "A resize adds no detail to a small picture; it only gives the network more places to look at. The work grows with the square of the side. These weights learned at {own} px: far from it, things have sizes that the kernels never met, and the answer can change.",
        "放大不会给小图增加细节，只是让网络有更多位置可看；计算量随边长的平方增长。这份权重是用 {own} 像素的输入训练的，离它太远时，物体的大小是卷积核在训练中没见过的，答案可能改变。",
    ),
    # exciting pictures
    "exciting": ("What excites channel {channel} most", "哪些图片最能激活通道 {channel}"),
    "exciting_count": ("Pictures", "图片数"),
    "exciting_start": ("Scan {count} pictures", "扫描 {count} 张图片"),
    "exciting_means": (
        "With each picture: the largest value in the channel's map of it, at the network's own {own} px. One scan serves all channels of this place.",
        "图下的数是该通道特征图中的最大值，输入为网络自己的 {own} 像素。扫描一次，这个位置的所有通道都能用。",
    ),
    "exciting_few": (
        "These are the {count} pictures at hand here. So few show what a channel prefers among them, not what it stands for. CIFAR-10, in the picture menu, has ten thousand.",
        "这里只有手头的 {count} 张图片。数量太少，只能看出通道在它们之中偏爱哪张，不能说明它代表什么。图片菜单里可以下载 CIFAR-10，其中有一万张。",
    ),
    # kernels
    "kernels": ("The stem's {count} kernels", "入口的 {count} 个卷积核"),
    "kernels_means": (
        "{side}×{side} weights for red, green and blue; mid-grey is 0, the strongest weight ±{limit}. A click shows the map that the kernel makes.",
        "每个卷积核有红、绿、蓝三组 {side}×{side} 的权重；中灰为 0，最强的权重为 ±{limit}。点击可看它产生的特征图。",
    ),
    # files
    "save_sheet": ("Sheet (PNG)", "拼图（PNG）"),
    "save_tensor": ("The tensor of all channels, float32", "全部通道的张量，float32"),
    # two networks
    "order_difference": ("difference", "差异"),
    "compare_network": ("Against", "与之对比"),
    "compare_says": ("says {label} ({share:.0%})", "判断为{label}（{share:.0%}）"),
    "compare_difference": ("Difference, second − first", "差异：第二个 − 第一个"),
    "compare_likeness": (
        "cosine {cosine}, relative size {difference:.2f}",
        "余弦 {cosine}，相对大小 {difference:.2f}",
    ),
    "compare_zeros": ("one of the two is all zeros", "其中一个全为零"),
    "compare_shapes": (
        "No difference is drawn: the tensors are {first} and {second} (channels × height × width), and only equal shapes can be subtracted. Each has a scale and, by energy, an order of its own.",
        "无法画出差异：两个张量分别是 {first} 和 {second}（通道 × 高 × 宽），只有形状相同才能相减。两边各用自己的色标；按能量排序时，顺序也各自独立。",
    ),
    "compare_prepared": (
        "Each network gets the picture as its own weights expect it (mean, spread, crop), so their inputs are not the same tensor.",
        "每个网络都按自己权重的要求处理图片（均值、标准差、裁剪），所以两者的输入并不是同一个张量。",
    ),
    "compare_numbers": (
        "Channels with the same number mean the same only where one network was fine-tuned from the other, or both from a third. For networks trained apart, compare the sheets, not the differences.",
        "只有当一个网络由另一个微调而来，或两者来自同一份权重时，编号相同的通道才彼此对应。分开训练的网络，请比较整体，不要看差异。",
    ),
    "likeness": ("How far apart are the two at each depth?", "两个网络在每个深度相差多少？"),
    "likeness_place": ("place, from the stem to the last block", "位置，从入口到最后一个块"),
    "likeness_value": ("value, no unit", "数值（无单位）"),
    "likeness_cosine": ("cosine", "余弦"),
    "likeness_difference": ("relative size of the difference", "差异的相对大小"),
    "likeness_means": (
        "A cosine of 1: the same up to a factor. The relative size is the norm of the difference over the norm of the first.",
        "余弦为 1 表示只差一个倍数。相对大小是差异的范数除以第一个的范数。",
    ),
    "likeness_alt": (
        "Cosine and relative difference of the two networks at each place",
        "两个网络在每个位置的余弦与相对差异",
    ),
    "likeness_none": (
        "No place has the same shape in both: choose another size or a network of the same family.",
        "没有一个位置的形状在两者中相同：请选同一系列、同样大小的网络。",
    ),
}
