"""What a data set holds, what of it is left out and why, and what a recipe can learn from it."""

WORDS: dict[str, tuple[str, str]] = {
    # Why a file is left out
    "why_note": ("notes, labels and files of other programs", "说明、标注，以及其他程序的文件"),
    "why_no_picture": ("not an image in a supported format", "不是支持的图片格式"),
    "why_heic": (
        "HEIC, which needs pillow-heif: pip install pillow-heif, or save as JPEG",
        "HEIC 格式需要 pillow-heif：请运行 pip install pillow-heif，或另存为 JPEG",
    ),
    "why_empty": ("an empty file", "空文件"),
    "why_link": (
        "a link out of the folder; set EXPLORER_FOLLOW_LINKS=1 to follow links of a folder that you trust",
        "指向文件夹之外的链接；如果信任这个文件夹，可设 EXPLORER_FOLLOW_LINKS=1 来跟随链接",
    ),
    "why_unreadable": ("cannot be read: not permitted, or no regular file", "无法读取：没有权限，或不是普通文件"),
    "why_unsafe": ("a name that leads out of the zip", "文件名指向 zip 之外"),
    "why_deep": ("too many folders deep", "文件夹层级过深"),
    "why_outside": ("outside of the class folders", "不在类别文件夹内"),
    "why_beside": ("in a folder beside the classes or parts", "在类别或各部分之外的文件夹里"),
    "why_other_part": ("in a part that is not used", "属于没有用到的部分"),
    "why_unlabelled": ("without a class", "没有类别"),
    "why_folder": ("a folder without images", "没有图片的文件夹"),
    "why_empty_folder": ("an empty folder", "空文件夹"),
    # Notes
    "note_table": (
        "The classes of {count} images are read from {table}.",
        "有 {count} 张图片的类别取自 {table}。",
    ),
    "note_merged": (
        "Folders whose names look the same are one class: {name}.",
        "名称看起来相同的文件夹合为一个类别：{name}。",
    ),
    "note_joined": (
        "Classes whose folder has several folders inside, which are taken together: {count}, for example {name}.",
        "有 {count} 个类别的文件夹里还有多个文件夹，已合在一起，例如 {name}。",
    ),
    "note_case": (
        "These classes differ only in upper and lower case: {names}. Put them into one folder if they are one class.",
        "这些类别只有大小写不同：{names}。如果是同一类，请放进同一个文件夹。",
    ),
    "note_matched": (
        "Class names differ in upper and lower case between training and test: {count}, for example {test} is taken for {train}.",
        "训练与测试部分有 {count} 个类别名称只有大小写不同，例如 {test} 视为 {train}。",
    ),
    "note_other_part": (
        "The part {part} ({count} images) is not used, neither for training nor for the test.",
        "没有用到 {part} 部分（{count} 张图片）：既不训练，也不测试。",
    ),
    "note_unlabelled": (
        "{part} has {count} images without class folders, so it cannot be tested on and is left out.",
        "{part} 中的 {count} 张图片没有类别文件夹，无法用于测试，已略过。",
    ),
    "note_split_list": (
        "{file} may list which images are for the test. Such lists are not read: move those images into a folder named test to use that split.",
        "{file} 可能列出了哪些图片用于测试。这种列表不会被读取：要采用这种划分，请把那些图片移到名为 test 的文件夹。",
    ),
    # The card
    "command": (
        "show what a folder or zip of images holds (classes, parts, what is left out) and a recipe that fits",
        "查看图片文件夹或 zip 的内容（类别、各部分、略过的文件），并给出合适的配方",
    ),
    "command_path": ("a folder, a zip, cifar10, or digits", "文件夹、zip、cifar10 或 digits"),
    "card_title": (
        "{name}: {classes} classes, {train:,} training images, {test:,} test images",
        "{name}：{classes} 个类别，{train:,} 张训练图片，{test:,} 张测试图片",
    ),
    "card_parts": ("Parts found: {parts} images.", "找到的部分（图片数）：{parts}。"),
    "card_size": ("The images' shorter side: {low} px.", "图片短边：{low} 像素。"),
    "card_sizes": (
        "Shorter side: {low} to {high} px, median {median} px.",
        "图片短边：{low} 到 {high} 像素，中位数 {median} 像素。",
    ),
    "card_left_out": ("Left out: {count}, {why}: {names}", "略过 {count} 个：{why}：{names}"),
    "card_show": ("Look at these images", "查看这些图片"),
    "card_counts": ("Images for training + test, and examples", "训练 + 测试图片数，以及示例"),
    "card_all": ("All {count} classes", "全部 {count} 个类别"),
    "card_left_out_all": ("Left out: {count}", "略过 {count} 个文件"),
    "take": ("Use these settings", "采用这些设置"),
    "split_given": (
        "The training images are in {train}, the test images in {test}.",
        "训练图片在 {train}，测试图片在 {test}。",
    ),
    "split_made": (
        "There is no labelled test part: a fifth of each class is held out as the test set.",
        "没有带类别的测试部分：从每个类别留出五分之一作为测试集。",
    ),
    # Advice
    "advice_one_class": (
        "With one class there is nothing to tell apart. Choose two or more.",
        "只有一个类别，没有可区分的内容。请选择两个以上的类别。",
    ),
    "advice_few_steps": (
        "{pictures} images at batch {batch}, for {epochs} epochs: {total} gradient steps in all ({each} per epoch). That is too few to learn from; use smaller batches or more epochs.",
        "{pictures} 张图片，批大小 {batch}，{epochs} 轮：总共只有 {total} 个梯度步（每轮 {each} 步），学不到什么。请减小批大小，或增加轮数。",
    ),
    "advice_untested": (
        "Classes without test images, on which the test says nothing: {count} ({names}).",
        "有 {count} 个类别没有测试图片（{names}），测试结果说明不了它们。",
    ),
    "advice_few_test": (
        "Only {count} test images: each is {points:.0f} points of accuracy, so small differences mean nothing.",
        "只有 {count} 张测试图片：每一张就是 {points:.0f} 个百分点的准确率，小的差别没有意义。",
    ),
    "advice_imbalance": (
        "{common} has {many} training images, {rare} only {few}. A network that always answers {common} is right for {share:.0%}; look at the confusion matrix, or limit the images per class.",
        "{common} 有 {many} 张训练图片，{rare} 只有 {few} 张。总是回答 {common} 的网络也能对 {share:.0%}；请看混淆矩阵，或限制每类的图片数。",
    ),
    "advice_shrunk": (
        "The images (median {side} px) are shrunk to {px} px, so details are lost. A larger image size sees more, but takes longer.",
        "图片（短边中位数 {side} 像素）会缩小到 {px} 像素，丢失细节。更大的图片尺寸看得更清楚，但更慢。",
    ),
    "advice_enlarged": (
        "The images (median {side} px) are enlarged to {px} px, which takes longer.",
        "图片（短边中位数 {side} 像素）会放大到 {px} 像素，用时更长。",
    ),
    "proposal": (
        "{pictures:,} images at batch {batch}: steps per epoch: {each}. Proposed: batch {new_batch}, {epochs} epochs, learning rate {rate:g}, {px} px ({total:,} steps).",
        "{pictures:,} 张图片，批大小 {batch}，每轮 {each} 步。建议：批大小 {new_batch}，{epochs} 轮，学习率 {rate:g}，{px} 像素（共 {total:,} 步）。",
    ),
    "proposal_larger": (
        "{pictures:,} images at batch {batch}: steps per epoch: {each:,}. Batches of {new_batch} train about a fifth more images per second on a CPU. Proposed: batch {new_batch}, learning rate {rate:g}, {px} px ({total:,} steps).",
        "{pictures:,} 张图片，批大小 {batch}，每轮 {each:,} 步。批大小为 {new_batch} 时，CPU 每秒大约能多训练五分之一的图片。建议：批大小 {new_batch}，学习率 {rate:g}，{px} 像素（共 {total:,} 步）。",
    ),
    "proposal_fits": (
        "The recipe fits: {pictures} images, batch {new_batch}, {epochs} epochs, {px} px ({total} steps).",
        "配方合适：{pictures} 张图片，批大小 {new_batch}，{epochs} 轮，{px} 像素（共 {total} 步）。",
    ),
}
