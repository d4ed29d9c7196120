"""Words of the page that predicts."""

WORDS: dict[str, tuple[str, str]] = {
    "menu": ("Predict", "预测"),
    "title": ("What does the network see in this picture?", "网络在这张图里看到了什么？"),
    "picture": ("The picture", "原图"),
    "picture_size": ("{width} × {height} pixels", "{width} × {height} 像素"),
    "as_seen": ("As the network sees it", "网络看到的样子"),
    "as_seen_size": (
        "The shorter side resized to {resize} px, then the centre {size} × {size} pixels cut out.",
        "先把短边缩放到 {resize} 像素，再裁出中央 {size} × {size} 像素。",
    ),
    "as_seen_enlarged": (
        "The centre square, resized to {small} px and enlarged to {size} × {size}: these weights learned from {small} px pictures.",
        "取中央正方形，缩放到 {small} 像素，再放大到 {size} × {size}：这份权重是用 {small} 像素的图训练的。",
    ),
    "normalised": ("Red, green and blue after normalisation", "归一化后的红、绿、蓝三个通道"),
    "answer": ("The answer", "网络的回答"),
    "label": ("class", "类别"),
    "probability": ("probability", "概率"),
    "time": ("Forward pass: {ms:.1f} ms on the CPU.", "前向计算：CPU 上用时 {ms:.1f} 毫秒。"),
    "true_label": ("labelled {label}", "标注为{label}"),
    "sure": (
        "The network is confident. That is not the same as being right: networks are often confident in wrong answers.",
        "网络很有把握。但有把握不等于正确：网络答错时也常常很自信。",
    ),
    "leans": (
        "The network prefers one class. Compare it with the second.",
        "网络倾向于其中一类，可以和排第二的比较一下。",
    ),
    "torn": (
        "No class reaches one half: the network is torn between several.",
        "没有一个类别超过一半：网络在几个类别之间犹豫不决。",
    ),
    "must_choose": (
        "It knows {count} classes and must choose one of them: a picture of anything else gets one of these names too, "
        "sometimes with high probability.",
        "它只认识 {count} 个类别，而且必须选一个：别的东西也会被安上其中某个名字，有时概率还很高。",
    ),
    "untrained": (
        "This network was never trained: its answer comes from its random weights and means nothing.",
        "这个网络没有训练过：答案由随机权重决定，没有意义。",
    ),
    "classes": ("All the classes it knows", "它认识的全部类别"),
    "look_inside": ("Look inside", "看看内部"),
    "look_inside_help": (
        "Step through the network's source with this picture.",
        "带着这张图，逐行走进网络的源码。",
    ),
    "many": ("Several pictures at once", "一次预测多张图"),
    "many_upload": (
        "Pictures, up to {count} at a time",
        "图片，一次最多 {count} 张，每张不超过 20 MB（JPEG、PNG、WebP、GIF、BMP、TIFF、AVIF）",
    ),
    "many_too_many": (
        "The first {count} of {given} pictures are shown; more at a time are not read.",
        "共 {given} 张，只处理前 {count} 张。",
    ),
    "many_alt": ("The three most probable classes of each picture", "每张图片概率最高的三个类别"),
    "file": ("file", "文件"),
    "top": ("top {rank}", "第 {rank} 名"),
    "probability_of": ("probability {rank}", "概率 {rank}"),
    "problem": ("problem", "问题"),
    "csv": ("Download as CSV", "下载 CSV"),
}
