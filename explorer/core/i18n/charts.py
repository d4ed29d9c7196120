"""Words that belong to a chart wherever it stands: its title, and how it is kept."""

WORDS: dict[str, tuple[str, str]] = {
    "save": ("Save", "保存"),
    "save_help": (
        "This chart as an image, with caption and link in it; its numbers as a table",
        "把图表存为图片（图中带说明和链接），或把数据存为表格",
    ),
    "save_figure": ("Save figure", "保存图片"),
    "save_figure_help": (
        "This figure as an image, with caption, legend and link in it",
        "把这幅图存为图片，图中带说明、图例和链接",
    ),
    "subject": (
        "{network} · {weights} · image: {picture} · {size} px",
        "{network} · {weights} · 图片：{picture} · {size} 像素",
    ),
    "name": ("name", "名称"),
    "accuracy": ("accuracy", "准确率"),
    "loss": ("loss", "损失"),
    "share": ("share", "占比"),
    "count": ("count", "数量"),
    "part": ("part of the network", "网络的组成部分"),
    "moved": ("relative change since the start", "相对初始值的变化"),
    "network": ("network", "网络"),
    "timeline": ("Families of networks by year", "各系列网络出现的年份"),
    "most_probable": ("Most probable classes", "概率最高的类别"),
    "within": ("Top-k accuracy", "top-k 准确率"),
    "before_after": ("Prediction before and after the change", "修改前后的预测"),
    "gradients": ("Norm of the loss gradient at each block", "每个块处的损失梯度范数"),
    "branch_share": ("Share of the branch at each block, before training", "训练之前，每个块处分支的占比"),
    "published": ("The tutorial's run: accuracy after each epoch", "教程的训练：每轮之后的准确率"),
    "contours": ("{network}: loss contours", "{network}：损失的等高线"),
    "surface": ("{network}: loss surface", "{network}：损失曲面"),
    "diagram": ("{network} as a diagram", "{network} 的结构图"),
    "block_by_block": ("Multiply-adds and parameters of each block", "各块的乘加次数与参数量"),
    "lengths": ("Number of paths of each length", "各种长度的路径数"),
    "tree": ("All paths from the input to the output", "从输入到输出的全部路径"),
}
