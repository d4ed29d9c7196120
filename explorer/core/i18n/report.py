"""A comparison told: its findings, its table, the report to hand in, and the command."""

WORDS: dict[str, tuple[str, str]] = {
    "language": ("English", "中文"),
    # findings
    "found_first": (
        "{first} is first with {accuracy:.1%} of {pictures:,} test pictures after {epochs} epochs, {points:.1f} points above {second} ({other:.1%}).",
        "{first} 排第一：{epochs} 轮后在 {pictures:,} 张测试图片上的准确率为 {accuracy:.1%}，比 {second}（{other:.1%}）高 {points:.1f} 个百分点。",
    ),
    "found_tie": (
        "{first} and {second} are level: both get {accuracy:.1%} of {pictures:,} test pictures right after {epochs} epochs.",
        "{first} 与 {second} 持平：{epochs} 轮后在 {pictures:,} 张测试图片上的准确率都是 {accuracy:.1%}。",
    ),
    "found_more_than_spread": (
        "Over {seeds} seeds the accuracy of these two has a standard deviation of at most {spread:.1f} points: the difference is larger.",
        "在 {seeds} 个种子上，这两者准确率的标准差最大为 {spread:.1f} 个百分点，差距比它大。",
    ),
    "found_within_spread": (
        "Over {seeds} seeds the accuracy of these two has a standard deviation of up to {spread:.1f} points: the difference is not larger, so which of them is first may be chance.",
        "在 {seeds} 个种子上，这两者准确率的标准差最大达 {spread:.1f} 个百分点，差距没有超过它，谁排第一可能只是偶然。",
    ),
    "found_more_than_error": (
        "Not both have two seeds, so how much the seed alone changes is not known. {pictures:,} test pictures alone leave ±{error:.1f} points of a single accuracy (one standard error); the difference is more than twice that.",
        "这两者并非都有两个以上的种子，所以不知道换种子本身会带来多大变化。仅 {pictures:,} 张测试图片就给单个准确率带来 ±{error:.1f} 个百分点的误差（一倍标准误）；差距大于它的两倍。",
    ),
    "found_within_error": (
        "Not both have two seeds, so how much the seed alone changes is not known. {pictures:,} test pictures alone leave ±{error:.1f} points of a single accuracy (one standard error); the difference is not more than twice that, so which of them is first may be chance.",
        "这两者并非都有两个以上的种子，所以不知道换种子本身会带来多大变化。仅 {pictures:,} 张测试图片就给单个准确率带来 ±{error:.1f} 个百分点的误差（一倍标准误）；差距不到它的两倍，谁排第一可能只是偶然。",
    ),
    "found_weights_more": (
        "{network} at {px} px reaches {accuracy:.1%} from {weights}, {points:.1f} points more than from scratch ({other:.1%}).",
        "{network}（{px} 像素）从“{weights}”出发达到 {accuracy:.1%}，比从零训练（{other:.1%}）高 {points:.1f} 个百分点。",
    ),
    "found_weights_less": (
        "{network} at {px} px reaches {accuracy:.1%} from {weights}, {points:.1f} points less than from scratch ({other:.1%}).",
        "{network}（{px} 像素）从“{weights}”出发达到 {accuracy:.1%}，比从零训练（{other:.1%}）低 {points:.1f} 个百分点。",
    ),
    "found_guessing": (
        "Hardly better than guessing ({chance:.0%}) in this recipe: {names}, with {most:.1%} at most.",
        "在这份配方下与随机猜测（{chance:.0%}）相差无几：{names}，最高 {most:.1%}。",
    ),
    "found_time": (
        "{name} is the first of those on this page to test above {threshold:.0%}: after {seconds:.0f} s. {last} takes {others:.0f} s for it, {reached} of {count} reach it.",
        "在这里的各项中，{name} 最先越过 {threshold:.0%} 的测试准确率，用了 {seconds:.0f} 秒；{last} 要 {others:.0f} 秒。{count} 项中有 {reached} 项达到。",
    ),
    "found_quickest": (
        "{name} ends soonest: {seconds:.0f} s for {accuracy:.1%}. The first in accuracy, {first}, takes {times:.1f} times as long.",
        "{name} 最快跑完：{seconds:.0f} 秒，准确率 {accuracy:.1%}。准确率第一的 {first} 用时是它的 {times:.1f} 倍。",
    ),
    "found_quickest_first": (
        "{name} also ends soonest: {seconds:.0f} s.",
        "{name} 也最快跑完：{seconds:.0f} 秒。",
    ),
    "found_class": (
        "Of the classes, {label} separates {first} and {second} most: {a:.0%} against {b:.0%} of {pictures} pictures.",
        "{first} 与 {second} 相差最大的类别是“{label}”：在它的 {pictures} 张图片上分别为 {a:.0%} 和 {b:.0%}。",
    ),
    "found_agreement": (
        "{first} and {second} give the same answer, right or wrong, to {share:.0%} of the test pictures.",
        "{first} 与 {second} 对 {share:.0%} 的测试图片给出相同的答案（不论对错）。",
    ),
    "found_unfinished": (
        "{count} of {total} runs have not finished; they are not counted here.",
        "{total} 个训练中有 {count} 个没有完成，这里没有计入。",
    ),
    "found_nothing": ("No run has finished yet.", "还没有训练完成。"),
    "found_scope": (
        "All this is about one recipe on the hardware named here; the recipe was not tuned for any of the backbones, and another may change the order.",
        "以上只针对这一份配方和这里写明的硬件；配方没有为任何骨干网络调整过，换一份配方，名次可能会变。",
    ),
    # the table
    "column_network": ("Backbone", "骨干网络"),
    "column_weights": ("Start from", "初始权重"),
    "column_settings": ("Settings", "设置"),
    "column_image_px": ("Picture (px)", "图像（像素）"),
    "column_device": ("Device", "设备"),
    "column_seeds": ("Seeds", "种子数"),
    "column_accuracy": ("Accuracy", "准确率"),
    "column_spread": ("± seeds", "± 种子间"),
    "column_best": ("Best epoch", "最佳轮次"),
    "column_seconds": ("Seconds", "秒"),
    "column_parameters": ("Parameters", "参数量"),
    "column_multiply_adds": ("Multiply-adds", "乘加次数"),
    "column_memory_gb": ("Memory (GB)", "内存（GB）"),
    "column_forward_ms": ("Forward (ms)", "前向（毫秒）"),
    "column_state": ("State", "状态"),
    "state_queued": ("waiting", "排队中"),
    "state_running": ("running", "训练中"),
    "state_finished": ("finished", "已完成"),
    "state_stopped": ("stopped", "已停止"),
    "state_failed": ("failed", "失败"),
    "state_interrupted": ("interrupted", "中断"),
    "state_epoch": ("{state}, {epoch} epochs done", "{state}，已完成 {epoch} 轮"),
    # the report
    "title": ("Comparison of backbones: {name}", "骨干网络比较：{name}"),
    "intro": (
        "{runs} runs of {groups} kinds, {made}. Test pictures: {pictures:,}. Written by Residual Explorer {version}.",
        "{groups} 类共 {runs} 个训练，{made}。测试图片：{pictures:,} 张。由 Residual Explorer {version} 生成。",
    ),
    "findings": ("What the figures show", "这些数字说明什么"),
    "results": ("Results", "结果"),
    "results_about": (
        "Accuracy is that of the last epoch on the test pictures, the mean over the finished seeds; ± is their sample standard deviation. “Best epoch” is the highest of any epoch and seed, which flatters: the test pictures chose it. Seconds are wall time of the training and of the test after each epoch, without start, reading of the pictures and checkpoints, as the runs measured it; other work on the machine counts in. Memory is the peak of the process (on a GPU: of what torch allocated there). Forward is the median for one picture in eval mode. Parameters and multiply-adds are of one picture, with the new last layer; multiply-adds are those of convolutions, matrix products and attention, as torch's FlopCounterMode counts them.",
        "准确率是最后一轮在测试图片上的结果，取已完成种子的平均；± 是它们的样本标准差。“最佳轮次”是所有轮次和种子中的最高值，会偏高，因为它是用测试图片挑出来的。秒数是训练和每轮测试的实际用时，由训练过程自己测得，不含启动、读取图片和写检查点；机器上的其他任务会影响它。内存是进程的峰值（GPU 上是 torch 分配的显存峰值）。前向是评估模式下单张图片用时的中位数。参数量和乘加次数按单张图片计，包括新换的最后一层；乘加次数只计卷积、矩阵乘法和注意力，由 torch 的 FlopCounterMode 统计。",
    ),
    "curves": ("Test accuracy over the epochs", "测试准确率随训练轮数的变化"),
    "time": ("Accuracy for the time it took", "准确率与用时"),
    "classes": ("Class by class: {first} against {second}", "逐类比较：{first} 与 {second}"),
    "classes_about": (
        "Of {first} (seed {seed_a}) and {second} (seed {seed_b}), each after its best epoch: for each the lowest seed that finished. Difference in points, positive where {first} is better.",
        "{first}（种子 {seed_a}）与 {second}（种子 {seed_b}）各自最佳轮次的结果，各取已完成的最小种子。差值以百分点计，正数表示 {first} 更好。",
    ),
    "class_label": ("Class", "类别"),
    "class_pictures": ("Test pictures", "测试图片"),
    "class_difference": ("Difference (points)", "差值（百分点）"),
    "agreement": ("Who answers alike", "谁的答案相同"),
    "agreement_about": (
        "Share of test pictures to which two networks give the same answer, right or wrong: of each kind the run with the lowest seed that finished, after its best epoch.",
        "两个网络给出相同答案（不论对错）的测试图片所占的比例：每一类取已完成的最小种子，用其最佳轮次的答案。",
    ),
    "different": ("Pictures on which they differ most", "分歧最大的图片"),
    "different_about": (
        "Those whose answers scatter most (entropy of the votes); of equals first the one that fewest got right. The number is the picture's place among the test pictures.",
        "答案最分散（投票的熵最大）的图片；相同时答对者较少的在前。编号是该图片在测试图片中的位置。",
    ),
    "picture": ("Picture {number}: {label}", "第 {number} 张，实为{label}"),
    "recipe": ("Recipe", "配方"),
    "recipe_about": (
        "What all runs share. Of the weights, random means from scratch; upstream are this project's own, trained on Tiny-ImageNet; imagenet are those that torchvision publishes.",
        "所有训练共用的设置。权重中，random 表示从零训练；upstream 是本项目自己在 Tiny-ImageNet 上训练的；imagenet 是 torchvision 发布的。",
    ),
    "sources": ("Sources", "出处"),
    "source_networks": ("Architectures and published weights", "网络结构与公开的权重"),
    "source_cifar10": ("Pictures: CIFAR-10 (Krizhevsky 2009)", "图片：CIFAR-10（Krizhevsky 2009）"),
    "field": ("Field", "字段"),
    "value": ("Value", "取值"),
    "meaning": ("What it does", "作用"),
    "machine": ("Hardware, versions, command", "硬件、版本、命令"),
    "hardware": ("Hardware", "硬件"),
    "versions": ("Versions", "版本"),
    "command": ("To repeat it", "重复这次比较"),
    "runs": ("Runs", "各次训练"),
    "run": ("Run", "训练"),
    "seed": ("Seed", "种子"),
    # the command
    "command_help": ("compare backbones on one recipe", "用同一份配方比较骨干网络"),
    "command_backbones": (
        "networks, such as resnet18,mobilenet_v2,cifar-resnet56,cifar-plain56-w8; timm:NAME where timm is installed",
        "网络，例如 resnet18,mobilenet_v2,cifar-resnet56,cifar-plain56-w8；装有 timm 时可写“timm:名称”",
    ),
    "command_weights": (
        "what they start from: random, upstream, imagenet, … (default: random,upstream); a backbone takes those it has",
        "从哪些权重开始：random、upstream、imagenet 等（默认 random,upstream）；每个骨干网络只用它有的",
    ),
    "command_seeds": ("seeds for each, counted from --seed (default: 1)", "每项的种子数，从 --seed 起数（默认 1）"),
    "command_sizes": ("picture sizes in pixels, such as 32,64", "图像尺寸（像素），例如 32,64"),
    "command_grid": (
        "a field of the recipe that takes several values, such as lr=0.001,0.01; may be given more than once",
        "让配方的一个字段取多个值，例如 lr=0.001,0.01；可以多次给出",
    ),
    "command_recipe": (
        "tutorial, fast, laptop, or a recipe.json; without it a recipe that is fair to random weights; the flags below change it",
        "tutorial、fast、laptop，或一个 recipe.json；不写则用一份对随机初始化公平的配方；下面的选项会修改它",
    ),
    "command_out": (
        "the folder for the runs, report.html and comparison.csv; called again, the comparison goes on there",
        "存放各次训练、report.html 和 comparison.csv 的文件夹；再次运行同一命令会接着做",
    ),
    "command_name": ("what to call the comparison", "给这次比较起的名字"),
    "command_ray": (
        "train on a Ray cluster: its address, or none for a local one (needs requirements-scale.txt)",
        "在 Ray 集群上训练：写集群地址，不写则在本机启动（需要 requirements-scale.txt）",
    ),
    "command_plan": ("{count} runs in {folder}, {left} to train.", "{folder} 中共 {count} 个训练，还要训练 {left} 个。"),
    "command_measuring": ("measuring {name} ({k} of {count})", "正在测速 {name}（{k}/{count}）"),
    "command_estimate": (
        "About {time} on this machine, by a few steps of each backbone ({pictures} training pictures).",
        "在这台机器上大约需要{time}（每个骨干网络试几步得出，{pictures} 张训练图片）。",
    ),
    "command_running": (
        "run {k} of {count}  {name}  epoch {epoch}/{epochs}  {accuracy}  {left}",
        "第 {k}/{count} 个  {name}  第 {epoch}/{epochs} 轮  {accuracy}  {left}",
    ),
    "command_left": ("about {time} left", "还需约{time}"),
    "command_ended": ("{k}/{count}  {name}  {accuracy}  {seconds:.0f} s  {state}", "{k}/{count}  {name}  {accuracy}  {seconds:.0f} 秒  {state}"),
    "command_stopped": (
        "Stopped; checkpoints are written. The same command goes on.",
        "已停止，检查点已写好。运行同一命令即可继续。",
    ),
    "command_written": ("Report: {report}, table: {table}", "报告：{report}，表格：{table}"),
}  # fmt: skip
