"""What was done to a picture to read it, and where the samples come from."""

WORDS: dict[str, tuple[str, str]] = {
    "note_first_frame": ("This is the first frame of an animation.", "这是动画的第一帧。"),
    "note_first_page": ("This is the first page of several.", "这是多页文件的第一页。"),
    "note_upright": ("The picture was turned upright, as its camera asked.", "已按相机记录的方向把图片转正。"),
    "note_alpha": ("Transparent parts were put on white.", "透明部分已衬上白色。"),
    "note_scaled": ("Its values were scaled to 0–255.", "像素值已缩放到 0–255。"),
    "note_cmyk": ("Its print colours (CMYK) were converted to RGB.", "印刷色（CMYK）已转换为 RGB。"),
    "source_cifar10": ("CIFAR-10 test pictures", "CIFAR-10 测试图片"),
    "source_folder": ("pictures from your data folder", "你的数据文件夹里的图"),
    "source_gallery": ("the pictures of the gallery", "图库里的图片"),
    "source_photo": ("photographs from scikit-learn", "scikit-learn 自带的照片"),
    "source_digit": ("handwritten digits from scikit-learn", "scikit-learn 自带的手写数字"),
}
