"""Words of the shortcut lab: the page, and its parts block, depth and change."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Shortcut lab", "捷径实验室"),
    "title": ("What does the shortcut carry, and what does the branch add?", "捷径传递了什么，分支又加上了什么？"),
    "parts": ("Experiment", "实验"),
    "about_block": (
        "What the shortcut carries, what the branch computes, and their sum. Which of the two is larger?",
        "捷径传递什么，分支算出什么，两者之和又是什么？哪一项更大？",
    ),
    "about_depth": (
        "In which blocks is the branch larger, and does it strengthen x or cancel part of it?",
        "分支在哪些块里更大？它是增强 x，还是抵消 x？",
    ),
    "about_change": (
        "Scale the branch or the shortcut, or remove one. Does the network still recognise your image?",
        "缩放或去掉分支、捷径，网络还认得出你的图片吗？",
    ),
    "more": ("Swap blocks, or use another image's shortcut", "交换两个块，或换用另一张图的捷径"),
    "said_zero": (
        "One of {x} and F(x) is zero everywhere here, so the sum equals the other one, and the angle between them is undefined.",
        "这里 {x} 与 F(x) 之一处处为零：和等于另一项，两者的夹角没有定义。",
    ),
    "part_block": ("One block", "单个块"),
    "part_depth": ("All blocks", "所有块"),
    "part_change": ("Interventions", "干预"),
    "part_lesion": ("Remove blocks", "去掉块（消融）"),
    "part_gradients": ("Gradients", "梯度"),
    "part_inference": ("Predictions by block", "逐块看预测"),
    # The way through the parts
    "place": ("Step {number} of {count}", "第 {number} 步，共 {count} 步"),
    "next": ("Next: {part}", "下一步：{part}"),
    "next_depth": (
        "One block added its branch to x. Is it like this everywhere? Look for blocks where the branch is the larger one, and for angles beyond 90°: there F(x) cancels part of x.",
        "刚才看到一个块把分支加到 x 上。别处也这样吗？留意哪些块里分支更大，以及哪里的夹角超过 90°：在那里 F(x) 抵消了 x 的一部分。",
    ),
    "next_change": (
        "Small or large, does the network need both terms? Cut the shortcut, then drop the branch, and look at which of the two changes the prediction more.",
        "无论大小，网络真的两项都需要吗？先切断捷径，再去掉分支，看看哪一个让预测变得更多。",
    ),
    "next_lesion": (
        "That was one image. Over many, remove one block after the other and look for the highest bars: blocks that the network hardly misses. Do they exist without shortcuts, too?",
        "那只是一张图片。换成许多图片，每次去掉一个块，留意最高的柱子：网络几乎不需要的块。没有捷径的网络里也有这样的块吗？",
    ),
    "next_gradients": (
        "A trained network can do without a block. But why could it be trained at all? Look at how large the gradient still is at the first block, with and without shortcuts.",
        "训练好的网络少一个块也行。可它当初为什么训练得动？看看有捷径、没捷径时，传到第一个块的梯度各还剩多少。",
    ),
    "next_inference": (
        "The gradient reaches every block, so each can improve the same prediction. Look at the block from which on the prediction is right.",
        "梯度能到达每个块，所以每个块都能改进同一个预测。看看从哪个块起，预测就已经对了。",
    ),
    "next_end": (
        "That was all: what a block adds, whether it is needed, how it learns, what it improves. Next, the same question on whole networks in training, or the homework.",
        "六步走完了：一个块加上什么、是否必需、怎样学到、改进了什么。接下来看整个网络训练时的同一个问题，或者去做作业。",
    ),
    "block_help": (
        "◆ marks a block that starts a stage: the shape changes, so its shortcut cannot be the identity.",
        "◆ 表示阶段首块：形状改变，所以它的捷径不能是恒等映射。",
    ),
    # one block
    "view": ("Show", "显示"),
    "view_clearest": ("clearest channel", "最清晰的通道"),
    "view_energy": ("energy of all channels", "所有通道的能量"),
    "view_chosen": ("selected channel", "自选通道"),
    "channel": ("Channel", "通道"),
    "term_raw": ("x|the block's input", "x|块的输入"),
    "term_x": ("x|the shortcut", "x|捷径"),
    "term_projected": ("Wx|x after the projection", "Wx|投影之后的 x"),
    "term_padded": ("x↓|every second pixel, zero padding", "x↓|隔像素取样并补零"),
    "term_changed": ("{x}|the shortcut", "{x}|捷径"),
    "term_f": ("{f}|the branch", "{f}|分支"),
    "term_sum": ("{x} + {f}|the sum", "{x} + {f}|两者之和"),
    "term_sum_left": ("{x} + {f}|the sum, the block's output", "{x} + {f}|两者之和，即块的输出"),
    "term_activation": ("{name}|the block's output", "{name}|块的输出"),
    "term_relu": ("ReLU|the block's output", "ReLU|块的输出"),
    "figure": ("Block {block}, {what}", "块 {block}，{what}"),
    "own_scale": ("own scale", "自有色标"),
    "map_alt": ("Map of {part} in {block}, {what}", "{block} 中 {part} 的图，{what}"),
    "what_channel": ("channel {channel}", "通道 {channel}"),
    "what_energy": ("energy over {channels} channels", "{channels} 个通道的能量"),
    "fact_norm": ("norm", "范数"),
    "fact_value": ("value", "数值"),
    "fact_ratio": ("‖F‖ ÷ ‖{x}‖", "‖F‖ ÷ ‖{x}‖"),
    "fact_cosine": ("cosine", "余弦"),
    "fact_cut": ("set to 0", "被置零"),
    "scale_one": (
        "Both terms and their results show {what} on one colour scale: the same colour means the same value. The norms are over all {channels} channels.",
        "相加的两项和它们的结果（{what}）共用一把色标：颜色相同，数值就相同。范数对全部 {channels} 个通道计算。",
    ),
    "scale_energy": (
        "Energy is the root mean square over the channels, at each pixel.",
        "能量：每个像素上各通道的均方根。",
    ),
    "scale_raw": (
        "x itself has another shape ({raw} instead of {shape}), so it cannot be added directly: a 1×1 convolution with BatchNorm turns it into Wx. Its map has its own colour scale.",
        "x 本身形状不同（{raw}，而不是 {shape}），不能直接相加：先用 1×1 卷积加 BatchNorm 把它变成 Wx。它的图单独用一把色标。",
    ),
    "scale_raw_by": (
        "x itself has another shape ({raw} instead of {shape}), so it cannot be added directly: {calls} make Wx of it. Its map has its own colour scale.",
        "x 本身形状不同（{raw}，而不是 {shape}），不能直接相加：先经过 {calls} 变成 Wx。它的图单独用一把色标。",
    ),
    "extra_tokens": (
        "The maps show the tokens of the patches at their places; {count} more without a place in the image, such as the class token, are counted in the norms only.",
        "图中按位置显示各图块的 token；另有 {count} 个在图片中没有位置的 token（如类别 token），只计入范数。",
    ),
    "scale_raw_channel": (
        "Shown is channel {source} of x, which has the largest weight in channel {channel} of Wx.",
        "图中是 x 的通道 {source}：在 Wx 的通道 {channel} 中，它的权重最大。",
    ),
    "scale_raw_padded": (
        "x itself has another shape ({raw} instead of {shape}): the shortcut keeps every second pixel of it and fills the new channels with zeros. Its map has its own colour scale.",
        "x 本身形状不同（{raw}，而不是 {shape}）：捷径隔一个像素取一个，新增的通道填零。它的图单独用一把色标。",
    ),
    "scale_raw_zeros": (
        "Channel {channel} is one of the zero channels and contains no channel of x, so x is shown as energy.",
        "通道 {channel} 是补上的全零通道，不含 x 的任何通道，所以 x 显示为能量。",
    ),
    "scale_raw_changed": (
        "x itself is shown for comparison, on its own colour scale: the shortcut carries {x}, not x.",
        "x 本身只供比较，单独用一把色标：捷径传递的是 {x}，不是 x。",
    ),
    "scale_dropout": (
        "Dropout is active only in training: at inference, as here, the shortcut carries x unchanged.",
        "dropout 只在训练时起作用；推理时（就像这里）捷径原样传递 x。",
    ),
    "said_small": (
        "The norm of F(x) is {ratio} times that of {x}: here the shortcut is larger than the branch.",
        "F(x) 的范数是 {x} 的 {ratio} 倍：在这里，捷径比分支大。",
    ),
    "said_alike": (
        "Shortcut and branch are about equally large: the norm of F(x) is {ratio} times that of {x}.",
        "捷径和分支差不多大：F(x) 的范数是 {x} 的 {ratio} 倍。",
    ),
    "said_large": (
        "The norm of F(x) is {ratio} times that of {x}: here the branch is larger than the shortcut.",
        "F(x) 的范数是 {x} 的 {ratio} 倍：在这里，分支比捷径大。",
    ),
    "said_against": (
        "The cosine of {cosine} is negative: F(x) partly cancels {x}.",
        "余弦 {cosine} 为负：F(x) 抵消了 {x} 的一部分。",
    ),
    "said_apart": (
        "The cosine of {cosine} is near zero: overall, F(x) neither strengthens nor cancels {x}.",
        "余弦 {cosine} 接近零：总体上，F(x) 既不增强也不抵消 {x}。",
    ),
    "said_along": (
        "The cosine of {cosine} is positive: F(x) partly strengthens {x}.",
        "余弦 {cosine} 为正：F(x) 增强了 {x} 的一部分。",
    ),
    "said_cut": (
        "Then ReLU sets the negative values to zero: {cut:.0%} of all.",
        "随后 ReLU 把负值置零，占全部数值的 {cut:.0%}。",
    ),
    "said_activation": ("Then {name} is applied to the sum.", "随后对和做 {name}。"),
    "said_kept": (
        "No ReLU follows: the negative values, {cut:.0%} of all, are passed on to the next block.",
        "之后没有 ReLU：负值（占 {cut:.0%}）原样传给下一个块。",
    ),
    "law": (
        "How the norms are related: ‖sum‖² = ‖{x}‖² + ‖F(x)‖² + 2 · cosine · ‖{x}‖ · ‖F(x)‖, here {sum}² ≈ {shortcut}² + {branch}² {sign} 2 · {cosine} · {shortcut} · {branch}.",
        "范数之间的关系：‖和‖² = ‖{x}‖² + ‖F(x)‖² + 2 · 余弦 · ‖{x}‖ · ‖F(x)‖，这里是 {sum}² ≈ {shortcut}² + {branch}² {sign} 2 · {cosine} · {shortcut} · {branch}。",
    ),
    # all blocks
    "pictures": ("Images in the band", "灰带包含的图片数"),
    "band_set": (
        "Grey: the range over {count} images ({source}); band from the 10th to the 90th percentile, median dashed.",
        "灰色是 {count} 张图片（{source}）的范围：灰带从第 10 到第 90 百分位，虚线为中位数。",
    ),
    "band_none": (
        "◆ marks blocks that start a stage, whose shortcut cannot be the identity.",
        "◆ 表示阶段首块，它们的捷径不能是恒等映射。",
    ),
    "band_gallery": (
        "This machine has no CIFAR-10 test images. {count} images, most of them digits, say little about a network's typical behaviour. CIFAR-10 can be downloaded in the image menu.",
        "本机没有 CIFAR-10 测试图片。{count} 张图片（大多是手写数字）很难说明网络的一般表现。可以在图片菜单里下载 CIFAR-10。",
    ),
    "depth_share": ("Share of the branch in the two norms", "分支在两者范数中的占比"),
    "depth_share_help": (
        "‖F(x)‖ / (‖x‖ + ‖F(x)‖): 0% only the shortcut, 50% equal, 100% only the branch.",
        "‖F(x)‖ /（‖x‖ + ‖F(x)‖）：0% 只有捷径，50% 各半，100% 只有分支。",
    ),
    "depth_angle": ("Angle between x and F(x)", "x 与 F(x) 的夹角"),
    "depth_angle_help": (
        "90°: orthogonal. More: the branch partly cancels x. Less: it strengthens x.",
        "90°：正交。大于 90°：分支抵消 x 的一部分；小于 90°：分支增强 x。",
    ),
    "depth_response": ("Standard deviation of each layer's response", "每一层响应的标准差"),
    "depth_response_help": (
        "Standard deviation of each convolution's output, after BatchNorm, before ReLU or addition. Projections are not counted as layers.",
        "每个卷积层输出的标准差：在 BatchNorm 之后，ReLU 或相加之前。投影不算作层。",
    ),
    "depth_response_before": (
        "Standard deviation of each convolution's input after BatchNorm, before ReLU: in this network both come before the convolution. Projections are not counted as layers.",
        "每个卷积层输入的标准差：在 BatchNorm 之后、ReLU 之前。这个网络的 BatchNorm 和 ReLU 都在卷积之前。投影不算作层。",
    ),
    "axis_share": ("share of the branch", "分支的占比"),
    "axis_angle": ("angle in degrees", "夹角（度）"),
    "axis_response": ("standard deviation", "标准差"),
    "axis_place": ("from the input to the output", "从输入到输出"),
    "this": ("this image", "这张图片"),
    "median": ("median", "中位数"),
    "low": ("10th percentile", "第 10 百分位"),
    "high": ("90th percentile", "第 90 百分位"),
    "opens": ("starts a stage", "阶段首块"),
    "place_share": ("block", "块"),
    "place_angle": ("block", "块"),
    "place_response": ("layer", "层"),
    "share_alt": (
        "Line chart of the branch's share in the two norms, from the first to the last of {count} blocks",
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
        "For this image, the branch's mean share is {opening:.0%} in blocks that start a stage, and {other:.0%} in the others.",
        "在这张图片上，分支的平均占比在阶段首块中是 {opening:.0%}，在其余的块中是 {other:.0%}。",
    ),
    "depth_said_all": (
        "For this image, the branch's mean share is {mean:.0%}.",
        "在这张图片上，分支的平均占比是 {mean:.0%}。",
    ),
    "depth_mixed": ("By what the branch computes: {means}.", "按分支的运算分：{means}。"),
    "depth_against": (
        "In {against} of {blocks} blocks the angle is above 90°: there the branch partly cancels x.",
        "{blocks} 个块里有 {against} 个夹角大于 90°：在那里分支抵消 x 的一部分。",
    ),
    "mixer": ("branch", "分支"),
    "mixer_attention": ("attention", "注意力"),
    "mixer_mlp": ("MLP", "MLP"),
    "mixer_conv": ("convolution", "卷积"),
    "mixer_pool": ("pooling", "池化"),
    "mixer_other": ("other", "其他"),
    "no_norm": (
        "This network has no norm layers, so there is no chart of layer responses: He et al. 2015 (fig. 7) measure them after BatchNorm.",
        "这个网络没有归一化层，所以没有层响应的图：He 等 2015（图 7）测量的是 BatchNorm 之后的响应。",
    ),
    "depth_response_any": (
        "Standard deviation of each norm layer's output. LayerNorm divides by the standard deviation of its input, so behind it the curve mostly shows its learned scale γ. Projections are not counted as layers.",
        "每个归一化层输出的标准差。LayerNorm 会除以输入的标准差，所以在它之后，曲线显示的主要是学到的缩放系数 γ。投影不算作层。",
    ),
    "depth_table": ("Data table", "数据表"),
    "fig7_paper": (
        "He et al. 2015, fig. 7 ([arXiv:1512.03385](https://arxiv.org/abs/1512.03385)): on CIFAR-10, layer responses are generally smaller in residual networks than in their plain counterparts, and smaller in deeper residual networks.",
        "He 等 2015，图 7（[arXiv:1512.03385](https://arxiv.org/abs/1512.03385)）：在 CIFAR-10 上，残差网络的层响应普遍小于对应的普通网络；残差网络越深，响应越小。",
    ),
    "fig7_twins": (
        "For this image, the mean over this network's layers is {mean}. The effect of shortcuts is shown by our two twins of {layers} layers, which were trained in the same way: over the same {count} images, the mean is {residual} with shortcuts and {plain} without, and {fewer} of {measured} layers have smaller responses with shortcuts.",
        "在这张图片上，这个网络各层的平均值是 {mean}。捷径的作用要看我们那对 {layers} 层、训练方法相同的对照网络：在同样的 {count} 张图片上，有捷径时平均值为 {residual}，没有捷径时为 {plain}；{measured} 层中有 {fewer} 层在有捷径时响应更小。",
    ),
    # change it
    "scope": ("Blocks to change", "修改哪些块"),
    "scope_one": ("this block", "这个块"),
    "scope_all": ("all blocks", "所有块"),
    "alpha": ("α, scale of the branch", "α：分支的缩放系数"),
    "beta": ("β, scale of the shortcut", "β：捷径的缩放系数"),
    "change_several": (
        "{module} adds more than once, so it holds several blocks. This one has the branch: {mixer}.",
        "{module} 里有不止一次相加，所以包含多个块。这一个的分支是：{mixer}。",
    ),
    "change_scaled": (
        "The network itself multiplies the branch by {factors} before the sum (layer scale). F(x) includes that; α comes on top.",
        "网络自己在相加之前就把分支乘以 {factors}（layer scale）。F(x) 已包含它，α 再乘在上面。",
    ),
    "drop": ("Drop the branch", "去掉分支"),
    "cut": ("Cut the shortcut", "切断捷径"),
    "reset": ("Reset", "复原"),
    "order": ("Swap with", "与哪个块交换位置"),
    "order_own": ("none", "不交换"),
    "order_none": (
        "{block} cannot be swapped: no other block of its stage has the same input and output shape. Choose another block, or a deeper network.",
        "{block} 无法交换位置：同一阶段里没有其他块的输入和输出形状都与它相同。请换一个块，或换更深的网络。",
    ),
    "donor": ("Take the shortcut of {block} from", "{block} 的捷径来自"),
    "donor_own": ("this image", "这张图片"),
    "of": ("of {picture}", "来自 {picture}"),
    "moved": ("change of the prediction", "预测分布的变化"),
    "moved_help": (
        "Change of the prediction: the total variation distance between the two distributions, half the sum of the absolute differences.",
        "预测分布的变化：两个分布的全变差距离，即各类概率之差的绝对值之和的一半。",
    ),
    "logits_changed": (
        "how far the logits moved (100%: as far as their own norm)",
        "logits 移动了多远（100%：等于它们自身的范数）",
    ),
    "before": ("before", "修改前"),
    "after": ("after", "修改后"),
    "class": ("class", "类别"),
    "probability": ("probability", "概率"),
    "moved_alt": (
        "Paired bars of the most probable classes before and after the change",
        "成对的条形：修改前后概率最高的类别",
    ),
    "unchanged": (
        "Nothing changed yet. Move a slider or drop the branch.",
        "还没有任何改动。请拖动滑块，或去掉分支。",
    ),
    "answer_stays": (
        "The prediction stays **{before}**, from {p_before:.0%} to {p_after:.0%}.",
        "预测仍是**{before}**，概率从 {p_before:.0%} 变为 {p_after:.0%}。",
    ),
    "answer_goes": (
        "The prediction changes from **{before}** ({p_before:.0%}) to **{after}** ({p_after:.0%}).",
        "预测从**{before}**（{p_before:.0%}）变为**{after}**（{p_after:.0%}）。",
    ),
    "honesty": (
        "These sliders change a network that was trained with α = β = 1. He et al. 2016 trained networks with scaled shortcuts from the start, which is a different question. {name} has {blocks} blocks, {opening} of which start a stage.",
        "这些滑块改动的是一个以 α = β = 1 训练好的网络；He 等 2016 则是从一开始就用缩放的捷径训练，那是另一个问题。{name} 有 {blocks} 个块，其中 {opening} 个是阶段首块。",
    ),
    "honesty_relu": ("A ReLU follows each addition.", "每次相加之后都有 ReLU。"),
    "honesty_fewer": (
        "The papers' ResNet-110 has 54, so a single block matters less there.",
        "论文中的 ResNet-110 有 54 个块，单个块所占的比重更小。",
    ),
    "scaled_paper": (
        "He et al. 2016, table 1 ([arXiv:1603.05027](https://arxiv.org/abs/1603.05027)): a ResNet-110 trained with both terms halved (0.5 and 0.5) has a test error of 12.35% on CIFAR-10, against 6.61% with the identity.",
        "He 等 2016，表 1（[arXiv:1603.05027](https://arxiv.org/abs/1603.05027)）：两项都减半（0.5 和 0.5）训练出的 ResNet-110 在 CIFAR-10 上的测试错误率为 12.35%，恒等捷径为 6.61%。",
    ),
    "scaled_here": (
        "With α = β = 0.5 in all {blocks} blocks, the prediction for this image changes by {moved:.0%} (total variation distance). {answer} This is one image and no retraining, so it does not test the paper's claim.",
        "所有 {blocks} 个块都取 α = β = 0.5 时，这张图片的预测分布改变了 {moved:.0%}（全变差距离）。{answer}这只是一张图片，也没有重新训练，所以不能检验论文的结论。",
    ),
    "dropped_paper": (
        "Veit et al. 2016, fig. 3 ([arXiv:1605.06431](https://arxiv.org/abs/1605.06431)): removing one block from a ResNet-110 hardly changes its error; removing one that starts a stage costs somewhat more.",
        "Veit 等 2016，图 3（[arXiv:1605.06431](https://arxiv.org/abs/1605.06431)）：从 ResNet-110 中去掉一个块，错误率几乎不变；去掉阶段首块，代价略大。",
    ),
    "dropped_here": (
        "Without the branch of {block}, the prediction for this image changes by {moved:.0%} (total variation distance). {answer} “Remove blocks” measures this on many images.",
        "去掉 {block} 的分支后，这张图片的预测分布改变了 {moved:.0%}（全变差距离）。{answer}“去掉块（消融）”在许多图片上测量。",
    ),
    "swapped_paper": (
        "Veit et al. 2016, section 4.3 and fig. 5 (b): the error of a ResNet-110 grows smoothly as more and more blocks are swapped.",
        "Veit 等 2016，第 4.3 节与图 5（b）：交换位置的块越来越多时，ResNet-110 的错误率平滑上升。",
    ),
    "swapped_here": (
        "When {first} and {second} are swapped, the prediction for this image changes by {moved:.0%} (total variation distance). {answer} One swap is one step of the paper's curve.",
        "{first} 与 {second} 交换位置后，这张图片的预测分布改变了 {moved:.0%}（全变差距离）。{answer}一次交换只是论文那条曲线上的一步。",
    ),
    "error_swap": (
        "{first} and {second} cannot be swapped: only blocks of the same stage that keep the shape can.",
        "{first} 和 {second} 不能交换位置：只有同一阶段、且不改变形状的块才可以。",
    ),
    "error_donor": (
        "{block} is set to use another image's shortcut, but none was given.",
        "{block} 要使用另一张图片的捷径，但没有给出这条捷径。",
    ),
}
