"""The page Pretraining."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Pretraining", "预训练"),
    "title": (
        "Why does a pretrained network learn faster?",
        "预训练过的网络为什么学得更快？",
    ),
    "choose": ("Part", "内容"),
    "tab_why": ("Why it works", "为什么有效"),
    "tab_words": ("Terms and initial values", "术语与初始值"),
    "tab_pretext": ("Without labels", "不用标签"),
    "tab_size": ("Image size and ViT", "图片大小与 ViT"),
    "tab_strategy": ("In five steps", "五个步骤"),
    "tab_parts": ("Backbone, neck, head", "骨干、颈部、头部"),
    "tab_chapter": ("The tutorial's run", "教程的训练"),
    "sources": (
        "Sources: [Yosinski et al. 2014](https://arxiv.org/abs/1411.1792), how transferable the features of each layer are · [Kornblith et al. 2019](https://arxiv.org/abs/1805.08974), better ImageNet models transfer better · [He et al. 2018](https://arxiv.org/abs/1811.08883), when pretraining saves time and when long training from scratch catches up · [Lin et al. 2017](https://arxiv.org/abs/1612.03144), feature pyramid networks · [Dive into Deep Learning, fine-tuning](https://d2l.ai/chapter_computer-vision/fine-tuning.html)",
        "出处：[Yosinski 等 2014](https://arxiv.org/abs/1411.1792)：各层特征的可迁移性 · [Kornblith 等 2019](https://arxiv.org/abs/1805.08974)：ImageNet 上更好的模型迁移得也更好 · [He 等 2018](https://arxiv.org/abs/1811.08883)：预训练何时省时间，从零长时间训练何时能追平 · [Lin 等 2017](https://arxiv.org/abs/1612.03144)：特征金字塔网络 · [《动手学深度学习》“微调”一节](https://d2l.ai/chapter_computer-vision/fine-tuning.html)",
    ),
    # Why
    "why_about": (
        "Pretraining: a network is first trained on another task with many images, and its weights become the initial values for yours. Below, one ResNet18 is trained on CIFAR-10 twice. The recipe is the same; only the initial values differ.",
        "预训练就是：网络先在另一个图片很多的任务上训练，得到的权重再作为你的任务的初始值。下面让同一个 ResNet18 在 CIFAR-10 上训练两次：训练配方相同，只有初始值不同。",
    ),
    "start_upstream": ("from upstream weights", "从上游权重出发"),
    "start_random": ("from scratch", "从零训练"),
    "accuracy": ("test accuracy", "测试准确率"),
    "epoch": ("epoch", "轮次"),
    "mean": ("mean over seeds", "各随机种子的平均"),
    "low": ("lowest seed", "最低的随机种子"),
    "high": ("highest seed", "最高的随机种子"),
    "seeds": ("seeds", "随机种子数"),
    "guessing": ("chance", "随机猜测"),
    "curves": ("Test accuracy by epoch", "测试准确率随轮次的变化"),
    "curves_alt": ("Mean test accuracy after each epoch. {ends}", "每轮之后的平均测试准确率。{ends}"),
    "headline": (
        "After one epoch: {upstream:.0%} from upstream weights, {random:.0%} from scratch",
        "一轮之后：从上游权重出发 {upstream:.0%}，从零训练 {random:.0%}",
    ),
    "last": (
        "After epoch {epochs}: {upstream:.1%} and {random:.1%}, a difference of {points} percentage points.",
        "{epochs} 轮之后分别为 {upstream:.1%} 和 {random:.1%}，相差 {points} 个百分点。",
    ),
    "caught": (
        "From scratch, it takes until epoch {epoch} to reach the accuracy of the pretrained network after its first epoch.",
        "从零训练要到第 {epoch} 轮，才达到预训练网络第一轮之后的准确率。",
    ),
    "not_caught": (
        "From scratch, it does not reach the accuracy of the pretrained network after its first epoch (epochs: {epochs}).",
        "从零训练 {epochs} 轮，仍达不到预训练网络第一轮之后的准确率。",
    ),
    "apart": (
        "After the last epoch, all {seeds} seeds from upstream weights are above all seeds from scratch.",
        "最后一轮，从上游权重出发的 {seeds} 个随机种子全都高于从零训练的所有随机种子。",
    ),
    "overlap": (
        "After the last epoch, the ranges of the {seeds} seeds overlap or are reversed.",
        "最后一轮，两种起点各 {seeds} 个随机种子的范围有重叠，或者次序相反。",
    ),
    "one_seed": (
        "One seed each; another seed gives other figures.",
        "每种起点只有一个随机种子，换一个随机种子数字会不同。",
    ),
    "stored_facts": (
        "Our run: {pictures:,} training images of CIFAR-10 at {px} px, tested on 10,000; batch size {batch}, SGD with Nesterov momentum, peak learning rate {lr:g}, cosine schedule, {precision}; nothing frozen; the learning rate was not tuned for either start. Lines: mean over seeds; bands: lowest to highest. {hardware}; {versions}; {date}. Command:",
        "我们的训练：CIFAR-10 的 {pictures:,} 张训练图片，{px} 像素，在 10,000 张上测试；批大小 {batch}，带 Nesterov 动量的 SGD，峰值学习率 {lr:g}，余弦调度，{precision}；没有冻结，学习率没有为任何一方调过。曲线为各随机种子的平均，色带从最低到最高。{hardware}；{versions}；{date}。命令：",
    ),
    "why_works": (
        "Why it works: edges, colours and textures occur in all photos. A network that has learned to detect them upstream need not learn them again from your few images; it only has to learn to separate your classes. What pretraining saves is mostly time and images. With enough of both, training from scratch can reach the same accuracy, as [He et al. 2018](https://arxiv.org/abs/1811.08883) found for object detection on COCO.",
        "为什么有效：边缘、颜色、纹理在所有照片里都有。网络在上游已经学会识别它们，就不必再用少量图片从头学起，只需学会区分你的类别。预训练省下的主要是时间和图片：如果两者都充足，从零训练最终也可能一样好，[He 等 2018](https://arxiv.org/abs/1811.08883) 在 COCO 目标检测上就看到了这一点。",
    ),
    # Repeat it small
    "repeat": ("Repeat it at a small scale on this machine", "在本机上小规模重做"),
    "repeat_cifar10": (
        "Both starts are trained on {pictures:,} images of CIFAR-10 for {epochs} epochs and tested on all 10,000 test images. The two runs are queued one after the other and continue when you close this page.",
        "两种起点各用 CIFAR-10 的 {pictures:,} 张图片训练 {epochs} 轮，并在全部 10,000 张测试图片上测试。两次训练依次排队进行，关掉页面也会继续。",
    ),
    "repeat_digits": (
        "CIFAR-10 is not on this machine, so both starts are trained on {pictures:,} handwritten digits for {epochs} epochs. The two runs are queued one after the other and continue when you close this page.",
        "本机没有 CIFAR-10，所以两种起点各用 {pictures:,} 张手写数字训练 {epochs} 轮。两次训练依次排队进行，关掉页面也会继续。",
    ),
    "estimate": ("About {time} for both runs on this machine.", "在本机上两次训练共约需{time}。"),
    "start": ("Repeat at a small scale", "小规模重做"),
    "stop": ("Stop", "停止"),
    "go_on": ("Resume", "继续"),
    "again": ("Repeat with another seed", "换一个随机种子再来一次"),
    "waiting": ("starting", "准备中"),
    "progress": ("{done} of {total} epochs · {now}", "已完成 {done} / {total} 轮 · {now}"),
    "unfinished": (
        "The two runs have not both finished ({states}): nothing to compare yet.",
        "两次训练尚未都完成（{states}），还不能比较。",
    ),
    "state_queued": ("queued", "排队中"),
    "state_running": ("running", "训练中"),
    "state_finished": ("finished", "已完成"),
    "state_stopped": ("stopped", "已停止"),
    "state_failed": ("failed", "失败"),
    "state_interrupted": ("interrupted", "已中断"),
    "state_unreadable": ("cannot be read", "无法读取"),
    # Words
    "term_upstream": ("Upstream task", "上游任务"),
    "define_upstream": (
        "The task the network is trained on first, with many labelled images. For our bundled weights it is Tiny-ImageNet.",
        "网络最先学习的任务，有大量带标签的图片。我们自带的权重来自 Tiny-ImageNet。",
    ),
    "term_downstream": ("Downstream task", "下游任务"),
    "define_downstream": (
        "The task you actually want to solve, often with few images: here CIFAR-10, in your case your own folder.",
        "最终想解决的任务，图片往往不多：这里是 CIFAR-10，对你来说就是自己的图片文件夹。",
    ),
    "term_transfer": ("Transfer learning", "迁移学习"),
    "define_transfer": (
        "Reusing what was learned upstream. The weights can stay fixed, with only a new last layer.",
        "把上游学到的东西用到下游。可以保持权重不变，只换最后一层。",
    ),
    "term_fine_tuning": ("Fine-tuning", "微调"),
    "define_fine_tuning": (
        "The usual form of transfer learning: the transferred weights are trained further on the downstream task, with a low learning rate.",
        "迁移学习最常用的做法：迁移来的权重以较低的学习率在下游任务上继续训练。",
    ),
    "initial": ("Effect of the initial values before the first step", "第一步之前，初始值带来的差别"),
    "kernels": ("the 64 filters of conv1", "conv1 的 64 个卷积核"),
    "kernels_alt": ("The 64 filters of conv1, {start}", "conv1 的 64 个卷积核，{start}"),
    "first_loss": ("initial loss", "初始损失"),
    "readable": ("accuracy of a linear probe on layer4", "layer4 上线性探针的准确率"),
    "initial_said": (
        "The initial loss says little: the last layer is new in both, and random guessing among {classes} classes gives ln {classes} = {guessing}. What matters is the input of that layer. On it, a linear probe has an accuracy of {upstream:.0%} with upstream weights and {random:.0%} with random ones; always predicting the most common class gives {chance:.0%}. The random filters are noise; the upstream ones show edges and opposing colours.",
        "初始损失说明不了什么：两者的最后一层都是新的，而在 {classes} 类里随机猜测的损失是 ln {classes} = {guessing}。关键是传到最后一层的特征：在它上面训练线性探针，上游权重的准确率为 {upstream:.0%}，随机权重只有 {random:.0%}，总猜最多的一类为 {chance:.0%}。随机的卷积核只是噪声，上游的卷积核则是边缘和对比色。",
    ),
    "initial_how": (
        "Measured on {count} images: {source}, at 64 px. Same pixels, same new last layer, cross-entropy of the first 100 images with BatchNorm in train mode. Linear probe: logistic regression on the averaged maps of layer4, mean over {folds} held-out folds.",
        "在 {count} 张图片上测得：{source}，以 64 像素输入。像素相同，新的最后一层也相同；损失是前 100 张图片的交叉熵，BatchNorm 处于训练模式。线性探针：在 layer4 各通道的平均值上做逻辑回归，取 {folds} 折中未参与训练部分的平均。",
    ),
    "symmetry": ("What if all weights had the same initial value?", "如果所有权重的初始值都一样？"),
    "symmetry_about": (
        "A small network of four filters and a linear layer is trained on {pictures} handwritten digits, computed just now. Filters with equal initial values get the same gradient in each step, so they stay equal: four filters do the work of one. Random initial values break that symmetry.",
        "一个只有四个卷积核和一个线性层的小网络，现场用 {pictures} 张手写数字训练。初始值相同的卷积核每一步得到的梯度也相同，于是始终相同：四个卷积核的作用只相当于一个。随机的初始值打破了这种对称。",
    ),
    "equal": ("All weights of a layer start equal", "同一层的权重初始值全部相同"),
    "drawn": ("Random initial weights", "随机初始化"),
    "before": ("before", "训练前"),
    "after": ("after step {steps}", "{steps} 步之后"),
    "apart_none": (
        "The four filters are identical to the bit: difference 0.",
        "四个卷积核完全一样，相差为 0。",
    ),
    "apart_most": (
        "Largest difference between two filters: {apart}.",
        "任意两个卷积核之间的最大差异：{apart}。",
    ),
    "local": ("Local optima: does the start decide?", "局部最优：起点决定一切吗？"),
    "local_about": (
        "Gradient descent only goes downhill. On this curve with a single weight w, it ends in the valley where it began, and the other may be lower. Move the initial value.",
        "梯度下降只会往下走。在这条只有一个权重 w 的曲线上，它停在出发时所在的谷里，而另一个谷可能更低。移动初始值试试。",
    ),
    "local_start": ("initial value of w", "w 的初始值"),
    "local_chart": ("Loss of one weight, and the steps of gradient descent", "一个权重的损失，以及梯度下降的各步"),
    "local_weight": ("weight w, no unit", "权重 w，无单位"),
    "local_loss": ("loss", "损失"),
    "local_step": ("step", "步"),
    "local_global": (
        "From {start} it reaches w = {end}, loss {loss}: the lowest point of the curve.",
        "从 {start} 出发，停在 w = {end}，损失 {loss}：这是整条曲线的最低点。",
    ),
    "local_stuck": (
        "From {start} it stops at w = {end}, loss {loss}: a **local minimum**. The other valley has {lowest}.",
        "从 {start} 出发，停在 w = {end}，损失 {loss}：这是**局部极小值**。另一个谷的损失是 {lowest}。",
    ),
    "local_alt": (
        "A curve with two valleys and the steps of gradient descent. {said}",
        "有两个谷的曲线，以及梯度下降的各步。{said}",
    ),
    "local_said": (
        "A network has millions of weights instead of one, and there it is less bad than the picture suggests: where the gradient vanishes, there is mostly still a way down (a saddle point; [Dauphin et al. 2014](https://arxiv.org/abs/1406.2572)), and under simplifying assumptions the local minima of large networks have similar losses ([Choromanska et al. 2015](https://arxiv.org/abs/1412.0233)). What initial values do decide is the region: from the same pretrained weights, trained networks stay in the same basin of the loss and close to each other ([Neyshabur et al. 2020](https://arxiv.org/abs/2008.11687), abstract). So pretraining is less a rescue from a bad minimum than a start in a good region.",
        "网络的权重不是一个，而是几百万个，情况没有图上那么糟：梯度为零的地方大多还有往下的路（鞍点，[Dauphin 等 2014](https://arxiv.org/abs/1406.2572)）；在简化的假设下，大网络的各个局部极小值损失相近（[Choromanska 等 2015](https://arxiv.org/abs/1412.0233)）。初始值决定的是落在哪个区域：从同一份预训练权重出发，训练后的网络都留在损失的同一个盆地里，彼此接近（[Neyshabur 等 2020](https://arxiv.org/abs/2008.11687)，摘要）。所以预训练与其说是避开坏的极小值，不如说是从一个好的区域出发。",
    ),
    "which": ("Which upstream data helps?", "什么样的上游数据有帮助？"),
    "data_alt": ("Data sets and their sizes", "数据集及其规模"),
    "data_set": ("data set", "数据集"),
    "data_pictures": ("training images", "训练图片"),
    "data_classes": ("classes", "类别"),
    "data_px": ("px", "像素"),
    "data_each": ("per class", "每类"),
    "data_source": ("source", "出处"),
    "which_said": (
        "**CIFAR-10 is a poor upstream data set.** Ten classes require few distinctions, 50,000 images show little variation, and at 32 px fine texture is lost. Filters that serve ten classes may lack what an eleventh needs.\n\n**A large and related data set helps.** Many classes require features that separate many things, and many images prevent overfitting. Features transfer worse the less related the tasks are ([Yosinski et al. 2014](https://arxiv.org/abs/1411.1792)), and networks that are better on ImageNet also transfer better ([Kornblith et al. 2019](https://arxiv.org/abs/1805.08974)). Our bundled weights were trained on Tiny-ImageNet reduced from 64 to 32 px.",
        "**CIFAR-10 不适合做上游数据。** 十个类别要求的区分很少，50,000 张图片的变化有限，32 像素又看不到细纹理。只为十个类别学出的卷积核，未必有第十一类需要的东西。\n\n**大而相关的数据有帮助。** 类别多，特征就要能区分很多东西；图片多，特征不易过拟合。任务相差越远，特征迁移得越差（[Yosinski 等 2014](https://arxiv.org/abs/1411.1792)）；在 ImageNet 上更好的网络，迁移后也更好（[Kornblith 等 2019](https://arxiv.org/abs/1805.08974)）。我们自带的权重是用从 64 像素缩小到 32 像素的 Tiny-ImageNet 训练的。",
    ),
    # Without labels
    "pretext_about": (
        "Labels are expensive. In a **pretext task**, the answer comes from the image itself: nobody needs to label it, and nobody needs the answer either. To solve it, the network must learn features that serve other tasks. Five such tasks, made just now from your image:",
        "标签很贵。**前置任务**（pretext task）的答案来自图片本身：不需要人来标注，答案也没有人需要。但要做对，网络就必须学会对其他任务也有用的特征。下面五个任务，刚刚由你的图片做成：",
    ),
    "pretext_shown": ("input", "输入"),
    "pretext_answer": ("answer", "答案"),
    "pretext_rotation": ("Rotation", "判断旋转"),
    "pretext_rotation_said": (
        "By 0°, 90°, 180° or 270°? Whoever knows that must know which way up things are. [Gidaris et al. 2018](https://arxiv.org/abs/1803.07728)",
        "转了 0°、90°、180° 还是 270°？答得出，就得知道东西哪边朝上。[Gidaris 等 2018](https://arxiv.org/abs/1803.07728)",
    ),
    "pretext_jigsaw": ("Jigsaw", "拼图"),
    "pretext_jigsaw_said": (
        "In which order were the nine tiles? [Noroozi & Favaro 2016](https://arxiv.org/abs/1603.09246)",
        "九块原来是什么顺序？[Noroozi & Favaro 2016](https://arxiv.org/abs/1603.09246)",
    ),
    "pretext_colour": ("Colour", "上色"),
    "pretext_colour_said": (
        "What colour is each pixel? [Zhang et al. 2016](https://arxiv.org/abs/1603.08511)",
        "每个像素是什么颜色？[Zhang 等 2016](https://arxiv.org/abs/1603.08511)",
    ),
    "pretext_masked": ("Hidden patches", "补全遮住的图块"),
    "pretext_masked_said": (
        "What is in the patches that are hidden, three quarters of all? MAE, [He et al. 2021](https://arxiv.org/abs/2111.06377)",
        "被遮住的四分之三图块里是什么？MAE，[He 等 2021](https://arxiv.org/abs/2111.06377)",
    ),
    "pretext_views": ("Two views", "两个视图"),
    "pretext_views_said": (
        "Do both come from one image? Contrastive learning: MoCo, [He et al. 2019](https://arxiv.org/abs/1911.05722), and SimCLR, [Chen et al. 2020](https://arxiv.org/abs/2002.05709)",
        "两张出自同一张图片吗？即对比学习：MoCo，[He 等 2019](https://arxiv.org/abs/1911.05722)；SimCLR，[Chen 等 2020](https://arxiv.org/abs/2002.05709)",
    ),
    "pretext_result": (
        "What it is worth is measured with labels afterwards, for example by a linear classifier on the fixed features: with a ResNet-50 on ImageNet, MoCo has {moco}% top-1 (table 1 of its paper), SimCLR {simclr}% (table 6); trained with labels, torchvision's first weights of the same network have {labels:.1f}%. The *History* page has these and others.",
        "效果如何，事后要用标签来衡量，例如固定特征，在上面训练一个线性分类器：ResNet-50 在 ImageNet 上，MoCo 的 top-1 是 {moco}%（论文表 1），SimCLR 是 {simclr}%（论文表 6）；用标签训练的同一网络，torchvision 的第一版权重是 {labels:.1f}%。这些以及更多的数字在“模型历史”页。",
    ),
    "start_without": ("Fine-tune from such weights", "从这样的权重开始微调"),
    "start_without_about": (
        "The authors publish their weights as files; torchvision has none of them. Download one, for a ResNet from the pages of MoCo or DINO, and train from it on the command line. The network's layers are taken, and the layers of the pretext task are left out; the last layer is new in any case.",
        "作者把权重作为文件公布，torchvision 里没有。下载一个（ResNet 的可以在 MoCo 或 DINO 的项目页找到），就能在命令行上从它开始训练。只取网络本身的层，前置任务的层不用；最后一层反正是新的。",
    ),
    "start_without_names": (
        "Names as in MoCo's files (`module.encoder_q.layer1.0.conv1.weight`) and DINO's (`layer1.0.conv1.weight`, `module.backbone.…`) are understood, also without a last layer. What else is accepted is in the project's docs/own-checkpoint.md.",
        "MoCo 文件的命名（`module.encoder_q.layer1.0.conv1.weight`）和 DINO 的（`layer1.0.conv1.weight`、`module.backbone.…`）都能识别，没有最后一层也可以。还接受什么，见项目的 docs/own-checkpoint.md。",
    ),
    # Image size
    "size_about": (
        "A ViT cuts the image into patches of 16×16 pixels and makes one token of each; attention then compares tokens, not pixels. Your image at three sizes, with the patches of `vit_b_16`:",
        "ViT 把图片切成 16×16 像素的图块，每块变成一个 token；注意力比较的是 token，不是像素。下面是你的图片的三种大小，以及 `vit_b_16` 的图块：",
    ),
    "size_px": ("{side}×{side} px", "{side}×{side} 像素"),
    "size_tokens": ("patches + class token", "图块 + 类别 token"),
    "size_pairs": ("pairs that attention compares", "注意力比较的对数"),
    "size_stages": ("ResNet18: map sides of the four stages, px", "ResNet18：四个阶段特征图的边长（像素）"),
    "size_alt": ("The image at {side} px in {grid}×{grid} patches", "{side} 像素的图片，分成 {grid}×{grid} 个图块"),
    "size_said": (
        "At {small} px there are {few} patches, each a quarter of the image: attention has almost nothing to compare. At {large} px there are {many}. More tokens cost more: {more:,} pairs instead of {pairs:,} in each head of each layer. So small images are enlarged before a ViT sees them: Dosovitskiy et al. fine-tune at 384 px unless stated otherwise, CIFAR-10 included ([2020](https://arxiv.org/abs/2010.11929), table 4). A ResNet has no fixed patches and begins with single pixels, but its stages shrink the map 32 times in all: at {small} px, the last is left with {last} px.",
        "{small} 像素只有 {few} 个图块，每块是图片的四分之一：注意力几乎没有什么可比。{large} 像素有 {many} 个。token 越多代价越大：每层每个头要比较 {more:,} 对，而不是 {pairs:,} 对。所以小图片要先放大再交给 ViT：Dosovitskiy 等人除另行说明外都以 384 像素微调，CIFAR-10 也是（[2020](https://arxiv.org/abs/2010.11929)，表 4）。ResNet 没有固定的图块，从单个像素看起，但各阶段总共把图缩小 32 倍：{small} 像素到最后只剩 {last} 像素。",
    ),
    "size_how": (
        "Counted with torchvision's `vit_b_16` and `resnet18` on the meta device. Enlarging adds no detail; it only gives the network as many tokens as it was trained with. Position embeddings of another size are interpolated.",
        "用 torchvision 的 `vit_b_16` 和 `resnet18` 在 meta 设备上数出。放大并不增加细节，只是让 token 的数量与训练时一样多。大小不同时，位置嵌入要插值。",
    ),
    # Strategy
    "strategy_about": (
        "The usual order of fine-tuning. Below each step is the problem it avoids; together the lines are a complete program.",
        "微调的常用顺序。每一步下面写着它要避免的问题；这些代码连起来就是一个完整的程序。",
    ),
    "step_load": ("Load the architecture and its weights", "加载网络结构和权重"),
    "protects_load": (
        "Avoids relearning edges and textures. Without weights, the same line gives a random network.",
        "避免从头学习边缘和纹理。不给权重，这一行得到的就是随机网络。",
    ),
    "step_resize": ("Resize the images", "调整图片大小"),
    "protects_resize": (
        "Matches object sizes and colour ranges to the upstream data, so that the filters see what they were trained on. At 32 px, layer4 is left with maps of one pixel.",
        "使物体的大小、颜色的范围与上游一致，避免卷积核遇到没见过的东西。32 像素的图片到了 layer4 只剩一个像素。",
    ),
    "step_head": ("Replace the last fully connected layer", "替换最后的全连接层"),
    "protects_head": (
        "Avoids predictions for the wrong classes: the old layer has the 1,000 classes of ImageNet. The new one is initialised at random.",
        "避免按错误的类别预测：原来的一层对应 ImageNet 的 1,000 类。新的一层是随机初始化的。",
    ),
    "step_freeze": ("Freeze the backbone for 5–10 epochs", "冻结骨干网络 5–10 轮"),
    "protects_freeze": (
        "Protects the backbone from the random last layer, whose first gradients are large and uninformative and would damage what was learned upstream. Only `fc` is trained.",
        "避免随机的最后一层破坏骨干网络：它最初的梯度又大又没有意义，会破坏上游学到的东西。这时只训练 `fc`。",
    ),
    "step_unfreeze": ("Unfreeze, with a lower learning rate", "解冻，降低学习率"),
    "protects_unfreeze": (
        "Avoids forgetting: small steps adapt the pretrained weights, large ones would overwrite them. Here the learning rate is a tenth.",
        "避免遗忘：小步长是在调整预训练权重，大步长会把它们覆盖掉。这里学习率降到十分之一。",
    ),
    "strategy_note": (
        "Epochs, learning rates, batch size and weight decay are those of the tutorial's run, which kept the images at 32 px, augmented them, and halved the learning rate on plateaus. `requires_grad_(False)` does not stop BatchNorm's running statistics: in train mode they keep changing.",
        "轮数、学习率、批大小和权重衰减取自教程的训练，只是它的图片保持 32 像素，还做了数据增强，并在损失停滞时把学习率减半。`requires_grad_(False)` 不会停住 BatchNorm 的滑动统计量：在训练模式下它们仍会变化。",
    ),
    "to_lab": ("Try it on the Fine-tune page", "到“微调”页试试"),
    # Backbone, neck, head
    "parts_about": (
        "Three terms for the parts of a network. Choose one, or click a card.",
        "网络各部分的三个名称。选择一个，或点击图中的卡片。",
    ),
    "role": ("Part of the network", "网络的组成部分"),
    "part_backbone": ("Backbone", "骨干 backbone"),
    "part_neck": ("Neck", "颈部 neck"),
    "part_head": ("Head", "头部 head"),
    "means_backbone": (
        "**Backbone:** the layers that turn pixels into features, from large maps with few channels to small maps with many. This is the part that is pretrained and the part that is frozen. `torchvision.models.resnet18`, its stages extracted with `torchvision.models.feature_extraction.create_feature_extractor`.",
        "**骨干网络（backbone）：** 把像素变成特征的各层，从通道少的大图到通道多的小图。预训练的是它，冻结的也是它。`torchvision.models.resnet18`，各阶段的输出用 `torchvision.models.feature_extraction.create_feature_extractor` 取出。",
    ),
    "means_neck": (
        "**Neck:** combines the stages, so that each level contains both semantics and location. The feature pyramid brings all stages to 256 channels, and upsamples and adds each level to the next larger one. Detectors have a neck; a classifier has none. `torchvision.ops.FeaturePyramidNetwork`.",
        "**颈部（neck）：** 融合各阶段，让每一级既有语义（“是什么”），也有位置（“在哪里”）。特征金字塔把各阶段都变成 256 通道，再把每一级上采样后加到下一级更大的图上。检测器有颈部，分类器没有。`torchvision.ops.FeaturePyramidNetwork`。",
    ),
    "means_head": (
        "**Head:** produces the output of the task. A classifier's head is one layer, `fc`, which fine-tuning replaces. A detector's head outputs class scores and four box coordinates for each position and anchor. `torchvision.models.detection.retinanet.RetinaNetHead`, as in `torchvision.models.detection.retinanet_resnet50_fpn`.",
        "**头部（head）：** 给出任务的输出。分类器的头部只有一层 `fc`，微调时换掉的就是它。检测器的头部对每个位置、每个锚框输出各类得分和框的四个坐标。`torchvision.models.detection.retinanet.RetinaNetHead`，用于 `torchvision.models.detection.retinanet_resnet50_fpn`。",
    ),
    "picture": ("image", "图片"),
    "fc": ("fc: classes", "fc：类别"),
    "class_and_box": ("class · box", "类别 · 框"),
    "count_part": ("{millions:.3g} M parameters", "{millions:.3g} M 个参数"),
    "count_head": ("detector {millions:.3g} M, fc {fc:.2g} M", "检测头 {millions:.3g} M，fc {fc:.2g} M"),
    "layer": ("in torchvision", "torchvision 中的名称"),
    "shape": ("output", "输出"),
    "parts_alt": (
        "Backbone, feature pyramid and heads. {shapes}",
        "骨干网络、特征金字塔和头部。{shapes}",
    ),
    "parts_note": (
        "ResNet18 on an image of {px} px. Shapes (channels × height × width) and parameters come from torchvision's own layers, run on the meta device; the detection head has 9 anchors per position and 91 classes, and is shared by all levels. C2–C5 and P2–P5 as in [Lin et al. 2017](https://arxiv.org/abs/1612.03144). torchvision's RetinaNet uses C3–C5 of ResNet50 and adds two coarser levels.",
        "ResNet18，图片 {px} 像素。形状（通道 × 高 × 宽）和参数量来自 torchvision 自己的层，在 meta 设备上运行一遍；检测头每个位置 9 个锚框、91 个类别，各级共用同一个检测头。C2–C5 和 P2–P5 的记法同 [Lin 等 2017](https://arxiv.org/abs/1612.03144)。torchvision 的 RetinaNet 用的是 ResNet50 的 C3–C5，另加两级更粗的。",
    ),
    # The chapter's run
    "observation": ("Observation", "观察"),
    "seen_unfreeze": ("Unfreezing", "解冻"),
    "seen_few": ("A few epochs later", "几轮之后"),
    "seen_below": ("Training below test accuracy", "训练准确率低于测试"),
    "seen_gap": ("86% and 80%", "86% 与 80%"),
    "accuracy_axis": ("accuracy", "准确率"),
    "train": ("training", "训练"),
    "test": ("test", "测试"),
    "train_loss": ("training loss", "训练损失"),
    "rate": ("learning rate", "学习率"),
    "frozen": ("frozen", "冻结"),
    "claimed": (
        "another network: the tutorial's hand-made CNN, 20 epochs from scratch: {claim:.0%}",
        "另一个网络：教程手写的 CNN，从零训练 20 轮：{claim:.0%}",
    ),
    "published_alt": (
        "Training and test accuracy of the tutorial's run over 40 epochs. Marked: {points}",
        "教程的训练：40 轮的训练和测试准确率。标出的点：{points}",
    ),
    "published_facts": (
        "The tutorial's run: ResNet18 from ImageNet weights, CIFAR-10, 40 epochs, the first 5 frozen, Adam, learning rate 0.001, then 0.0001; a single run (`assets/published_run_epochs.csv`). Hover over an epoch to see its figures.",
        "教程的训练：ResNet18，ImageNet 权重，CIFAR-10，40 轮，前 5 轮冻结，Adam，学习率 0.001，解冻后 0.0001；只有一次训练（`assets/published_run_epochs.csv`）。把鼠标移到某一轮可看数字。",
    ),
    "chapter_unfreeze": (
        "## {before:.2%} → {after:.2%}\nWhile only the last layer is trained, the test accuracy stays near {before:.0%}. One epoch after unfreezing it is {after:.2%}.\n\nThe backbone's ImageNet features were trained at 224 px. At 32 px, a linear layer gets little out of them, but they are a good starting point: one epoch adapts them.",
        "## {before:.2%} → {after:.2%}\n只训练最后一层时，测试准确率停在 {before:.0%} 左右；解冻后一轮就到了 {after:.2%}。\n\n骨干网络的 ImageNet 特征是在 224 像素下学到的，图片只有 32 像素时，线性层能利用的不多。但它们是很好的起点：一轮就能适应过来。",
    ),
    "chapter_few": (
        "## A few epochs after unfreezing match 20 epochs of a hand-made CNN\nOne epoch after unfreezing, the test accuracy is {after:.2%}; five epochs after it, in epoch {later}, {ten:.2%}. The tutorial sets {claim:.0%} against it, which its small hand-made CNN reached after {epochs} epochs from scratch.",
        "## 解冻后几轮，抵得上手写 CNN 的 20 轮\n解冻后一轮为 {after:.2%}，解冻后五轮（第 {later} 轮）为 {ten:.2%}。教程拿来比较的 {claim:.0%}，是它手写的小型 CNN 从零训练 {epochs} 轮的结果。",
    ),
    "chapter_below": (
        "## Training accuracy below test accuracy\nFrom epoch {first} to {last}, in {count} epochs, the training accuracy is below the test accuracy. Epoch {first}: {train:.1%} and {test:.1%}. This is not an error.\n\n- The training images are cropped, flipped, rotated and recoloured; the test images are not. The tutorial gives this reason.\n- The training accuracy is a mean over the epoch, during which the weights still improve; the test comes after it.\n- BatchNorm uses batch statistics in training, and running statistics in the test. ResNet18 has no dropout, which would increase the difference.",
        "## 训练准确率低于测试准确率\n第 {first} 到 {last} 轮，共 {count} 轮，训练准确率低于测试准确率。第 {first} 轮分别为 {train:.1%} 和 {test:.1%}。这并不是出错。\n\n- 训练图片经过裁剪、翻转、旋转、变色，测试图片是原样的。教程给出的就是这个原因。\n- 训练准确率是整轮的平均，这一轮里权重还在改进；测试在一轮结束之后才做。\n- 训练时 BatchNorm 用每批的统计量，测试时用滑动统计量。ResNet18 没有 dropout，否则差距还会更大。",
    ),
    "chapter_gap": (
        "## {end:.2%} and {claim:.0%}\nAfter epoch {last}, the fine-tuned network has a test accuracy of {end:.2%}. The tutorial compares its 86% with the {claim:.0%} of its hand-made CNN after {epochs} epochs from scratch.",
        "## {end:.2%} 与 {claim:.0%}\n第 {last} 轮之后，微调的网络在测试图片上达到 {end:.2%}。教程用这 86% 与它手写的 CNN 从零训练 {epochs} 轮的 {claim:.0%} 作比较。",
    ),
    "code_today": ("The tutorial's code today", "教程的代码，今天怎样写"),
    "code_today_about": (
        "Two of its lines are from older versions. Checked with torch {torch} and torchvision {torchvision}, as installed here.",
        "教程里有两行是旧版本的写法。用本机安装的 torch {torch} 和 torchvision {torchvision} 核对过。",
    ),
    "code_then": ("in the tutorial", "教程里"),
    "code_now": ("today", "现在"),
    "code_next_said": (
        "Fails: a DataLoader's iterator has no method `next` since PyTorch 1.13. Python's own function `next()` calls its `__next__`.",
        "会报错：从 PyTorch 1.13 起，DataLoader 的迭代器不再有 `next` 方法。改用 Python 自带的函数 `next()`，它会调用 `__next__`。",
    ),
    "code_pretrained_said": (
        "Deprecated since torchvision 0.13: it warns, and may be removed. `weights` says which ones, since some networks have several.",
        "从 torchvision 0.13 起已弃用：会发出警告，以后可能删除。`weights` 写明用哪一份权重，因为有些网络不止一份。",
    ),
    "claim_source": (
        "The 80% is the tutorial's own statement, and of another network: a small hand-made CNN, trained for {epochs} epochs, not ResNet18 from scratch. So it shows the gain from pretraining and from a better architecture together. The published tables contain only the fine-tuned run, which has {ten:.2%} at epoch 10. What pretraining alone gives is in the first part, *Why it works*: one network, two starts.",
        "80% 是教程自己的说法，而且是另一个网络的结果：一个手写的小型 CNN，训练了 {epochs} 轮，并不是从零训练的 ResNet18。所以这个差距里既有预训练的作用，也有网络结构更好的作用。公布的表格里只有微调的这次训练，第 10 轮为 {ten:.2%}。预训练单独的作用见第一部分“为什么有效”：同一个网络，两种起点。",
    ),
}
