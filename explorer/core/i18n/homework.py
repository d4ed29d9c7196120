"""Words of the page Homework. The Chinese is the original. Backticks mark code; there is no other markup."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Homework", "作业"),
    "title": (
        "Homework 2: step inside a ResNet and see what the residual is",
        "作业 2：走进 ResNet，看看残差到底是什么",
    ),
    "about": (
        "Six questions lead to the idea of the residual, one step at a time. Each is answered in three steps: **predict, try, see**. The numbers come from the network and the image chosen above, computed now. A wrong guess is welcome: working out why is the point.",
        "六个问题，一步一步走到“残差”这个想法。每一题分三步：**先猜，再试，再看**。所有数字都由上方选定的网络和图片当场算出。猜错没关系，弄明白为什么才是收获。",
    ),
    "homework_1": (
        "Homework 1, other pretrained models on CIFAR-10: Compare backbones",
        "作业 1：其他预训练模型在 CIFAR-10 上的表现，见“模型对比”页",
    ),
    "parts": ("Question", "题目"),
    "hand_in": ("Hand in", "交作业"),
    "short_identity": ("1 identity", "1 identity"),
    "short_branch": ("2 branch", "2 分支"),
    "short_cut": ("3 cut it", "3 切断捷径"),
    "short_gradient": ("4 gradient", "4 梯度"),
    "short_plain": ("5 no shortcuts", "5 没有捷径"),
    "short_picture": ("6 your image", "6 你的图片"),
    "number": ("Question {number} of {count}", "第 {number} 题，共 {count} 题"),
    "previous": ("Back", "上一题"),
    "next": ("Next question", "下一题"),
    "to_hand_in": ("To handing in", "去交作业"),
    # Steps
    "predict": ("① Predict", "① 先猜"),
    "try": ("② Try", "② 再试"),
    "see": ("③ See", "③ 再看"),
    "write": ("④ In your own words", "④ 用自己的话"),
    "choose": ("What do you expect?", "你觉得是哪一个？"),
    "guess": ("This is my guess", "我就这么猜"),
    "guess_first": ("Choose an option first.", "先选一个选项。"),
    "guess_again": ("Guess again", "重新猜"),
    "show": ("See what the numbers say", "看看数字怎么说"),
    "measure": ("Measure", "开始测量"),
    "other_network": (
        "The questions quote torchvision's ResNet. {network} writes its addition in lines of its own; all numbers here are its own.",
        "题目引用的是 torchvision 的 ResNet 源码。{network} 的加法写在它自己的代码行里；这里的数字都由它算出。",
    ),
    "untrained": (
        "These weights are random, so the predictions mean nothing. Questions 3, 4 and 6 say more with trained weights.",
        "现在的权重是随机的，预测没有意义。第 3、4、6 题换成训练过的权重会更有收获。",
    ),
    "no_blocks": (
        "This question is left out: the chosen network has no shortcuts. Question 5 is about networks like it.",
        "这一题略过：选定的网络没有捷径。第 5 题讲的正是这样的网络。",
    ),
    "one_kind": (
        "This question is left out: all blocks of the chosen network are of one kind, so there is nothing to compare.",
        "这一题略过：选定的网络里所有块都是同一种，没有可比的。",
    ),
    # 1 What does identity hold?
    "ask_identity": ("What does `identity` hold?", "`identity` 里装的是什么？"),
    "setup_identity": (
        "A residual block first stores its input: `identity = x`. Its branch (in a ResNet, a few convolutions with BatchNorm and ReLU) then computes `out`. At the end the two are added: `out += identity`. In block `{block}`, what does `identity` hold at that moment?",
        "残差块先把输入记下来：`identity = x`。随后分支（在 ResNet 里是几次卷积，加上 BatchNorm 和 ReLU）一步步算出 `out`。最后两者相加：`out += identity`。在块 `{block}` 里，相加的那一刻 `identity` 里是什么？",
    ),
    "identity_same": ("x itself, exactly as it entered the block", "x 本身，和进入块时一模一样"),
    "identity_branch": (
        "what the branch has computed: its layers have changed it",
        "分支算出的结果：各层已经把它改写了",
    ),
    "identity_rest": (
        "what is left of x once the branch's part has been subtracted",
        "x 减去分支那一份之后剩下的部分",
    ),
    "identity_changed": (
        "something made from x: it was projected, padded or scaled first",
        "由 x 变来的东西：先做了投影、补零或缩放",
    ),
    "try_identity": (
        "Choose a block and compare the maps: x as it enters, `identity` at the addition, and their difference. All are the clearest channel of that block.",
        "选一个块，比较三张图：进入块时的 x、相加时的 `identity`，以及两者之差。都取这个块里最清晰的通道。",
    ),
    "try_identity_shape": (
        "In this block x is {before} and `identity` is {after}: two different shapes, so they cannot be subtracted.",
        "在这个块里，x 的形状是 {before}，`identity` 的形状是 {after}：形状不同，不能相减。",
    ),
    "channel": (
        "Channel {channel}; all maps on one colour scale.",
        "通道 {channel}；几张图共用一把色标。",
    ),
    "difference": ("identity − x|the difference", "identity − x|两者之差"),
    "entered": ("x|enters the block", "x|进入块时"),
    "added": ("identity|at the addition", "identity|相加时"),
    "said_identity_same": (
        "In `{block}`, `identity` equals x to the last bit: the distance is exactly 0.",
        "在 `{block}` 里，`identity` 与 x 逐位相同，距离正好是 0。",
    ),
    "said_identity_other": (
        "In `{block}`, `identity` is not x itself but something made from it.",
        "在 `{block}` 里，`identity` 不是 x 本身，而是由 x 变来的。",
    ),
    "said_identity_all": ("So it is in all {blocks} blocks.", "全部 {blocks} 个块都是这样。"),
    "said_identity_some": (
        "Of the {blocks} blocks, {exact} carry x unchanged. In the others the shortcut changes it first, mostly because the branch has another shape.",
        "{blocks} 个块里，有 {exact} 个原样传递 x；其余的块里，捷径先改变了 x，多半是因为分支的形状不同。",
    ),
    "idea_identity": (
        "A block therefore only has to learn what to add: F(x) = output − x. That difference is the residual.",
        "所以块只需要学“要加上什么”：F(x) = 输出 − x。这个差，就是残差。",
    ),
    "words_identity": (
        "In a sentence or two: why is `identity` kept unchanged until the addition?",
        "用一两句话说：为什么要把 `identity` 原样留到相加的时候？",
    ),
    "fact_x": ("distance from x", "与 x 的距离"),
    "fact_f": ("distance from F(x)", "与 F(x) 的距离"),
    "fact_rest": ("distance from x − F(x)", "与 x − F(x) 的距离"),
    "other_shape": ("another shape", "形状不同"),
    # 2 What does the branch add here?
    "ask_branch": ("What does the branch add here?", "分支在这里加上了什么？"),
    "setup_branch": (
        "The block's sum is x + F(x), where F(x) is what the branch computes. Residuals are often called small corrections. On this image, how large is F(x) in block `{block}`? Size means the norm: the root of the sum of all squared values.",
        "块里相加的是 x + F(x)，F(x) 由分支算出。常听人说残差是“一点小修正”。在这张图片上，块 `{block}` 的 F(x) 有多大？大小用范数衡量：所有数值的平方和再开方。",
    ),
    "branch_small": ("small: less than half of x", "很小：不到 x 的一半"),
    "branch_alike": ("comparable: between half of x and twice x", "差不多：x 的一半到两倍"),
    "branch_large": ("large: more than twice x", "很大：超过 x 的两倍"),
    "try_branch": (
        "Choose a block and see the two terms and their sum, in the clearest channel, on one colour scale.",
        "选一个块，看相加的两项与它们的和：取最清晰的通道，共用一把色标。",
    ),
    "said_branch": (
        "In `{block}`, the norm of F(x) is {ratio:.2f} times that of x.",
        "在 `{block}` 里，F(x) 的范数是 x 的 {ratio:.2f} 倍。",
    ),
    "said_branch_all": (
        "Over all {blocks} blocks it ranges from {low:.2f} to {high:.2f} times.",
        "在全部 {blocks} 个块里，这个倍数从 {low:.2f} 到 {high:.2f}。",
    ),
    "said_along": (
        "The angle between them is {angle:.0f}°, so F(x) partly strengthens x.",
        "两者的夹角是 {angle:.0f}°：F(x) 增强了 x 的一部分。",
    ),
    "said_apart": (
        "The angle between them is {angle:.0f}°, close to a right angle: F(x) adds something new.",
        "两者的夹角是 {angle:.0f}°，接近直角：F(x) 加上的是新东西。",
    ),
    "said_against": (
        "The angle between them is {angle:.0f}°, so F(x) partly cancels x.",
        "两者的夹角是 {angle:.0f}°：F(x) 抵消了 x 的一部分。",
    ),
    "none_branch": (
        "x is zero everywhere in this block, so there is nothing to compare with.",
        "这个块里的 x 处处为零，没有可比的。",
    ),
    "idea_branch": (
        "Residual means “the difference to add”. It does not mean “small”.",
        "残差的意思是“要加上的差”，并不是“很小的数”。",
    ),
    "words_branch": ("In a sentence or two: what does F(x) learn?", "用一两句话说：F(x) 学的是什么？"),
    "fact_x_norm": ("norm of x", "x 的范数"),
    "fact_f_norm": ("norm of F(x)", "F(x) 的范数"),
    "fact_sum_norm": ("norm of the sum", "和的范数"),
    "fact_angle": ("angle", "夹角"),
    # 3 Cut the shortcut
    "ask_cut": ("What if the shortcut is cut?", "切断捷径会怎样？"),
    "setup_cut": (
        "Set the shortcut of one block to zero, so that only its branch is left: out = F(x). Nothing else changes and nothing is retrained. Some blocks keep the shape; {opening} of the {blocks} blocks here open a stage, change the shape and have to convert x on the shortcut. In which kind does the cut change the prediction more?",
        "把一个块的捷径换成零，只剩下分支：out = F(x)。其余都不动，也不重新训练。多数块保持形状；这里 {blocks} 个块中有 {opening} 个是阶段首块，它们改变形状，捷径上要先转换 x。切断哪一种块的捷径，预测变得更多？",
    ),
    "cut_keeps": ("in blocks that keep the shape", "保持形状的块"),
    "cut_opens": ("in blocks that open a stage", "改变形状的阶段首块"),
    "cut_alike": ("about the same in both (within 5 percentage points)", "两种差不多（相差不到 5 个百分点）"),
    "cut_hardly": ("hardly at all in either (below 5%)", "两种都几乎没有影响（不到 5%）"),
    "try_cut": (
        "Choose a block and turn its shortcut down, from 1 to 0. Does the network still give the same answer?",
        "选一个块，把它的捷径从 1 慢慢调到 0。网络的答案还一样吗？",
    ),
    "said_cut": (
        "With the shortcut cut, the prediction changes by {keeps:.0%} in blocks that keep the shape, and by {opens:.0%} in those that open a stage (medians; 100% means that all probability went to other classes).",
        "切断捷径后，预测的变化在保持形状的块里是 {keeps:.0%}，在阶段首块里是 {opens:.0%}（取中位数；100% 表示概率全部转到别的类别）。",
    ),
    "said_cut_most": (
        "The largest change is in `{most}` ({most_moved:.0%}), the smallest in `{least}` ({least_moved:.0%}).",
        "变化最大的是 `{most}`（{most_moved:.0%}），最小的是 `{least}`（{least_moved:.0%}）。",
    ),
    "idea_cut": (
        "The network was trained with its shortcuts: the later layers expect x + F(x), not F(x) alone.",
        "网络是带着捷径训练出来的：后面的层等着的是 x + F(x)，而不是单独的 F(x)。",
    ),
    "words_cut": (
        "In a sentence or two: why do the two kinds of blocks differ, or not?",
        "用一两句话说：两种块为什么不一样，或者为什么一样？",
    ),
    "keep": ("Scale of the shortcut", "捷径的缩放系数"),
    "kind_keeps": ("keeps the shape", "保持形状"),
    "kind_opens": ("opens a stage", "阶段首块"),
    "chart_ratio": ("Size of the branch relative to x, block by block", "每个块里，分支是 x 的多少倍"),
    "ratio": ("|F(x)| / |x|, no unit", "|F(x)| / |x|，无单位"),
    "chart_cut": (
        "Change of the prediction with this shortcut cut (* another answer)",
        "切断这个块的捷径，预测变了多少（* 答案也变了）",
    ),
    "chart_picture": (
        "Change of the prediction without this branch (* another answer)",
        "去掉这个块的分支，预测变了多少（* 答案也变了）",
    ),
    "chart_alt": ("Bars: {values}", "条形图：{values}"),
    "moved": ("change of the prediction, %", "预测的变化，%"),
    "block": ("block", "块"),
    "answer": ("answer", "答案"),
    "kind": ("kind of block", "块的种类"),
    # 4 Why does the gradient arrive?
    "ask_gradient": ("Why does the gradient arrive?", "梯度为什么到得了？"),
    "setup_gradient": (
        "In training, the gradient of the loss travels back from the output, block by block. How much arrives is its norm at the first block relative to the last. Now cut all shortcuts. Compared with before, how much arrives then?",
        "训练时，损失的梯度要从输出一个块一个块地传回来。到了多少，就看它在第一个块的范数是最后一个块的几倍。现在把所有捷径都切断，与原来相比，还能到多少？",
    ),
    "gradient_alike": ("about as much (within a factor of 2)", "差不多（相差不到 2 倍）"),
    "gradient_less": ("less: a half to a tenth", "变少：剩下一半到十分之一"),
    "gradient_hardly": ("hardly any: less than a tenth", "几乎到不了：不到十分之一"),
    "gradient_more": ("more: over twice as much", "变多：两倍以上"),
    "try_gradient": (
        "The gradient's norm at each block, from the output (right) back to the input (left). Cut the shortcuts and watch the line.",
        "每个块的梯度范数，从输出（右）传回输入（左）。切断捷径，看看这条线怎么变。",
    ),
    "cut_all": ("Cut all shortcuts", "切断所有捷径"),
    "said_gradient": (
        "With the shortcuts, the gradient at the first block is {kept} times that at the last; with all of them cut, {cut} times.",
        "有捷径时，第一个块的梯度是最后一个块的 {kept} 倍；全部切断后是 {cut} 倍。",
    ),
    "said_terms": (
        "At the input of `{block}` it is the sum of two terms: along the shortcut (norm {shortcut}) and through the branch (norm {branch}).",
        "在 `{block}` 的输入处，梯度是两份之和：沿捷径来的一份（范数 {shortcut}）和穿过分支来的一份（范数 {branch}）。",
    ),
    "said_loss_true": (
        "The loss is for the class “{name}”, the image's label.",
        "损失针对类别“{name}”，即图片的标签。",
    ),
    "said_loss_predicted": (
        "The loss is for the class “{name}”, the network's own answer.",
        "损失针对类别“{name}”，即网络自己的答案。",
    ),
    "none_gradient": (
        "The gradient is zero somewhere: the loss is at its minimum, or nothing arrives. Choose another image, or other weights.",
        "有的地方梯度为零：损失已经到了最低点，或者什么也没传到。请换一张图片，或换别的权重。",
    ),
    "idea_gradient": (
        "The derivative of x + F(x) is 1 + F′(x). Whatever the branch does, the 1 hands the gradient on unchanged, so it need not survive every convolution on its way.",
        "x + F(x) 的导数是 1 + F′(x)。不管分支怎样，那个 1 都把梯度原样往回传，所以梯度不必闯过沿途的每一次卷积。",
    ),
    "words_gradient": (
        "In a sentence or two: what does the shortcut do for the gradient?",
        "用一两句话说：捷径为梯度做了什么？",
    ),
    "fact_kept": ("first ÷ last, with shortcuts", "首块 ÷ 末块，有捷径"),
    "fact_cut": ("first ÷ last, all cut", "首块 ÷ 末块，全部切断"),
    "fact_along": ("along the shortcut", "沿捷径"),
    "fact_through": ("through the branch", "穿过分支"),
    # 5 A plain network of the same depth
    "ask_plain": ("What does a plain network of the same depth do?", "同样深的普通网络会怎样？"),
    "setup_plain": (
        "Leave out all shortcuts and change nothing else: the same {depth} layers, the same number of parameters, the same training. We trained both kinds on CIFAR-10 for {epochs} epochs. Compared with the residual network, the plain one is …",
        "去掉全部捷径，其余什么都不变：同样 {depth} 层，同样多的参数，同样的训练。我们在 CIFAR-10 上把两种网络都训练了 {epochs} 轮。与残差网络相比，普通网络……",
    ),
    "plain_same": (
        "as good: it has the same layers and parameters (errors within 1 percentage point)",
        "一样好：层数和参数都一样（错误率相差不到 1 个百分点）",
    ),
    "plain_overfits": (
        "as good on the training images, worse on the test images: it overfits",
        "训练图片上一样好，测试图片上更差：过拟合了",
    ),
    "plain_worse": ("worse even on the training images", "连训练图片都学得更差"),
    "plain_better": ("better: nothing interferes with its layers", "更好：没有捷径来干扰它的层"),
    "try_plain": (
        "Compare {shallow} with {depth} layers: what does more depth do to each kind? Dashed is the error on the training images, solid on the test images.",
        "比较 {shallow} 层和 {depth} 层：加深对两种网络各有什么影响？虚线是训练图片上的错误率，实线是测试图片上的。",
    ),
    "depth": ("Layers", "层数"),
    "try_twins": (
        "Your image, seen by two small networks of {depth} layers that differ only in their shortcuts: with them the answer is {residual} ({p_residual:.0%}), without them {plain} ({p_plain:.0%}). One image decides nothing; the curves do.",
        "让一对只差捷径的 {depth} 层小网络看你的图片：有捷径的回答是{residual}（{p_residual:.0%}），没有捷径的是{plain}（{p_plain:.0%}）。一张图片说明不了什么，要看曲线。",
    ),
    "said_plain": (
        "With {depth} layers, the plain network ends with a training error of {plain_train:.1%} and the residual one with {residual_train:.1%} (test: {plain_test:.1%} and {residual_test:.1%}).",
        "{depth} 层时，普通网络的训练错误率最后是 {plain_train:.1%}，残差网络是 {residual_train:.1%}（测试分别为 {plain_test:.1%} 和 {residual_test:.1%}）。",
    ),
    "said_plain_depths": (
        "From {shallow} to {depth} layers, the training error goes from {plain_shallow:.1%} to {plain_train:.1%} without shortcuts, and from {residual_shallow:.1%} to {residual_train:.1%} with them.",
        "从 {shallow} 层加深到 {depth} 层，没有捷径时训练错误率从 {plain_shallow:.1%} 变为 {plain_train:.1%}，有捷径时从 {residual_shallow:.1%} 变为 {residual_train:.1%}。",
    ),
    "stored": (
        "These numbers come from our stored runs, not from the network above: half the paper's width, {seeds} run(s) of each network · {origin} · `{command}`",
        "这些数字来自我们保存的训练，不是上方的网络：宽度为论文的一半，每种网络训练 {seeds} 次 · {origin} · `{command}`",
    ),
    "idea_plain": (
        "Extra layers would only have to pass their input on to do no harm. A plain network finds that hard to learn; a shortcut gives it for free (He et al. 2015, arXiv:1512.03385).",
        "多出来的层只要把输入原样传下去，就不会帮倒忙。普通网络很难学会这一点，捷径却直接给了它（He 等 2015，arXiv:1512.03385）。",
    ),
    "words_plain": (
        "In a sentence or two: why can a deeper network do worse?",
        "用一两句话说：更深的网络为什么可能学得更差？",
    ),
    "net_plain": ("plain, {depth} layers", "普通网络，{depth} 层"),
    "net_residual": ("residual, {depth} layers", "残差网络，{depth} 层"),
    "chart_plain": ("Error of both networks in training", "训练过程中两种网络的错误率"),
    "chart_plain_alt": ("Error curves; the last values: {ends}", "错误率曲线；最后的数值：{ends}"),
    "fact_train": ("training error, {kind}", "训练错误率，{kind}"),
    "fact_test": ("test error, {kind}", "测试错误率，{kind}"),
    # 6 Your own image
    "ask_picture": ("What happens on your own image?", "换成你自己的图片呢？"),
    "setup_picture": (
        "In the image menu above, choose an image of your own: upload, paste or photograph it. Now remove the blocks one at a time: only the branch goes, the shortcut stays. For how many of the {blocks} blocks does the answer to this image become another?",
        "在上方的图片菜单里选一张自己的图片：上传、粘贴或拍照都行。现在逐个去掉网络的块，每次一个：只去掉分支，捷径照旧。{blocks} 个块里，有多少个一去掉，网络对这张图片的答案就变了？",
    ),
    "picture_none": ("for none of them", "一个也没有"),
    "picture_some": ("for some: fewer than half", "有几个，不到一半"),
    "picture_most": ("for half of them or more", "一半或更多"),
    "gallery": (
        "This is an image of the gallery. Choose one of your own before you guess.",
        "现在是图库里的图片。先换成你自己的，再来猜。",
    ),
    "try_picture": (
        "Choose a block and turn its branch down, from 1 to 0. At 0 the block only hands on what its shortcut carries.",
        "选一个块，把它的分支从 1 慢慢调到 0。到 0 时，这个块只把捷径上的东西往下传。",
    ),
    "keep_branch": ("Scale of the branch", "分支的缩放系数"),
    "said_picture": (
        "The network's answer to this image is {answer} ({probability:.0%}). Without one block at a time it becomes another in {gone} of {blocks} cases.",
        "网络对这张图片的答案是{answer}（{probability:.0%}）。每次去掉一个块，{blocks} 次里有 {gone} 次答案变了。",
    ),
    "fact_gone": ("answers that change", "答案改变的次数"),
    "said_picture_which": ("These are {paths}.", "它们是 {paths}。"),
    "idea_picture": (
        "Without its branch, a block still hands x on along the shortcut. A residual network refines one x step by step, and some steps matter more than others.",
        "去掉分支以后，块仍然沿捷径把 x 传下去。残差网络是在同一个 x 上一步一步地修改，有的步骤重要，有的不那么重要。",
    ),
    "words_picture": (
        "In a sentence or two: what did you see on your image, and what surprised you?",
        "用一两句话说：在你的图片上看到了什么？有什么出乎意料？",
    ),
    # What the numbers say about the guess
    "agrees": ("The numbers agree with this guess.", "数字和这个猜测一致。"),
    "differs": (
        "The numbers say something else: {other}. Why might that be?",
        "数字说的是另一种：{other}。为什么会这样？",
    ),
    "close": (
        "The numbers lie on the border of two options: {options}. Both are right.",
        "数字正好落在两个选项的分界上：{options}。两个都对。",
    ),
    "undecided": ("The numbers decide nothing here. {reason}", "这里的数字分不出高下。{reason}"),
    "quoted": ("“{words}”", "“{words}”"),
    "your_guess": ("your guess", "你的猜测"),
    "the_numbers": ("the numbers", "数字"),
    # Where to go on
    "go_identity": ("Walk to this line of the source", "到源码的这一行看看"),
    "go_branch": ("This block in the shortcut lab", "到捷径实验室看这个块"),
    "go_cut": ("More interventions in the shortcut lab", "到捷径实验室做更多干预"),
    "go_gradient": ("Gradients in the shortcut lab", "到捷径实验室看梯度"),
    "go_plain": ("The whole experiment: why residual", "完整的实验：为什么要残差"),
    "go_picture": ("Remove blocks on many images", "在许多图片上去掉块"),
    # Own words
    "name": ("Name and student number (optional)", "姓名和学号（选填）"),
    "saved": ("Kept in this browser.", "已保存在这个浏览器里。"),
    "empty": (
        "What you write stays in this browser and survives a reload.",
        "你写的话只留在这个浏览器里，刷新页面也不会丢。",
    ),
    "not_saved": (
        "This browser keeps nothing (private window?). Hand in before you close the page.",
        "这个浏览器什么也存不下来（是无痕窗口吗？）。请在关闭页面之前交作业。",
    ),
    "newer": (
        "Another tab holds newer words for this question. Nothing was overwritten.",
        "另一个标签页里，这一题有更新的文字。什么都没有被覆盖。",
    ),
    "take_theirs": ("Use those", "用那边的"),
    "keep_mine": ("Keep these", "用这里的"),
    "characters": ("characters", "字"),
    "clear": ("Start over", "全部重来"),
    "clear_ask": (
        "This deletes all guesses, your words and your name in this browser. It cannot be undone.",
        "这会删除这个浏览器里的全部猜测、你写的话和姓名，无法撤销。",
    ),
    "clear_yes": ("Delete all of it", "全部删除"),
    "clear_no": ("Keep it", "保留"),
    # Hand in
    "hand_in_about": (
        "One file with everything: the questions, your guesses, what the numbers said, your words and the figures. It opens with a double click, without a network, and prints on A4.",
        "一个文件，内容齐全：题目、你的猜测、数字怎么说、你自己的话，还有图。双击就能打开，不需要联网，也可以用 A4 纸打印。",
    ),
    "all_done": ("All {count} questions are answered.", "{count} 题都答完了。"),
    "open_count": ("{left} of {count} questions are open: {which}.", "{count} 题里还有 {left} 题没答完：{which}。"),
    "open_guess": ("{number} (guess)", "第 {number} 题（猜测）"),
    "open_words": ("{number} (your words)", "第 {number} 题（自己的话）"),
    "open_both": ("{number}", "第 {number} 题"),
    "download": ("Hand in: save the file", "交作业：保存文件"),
    "download_anyway": ("Hand in as it is: save the file", "就这样交：保存文件"),
    "worksheet": ("Blank worksheet to print", "打印用的空白题单"),
    "worksheet_help": (
        "The six questions with boxes to tick and lines to write on, for a class without computers.",
        "六个问题，带可以勾选的方框和写字的横线，没有电脑的课堂也能用。",
    ),
    "file": ("homework-2", "作业2"),
    "column_question": ("Question", "题目"),
    "column_guess": ("Guess", "猜测"),
    "column_words": ("Words", "自己的话"),
    "status_alt": ("What is done of each question", "每一题的完成情况"),
    "public": (
        "Your words are in this browser and in this session's memory on the server, for the file. No other visitor can see them.",
        "你的话保存在这个浏览器里；为了生成文件，也在服务器上本次会话的内存里。其他访客看不到。",
    ),
    # The file
    "file_name": ("Name", "姓名"),
    "file_date": ("Date", "日期"),
    "file_network": ("Network", "网络"),
    "file_weights": ("Weights", "权重"),
    "file_picture": ("Image", "图片"),
    "file_own": ("{name} (own image)", "{name}（自己的图片）"),
    "file_gallery": ("{name} (not an own image)", "{name}（不是自己的图片）"),
    "file_guess": ("Guess", "猜测"),
    "file_said": ("What the numbers say", "数字怎么说"),
    "file_no_guess": ("No guess.", "没有猜。"),
    "file_no_words": ("Nothing written.", "没有写。"),
    "file_done": ("{done} of {count} questions answered", "{count} 题中答完了 {done} 题"),
    "file_made": (
        "Made with Residual Explorer {version}. The numbers and figures are computed; the words are the writer's own.",
        "由 Residual Explorer {version} 生成。数字和图由程序算出，“自己的话”由作者所写。",
    ),
    "file_scene": ("Walk through a block", "走进一个块"),
    "file_idea": ("The idea", "要点"),
}
