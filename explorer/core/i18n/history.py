"""The page History: pretrained networks since LeNet-5."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("History", "模型历史"),
    "title": ("How did pretrained networks develop?", "预训练模型是怎样发展到今天的？"),
    "intro": (
        "One card per paper, in the year of its first publication. Click one to see what it introduced.",
        "一张卡片代表一篇论文，放在它首次公开的年份。点击一张，查看它带来了什么。",
    ),
    "era_deeper": (
        "**{first}–{last}: deeper.** From LeNet-5's 5 layers with weights to ResNet's 152. Every step is a way to train more layers: ReLU, small kernels, BatchNorm, and at last the shortcut.",
        "**{first}–{last}：更深。** 从 LeNet-5 的 5 个带权重的层到 ResNet 的 152 层。每一步都是为了能训练更多的层：ReLU、小卷积核、BatchNorm，最后是捷径。",
    ),
    "era_cheaper": (
        "**{first}–{last}: cheaper.** The same accuracy for a fraction of the computation: reused features, depthwise convolutions, and architectures found by search (NASNet, MobileNet v3, EfficientNet).",
        "**{first}–{last}：更省。** 用一小部分计算量达到同样的准确率：特征复用、逐通道卷积，以及由搜索得到的结构（NASNet、MobileNet v3、EfficientNet）。",
    ),
    "era_attention": (
        "**{first}–{last}: attention, and without labels.** Transformers see images as tokens (ViT, Swin), and convolutional networks learn from them (ConvNeXt). Pretraining without labels catches up (SimCLR, BYOL, DINO, MAE).",
        "**{first}–{last}：注意力与不用标签。** Transformer 把图片看作 token（ViT、Swin），卷积网络也向它学习（ConvNeXt）；不用标签的预训练追了上来（SimCLR、BYOL、DINO、MAE）。",
    ),
    "top5_axis_show": ("Top-5, the tutorial's axis", "用教程的 top-5 作纵轴"),
    "timeline_alt": ("Timeline of networks: {years}.", "网络的时间线：{years}。"),
    # lines of ideas
    "line_stack": ("Deeper stacks", "更深的网络"),
    "line_residual": ("Residual networks", "残差网络"),
    "line_light": ("Small and fast", "轻量高效"),
    "line_attention": ("Attention", "注意力"),
    "line_self_supervised": ("Self-supervised", "自监督"),
    # the chart
    "chart_title": ("Accuracy and cost", "准确率与计算量"),
    "chart_finding": (
        "VGG-16 (2014) needs {vgg16_cost:.1f} G multiply-adds for {vgg16_top1:.1f}% top-1, EfficientNet-B0 (2019) {efficientnet_b0_cost:.2f} G for {efficientnet_b0_top1:.1f}%.",
        "VGG-16（2014）用 {vgg16_cost:.1f} G 次乘加达到 top-1 {vgg16_top1:.1f}%，EfficientNet-B0（2019）只用 {efficientnet_b0_cost:.2f} G 次就达到 {efficientnet_b0_top1:.1f}%。",
    ),
    "accuracy": ("Accuracy (%)", "准确率（%）"),
    "over": ("x-axis", "横轴"),
    "size": ("Point size", "点的大小"),
    "colour": ("Colour", "颜色"),
    "weights": ("Weights", "权重"),
    "families": ("Families", "系列"),
    "families_count": ("Families ({count})", "系列（{count}）"),
    "all_families": ("All", "全选"),
    "no_families": ("None", "清空"),
    "line": ("line of work", "技术路线"),
    "family": ("family", "系列"),
    "year": ("year", "年份"),
    "none": ("all equal", "一样大"),
    "depth": ("depth", "深度"),
    "parameters": ("parameters", "参数量"),
    "multiply_adds": ("multiply-adds", "乘加次数"),
    "top1": ("top-1", "top-1"),
    "top5": ("top-5", "top-5"),
    "top1_axis": ("ImageNet top-1 accuracy (%)", "ImageNet top-1 准确率（%）"),
    "top5_axis": ("ImageNet top-5 accuracy (%)", "ImageNet top-5 准确率（%）"),
    "parameters_axis": ("parameters (log scale)", "参数量（对数刻度）"),
    "multiply_adds_axis": ("multiply-adds per image (log scale)", "每张图片的乘加次数（对数刻度）"),
    "choice_first": ("original (V1)", "初版（V1）"),
    "choice_newest": ("newest recipe (V2)", "新配方（V2）"),
    "choice_all": ("all", "全部"),
    "weights_help": (
        "torchvision publishes some networks twice. V2 has the same architecture, trained again with a newer recipe. “All” adds SWAG weights, pretrained on billions of Instagram images and their hashtags.",
        "有些网络 torchvision 发布过两次。V2 的结构没变，只是用更新的训练配方重新训练。“全部”还包括 SWAG 权重，它先在数十亿张 Instagram 图片及其话题标签上做了预训练。",
    ),
    "learned_labels": ("supervised", "有监督"),
    "learned_linear": ("self-supervised, linear probe", "自监督，线性探针"),
    "learned_fine_tuned": ("self-supervised, fine-tuned", "自监督，再微调"),
    "learned_hashtags": ("hashtags, fine-tuned", "Instagram 话题标签预训练，再微调"),
    "learned_hashtags_linear": ("hashtags, linear probe", "Instagram 话题标签预训练，线性探针"),
    "chart_said": (
        "{count} points from torchvision {version} and the papers. A thin line connects the sizes of one family. Click a point to see its card.",
        "共 {count} 个点，数字来自 torchvision {version} 和论文。细线连接同一系列的不同规模。点击一个点，查看它的卡片。",
    ),
    "chart_fair": (
        "torchvision trained its networks itself, years after some of the papers, so a point may differ from the paper's figure. Self-supervised points have their own shape: the backbone was trained without labels, which were only used for the evaluation.",
        "torchvision 的权重是它自己训练的，有些比论文晚了好几年，所以与论文里的数字会有出入。自监督的点用另一种形状：骨干网络训练时没有用标签，只在评测时用到。",
    ),
    "chart_left_out": ("Not shown, missing data: {names}.", "缺少数据，未画出：{names}。"),
    "chart_alt": (
        "{of} against {over} for {count} networks. Best: {best}.",
        "{count} 个网络的{of}与{over}。最高：{best}。",
    ),
    "recipe_said": (
        "Effect of the recipe alone: ResNet-50 goes from {first:.1f}% (V1) to {newest:.1f}% (V2) top-1 with the same architecture.",
        "只换训练配方：ResNet-50 结构不变，top-1 从 {first:.1f}%（V1）升到 {newest:.1f}%（V2）。",
    ),
    "chart_none": ("Choose at least one family.", "请至少选一个系列。"),
    "chart_no_points": (
        "None of these networks has both figures: choose other weights, families or axes.",
        "这些网络都没有同时具备这两个数字：请换一种权重、系列或坐标轴。",
    ),
    # the card
    "model": ("Network", "网络"),
    "paper": ("paper", "论文"),
    "source": ("source", "出处"),
    "px": ("{px} px", "{px} 像素"),
    "input_px": ("input, px", "输入（像素）"),
    "from_torchvision": ("torchvision {version}, {at}", "torchvision {version} 的 {at}"),
    "from_counted": ("counted with torchvision {version}", "用 torchvision {version} 统计"),
    "from_encoder": ("same architecture as torchvision's {at}", "结构同 torchvision 的 {at}"),
    "from_table": ("paper, table {at}", "论文表 {at}"),
    "from_abstract": ("paper, abstract", "论文摘要"),
    "from_section": ("paper, section {at}", "论文第 {at} 节"),
    "from_paper": ("paper", "论文"),
    "in_torchvision": ("Weights in torchvision: {names}.", "torchvision 提供的权重：{names}。"),
    "not_in_torchvision": ("Not available in torchvision.", "torchvision 没有提供权重。"),
    "not_said": ("not stated", "未给出"),
    "depth_help": (
        "Depth: layers with weights (convolutional and linear) on the longest path. A transformer block counts as four, squeeze-and-excitation as two.",
        "深度：最长路径上带权重的层数（卷积层与线性层）。一个 Transformer 块算四层，squeeze-and-excitation 算两层。",
    ),
    "fine_tune": ("Fine-tune it", "微调它"),
    "about_lenet": (
        "Small kernels slide over the digit and share their weights; pooling reduces the maps; fully connected layers classify. All later convolutional networks follow this plan. It read digits, not ImageNet: 0.95% errors on MNIST (section III). The multiply-adds given here are the connections counted in the paper.",
        "小卷积核滑过整张图并共享权重，池化缩小特征图，最后由全连接层分类。后来的卷积网络都沿用这个思路。它识别的是手写数字，不是 ImageNet：MNIST 测试错误率 0.95%（论文第 III 节）。这里的乘加次数取论文给出的连接数。",
    ),
    "about_alexnet": (
        "A larger LeNet, trained on two GPUs with ReLU, dropout and heavy augmentation. It won ImageNet 2012 by a wide margin and started the deep learning wave. torchvision's version follows Krizhevsky's simpler one of 2014 (arXiv 1404.5997).",
        "一个放大的 LeNet，用两块 GPU 训练，加上 ReLU、dropout 和大量数据增强。它以很大优势赢得 2012 年的 ImageNet 竞赛，掀起了深度学习的浪潮。torchvision 的版本按 Krizhevsky 2014 年的简化版实现（arXiv 1404.5997）。",
    ),
    "about_vgg": (
        "Stacks of 3×3 convolutions only: two have the receptive field of one 5×5, with fewer weights and one more ReLU. Deeper was better up to 16 layers; 19 did about as well (table 3). Most parameters are in the first fully connected layer.",
        "只堆叠 3×3 卷积：两层 3×3 的感受野等于一层 5×5，权重更少，还多一个 ReLU。加深到 16 层为止，越深越好；19 层差不多（表 3）。大部分参数在第一个全连接层。",
    ),
    "about_googlenet": (
        "An Inception block applies 1×1, 3×3 and 5×5 kernels in parallel and concatenates the results; 1×1 convolutions before them keep it cheap. Average pooling replaces the large fully connected layers, so it has far fewer parameters than VGG.",
        "Inception 块并行使用 1×1、3×3、5×5 的卷积核，再把结果拼接起来；前面的 1×1 卷积先减少通道，降低计算量。用平均池化取代庞大的全连接层，参数比 VGG 少得多。",
    ),
    "about_inception_v3": (
        "Large kernels are factorised: a 5×5 into two 3×3, a 7×7 into a 1×7 and a 7×1 (figures 1 and 3 of the paper). It adds BatchNorm to the auxiliary head and label smoothing, which since then is in most recipes (sections 4 and 7). Its images have 299 px.",
        "把大卷积核拆开：5×5 拆成两个 3×3，7×7 拆成 1×7 和 7×1（论文图 1、图 3）。它还给辅助分类头加上 BatchNorm，并提出标签平滑，后来的训练配方大多沿用（第 4、7 节）。输入图片为 299 像素。",
    ),
    "about_nasnet": (
        "NAS, neural architecture search: a controller network proposes a cell, the cell is trained on CIFAR-10, and its accuracy teaches the controller. The best cell is transferred to ImageNet, where it equals the best published accuracy of its time: 82.7% top-1, 96.2% top-5 (abstract). MobileNet v3 and EfficientNet begin with such a search.",
        "NAS 即神经架构搜索：控制器网络提出一种单元，在 CIFAR-10 上训练，准确率反过来训练控制器。最好的单元迁移到 ImageNet，达到当时已发表的最好水平：top-1 82.7%，top-5 96.2%（摘要）。MobileNet v3 和 EfficientNet 的起点也来自这样的搜索。",
    ),
    "about_resnet": (
        "A block learns only what to add to its input: x + F(x). On ImageNet, 34 layers without shortcuts were worse than 18, with shortcuts better, up to 152 (tables 2 and 3); on CIFAR-10, 56 plain layers were worse than 20 (figure 1). Why is less certain: the authors doubt that vanishing gradients are the cause (section 4.1).",
        "每个块只学要在输入上加什么：x + F(x)。在 ImageNet 上，没有捷径时 34 层不如 18 层，有捷径时越深越好，直到 152 层（表 2、表 3）；在 CIFAR-10 上，没有捷径的 56 层不如 20 层（图 1）。原因却没那么确定：作者不认为是梯度消失（第 4.1 节）。",
    ),
    "about_squeezenet": (
        "A fire module squeezes the channels with 1×1 convolutions, then expands them with 1×1 and 3×3 in parallel. About AlexNet's accuracy with one fiftieth of its parameters.",
        "Fire 模块先用 1×1 卷积压缩通道，再用并行的 1×1 和 3×3 卷积扩展。准确率与 AlexNet 相当，参数只有它的五十分之一左右。",
    ),
    "about_densenet": (
        "Each layer receives the maps of all earlier layers in its block, concatenated instead of added, and contributes only a few new channels. Features are reused, so few parameters are enough. Hence its name for small data sets: on CIFAR-10 without augmentation it brings the error from 7.33% to 5.19%, a larger gain than with augmentation (section 4.3, table 2).",
        "块内每一层都接收前面所有层的特征图，是拼接而不是相加，自己只贡献少量新通道。特征被反复利用，少量参数就够用。它因此以适合小数据集著称：CIFAR-10 不做数据增强时，错误率从 7.33% 降到 5.19%，降幅比有增强时更大（第 4.3 节，表 2）。",
    ),
    "about_mobilenet_v1": (
        "A depthwise separable convolution: one 3×3 kernel per channel, then a 1×1 convolution that mixes the channels. This takes 8 to 9 times fewer multiply-adds than a standard 3×3 convolution. A width multiplier makes the network smaller still.",
        "深度可分离卷积：先对每个通道各用一个 3×3 卷积核（逐通道卷积），再用 1×1 卷积混合通道。乘加次数只有普通 3×3 卷积的八分之一到九分之一。宽度系数还能让它更小。",
    ),
    "about_mobilenet_v2": (
        "An inverted residual: narrow, wide, narrow. A 1×1 convolution expands, a depthwise convolution filters, a 1×1 without activation projects back, and the shortcut connects the narrow ends.",
        "倒残差：窄、宽、窄。先用 1×1 卷积升维，再做逐通道卷积，最后用不带激活的 1×1 卷积降维；捷径连接两头窄的特征图。",
    ),
    "about_shufflenet_v2": (
        "Designed for measured speed instead of multiply-adds. A block splits the channels, processes one half, concatenates both and shuffles them, so that the halves mix in the next block.",
        "按实测速度而不是乘加次数来设计。每个块把通道分成两半，只处理一半，再拼起来做通道混洗，让两半在下一个块里混合。",
    ),
    "about_mobilenet_v3": (
        "Blocks of v2 with squeeze-and-excitation, which weights the channels by the image's content, and hard-swish. The architecture was found by a search for speed on a phone.",
        "在 v2 的块上加 squeeze-and-excitation（按图的内容给通道加权）和 hard-swish 激活。整体结构由针对手机速度的搜索得到。",
    ),
    "about_efficientnet": (
        "One coefficient scales depth, width and input resolution together. B0 comes from a search; B1 to B7 are the same network scaled up by this rule.",
        "用一个系数同时放大深度、宽度和输入分辨率。B0 由搜索得到，B1 到 B7 是按这条规则放大的同一个网络。",
    ),
    "about_moco": (
        "Contrastive learning without labels: two views of one image must match, among tens of thousands of others kept in a queue. A momentum encoder, updated slowly, keeps the queue consistent.",
        "不用标签的对比学习：同一张图片的两个视图要在队列里的数万个样本中互相匹配。队列中的特征由一个缓慢更新的动量编码器产生，前后才一致。",
    ),
    "about_simclr": (
        "Contrastive learning in its simplest form: strong augmentation, a small projection head, and a large batch whose other images are the negatives. No queue, no memory bank.",
        "最简单的对比学习：强数据增强、一个小的投影头，再加大批次，同批的其他图片就是负样本。不用队列，也不用记忆库。",
    ),
    "about_regnet": (
        "Instead of one network, a simple rule for good networks: the width of the blocks grows linearly. Two families follow from it; those here (Y) have squeeze-and-excitation.",
        "不找单个网络，而是找一条能产生好网络的规则：块的宽度线性增长。由此得到两个系列，这里的 Y 系列带 squeeze-and-excitation。",
    ),
    "about_byol": (
        "No negatives at all: a network predicts the output of its own moving average for another view of the image. With a predictor on one side and no gradient to the other, it does not collapse to a constant output; SimSiam shows that the moving average is not needed for that (Chen & He 2021).",
        "完全不用负样本：网络预测自己的滑动平均对同一张图片另一个视图的输出。一侧加预测头、另一侧不回传梯度，就不会坍缩成对所有图片都相同的输出；SimSiam 表明，做到这一点并不需要滑动平均（Chen 与 He，2021）。",
    ),
    "about_vit": (
        "The image is split into patches of 16×16 pixels, and each becomes a token. In a standard transformer, every patch attends to every other. Without much data or strong augmentation it falls behind convolutional networks.",
        "把图片切成 16×16 像素的图块，每块变成一个 token，用标准的 Transformer 让任意两块都能互相关注。数据不够多、增强不够强时，它不如卷积网络。",
    ),
    "about_swin": (
        "Attention within small windows, which shift from layer to layer to connect neighbouring windows. Patches are merged between stages as in a convolutional network, so the cost grows linearly with the image's area instead of quadratically.",
        "只在小窗口内做注意力，窗口逐层平移，让相邻窗口互相连通。阶段之间合并图块，和卷积网络一样逐级下采样，计算量随图片面积线性增长，而不是平方增长。",
    ),
    "about_dino": (
        "Self-distillation: a student sees small and large crops and must match the output of a teacher that sees large ones; the teacher is the student's moving average. Its attention maps outline objects, although it never saw a label.",
        "自蒸馏：学生看大大小小的裁剪，要与只看大裁剪的教师输出一致，而教师就是学生的滑动平均。它的注意力图能勾勒出物体，尽管从没见过标签。",
    ),
    "about_mae": (
        "Three quarters of the patches are hidden, and a small decoder reconstructs them. The encoder processes only the rest, which makes pretraining fast. The figures given here are after fine-tuning with labels.",
        "遮住四分之三的图块，由一个小解码器重建。编码器只处理剩下的块，预训练因此很快。这里的数字是再用标签微调之后的。",
    ),
    "about_convnext": (
        "A ResNet modernised step by step with the design choices of transformers: 7×7 depthwise convolutions, an inverted bottleneck, LayerNorm, GELU, and their training recipe. It shows that a purely convolutional network can match Swin.",
        "把 ResNet 按 Transformer 的设计一步步现代化：7×7 逐通道卷积、倒瓶颈、LayerNorm、GELU，还有同样的训练配方。纯卷积网络也能与 Swin 相当。",
    ),
    # the table
    "table": ("All figures and their sources", "全部数字与出处"),
    "table_said": (
        "All weights that torchvision {version} publishes for these networks, and the papers' figures where it has none. Click a heading to sort.",
        "torchvision {version} 为这些网络发布的全部权重；它没有的，用论文里的数字。点击表头可以排序。",
    ),
    "table_counting": ("Counting layers", "统计层数"),
    "table_alt": ("Table of {count} networks with figures and sources.", "{count} 个网络的数字与出处表。"),
    "learned": ("training", "训练方式"),
    "link": ("link", "链接"),
    "save_csv": ("Save as CSV", "保存为 CSV"),
    "sources": (
        "torchvision's figures are read from the weight metadata of the installed version. Years are those of the first public version.",
        "torchvision 的数字读自已安装版本的权重元数据。年份取首次公开的年份。",
    ),
}
