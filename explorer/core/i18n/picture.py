"""What was done to a picture to read it, and where the samples come from."""

WORDS: dict[str, tuple[str, str]] = {
    "note_first_frame": ("Shown is the first frame of the animation.", "显示的是动画的第一帧。"),
    "note_first_page": ("Shown is the first of several pages.", "显示的是多页文件的第一页。"),
    "note_upright": ("The image was rotated according to its EXIF orientation.", "已按 EXIF 方向信息旋转图片。"),
    "note_alpha": ("Transparent parts were filled with white.", "透明部分已填充为白色。"),
    "note_half": (
        "Shown at half its width and height: it has more than 50 million pixels.",
        "图片超过五千万像素，按一半的宽和高显示。",
    ),
    "note_quarter": (
        "Shown at a quarter of its width and height: it has more than 50 million pixels.",
        "图片超过五千万像素，按四分之一的宽和高显示。",
    ),
    "note_incomplete": (
        "The file is cut off at its end; a missing part of the image is grey.",
        "文件末尾不完整，图片缺少的部分显示为灰色。",
    ),
    "note_scaled": ("Pixel values were scaled to 0–255.", "像素值已缩放到 0–255。"),
    "note_cmyk": ("Colours were converted from CMYK to RGB.", "颜色已从 CMYK 转换为 RGB。"),
    "source_cifar10": ("CIFAR-10 test images", "CIFAR-10 测试图片"),
    "source_folder": ("images from your data folder", "你的数据文件夹里的图片"),
    "source_gallery": ("gallery images", "图库里的图片"),
    "source_photo": ("photos from scikit-learn", "scikit-learn 自带的照片"),
    "source_digit": ("handwritten digits from scikit-learn", "scikit-learn 自带的手写数字"),
}
