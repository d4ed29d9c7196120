"""Words of the command `figure`: what each chart shows."""

WORDS: dict[str, tuple[str, str]] = {
    "command": ("a chart of the pages as PNG, SVG or HTML", "把页面上的图表写成 PNG、SVG 或 HTML"),
    "picture": (
        "a picture file, or the id of a sample: china, flower, digit-3, cat-0 (default china)",
        "图片文件，或示例图的编号：china、flower、digit-3、cat-0（默认 china）",
    ),
    "block": ("the block that it is about (default: the first)", "涉及的残差块（默认第一个）"),
    "pictures": ("how many pictures, where it is about many (default 200)", "涉及多张图片时的数量（默认 200）"),
    "out": ("a file that ends in .png, .svg or .html", "以 .png、.svg 或 .html 结尾的文件"),
}
