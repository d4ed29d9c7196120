"""The glossary: each word with its synonyms, one sentence, and the page that shows it; and the words around it."""

from dataclasses import dataclass, field
from typing import Final

Pair = tuple[str, str]  # English, Chinese


@dataclass(frozen=True)
class Entry:
    """A word of the field. `also` are its synonyms; `page` shows it with `choices` made (session key -> value)."""

    group: str
    name: Pair
    says: Pair
    page: str
    choices: dict[str, str] = field(default_factory=dict)
    also: Pair | None = None


ENTRIES: Final[dict[str, Entry]] = {
    # the block
    "residual": Entry(
        "block", ("residual", "残差"),
        ("What is missing from the input x for the wanted output H(x): F(x) = H(x) − x. “Residual” means what is left after subtracting; the layers of the block learn only this.",
         "想要的输出 H(x) 与输入 x 之差：F(x) = H(x) − x。“残差”就是减去之后剩下的部分；块里的层只学这一部分。"),
        "home",
    ),
    "shortcut": Entry(
        "block", ("residual connection", "残差连接"),
        ("The path that carries the block's input x past its layers, to be added to F(x). The three names mean the same; this app says shortcut and draws it blue.",
         "让输入 x 绕过块里的层、直接与 F(x) 相加的那条路。三个名称是同一回事；本应用叫它“捷径”，画成蓝色。"),
        "shortcut", {"shortcut_part": "block"}, ("skip connection, shortcut", "跳跃连接、捷径"),
    ),
    "branch": Entry(
        "block", ("branch", "分支"),
        ("The layers of a block that compute F(x), beside the shortcut; orange in this app.",
         "块里计算 F(x) 的那些层，与捷径并列；在本应用里是橙色。"),
        "shortcut", {"shortcut_part": "block"}, ("residual branch, residual function", "残差分支、残差函数"),
    ),
    "block": Entry(
        "block", ("residual block", "残差块"),
        ("Branch, shortcut and their sum: x + F(x). ResNet18 has eight, each with two 3×3 convolutions (BasicBlock); from ResNet50 on, each has three (Bottleneck).",
         "分支、捷径和它们的和：x + F(x)。ResNet18 有八个，每个含两个 3×3 卷积（BasicBlock）；从 ResNet50 起每个含三个卷积（Bottleneck）。"),
        "diagrams", {"diagrams_part": "browse"}, ("block", "块"),
    ),
    "stage": Entry(
        "block", ("stage", "阶段"),
        ("Blocks in a row whose feature maps have the same size: layer1 to layer4 in torchvision's ResNets. A new stage usually halves the side of the map and doubles the channels.",
         "特征图大小相同的一串块：torchvision 的 ResNet 里是 layer1 到 layer4。进入新的阶段，特征图的边长通常减半，通道数加倍。"),
        "features", {"features_part": "maps"},
    ),
    "stem": Entry(
        "block", ("stem", "起始层"),
        ("What comes before the first block: in ResNet18 a 7×7 convolution, BatchNorm, ReLU and max pooling.",
         "第一个块之前的部分：ResNet18 里是 7×7 卷积、BatchNorm、ReLU 和最大池化。"),
        "diagrams", {"diagrams_part": "browse"}, ("input layers", "stem、输入层"),
    ),
    "projection": Entry(
        "block", ("projection", "投影"),
        ("A 1×1 convolution on the shortcut that gives x the shape of F(x), where a stage begins; torchvision calls it downsample.",
         "捷径上的 1×1 卷积，在阶段开头把 x 变成与 F(x) 相同的形状；torchvision 里的名字是 downsample。"),
        "source", {"block": "layer2.0", "step": "downsample"}, ("downsample, option B", "downsample、方案 B"),
    ),
    "identity": Entry(
        "block", ("identity mapping", "恒等映射"),
        ("The function that returns its input unchanged. A block computes it if F(x) = 0, which is why extra blocks need not do harm.",
         "原样返回输入的函数。只要 F(x) = 0，块就是恒等映射，所以多加的块不一定有害。"),
        "shortcut", {"shortcut_part": "change"}, ("identity, identity shortcut", "恒等捷径"),
    ),
    "degradation": Entry(
        "block", ("degradation", "退化问题"),
        ("Without shortcuts, a deeper network ends with a higher training error than a shallower one. This is not overfitting, in which only the test error is higher.",
         "没有捷径时，更深的网络连训练误差也比浅的高。这不是过拟合：过拟合只是测试误差高。"),
        "why", {"why_part": "experiment"},
    ),
    "vanishing": Entry(
        "block", ("vanishing gradient", "梯度消失"),
        ("On the way back through many layers, the gradient is multiplied again and again and can become too small to train the first layers; across a shortcut it passes unchanged.",
         "梯度往回传时，每经过一层就相乘一次，可能小到训练不动前面的层；经过捷径时则原样通过。"),
        "shortcut", {"shortcut_part": "gradients"},
    ),
    "ablation": Entry(
        "block", ("ablation", "消融"),
        ("Removing a part of a trained network to see how much depends on it; Veit et al. 2016 call the removal of a block a lesion.",
         "从训练好的网络里去掉一部分，看它有多重要；Veit 等 2016 把去掉一个块称为 lesion。"),
        "shortcut", {"shortcut_part": "lesion"}, ("lesion study", "lesion study"),
    ),
    "alpha_beta": Entry(
        "block", ("α and β", "α 与 β"),
        ("The two sliders of the shortcut lab: a block then computes β · x + α · F(x). Trained with α = β = 1; α = 0 drops the branch, β = 0 cuts the shortcut.",
         "捷径实验室里的两个滑块：块改为计算 β · x + α · F(x)。训练时 α = β = 1；α = 0 去掉分支，β = 0 切断捷径。"),
        "shortcut", {"shortcut_part": "change"},
    ),
    # tensors
    "feature_map": Entry(
        "tensor", ("feature map", "特征图"),
        ("The output of a layer, laid out like the image: one number for each position and channel.",
         "一层的输出，按图片的位置排列：每个位置、每个通道一个数。"),
        "features", {"features_part": "maps"}, ("activation map", "激活图"),
    ),
    "channel": Entry(
        "tensor", ("channel", "通道"),
        ("One of the maps that a layer computes side by side: red, green and blue in the image, 64 after the stem of ResNet18.",
         "一层并排算出的若干张图之一：图片有红、绿、蓝三个通道，ResNet18 的起始层之后有 64 个。"),
        "features", {"features_part": "maps"},
    ),
    "kernel": Entry(
        "tensor", ("convolution kernel", "卷积核"),
        ("The small array of weights that a convolution slides over the map; one kernel for each output channel.",
         "卷积在图上滑动时用的一小块权重；每个输出通道一个。"),
        "diagrams", {"diagrams_part": "browse"}, ("filter", "滤波器"),
    ),
    "receptive_field": Entry(
        "tensor", ("receptive field", "感受野"),
        ("The part of the image that can influence one value of a feature map.",
         "图片中能影响特征图上某一个值的那块区域。"),
        "diagrams", {"diagrams_part": "browse"},
    ),
    "token": Entry(
        "tensor", ("token", "token"),
        ("A vector that stands for one patch of the image in a transformer; the class token stands for the whole image.",
         "Transformer 里代表一个图块的向量；类别 token 代表整张图片。"),
        "pretraining", {"pretraining_part": "size"}, ("patch embedding", "图块嵌入"),
    ),
    "norm": Entry(
        "tensor", ("norm", "范数"),
        ("The length of a vector, here of all values of a tensor together: the square root of the sum of their squares, written ‖x‖.",
         "向量的长度，这里指一个张量全部数值合在一起：平方和再开方，写作 ‖x‖。"),
        "shortcut", {"shortcut_part": "depth"}, ("L2 norm", "L2 范数"),
    ),
    "cosine": Entry(
        "tensor", ("cosine", "余弦"),
        ("How far two vectors point in the same direction: 1 the same, 0 at a right angle, −1 opposite.",
         "两个向量方向有多一致：1 为同向，0 为垂直，−1 为反向。"),
        "shortcut", {"shortcut_part": "block"}, ("cosine similarity", "余弦相似度"),
    ),
    "batchnorm": Entry(
        "tensor", ("BatchNorm", "批归一化"),
        ("Shifts and scales each channel to mean 0 and variance 1, then by a learned γ and β: over the batch in training, with running statistics from training in eval mode.",
         "把每个通道变成均值 0、方差 1，再用学到的 γ 和 β 缩放、平移：训练时按当前这批图片计算，评估时用训练中积累的滑动统计量。"),
        "source", {"block": "layer1.0", "step": "bn1"}, ("batch normalisation, BN", "BatchNorm、BN、批标准化"),
    ),
    # the answer
    "logits": Entry(
        "answer", ("logits", "logits"),
        ("The outputs of the last layer, one number per class, before softmax; any real numbers, the largest wins.",
         "最后一层的输出，每个类别一个数，还没有经过 softmax；可以是任意实数，最大的就是预测。"),
        "predict", {}, ("scores", "得分"),
    ),
    "softmax": Entry(
        "answer", ("softmax", "softmax"),
        ("Turns logits into probabilities: e to the power of each, divided by their sum.",
         "把 logits 变成概率：每个数取 e 的幂，再除以它们的总和。"),
        "predict",
    ),
    "cross_entropy": Entry(
        "answer", ("cross-entropy", "交叉熵"),
        ("The loss of a classifier: minus the natural logarithm of the probability of the true class; 0 is perfect, guessing among ten classes gives ln 10 = 2.30.",
         "分类的损失：真实类别的概率取自然对数再取负；0 为完美，在十类里随机猜测是 ln 10 = 2.30。"),
        "pretraining", {"pretraining_part": "words"}, ("loss", "损失"),
    ),
    "nat": Entry(
        "answer", ("nat", "nat（奈特）"),
        ("The unit of cross-entropy with the natural logarithm: one nat more means that the true class has 1/e, about 0.37 times, the probability.",
         "用自然对数计算的交叉熵的单位：多 1 nat，真实类别的概率就变成原来的 1/e，约 0.37 倍。"),
        "why", {"why_part": "landscape"},
    ),
    "top5": Entry(
        "answer", ("top-5 accuracy", "top-5 准确率"),
        ("The share of images whose true class is among the five most probable; top-1 counts only the most probable.",
         "真实类别排在概率最高的五个之内的图片比例；top-1 只看最高的一个。"),
        "history", {"history_accuracy": "top5"}, ("top-1", "top-1"),
    ),
    "logit_lens": Entry(
        "answer", ("logit lens", "logit lens"),
        ("The network's own last layers applied to the output of an earlier block: what it would predict if it stopped there.",
         "把网络自己的最后几层接到前面某个块的输出上：如果在那里停下，它会预测什么。"),
        "shortcut", {"shortcut_part": "inference"}, ("early prediction, readout", "提前预测"),
    ),
    "probe": Entry(
        "answer", ("linear probe", "线性探针"),
        ("A linear classifier trained on the outputs of a fixed layer: it measures what can be read from them.",
         "在某一层固定的输出上训练的线性分类器：用来衡量从这些特征里能读出多少。"),
        "shortcut", {"shortcut_part": "inference"}, ("linear evaluation", "线性评估"),
    ),
    # training
    "learning_rate": Entry(
        "training", ("learning rate", "学习率"),
        ("How far each step moves the weights against the gradient.",
         "每一步沿梯度的反方向把权重移动多远。"),
        "finetune",
    ),
    "batch": Entry(
        "training", ("batch", "批"),
        ("The images of one training step, 64 in the tutorial's run.",
         "一步训练所用的一组图片；教程里每批 64 张。"),
        "finetune", {}, ("mini-batch; its number of images is the batch size", "小批量；图片数叫批大小"),
    ),
    "epoch": Entry(
        "training", ("epoch", "轮"),
        ("One pass through all training images.",
         "把全部训练图片用过一遍。"),
        "finetune", {}, ("pass", "轮次、周期"),
    ),
    "overfitting": Entry(
        "training", ("overfitting", "过拟合"),
        ("The network fits the training images better and better, but not new ones: the training accuracy rises while the test accuracy stays or falls.",
         "网络对训练图片拟合得越来越好，对新图片却没有：训练准确率上升，测试准确率停住甚至下降。"),
        "runs",
    ),
    "local_minimum": Entry(
        "training", ("local minimum", "局部极小值"),
        ("A place where the loss rises in every direction, though it may be lower elsewhere; where training ends depends on the initial values.",
         "往任何方向走损失都上升的地方，别处却可能更低；训练停在哪里，取决于初始值。"),
        "pretraining", {"pretraining_part": "words"}, ("local optimum", "局部最优"),
    ),
    "parameters": Entry(
        "training", ("parameters", "参数"),
        ("The numbers that training changes: weights and biases. ResNet18 for ten classes has 11,181,642.",
         "训练所改变的数：权重和偏置。十个类别的 ResNet18 有 11,181,642 个。"),
        "diagrams", {"diagrams_part": "browse"}, ("weights", "权重"),
    ),
    "multiply_adds": Entry(
        "training", ("multiply-adds", "乘加次数"),
        ("The products, each added to a sum, that one image takes: a measure of computation. One multiply-add is two FLOPs.",
         "处理一张图片所需的“乘一次、加一次”的次数，衡量计算量。一次乘加是两个 FLOP。"),
        "history", {"history_over": "multiply_adds"}, ("MACs, half of FLOPs", "MACs，FLOPs 的一半"),
    ),
    # pretraining
    "pretraining": Entry(
        "pretraining", ("pretraining", "预训练"),
        ("Training on another task with many images first; its weights are the initial values for yours.",
         "先在另一个图片很多的任务上训练，得到的权重作为你的任务的初始值。"),
        "pretraining", {"pretraining_part": "why"},
    ),
    "pretext": Entry(
        "pretraining", ("pretext task", "前置任务"),
        ("A task whose answers come from the images themselves, such as naming a rotation: solved only to learn features without labels.",
         "答案来自图片本身的任务，例如判断旋转了多少度：做它只是为了不用标签就学到特征。"),
        "pretraining", {"pretraining_part": "pretext"}, ("self-supervised pretraining", "代理任务、自监督预训练"),
    ),
    "fine_tune": Entry(
        "pretraining", ("fine-tuning", "微调"),
        ("Training pretrained weights further on your own task, with a low learning rate.",
         "让预训练的权重以较低的学习率在自己的任务上继续训练。"),
        "finetune",
    ),
    "freeze": Entry(
        "pretraining", ("freezing", "冻结"),
        ("Weights that keep their values during training (requires_grad = False); unfreezing lets them be trained again.",
         "训练时让一部分权重保持不变（requires_grad = False）；解冻就是让它们重新参与训练。"),
        "pretraining", {"pretraining_part": "strategy"}, ("unfreezing: the opposite", "解冻：相反的操作"),
    ),
    "backbone": Entry(
        "pretraining", ("backbone", "骨干网络"),
        ("The layers that turn pixels into features: what is pretrained and, at first, frozen.",
         "把像素变成特征的那些层：预训练的是它，起初冻结的也是它。"),
        "pretraining", {"pretraining_part": "parts", "pretraining_role": "backbone"},
    ),
    "neck": Entry(
        "pretraining", ("neck", "颈部"),
        ("Layers between backbone and head that combine several stages; detectors have one, classifiers do not.",
         "骨干与头部之间融合几个阶段的层；检测器有，分类器没有。"),
        "pretraining", {"pretraining_part": "parts", "pretraining_role": "neck"},
    ),
    "head": Entry(
        "pretraining", ("head", "头部"),
        ("The last layers, which give the task's answer: fc in a ResNet. Fine-tuning replaces them.",
         "给出任务结果的最后几层：ResNet 里是 fc。微调时换掉的就是它。"),
        "pretraining", {"pretraining_part": "parts", "pretraining_role": "head"}, ("classifier", "分类头"),
    ),
}  # fmt: skip

GROUPS: Final = tuple(dict.fromkeys(entry.group for entry in ENTRIES.values()))

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Glossary", "术语表"),
    "title": ("What does this word mean?", "这个词是什么意思？"),
    "about": (
        "{count} words of this app and of the tutorial, each in one sentence, with the page that shows it.",
        "本应用和教程里的 {count} 个术语，每个一句话，并附上能看到它的页面。",
    ),
    "search": ("Find a word", "查找术语"),
    "search_help": ("in English or Chinese, also by a synonym", "中英文都可以，也可以输入别名"),
    "none": (
        "No word here contains “{asked}”. Try a part of it, or the other language.",
        "没有包含“{asked}”的术语。可以只输入一部分，或换另一种语言。",
    ),
    "show": ("See it: {page}", "去看：{page}"),
    "look_up": ("Words", "术语"),
    "choose": ("Choose or type a word", "选择或输入一个术语"),
    "all": ("All words", "全部术语"),
    "group_block": ("The block", "残差块"),
    "group_tensor": ("Tensors", "张量"),
    "group_answer": ("The answer and its measure", "预测与度量"),
    "group_training": ("Training", "训练"),
    "group_pretraining": ("Pretraining", "预训练"),
}
WORDS |= {f"name_{id}": entry.name for id, entry in ENTRIES.items()}
WORDS |= {f"also_{id}": entry.also for id, entry in ENTRIES.items() if entry.also}
WORDS |= {f"says_{id}": entry.says for id, entry in ENTRIES.items()}


def found(asked: str) -> list[str]:
    """The words whose name or synonym in either language contains `asked`; all for an empty one."""
    wanted = asked.strip().casefold()
    return [id for id, entry in ENTRIES.items() if any(wanted in each.casefold() for each in _names(entry))]


def _names(entry: Entry) -> tuple[str, ...]:
    return entry.name + (entry.also or ())
