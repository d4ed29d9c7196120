"""Words of a run as the tutorial's program prints it. The Chinese lines are the program's own."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("As the tutorial prints it", "教程格式的训练输出"),
    "about": (
        "This run in the words of the tutorial's program: parameters that are frozen, the loss of every hundredth batch, each epoch, and PyTorch's own line when the learning rate is lowered on a plateau.",
        "按教程程序的输出格式写出这次训练：冻结的参数个数、每 100 个 batch 的损失、每轮结果，以及学习率因损失不再下降而降低时 PyTorch 自己打印的那一行。",
    ),
    "last": (
        "The last {shown} of {count} lines; the download has all.",
        "这里是全部 {count} 行中的最后 {shown} 行，下载的文件包含全部。",
    ),
    "sampled": (
        "Of a run this long, only some of the batches are kept for this text.",
        "这次训练步数很多，这里只保留了一部分 batch 的损失。",
    ),
    "later": ("Its first line appears when the training has started.", "训练开始后会出现第一行。"),
    "download": ("Download as text", "下载文本"),
    "frozen": (
        "Froze the convolutional layers' parameters ({frozen}/{total} parameters)",
        "已冻结模型卷积层参数 ({frozen}/{total} 参数)",
    ),
    "unfrozen": (
        "Unfroze all parameters ({total}/{total} parameters are trained)",
        "已解冻模型所有参数 ({total}/{total} 参数可训练)",
    ),
    "batch": (
        "Epoch {epoch}/{epochs} | Batch {batch}/{batches} | Loss of the batch: {loss:.4f}",
        "Epoch {epoch}/{epochs} | Batch {batch}/{batches} | 单Batch损失: {loss:.4f}",
    ),
    "epoch": (
        "Epoch {epoch} done | Training loss: {loss:.4f} | Training accuracy: {train:.2%} | Test accuracy: {test:.2%}",
        "Epoch {epoch} 完成 | 训练损失: {loss:.4f} | 训练准确率: {train:.2%} | 测试准确率: {test:.2%}",
    ),
    "end": (
        "Training is complete! Final test accuracy: {test:.2%}",
        "训练完成！最终测试准确率: {test:.2%}",
    ),
}
