"""Words of the page that predicts."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Predict", "预测"),
    "title": ("What does the network predict for this image?", "网络对这张图片的预测是什么？"),
    "picture": ("Image", "原图"),
    "picture_size": ("{width} × {height} pixels", "{width} × {height} 像素"),
    "as_seen": ("Network input", "网络的输入"),
    "as_seen_size": (
        "Shorter side resized to {resize} px, then centre-cropped to {size} × {size} pixels.",
        "先把短边缩放到 {resize} 像素，再做中心裁剪，得到 {size} × {size} 像素。",
    ),
    "as_seen_enlarged": (
        "Centre square, resized to {small} px and enlarged to {size} × {size}: these weights were trained on {small} px images.",
        "取中央正方形，缩放到 {small} 像素，再放大到 {size} × {size}：这份权重是用 {small} 像素的图片训练的。",
    ),
    "normalised": ("Red, green and blue channels after normalisation", "归一化后的红、绿、蓝三个通道"),
    "answer": ("Prediction", "预测结果"),
    "label": ("class", "类别"),
    "probability": ("probability", "概率"),
    "time": ("Forward pass: {ms:.1f} ms on the CPU.", "前向传播：CPU 上用时 {ms:.1f} 毫秒。"),
    "true_label": ("true class: {label}", "真实类别：{label}"),
    "sure": (
        "The network is confident, but confident predictions can still be wrong.",
        "网络的置信度很高，但置信度高不等于正确：网络答错时也常常很自信。",
    ),
    "leans": (
        "The network prefers one class. Compare it with the second.",
        "网络倾向于其中一类，可以和第二名比较一下。",
    ),
    "torn": (
        "No class reaches one half: the network is undecided between several.",
        "没有一个类别超过一半：网络难以在几个类别之间决定。",
    ),
    "must_choose": (
        "It can only choose among its {count} classes: an image of anything else is assigned one of them too, sometimes with high probability.",
        "它只能在自己的 {count} 个类别中选一个：别的东西也会被归入其中某一类，有时概率还很高。",
    ),
    "untrained": (
        "This network is untrained: its prediction comes from random weights and means nothing.",
        "这个网络没有训练过：预测由随机权重决定，没有意义。",
    ),
    "classes": ("All classes of this network", "这个网络的全部类别"),
    "look_inside": ("Look inside", "查看内部"),
    "look_inside_help": (
        "Step through the network's source with this image.",
        "带着这张图片，逐行执行网络的源码。",
    ),
    "many": ("Several images at once", "一次预测多张图"),
    "many_upload": (
        "Images, up to {count} at a time, {limit_mb} MB each (JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF)",
        "图片，一次最多 {count} 张，每张不超过 {limit_mb} MB（JPEG、PNG、WebP、GIF、BMP、TIFF、AVIF）",
    ),
    "many_too_many": (
        "Only the first {count} of {given} images are processed.",
        "共 {given} 张，只处理前 {count} 张。",
    ),
    "many_open": (
        "Select a row to open its image (by keyboard: Shift+Space).",
        "选中一行即可打开图片（键盘：Shift+空格）。",
    ),
    "many_clear": ("Remove these images", "移除这些图片"),
    "many_thumbnail": ("image", "图片"),
    "many_alt": ("The three most probable classes of each image", "每张图片概率最高的三个类别"),
    "file": ("file", "文件"),
    "top": ("top {rank}", "第 {rank} 名"),
    "probability_of": ("probability {rank}", "概率 {rank}"),
    "problem": ("problem", "问题"),
    "csv": ("Download as CSV", "下载为 CSV"),
}
