"""Words of the feature maps page, and its parts maps and compare."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Feature maps", "特征图"),
    "title": ("What does each stage detect in your image?", "每个阶段从图片中提取了什么？"),
    "parts": ("View", "视图"),
    "part_maps": ("Channels", "通道"),
    "part_compare": ("Two networks", "两个网络"),
    "part_attribution": ("Attribution (Grad-CAM)", "判断依据（Grad-CAM）"),
    "part_space": ("Feature space", "特征空间"),
    # the place, the order
    "place": ("Layer", "位置"),
    "place_first": ("Stem, first convolution", "stem（第一个卷积后）"),
    "place_stem": ("Stem", "stem（起始层）"),
    "place_pool": ("Stem, after pooling", "stem（池化后）"),
    "place_stage": ("Stage {number}", "阶段 {number}"),
    "role": ("In the block", "块内位置"),
    "role_shortcut": ("shortcut", "捷径"),
    "role_branch": ("branch", "分支"),
    "role_add": ("sum", "和"),
    "role_out": ("output", "输出"),
    "is_shortcut": (
        "This is the shortcut, as it enters the addition.",
        "这是捷径，即将参与相加。",
    ),
    "is_branch": (
        "This is the branch, just before the shortcut is added.",
        "这是分支，即将与捷径相加。",
    ),
    "is_add": ("This is the sum, before its ReLU.", "这是相加之后、ReLU 之前的和。"),
    "is_sum": (
        "This is the sum. In this network no ReLU follows it: the block's output keeps its negative values.",
        "这是相加之后的和。这个网络在它之后没有 ReLU：块的输出保留负值。",
    ),
    "is_out": ("ReLU has set all negative values to zero.", "ReLU 已把负值全部置为零。"),
    "is_node": ("This is what {kind} returns.", "这是 {kind} 的输出。"),
    "apart": (
        "Tokens without a place in the image, such as the class token ({count}), are not in the maps.",
        "在图片中没有位置的 token（如类别 token，共 {count} 个）不在这些图里。",
    ),
    "no_maps": (
        "This network has no feature maps: none of its values lie as in an image.",
        "这个网络没有特征图：它的数值都不按图片的位置排列。",
    ),
    "left_out": (
        "Places whose values do not lie as in an image are not offered: {count}.",
        "数值不按图片位置排列的地方没有列出，共 {count} 处。",
    ),
    "order": ("Order", "排序"),
    "order_index": ("index", "编号"),
    "order_energy": ("energy (RMS)", "能量（均方根）"),
    "order_class": ("effect on the class", "对类别的作用"),
    "order_help": (
        "Energy: the root mean square of a map. Effect on the class: the sum over a map of value times gradient, where the gradient is that of the predicted class's logit minus the mean of the others.",
        "能量：特征图数值的均方根。对类别的作用：在每张特征图上对“数值 × 梯度”求和，梯度取自“预测类别的 logit 减去其余类别的均值”。",
    ),
    "order_index_means": ("Channels in order of their index.", "按通道编号排列。"),
    "order_energy_means": ("The strongest maps come first.", "最强的特征图排在最前。"),
    "order_class_means": (
        "Channels that support the predicted class come first, channels that speak against it last. The number is what each adds to the class's logit relative to the mean of the others, to first order ([Molchanov 2017, eq. 7](https://arxiv.org/abs/1611.06440)).",
        "支持预测类别的通道排在最前，反对它的排在最后。数值是每个通道对“该类 logit 减去其余类别的均值”的贡献（一阶近似，[Molchanov 2017，式 7](https://arxiv.org/abs/1611.06440)）。",
    ),
    "page": ("Channels shown", "显示的通道"),
    "page_all": ("all {count}", "全部 {count} 个"),
    "page_some": ("{first} to {last}", "第 {first}–{last} 个"),
    "holds": ("{count} maps of {rows}×{columns}", "{count} 张 {rows}×{columns} 的特征图"),
    "note_energy": ("energy", "能量"),
    "note_class": ("effect", "作用"),
    "sheet_alt": (
        "{count} maps of {place} in a grid; use the arrow keys to choose one",
        "{place} 的 {count} 张特征图；用方向键选择",
    ),
    # one channel
    "channel": ("Channel", "通道"),
    "opacity": ("Opacity over the image", "叠加不透明度"),
    "picture_alt": ("The network's input image", "网络的输入图片"),
    "over_alt": ("Map of channel {channel} over the image", "叠在图片上的通道 {channel}"),
    "over": ("on the input, {size} px", "叠在 {size} 像素的输入上"),
    # size
    "size": ("Input size (px)", "输入边长（像素）"),
    "size_help": (
        "The image is resized before it enters the network. These weights were trained at {own} px.",
        "图片先缩放，再输入网络。这份权重是用 {own} 像素的输入训练的。",
    ),
    "size_only": ("Input: {own} px, the only size offered here.", "输入为 {own} 像素，这里只提供这一种尺寸。"),
    "size_fixed": (
        "Input: {own} px, the only size that this network takes. For another, its code says: “{reason}”",
        "输入为 {own} 像素，这个网络只接受这一种尺寸。换成别的尺寸，它的代码会报错：“{reason}”",
    ),
    "says": (
        "At {size} px the network predicts **{label}** ({share:.0%}).",
        "输入 {size} 像素时，网络预测为**{label}**（{share:.0%}）。",
    ),
    "says_own": (
        "At its training size of {size} px: {label} ({share:.0%}).",
        "在训练尺寸 {size} 像素下：{label}（{share:.0%}）。",
    ),
    "resolution": ("How the resolution decreases", "分辨率怎样一步步降低"),
    "input": ("Input, px", "输入（像素）"),
    "sides_alt": (
        "Side of the feature maps (px) after each stage, for each input size; {size} px are on screen",
        "输入取各种尺寸时，每个阶段之后特征图的边长（像素）；当前为 {size} 像素",
    ),
    "ends_point": (
        "This network halves the side {halvings} times, so {px} px end as {side}×{side}: the last stage has a single value per channel and no spatial information.",
        "这个网络把边长减半 {halvings} 次，所以 {px} 像素最后只剩 {side}×{side}：最后一个阶段每个通道只有一个值，没有空间信息。",
    ),
    "ends": (
        "This network halves the side {halvings} times, so {px} px end as {side}×{side}.",
        "这个网络把边长减半 {halvings} 次，所以 {px} 像素最后是 {side}×{side}。",
    ),
    "ends_once": (
        "Its first layer divides the side by {factor} at once, so {px} px become {side}×{side} positions; all blocks keep them.",
        "它的第一层一次就把边长除以 {factor}，所以 {px} 像素变成 {side}×{side} 个位置；之后所有的块都保持不变。",
    ),
    "larger": (
        "With 64 px it ends as {at64}×{at64}, with 128 px as {at128}×{at128}, with 224 px as {at224}×{at224}.",
        "放大到 64 像素，最后是 {at64}×{at64}；128 像素是 {at128}×{at128}；224 像素是 {at224}×{at224}。",
    ),
    "resize": (
        "Resizing adds no detail to a small image; it only gives the network more positions. The computation grows with the square of the side. These weights were trained at {own} px: far from that size, objects appear at scales the network has not been trained on, and the prediction can change.",
        "放大不会给小图增加细节，只是给网络更多的位置；计算量随边长的平方增长。这份权重是用 {own} 像素的输入训练的，离它太远时，物体的尺度在训练中没有出现过，预测可能改变。",
    ),
    # exciting pictures
    "exciting": ("Images that activate channel {channel} most", "哪些图片最能激活通道 {channel}"),
    "exciting_count": ("Images", "图片数"),
    "exciting_means": (
        "Below each image: the largest value in this channel's map, for an input of {own} px. One scan serves all channels of this layer.",
        "图下的数是该通道特征图中的最大值，输入为 {own} 像素。扫描一次，这个位置的所有通道都能用。",
    ),
    "exciting_few": (
        "Only {count} images are available here. They show what the channel prefers among these, not what it represents. CIFAR-10, in the image menu, has ten thousand.",
        "这里只有 {count} 张图片。数量太少，只能看出通道在它们之中偏爱哪张，不能说明它代表什么。图片菜单里可以下载 CIFAR-10，其中有一万张。",
    ),
    # kernels
    "kernels": ("The {count} filters of the stem", "起始层的 {count} 个卷积核"),
    "kernels_means": (
        "{rows}×{columns} weights for red, green and blue; mid-grey is 0, the largest weight ±{limit}.",
        "每个卷积核有红、绿、蓝三组 {rows}×{columns} 的权重；中灰为 0，最大的权重为 ±{limit}。",
    ),
    "kernels_grey": (
        "{rows}×{columns} weights for the only input channel; mid-grey is 0, the largest weight ±{limit}.",
        "每个卷积核对唯一的输入通道有 {rows}×{columns} 的权重；中灰为 0，最大的权重为 ±{limit}。",
    ),
    "kernels_click": ("Click a filter to see its feature map.", "点击可查看它产生的特征图。"),
    "kernels_none": (
        "No filters are shown: no convolution of this network reads the image's colours directly.",
        "没有可显示的卷积核：这个网络没有直接读取图片颜色的卷积。",
    ),
    # files
    "figure": (
        "{place}: {shown} of {count} channels, input {size} px",
        "{place}：{count} 个通道中的 {shown} 个，输入 {size} 像素",
    ),
    "save_tensor": ("The tensor of all channels, float32", "全部通道的张量，float32"),
    # two networks
    "order_difference": ("difference", "差异"),
    "compare_network": ("Compare with", "对比网络"),
    "compare_says": ("predicts {label} ({share:.0%})", "预测为{label}（{share:.0%}）"),
    "compare_difference": ("Difference, second − first", "差异：第二个 − 第一个"),
    "compare_likeness": (
        "cosine {cosine}, relative difference {difference:.2f}",
        "余弦 {cosine}，相对差异 {difference:.2f}",
    ),
    "compare_zeros": ("one of the two is all zeros", "其中一个全为零"),
    "compare_shapes": (
        "No difference is shown: the tensors have the shapes {first} and {second} (channels × height × width), and only equal shapes can be subtracted. Each network has its own colour scale and, when sorted by energy, its own order.",
        "无法显示差异：两个张量的形状分别是 {first} 和 {second}（通道 × 高 × 宽），只有形状相同才能相减。两个网络各用自己的色标；按能量排序时，顺序也各自独立。",
    ),
    "compare_prepared": (
        "Each network gets the image preprocessed as its weights expect (mean, standard deviation, crop), so their inputs are not the same tensor.",
        "每个网络都按自己权重的要求预处理图片（均值、标准差、裁剪），所以两者的输入并不是同一个张量。",
    ),
    "compare_numbers": (
        "Channels with the same index correspond only if one network was fine-tuned from the other, or both from the same weights. For networks trained independently, compare the grids, not the differences.",
        "只有当一个网络由另一个微调而来，或两者来自同一份权重时，编号相同的通道才彼此对应。独立训练的网络，请比较整体，不要看差异。",
    ),
    "compare_depth": (
        "The two networks have no place of the same name: the second is shown at {place}, at about the same relative depth.",
        "两个网络没有同名的位置：第二个显示的是 {place}，相对深度大致相同。",
    ),
    "likeness_size": (
        "The networks are not compared over depth: the second does not take an input of {size} px.",
        "没有沿深度比较两个网络：第二个不接受 {size} 像素的输入。",
    ),
    "likeness": ("How different are the two networks at each depth?", "两个网络在每个深度相差多少？"),
    "likeness_place": ("layer, from the stem to the last block", "位置，从起始层到最后一个块"),
    "likeness_value": ("value, no unit", "数值（无单位）"),
    "likeness_cosine": ("cosine", "余弦"),
    "likeness_difference": ("relative difference", "相对差异"),
    "likeness_means": (
        "A cosine of 1 means equal up to a factor. The relative difference is the norm of the difference divided by the norm of the first tensor.",
        "余弦为 1 表示只差一个倍数。相对差异是差的范数除以第一个张量的范数。",
    ),
    "likeness_alt": (
        "Cosine and relative difference of the two networks at each layer",
        "两个网络在每个位置的余弦与相对差异",
    ),
    "likeness_none": (
        "No layer has the same shape in both networks: choose another size, or a network of the same family.",
        "两个网络没有形状相同的位置：请换一个尺寸，或选同一系列的网络。",
    ),
}
