"""Words of the shortcut lab: the page, and its parts block, depth and change."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Shortcut lab", "捷径实验室"),
    "title": ("What does the shortcut carry, and what does the branch add?", "捷径传递了什么，分支又加上了什么？"),
    "parts": ("Experiment", "实验"),
    "about_block": (
        "What goes around the block, what the block makes of it, and their sum. How loud is one against the other?",
        "绕过这个块的是什么，块由它算出了什么，两者之和又是什么？谁的“声音”更大？",
    ),
    "about_depth": (
        "Does the branch speak louder in some blocks than in others, and does it add to x or take away from it?",
        "分支在哪些块里更有分量？它是增强 x，还是抵消 x？",
    ),
    "about_change": (
        "Turn the branch or the shortcut down, or take one away. Does the network still know your picture?",
        "调小或去掉分支、捷径，网络还认得出你的图片吗？",
    ),
    "more": ("Swap blocks, or borrow a shortcut", "交换两个块，或借用别图的捷径"),
    "said_zero": (
        "One of {x} and F(x) is zero everywhere here, so the sum is the other alone and there is no angle between them.",
        "这里 {x} 与 F(x) 之一处处为零：和就是另一个，两者之间没有夹角。",
    ),
    "part_block": ("One block", "单个块"),
    "part_depth": ("All blocks", "所有块"),
    "part_change": ("Change it", "动手改"),
    "part_lesion": ("Remove blocks", "去掉块"),
    "part_gradients": ("Gradients", "梯度"),
    "part_inference": ("Block by block", "逐块推断"),
    "block_help": (
        "◆ marks a block that opens a stage: the shape changes, so its shortcut cannot be x itself.",
        "◆ 表示开启新阶段的块：形状变了，所以它的捷径不能是 x 本身。",
    ),
    # one block
    "view": ("Show", "显示"),
    "view_clearest": ("clearest channel", "最清晰的通道"),
    "view_energy": ("energy", "所有通道的能量"),
    "view_chosen": ("my channel", "自选通道"),
    "channel": ("Channel", "通道"),
    "term_raw": ("x|what enters the block", "x|进入块的张量"),
    "term_x": ("x|what the shortcut carries", "x|捷径传递的"),
    "term_projected": ("Wx|x after the projection", "Wx|投影之后的 x"),
    "term_padded": ("x↓|every second pixel, zeros added", "x↓|隔像素取样并补零"),
    "term_changed": ("{x}|what the shortcut carries", "{x}|捷径传递的"),
    "term_f": ("{f}|what the branch adds", "{f}|分支加上的"),
    "term_sum": ("{x} + {f}|the sum", "{x} + {f}|两者之和"),
    "term_sum_left": ("{x} + {f}|the sum, which leaves the block", "{x} + {f}|两者之和，也就是块的输出"),
    "term_relu": ("ReLU|what leaves the block", "ReLU|离开块的张量"),
    "map_alt": ("Map of {part} in {block}, {what}", "{block} 中 {part} 的图，{what}"),
    "what_channel": ("channel {channel}", "通道 {channel}"),
    "what_energy": ("energy over {channels} channels", "{channels} 个通道的能量"),
    "fact_norm": ("norm", "范数"),
    "fact_value": ("value", "数值"),
    "fact_ratio": ("‖F‖ ÷ ‖{x}‖", "‖F‖ ÷ ‖{x}‖"),
    "fact_cosine": ("cosine", "余弦"),
    "fact_cut": ("set to 0", "被置零"),
    "scale_one": (
        "The terms and what becomes of them show {what} on one scale: the same colour is the same value. The norms are over all {channels} channels.",
        "相加的两项和它们的结果（{what}）使用同一把色标：颜色相同，数值就相同。范数对全部 {channels} 个通道计算。",
    ),
    "scale_energy": (
        "Energy is the root of the mean of the squares over the channels, pixel by pixel.",
        "能量：在每个像素上，对各通道的平方取平均再开方。",
    ),
    "scale_raw": (
        "The raw x has another shape ({raw} instead of {shape}), so it cannot be added as it is: a 1×1 convolution with BatchNorm turns it into Wx. Its picture has a scale of its own.",
        "原始的 x 形状不同（{raw}，而不是 {shape}），不能直接相加：先用 1×1 卷积加 BatchNorm 把它变成 Wx。它的图单独用一把色标。",
    ),
    "scale_raw_channel": (
        "Shown is its channel {source}, which has the largest weight in channel {channel} of Wx.",
        "图中是它的通道 {source}：在 Wx 的通道 {channel} 中，它的权重最大。",
    ),
    "scale_raw_padded": (
        "The raw x has another shape ({raw} instead of {shape}): the shortcut keeps every second pixel of it and fills the new channels with zeros. Its picture has a scale of its own.",
        "原始的 x 形状不同（{raw}，而不是 {shape}）：捷径隔一个像素取一个，新增的通道填零。它的图单独用一把色标。",
    ),
    "scale_raw_zeros": (
        "Channel {channel} is one of the zeros: no channel of x is in it, so x is shown as energy.",
        "通道 {channel} 是补上的全零通道，里面没有 x 的任何通道，所以 x 显示为能量。",
    ),
    "scale_raw_changed": (
        "The raw x is shown for comparison, on a scale of its own: the shortcut hands on {x}, not x.",
        "原始的 x 只供比较，单独用一把色标：捷径传递的是 {x}，不是 x。",
    ),
    "scale_dropout": (
        "Dropout works in training alone: at inference, as here, the shortcut carries x unchanged.",
        "dropout 只在训练时起作用；推理时（就像这里）捷径原样传递 x。",
    ),
    "said_small": (
        "The norm of F(x) is {ratio} times that of {x}: here the shortcut carries more than the branch adds.",
        "F(x) 的范数是 {x} 的 {ratio} 倍：在这里，捷径传递的比分支加上的多。",
    ),
    "said_alike": (
        "Shortcut and branch weigh about the same: the norm of F(x) is {ratio} times that of {x}.",
        "捷径和分支的分量差不多：F(x) 的范数是 {x} 的 {ratio} 倍。",
    ),
    "said_large": (
        "The norm of F(x) is {ratio} times that of {x}: here the branch adds more than the shortcut carries.",
        "F(x) 的范数是 {x} 的 {ratio} 倍：在这里，分支加上的比捷径传递的多。",
    ),
    "said_against": (
        "The cosine of {cosine} is below zero: F(x) partly takes away what {x} holds.",
        "余弦 {cosine} 小于零：F(x) 抵消了 {x} 的一部分。",
    ),
    "said_apart": (
        "The cosine of {cosine} is near zero: on the whole F(x) neither repeats nor cancels {x}.",
        "余弦 {cosine} 接近零：总体上，F(x) 既不重复也不抵消 {x}。",
    ),
    "said_along": (
        "The cosine of {cosine} is above zero: F(x) partly strengthens what {x} holds.",
        "余弦 {cosine} 大于零：F(x) 增强了 {x} 的一部分。",
    ),
    "said_cut": (
        "Then the ReLU sets the negative values to zero: {cut:.0%} of all.",
        "随后 ReLU 把负值置零，占全部数值的 {cut:.0%}。",
    ),
    "said_kept": (
        "No ReLU follows: the negative values, {cut:.0%} of all, go on to the next block as they are.",
        "之后没有 ReLU：负值（占 {cut:.0%}）原样传给下一个块。",
    ),
    "law": (
        "The norms fit together: ‖sum‖² = ‖{x}‖² + ‖F(x)‖² + 2 · cosine · ‖{x}‖ · ‖F(x)‖, here {sum}² ≈ {shortcut}² + {branch}² {sign} 2 · {cosine} · {shortcut} · {branch}.",
        "范数之间的关系：‖和‖² = ‖{x}‖² + ‖F(x)‖² + 2 · 余弦 · ‖{x}‖ · ‖F(x)‖，这里是 {sum}² ≈ {shortcut}² + {branch}² {sign} 2 · {cosine} · {shortcut} · {branch}。",
    ),
    # all blocks
    "pictures": ("Pictures in the band", "灰带包含的图片数"),
    "band_start": ("Measure {count} pictures", "测量 {count} 张图片"),
    "band_set": (
        "Grey is the range of {count} pictures ({source}): the band from 10 to 90%, dashed their median. ◆ marks the blocks that open a stage, whose shortcut cannot be x itself.",
        "灰色是 {count} 张图片（{source}）的范围：灰带为 10% 到 90%，虚线为中位数。◆ 表示开启新阶段的块，它们的捷径不能是 x 本身。",
    ),
    "band_none": (
        "◆ marks the blocks that open a stage, whose shortcut cannot be x itself.",
        "◆ 表示开启新阶段的块，它们的捷径不能是 x 本身。",
    ),
    "band_gallery": (
        "There are no CIFAR-10 test pictures on this machine. {count} pictures, most of them digits, say little about a network's usual behaviour. CIFAR-10 can be downloaded in the picture menu.",
        "这台机器上没有 CIFAR-10 测试图片。{count} 张图片（大多是手写数字）很难说明网络平时的表现。可以在图片菜单里下载 CIFAR-10。",
    ),
    "depth_share": ("The branch's share of the two norms", "分支在两者范数中的占比"),
    "depth_share_help": (
        "‖F(x)‖ / (‖x‖ + ‖F(x)‖): 0% all shortcut, 50% even, 100% all branch.",
        "‖F(x)‖ /（‖x‖ + ‖F(x)‖）：0% 全是捷径，50% 各半，100% 全是分支。",
    ),
    "depth_angle": ("The angle between x and F(x)", "x 与 F(x) 的夹角"),
    "depth_angle_help": (
        "90°: unrelated directions. More: the branch takes away from x. Less: it strengthens x.",
        "90°：方向无关。大于 90°：分支抵消 x；小于 90°：分支增强 x。",
    ),
    "depth_response": ("The spread of each layer's response", "每一层响应的离散程度"),
    "depth_response_help": (
        "Standard deviation of each convolution's output, after BatchNorm, before ReLU or addition. Projections are not counted as layers.",
        "每个卷积层输出的标准差：在 BatchNorm 之后，ReLU 或相加之前。投影不算作层。",
    ),
    "depth_response_before": (
        "Standard deviation of what each convolution is given, after BatchNorm, before ReLU: in this network both stand before the convolution. Projections are not counted as layers.",
        "每个卷积层输入的标准差：在 BatchNorm 之后、ReLU 之前。这个网络的 BatchNorm 和 ReLU 都在卷积之前。投影不算作层。",
    ),
    "axis_share": ("share of the branch", "分支的占比"),
    "axis_angle": ("angle in degrees", "夹角（度）"),
    "axis_response": ("standard deviation", "标准差"),
    "axis_place": ("from the input to the output", "从输入到输出"),
    "this": ("this picture", "这张图"),
    "median": ("median", "中位数"),
    "low": ("10% are below", "10% 低于"),
    "high": ("10% are above", "10% 高于"),
    "opens": ("opens a stage", "开启新阶段"),
    "place_share": ("block", "块"),
    "place_angle": ("block", "块"),
    "place_response": ("layer", "层"),
    "share_alt": (
        "Line chart of the branch's share of the two norms, from the first to the last of {count} blocks",
        "折线图：从第一个到最后一个块（共 {count} 个），分支在两者范数中的占比",
    ),
    "angle_alt": (
        "Line chart of the angle between x and F(x), from the first to the last of {count} blocks",
        "折线图：从第一个到最后一个块（共 {count} 个），x 与 F(x) 的夹角",
    ),
    "response_alt": (
        "Line chart of the standard deviation of the responses of {count} layers in order",
        "折线图：按顺序排列的 {count} 层响应的标准差",
    ),
    "depth_said": (
        "On this picture the branch's share is {opening:.0%} on average in the blocks that open a stage, and {other:.0%} in the others. In {against} of {blocks} blocks the angle is above 90°: there the branch takes away from x.",
        "在这张图上，分支的平均占比在开启新阶段的块中是 {opening:.0%}，在其余的块中是 {other:.0%}。{blocks} 个块里有 {against} 个夹角大于 90°：在那里分支抵消 x 的一部分。",
    ),
    "depth_table": ("The numbers as a table", "数据表"),
    "fig7_paper": (
        "He et al. 2015, fig. 7 ([arXiv:1512.03385](https://arxiv.org/abs/1512.03385)): on CIFAR-10, layer responses are generally smaller in residual networks than in their plain counterparts, and smaller in deeper residual networks.",
        "He 等 2015，图 7（[arXiv:1512.03385](https://arxiv.org/abs/1512.03385)）：在 CIFAR-10 上，残差网络的层响应普遍小于对应的普通网络；残差网络越深，响应越小。",
    ),
    "fig7_twins": (
        "On this picture the mean over this network's layers is {mean}. What shortcuts do to it, our two twins of {layers} layers show, which were trained alike: over the same {count} pictures the mean is {residual} with shortcuts and {plain} without, and {fewer} of {measured} layers respond less with shortcuts.",
        "在这张图上，这个网络各层的平均值是 {mean}。捷径的作用要看我们那对 {layers} 层、训练方法相同的孪生网络：在同样的 {count} 张图片上，有捷径时平均值为 {residual}，没有捷径时为 {plain}；{measured} 层中有 {fewer} 层在有捷径时响应更小。",
    ),
    # change it
    "scope": ("Which blocks", "改哪些块"),
    "scope_one": ("this block", "这个块"),
    "scope_all": ("all blocks", "所有块"),
    "alpha": ("α, times the branch", "α：分支的倍数"),
    "beta": ("β, times the shortcut", "β：捷径的倍数"),
    "drop": ("Drop the branch", "去掉分支"),
    "cut": ("Cut the shortcut", "切断捷径"),
    "reset": ("Reset", "复原"),
    "order": ("Change places with", "与哪个块交换位置"),
    "order_own": ("no block", "不交换"),
    "order_none": (
        "{block} cannot change places: no other block of its stage takes and gives the same shape. Choose another block, or a deeper network.",
        "{block} 无法交换位置：同一阶段里没有其他块的输入和输出形状都与它相同。请换一个块，或换更深的网络。",
    ),
    "donor": ("Shortcut of {block} comes from", "{block} 的捷径来自"),
    "donor_own": ("this picture", "这张图"),
    "of": ("of {picture}", "来自 {picture}"),
    "moved": ("probability moved", "转移的概率"),
    "moved_help": (
        "Probability moved: the share that went to other classes, which is half the sum of all differences (total variation distance).",
        "转移的概率：转到其他类别的部分，即所有差值之和的一半（全变差距离）。",
    ),
    "logits_changed": ("change of the logits", "logits 的变化"),
    "before": ("before", "修改前"),
    "after": ("after", "修改后"),
    "class": ("class", "类别"),
    "probability": ("probability", "概率"),
    "moved_alt": (
        "Paired bars of the most probable classes before and after the change",
        "成对的条形：修改前后概率最高的类别",
    ),
    "unchanged": (
        "Nothing is changed yet. Move a slider or drop the branch.",
        "还没有任何改动。请拖动滑块，或去掉分支。",
    ),
    "answer_stays": (
        "The answer stays **{before}**, from {p_before:.0%} to {p_after:.0%}.",
        "预测仍是**{before}**，概率从 {p_before:.0%} 变为 {p_after:.0%}。",
    ),
    "answer_goes": (
        "The answer goes from **{before}** ({p_before:.0%}) to **{after}** ({p_after:.0%}).",
        "预测从**{before}**（{p_before:.0%}）变为**{after}**（{p_after:.0%}）。",
    ),
    "honesty": (
        "These sliders disturb a network that was trained with α = β = 1. He et al. 2016 trained networks that had scaled shortcuts from the start, which is another question. {name} has {blocks} blocks, {opening} of which open a stage.",
        "这些滑块扰动的是一个以 α = β = 1 训练好的网络；He 等 2016 则是从一开始就用缩放的捷径训练，那是另一个问题。{name} 有 {blocks} 个块，其中 {opening} 个开启新阶段。",
    ),
    "honesty_relu": ("A ReLU follows each addition.", "每次相加之后都有 ReLU。"),
    "honesty_fewer": (
        "The papers' ResNet-110 has 54, so one block is a smaller part of it.",
        "论文中的 ResNet-110 有 54 个块，单个块所占的比重更小。",
    ),
    "scaled_paper": (
        "He et al. 2016, table 1 ([arXiv:1603.05027](https://arxiv.org/abs/1603.05027)): a ResNet-110 trained with both terms halved (0.5 and 0.5) has a test error of 12.35% on CIFAR-10, against 6.61% with the identity.",
        "He 等 2016，表 1（[arXiv:1603.05027](https://arxiv.org/abs/1603.05027)）：两项都减半（0.5 和 0.5）训练出的 ResNet-110 在 CIFAR-10 上的测试错误率为 12.35%，恒等捷径为 6.61%。",
    ),
    "scaled_here": (
        "With α = β = 0.5 in all {blocks} blocks, {moved:.0%} of this picture's probability moves. {answer} That is one picture and no training, so it does not test the paper's claim.",
        "所有 {blocks} 个块都取 α = β = 0.5 时，这张图有 {moved:.0%} 的概率转移。{answer}这只是一张图，也没有重新训练，所以不能检验论文的结论。",
    ),
    "dropped_paper": (
        "Veit et al. 2016, fig. 3 ([arXiv:1605.06431](https://arxiv.org/abs/1605.06431)): removing one block from a ResNet-110 hardly changes its error; removing one that opens a stage costs somewhat more.",
        "Veit 等 2016，图 3（[arXiv:1605.06431](https://arxiv.org/abs/1605.06431)）：从 ResNet-110 中去掉一个块，错误率几乎不变；去掉开启新阶段的块，代价略大。",
    ),
    "dropped_here": (
        "Without the branch of {block}, {moved:.0%} of this picture's probability moves. {answer} “Remove blocks” measures it on many pictures.",
        "去掉 {block} 的分支后，这张图有 {moved:.0%} 的概率转移。{answer}“去掉块”在许多图片上测量。",
    ),
    "swapped_paper": (
        "Veit et al. 2016, section 4.3 and fig. 5 (b): the error of a ResNet-110 grows smoothly as more and more blocks change places.",
        "Veit 等 2016，第 4.3 节与图 5（b）：交换位置的块越来越多时，ResNet-110 的错误率平滑上升。",
    ),
    "swapped_here": (
        "When {first} and {second} change places, {moved:.0%} of this picture's probability moves. {answer} One swap is one step of the paper's curve.",
        "{first} 与 {second} 交换位置后，这张图有 {moved:.0%} 的概率转移。{answer}一次交换只是论文那条曲线上的一步。",
    ),
    "error_swap": (
        "{first} and {second} cannot change places: only blocks of one stage can, and not one that changes the shape.",
        "{first} 和 {second} 不能交换位置：只有同一阶段、且不改变形状的块才可以。",
    ),
    "error_donor": (
        "{block} is to take another picture's shortcut, but none is given.",
        "{block} 要使用另一张图的捷径，但没有给出这条捷径。",
    ),
}
