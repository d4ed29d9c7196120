"""Words of the sentences that compare two runs."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("The two runs in words", "两次训练的差别"),
    "choose": ("Compare in words", "用文字对比"),
    "with": ("with", "与"),
    "fork": ("**{a}** continues **{b}** after its epoch {epoch}.", "**{a}** 从 **{b}** 的第 {epoch} 轮之后继续训练。"),
    "epochs": (
        "Epochs trained: **{a}** {a_epochs}, **{b}** {b_epochs}.",
        "**{a}** 训练了 {a_epochs} 轮，**{b}** 训练了 {b_epochs} 轮。",
    ),
    "epochs_same": ("Epochs trained: {epochs} in both.", "两次都训练了 {epochs} 轮。"),
    "frozen": (
        "Epochs with a frozen backbone: **{a}** the first {a_epochs}, **{b}** the first {b_epochs}.",
        "**{a}** 前 {a_epochs} 轮冻结骨干网络，**{b}** 冻结前 {b_epochs} 轮。",
    ),
    "frozen_same": (
        "Epochs with a frozen backbone: the first {epochs} in both.",
        "两次都在前 {epochs} 轮冻结骨干网络。",
    ),
    "frozen_one": (
        "Epochs with a frozen backbone: **{a}** the first {epochs}; **{b}** trained all weights from the start.",
        "**{a}** 前 {epochs} 轮冻结骨干网络，**{b}** 从一开始就训练全部权重。",
    ),
    "end": (
        "At the end, the test accuracy of **{a}** is {a_accuracy:.1%}, that of **{b}** {b_accuracy:.1%}.",
        "最后的测试准确率：**{a}** 为 {a_accuracy:.1%}，**{b}** 为 {b_accuracy:.1%}。",
    ),
    "unlike": (
        "They use different images or classes, so these accuracies cannot be compared directly.",
        "两者所用的图片或类别不同，这两个准确率不能直接比较。",
    ),
    "equal": ("There is no difference between them.", "两者没有差别。"),
    "better": ("**{name}** is better by {points:.1f} percentage points.", "**{name}** 高出 {points:.1f} 个百分点。"),
    "better_clear": (
        "**{name}** is better by {points:.1f} percentage points on {pictures:,} test images. That is more than the choice of the images explains (about {chance:.1f}).",
        "在 {pictures:,} 张测试图片上，**{name}** 高出 {points:.1f} 个百分点，超出了测试图片的偶然性能解释的范围（约 {chance:.1f} 个百分点）。",
    ),
    "better_chance": (
        "**{name}** is better by {points:.1f} percentage points on {pictures:,} test images. So few images can differ by about {chance:.1f} by chance alone, so this does not show which recipe is better.",
        "在 {pictures:,} 张测试图片上，**{name}** 高出 {points:.1f} 个百分点；但这么多图片仅凭偶然就可能相差约 {chance:.1f} 个百分点，因此还看不出哪个配方更好。",
    ),
    "common": (
        "After epoch {epoch}, the last that both have, it was {a_accuracy:.1%} for **{a}** and {b_accuracy:.1%} for **{b}**.",
        "在两者都有的最后一轮（第 {epoch} 轮）之后，**{a}** 为 {a_accuracy:.1%}，**{b}** 为 {b_accuracy:.1%}。",
    ),
    "recipe": (
        "Their recipes also differ (**{a}** | **{b}**): {fields}.",
        "配方还有这些不同（**{a}** | **{b}**）：{fields}。",
    ),
    "more": ("and {count} more", "另有 {count} 项"),
    "recipe_same": ("Their recipes are identical.", "两者的配方完全相同。"),
    "recipe_rest": ("Apart from that, their recipes are identical.", "除此之外，两者的配方相同。"),
}
