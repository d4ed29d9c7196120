"""A comparison told: its findings, its table, the report to hand in, and the command."""

WORDS: dict[str, tuple[str, str]] = {
    "language": ("English", "中文"),
    # findings
    "found_first": (
        "{first} is first with a test accuracy of {accuracy:.1%} on {pictures:,} images after epoch {epochs}, {points:.1f} points above {second} ({other:.1%}).",
        "{first} 排第一：{epochs} 轮后在 {pictures:,} 张测试图片上的准确率为 {accuracy:.1%}，比 {second}（{other:.1%}）高 {points:.1f} 个百分点。",
    ),
    "found_tie": (
        "{first} and {second} are tied: both have a test accuracy of {accuracy:.1%} on {pictures:,} images after epoch {epochs}.",
        "{first} 与 {second} 持平：{epochs} 轮后在 {pictures:,} 张测试图片上的准确率都是 {accuracy:.1%}。",
    ),
    "found_seeds_clear": (
        "Over {seeds} seeds each, the difference has a 95 % interval from {low:+.1f} to {high:+.1f} points (Welch): 0 lies outside, so the seeds do not explain it.",
        "各用 {seeds} 个随机种子，差距的 95% 置信区间（韦尔奇）为 {low:+.1f} 到 {high:+.1f} 个百分点，不含 0，因此不能用换种子的波动来解释。",
    ),
    "found_seeds_open": (
        "Over {seeds} seeds each, the difference has a 95 % interval from {low:+.1f} to {high:+.1f} points (Welch): 0 lies within, so the order may be chance. More seeds narrow it.",
        "各用 {seeds} 个随机种子，差距的 95% 置信区间（韦尔奇）为 {low:+.1f} 到 {high:+.1f} 个百分点，含 0，名次可能只是偶然。多用几个种子，区间会变窄。",
    ),
    "found_close": (
        "{first} ({accuracy:.1%}) and {second} ({other:.1%}) are ahead after epoch {epochs}, and cannot be told apart: the {points:.1f} points between them may be chance.",
        "{epochs} 轮后 {first}（{accuracy:.1%}）与 {second}（{other:.1%}）领先，但两者分不出高下：{points:.1f} 个百分点的差距可能只是偶然。",
    ),
    "found_one_seed": (
        "At least one of the two was trained with a single seed, so this holds for these trained networks only: how much another seed changes is unknown.",
        "两者中至少有一个只用一个随机种子训练过，所以这只说明训练好的这两个网络；换一个种子会差多少，并不知道。",
    ),
    "found_answers_clear": (
        "In their best epochs, {first} alone is right on {a} of the {pictures:,} test images, {second} alone on {b}: chance splits them so unequally with p {p} (McNemar's exact test).",
        "取各自最好的一轮，{pictures:,} 张测试图片中只有 {first} 答对的有 {a} 张，只有 {second} 答对的有 {b} 张：若纯属偶然，出现如此悬殊的概率 p {p}（麦克尼马尔精确检验）。",
    ),
    "found_answers_open": (
        "In their best epochs, {first} alone is right on {a} of the {pictures:,} test images, {second} alone on {b}: chance splits them so unequally with p {p} (McNemar's exact test), which is no evidence.",
        "取各自最好的一轮，{pictures:,} 张测试图片中只有 {first} 答对的有 {a} 张，只有 {second} 答对的有 {b} 张：若纯属偶然，出现这种差别的概率 p {p}（麦克尼马尔精确检验），算不上证据。",
    ),
    "found_weights_more": (
        "{network} at {px} px reaches {accuracy:.1%} from {weights}, {points:.1f} points more than from scratch ({other:.1%}).",
        "{network}（{px} 像素）从“{weights}”出发达到 {accuracy:.1%}，比从零训练（{other:.1%}）高 {points:.1f} 个百分点。",
    ),
    "found_weights_less": (
        "{network} at {px} px reaches {accuracy:.1%} from {weights}, {points:.1f} points less than from scratch ({other:.1%}).",
        "{network}（{px} 像素）从“{weights}”出发达到 {accuracy:.1%}，比从零训练（{other:.1%}）低 {points:.1f} 个百分点。",
    ),
    "found_weights_same": (
        "{network} at {px} px: {weights} ({accuracy:.1%}) and from scratch ({other:.1%}) cannot be told apart.",
        "{network}（{px} 像素）：从“{weights}”出发（{accuracy:.1%}）与从零训练（{other:.1%}）分不出高下。",
    ),
    "found_guessing": (
        "No better than guessing with this recipe: {names}, at most {best:.1%}. Guessing has {chance:.0%} right, and up to {most:.1%} by chance (95 % interval for {pictures:,} images).",
        "在这份配方下并不比瞎猜好：{names}，最高 {best:.1%}。瞎猜能对 {chance:.0%}，运气好时可达 {most:.1%}（{pictures:,} 张图片的 95% 区间）。",
    ),
    "found_all_guessing": (
        "None of these is better than guessing with this recipe, so no order, speed or reason is given: {names}, at most {best:.1%}. Guessing has {chance:.0%} right, and up to {most:.1%} by chance (95 % interval for {pictures:,} images). Train longer, on more images, or from pretrained weights.",
        "在这份配方下，全都不比瞎猜好，所以这里不排名次、不比快慢、也不谈原因：{names}，最高 {best:.1%}。瞎猜能对 {chance:.0%}，运气好时可达 {most:.1%}（{pictures:,} 张图片的 95% 区间）。请多训练几轮、多用些图片，或从预训练权重出发。",
    ),
    "found_time": (
        "{name} is the first on this page to exceed a test accuracy of {threshold:.0%}, after {seconds:.0f} s; {last} takes {others:.0f} s. {reached} of {count} reach it.",
        "在这里的各项中，{name} 最先超过 {threshold:.0%} 的测试准确率，用了 {seconds:.0f} 秒；{last} 要 {others:.0f} 秒。{count} 项中有 {reached} 项达到。",
    ),
    "found_quickest": (
        "{name} finishes first: {seconds:.0f} s for {accuracy:.1%}. The most accurate, {first}, takes {times:.1f} times as long.",
        "{name} 用时最短：{seconds:.0f} 秒，准确率 {accuracy:.1%}。准确率第一的 {first} 用时是它的 {times:.1f} 倍。",
    ),
    "found_quickest_first": (
        "{name} also finishes first: {seconds:.0f} s.",
        "{name} 的用时也最短：{seconds:.0f} 秒。",
    ),
    "found_class": (
        "{first} and {second} differ most on the class {label}: {a:.0%} and {b:.0%} of {pictures} images.",
        "{first} 与 {second} 相差最大的类别是“{label}”：在它的 {pictures} 张图片上分别为 {a:.0%} 和 {b:.0%}。",
    ),
    "found_no_class": (
        "On none of the {classes} classes do {first} and {second} differ by more than chance explains.",
        "在全部 {classes} 个类别上，{first} 与 {second} 的差别都没有超出偶然的范围。",
    ),
    "found_agreement": (
        "{first} and {second} give the same prediction, right or wrong, for {share:.0%} of the test images.",
        "{first} 与 {second} 对 {share:.0%} 的测试图片预测相同（不论对错）。",
    ),
    "found_unfinished": (
        "Unfinished runs, not included here: {count} of {total}.",
        "{total} 次训练中有 {count} 次没有完成，这里没有计入。",
    ),
    "found_nothing": ("No run has finished yet.", "还没有训练完成。"),
    "found_scope": (
        "All of this holds for one recipe on the hardware named here; the recipe was not tuned for any of the backbones, and another one may change the order.",
        "以上只针对这一份配方和这里写明的硬件；配方没有为任何骨干网络调整过，换一份配方，名次可能会变。",
    ),
    # cautions and reasons
    "caution_none_pretrained": (
        "None of these networks starts from pretrained weights. The homework compares pretrained networks: choose ImageNet weights, or those bundled with the app.",
        "这里没有一个网络从预训练权重出发。作业要对比的是预训练网络：请选 ImageNet 权重，或应用自带的权重。",
    ),
    "caution_one_pretrained": (
        "Only {name} starts from pretrained weights, so this compares starts rather than networks. For the homework, choose pretrained weights for at least two networks.",
        "只有 {name} 从预训练权重出发，所以这里比的是起点，而不是网络。做作业时，请给至少两个网络选预训练权重。",
    ),
    "caution_starts": (
        "The pretrained networks start from different data ({weights}): part of a difference may come from there.",
        "这些预训练网络的预训练数据不同（{weights}），差距可能部分由此而来。",
    ),
    "reason_none": (
        "No other network is clearly behind {name}, so no order is explained.",
        "没有哪个网络明显落后于 {name}，所以这里不解释名次。",
    ),
    "reason_larger": (
        "{first} has {a} parameters, {times:.1f} times as many as {other} ({b}), and computes {ma} multiply-adds per image instead of {mb}: a larger network can represent more.",
        "{first} 有 {a} 个参数，是 {other}（{b}）的 {times:.1f} 倍；每张图片要算 {ma} 次乘加，后者为 {mb} 次：网络大，能表示的东西就多。",
    ),
    "reason_smaller": (
        "{first} is ahead of {other} with fewer parameters ({a} instead of {b}): size is not the reason.",
        "{first} 的参数比 {other} 少（{a} 对 {b}），却领先：原因不在大小。",
    ),
    "reason_start": (
        "{first} starts from {weights}, {other} from random weights: the first need not learn edges and textures from these images.",
        "{first} 从“{weights}”出发，{other} 从随机权重出发：前者不必再从这些图片里学边缘和纹理。",
    ),
    "reason_map": (
        "In the last stage, {first} still has maps of {mine}×{mine} positions ({from_a} px), {other} only {theirs}×{theirs} ({from_b} px): there, where something is in the image is lost earlier.",
        "到最后一个阶段，{first} 的特征图还有 {mine}×{mine} 个位置（边长 {from_a} 像素），{other} 只剩 {theirs}×{theirs}（{from_b} 像素）：后者更早丢失“东西在哪里”的信息。",
    ),
    "reason_single": (
        "The last stage has a single position, 1×1, as these networks were designed for 224 px and halve the side again and again: {names}. A larger input keeps more positions; twice the side takes about four times the multiply-adds.",
        "最后一个阶段只剩 1×1 个位置，因为这些网络是为 224 像素设计的，边长一再减半：{names}。输入放大就能保留更多位置；边长加倍，乘加次数约为四倍。",
    ),
    "reason_residual": (
        "{first} has {count} residual additions, {other} has none: through x + F(x) the gradient reaches the first layers directly.",
        "{first} 有 {count} 处残差相加，{other} 没有：经过 x + F(x)，梯度可以直接传到最前面的层。",
    ),
    "reason_no_residual": (
        "{other} has {count} residual additions and {first} has none: shortcuts are not the reason for this lead.",
        "{other} 有 {count} 处残差相加，{first} 一处也没有：领先的原因不是捷径。",
    ),
    "reason_memorised": (
        "More accurate on the training images than on the test images, by so many points: {names}. This part was memorised: more images or stronger augmentation would help more than a larger network. (Training accuracy is measured during the last epoch, on augmented images.)",
        "训练图片上的准确率高于测试图片（括号里是高出的百分点）：{names}。这部分是死记硬背：多用图片或加强数据增强，比换更大的网络有用。（训练准确率是最后一轮中在增强后的图片上测得的。）",
    ),
    "reason_unfitted": (
        "No more accurate on the training images than on the test images: {names}. Nothing is memorised yet: more epochs may help.",
        "训练图片上的准确率不高于测试图片：{names}。还没有死记硬背，多训练几轮可能更好。",
    ),
    "reason_scope": (
        "These figures stand beside the result; that they caused it was not tested, as the networks differ in all of them at once. To test one, change it alone: the resolution with --sizes 64, the start with --weights random, the shortcuts with cifar-resnet20 and cifar-plain20.",
        "这些数字只是与结果并列，没有检验过因果：网络之间同时有好几处不同。要检验其中一项，就只改这一项：分辨率用 --sizes 64，起点用 --weights random，捷径用 cifar-resnet20 对 cifar-plain20。",
    ),
    # the table
    "column_network": ("Backbone", "骨干网络"),
    "column_weights": ("Initial weights", "初始权重"),
    "column_settings": ("Settings", "设置"),
    "column_image_px": ("Image (px)", "图片（像素）"),
    "column_device": ("Device", "设备"),
    "column_seeds": ("Seeds", "随机种子数"),
    "column_accuracy": ("Accuracy", "准确率"),
    "column_spread": ("± std", "± 标准差"),
    "column_train": ("Training accuracy", "训练准确率"),
    "column_residuals": ("Residual additions", "残差相加"),
    "column_sides": ("Sides (px)", "边长（像素）"),
    "column_best": ("Best accuracy", "最高准确率"),
    "column_seconds": ("Time (s)", "用时（秒）"),
    "column_parameters": ("Parameters", "参数量"),
    "column_multiply_adds": ("Multiply-adds", "乘加次数"),
    "column_memory_gb": ("Memory (GB)", "内存（GB）"),
    "column_forward_ms": ("Forward (ms)", "前向（毫秒）"),
    "column_state": ("State", "状态"),
    "state_queued": ("queued", "排队中"),
    "state_running": ("running", "训练中"),
    "state_finished": ("finished", "已完成"),
    "state_stopped": ("stopped", "已停止"),
    "state_failed": ("failed", "失败"),
    "state_interrupted": ("interrupted", "中断"),
    "state_epoch": ("{state}, after epoch {epoch}", "{state}，已完成 {epoch} 轮"),
    # the report
    "title": ("Comparison of backbones: {name}", "骨干网络对比：{name}"),
    "intro": (
        "Runs: {runs}, settings: {groups}, {made}. Test images: {pictures:,}. Generated by Residual Explorer {version}.",
        "{groups} 种设置共 {runs} 次训练，{made}。测试图片：{pictures:,} 张。由 Residual Explorer {version} 生成。",
    ),
    "findings": ("Findings", "结论"),
    "results": ("Results", "结果"),
    "results_about": (
        "Accuracy is measured on the test images after the last epoch and averaged over the finished seeds; ± is the sample standard deviation over seeds. “Best accuracy” is the highest over all epochs and seeds, which is optimistic: it was selected on the test images. Time is the wall time of training and of the test after each epoch, without start-up, reading of images and checkpoints, as measured by the runs; other load on the machine affects it. Memory is the peak of the process (on a GPU, of the memory allocated by torch). Forward is the median for one image in eval mode. Parameters and multiply-adds are for one image, with the new last layer; multiply-adds (MACs) are those of convolutions, matrix products and attention, half of the FLOPs that torch's FlopCounterMode counts.",
        "准确率是最后一轮在测试图片上的结果，取已完成随机种子的平均；± 是各随机种子间的样本标准差。“最高准确率”是所有轮次和随机种子中的最高值，会偏高，因为它是用测试图片挑出来的。用时是训练和每轮测试的实际用时，由训练过程自己测得，不含启动、读取图片和写检查点；机器上的其他任务会影响它。内存是进程的峰值（GPU 上是 torch 分配的显存峰值）。前向是评估模式下单张图片用时的中位数。参数量和乘加次数按单张图片计，包括新换的最后一层；乘加次数（MACs）只计卷积、矩阵乘法和注意力，是 torch 的 FlopCounterMode 所计 FLOPs 的一半。",
    ),
    "author_name": ("Name", "姓名"),
    "author_number": ("Student number", "学号"),
    "author_course": ("Course", "课程"),
    "author_date": ("Date", "日期"),
    "compared": ("What was compared", "对比了什么"),
    "compared_about": (
        "Parameters and multiply-adds with the new last layer, for one image of the input size. Residual additions: places where x + F(x) is computed, found in the network's data flow. Sides: those of the feature maps of its convolutions in pixels, from the image to the last stage.",
        "参数量和乘加次数含新换的最后一层，按一张输入尺寸的图片计。残差相加：按数据流找出的、计算 x + F(x) 的地方。边长：从图片到最后一个阶段，各级卷积特征图的边长（像素）。",
    ),
    "reasons": ("Possible reasons", "可能的原因"),
    "published": (
        "For reference: the course chapter's ResNet18 has a test accuracy of {accuracy:.2%} after epoch {epoch}, trained on all 50,000 images with another recipe and input size. It is no group of this comparison.",
        "供参考：教程里的 ResNet18 在第 {epoch} 轮后的测试准确率为 {accuracy:.2%}；它用了全部 50,000 张图片，配方和输入尺寸也不同，不属于这次对比。",
    ),
    "cost": ("Accuracy against cost", "准确率与开销"),
    "cost_about": (
        "Each point is a setting with a finished seed; its area grows with the parameters. On the dashed line, no other is both cheaper and more accurate. Both axes begin above zero; the horizontal one is logarithmic.",
        "每个点是一种至少训练完一个随机种子的设置，面积随参数量增大。虚线上的点，没有别的既更省又更准。两个坐标轴都不从零开始，横轴是对数刻度。",
    ),
    "cost_seconds": ("Training time", "训练用时"),
    "cost_parameters": ("Parameters", "参数量"),
    "cost_multiply_adds": ("Multiply-adds", "乘加次数"),
    "curves": ("Learning curves", "学习曲线"),
    "curves_about": (
        "Training accuracy and loss are measured during the epoch, on augmented images, while the weights still change; test accuracy and loss after it.",
        "训练准确率和训练损失在该轮当中测得：图片经过增强，权重还在变化；测试准确率和测试损失在该轮之后测得。",
    ),
    "matrices": ("Confusion matrices", "混淆矩阵"),
    "matrices_about": (
        "Rows are the true classes, columns the predicted ones, cells numbers of test images. For each setting the lowest finished seed, after its best epoch; the most accurate come first.",
        "行是真实类别，列是预测类别，格中是测试图片的张数。每种设置取已完成的最小随机种子、最佳轮次；准确率高的在前。",
    ),
    "classes_table": (
        "Accuracy on each class: the share of its test images classified correctly.",
        "各类的准确率：该类测试图片中分类正确的比例。",
    ),
    "classes": ("Class by class: {first} and {second}", "逐类比较：{first} 与 {second}"),
    "classes_about": (
        "{first} (seed {seed_a}) and {second} (seed {seed_b}), each after its best epoch; the lowest finished seed of each. Difference in percentage points, positive if {first} is better.",
        "{first}（随机种子 {seed_a}）与 {second}（随机种子 {seed_b}）各自最佳轮次的结果，各取已完成的最小随机种子。差值以百分点计，正数表示 {first} 更好。",
    ),
    "class_label": ("Class", "类别"),
    "class_pictures": ("Test images", "测试图片"),
    "agreement": ("Agreement between networks", "预测的一致程度"),
    "agreement_about": (
        "Share of test images for which two networks give the same prediction, right or wrong: for each setting, the lowest finished seed after its best epoch.",
        "两个网络预测相同（不论对错）的测试图片所占的比例：每种设置取已完成的最小随机种子，用其最佳轮次的预测。",
    ),
    "different": ("Images on which they disagree most", "分歧最大的图片"),
    "different_about": (
        "The images with the most scattered predictions (highest entropy of the votes); among equals, those with the fewest correct predictions come first. The number is the image's position among the test images.",
        "预测最分散（投票的熵最大）的图片；相同时预测正确者较少的在前。编号是该图片在测试图片中的位置。",
    ),
    "picture": ("Image {number}: {label}", "第 {number} 张，实为{label}"),
    "recipe": ("Recipe", "配方"),
    "recipe_about": (
        "Settings shared by all runs. Initial weights: random means from scratch; upstream means this project's own, trained on Tiny-ImageNet; imagenet means those published by torchvision.",
        "所有训练共用的设置。初始权重中，random 表示从零训练；upstream 是本项目自己在 Tiny-ImageNet 上训练的；imagenet 是 torchvision 发布的。",
    ),
    "sources": ("Sources", "出处"),
    "source_networks": ("Architectures and published weights", "网络结构与公开的权重"),
    "source_cifar10": ("Images: CIFAR-10 (Krizhevsky 2009)", "图片：CIFAR-10（Krizhevsky 2009）"),
    "field": ("Field", "字段"),
    "value": ("Value", "取值"),
    "meaning": ("Meaning", "作用"),
    "machine": ("Hardware, versions, command", "硬件、版本、命令"),
    "hardware": ("Hardware", "硬件"),
    "versions": ("Versions", "版本"),
    "command": ("Command to reproduce it", "重现这次对比的命令"),
    "runs": ("Runs", "各次训练"),
    "run": ("Run", "训练"),
    "seed": ("Seed", "随机种子"),
    # the command
    "command_help": ("compare backbones on one recipe", "用同一份配方对比骨干网络"),
    "command_backbones": (
        "networks, such as resnet18,mobilenet_v2,cifar-resnet56,cifar-plain56-w8; timm:NAME if timm is installed",
        "网络，例如 resnet18,mobilenet_v2,cifar-resnet56,cifar-plain56-w8；装有 timm 时可写“timm:名称”",
    ),
    "command_weights": (
        "initial weights: random, upstream, imagenet, … (default: random,upstream); each backbone uses those available for it",
        "初始权重：random、upstream、imagenet 等（默认 random,upstream）；每个骨干网络只用它有的",
    ),
    "command_seeds": ("number of seeds for each, counted from --seed (default: 1)", "每项的随机种子数，从 --seed 起数（默认 1）"),
    "command_sizes": ("image sizes in pixels, such as 32,64", "图片尺寸（像素），例如 32,64"),
    "command_grid": (
        "several values for a field of the recipe, such as lr=0.001,0.01; can be repeated",
        "让配方的一个字段取多个值，例如 lr=0.001,0.01；可以重复使用",
    ),
    "command_recipe": (
        "tutorial, fast, laptop, or a recipe.json; the default is fair to random weights; overridden by the options below",
        "tutorial、fast、laptop，或一个 recipe.json；不写则用一份对随机初始化公平的配方；下面的选项会覆盖其中的值",
    ),
    "command_out": (
        "the folder for the runs, report.html and comparison.csv; an existing comparison is continued",
        "存放各次训练、report.html 和 comparison.csv 的文件夹；已有的对比会继续进行",
    ),
    "command_name": ("name of the comparison", "这次对比的名称"),
    "command_student": ("your name, for the report", "你的姓名，写在报告上"),
    "command_student_number": ("your student number, for the report", "你的学号，写在报告上"),
    "command_course": ("your course, for the report", "课程名，写在报告上"),
    "command_ray": (
        "train on a Ray cluster at this address, or on a local one if none is given (needs requirements-scale.txt)",
        "在 Ray 集群上训练：写集群地址，不写则在本机启动（需要 requirements-scale.txt）",
    ),
    "command_reading": ("reading images: {done:,} of {total:,}", "正在读取图片：{done:,} / {total:,}"),
    "command_plan": ("Runs in {folder}: {count}, still to train: {left}.", "{folder} 中共 {count} 次训练，还要训练 {left} 次。"),
    "command_measuring": ("measuring the speed of {name} ({k} of {count})", "正在测速 {name}（{k}/{count}）"),
    "command_estimate": (
        "About {time} on this machine, estimated from a few steps of each backbone ({pictures} training images).",
        "在这台机器上大约需要{time}（每个骨干网络试几步得出，{pictures} 张训练图片）。",
    ),
    "command_running": (
        "run {k} of {count}  {name}  epoch {epoch}/{epochs}  {accuracy}  {left}",
        "第 {k}/{count} 个  {name}  第 {epoch}/{epochs} 轮  {accuracy}  {left}",
    ),
    "command_left": ("about {time} left", "还需约{time}"),
    "command_ended": ("{k}/{count}  {name}  {accuracy}  {seconds:.0f} s  {state}", "{k}/{count}  {name}  {accuracy}  {seconds:.0f} 秒  {state}"),
    "command_stopped": (
        "Stopped; checkpoints are saved. Run the same command to resume.",
        "已停止，检查点已保存。运行同一命令即可继续。",
    ),
    "command_written": ("Report: {report}, table: {table}", "报告：{report}，表格：{table}"),
}  # fmt: skip
