"""Words of the command `figure`: what each chart shows."""

WORDS: dict[str, tuple[str, str]] = {
    "command": ("write a chart of the app as PNG, SVG or HTML", "把应用中的图表写成 PNG、SVG 或 HTML"),
    "picture": (
        "an image file, or the id of a sample: china, flower, digit-3, cat-0 (default: china)",
        "图片文件，或示例图片的编号：china、flower、digit-3、cat-0（默认 china）",
    ),
    "block": ("the block shown in the figure (default: the first)", "图中展示的残差块（默认第一个）"),
    "pictures": (
        "number of images, for figures that use many (default: 200)",
        "图片数量，用于需要多张图片的图表（默认 200）",
    ),
    "out": ("output file, ending in .png, .svg or .html", "输出文件，以 .png、.svg 或 .html 结尾"),
}
