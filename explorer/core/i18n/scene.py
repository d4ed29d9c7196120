"""Words of the scene: code, drawing and numbers of a block in one view."""

SCENE: dict[str, tuple[str, str]] = {  # what assets/scene asks for; a file takes all of it with it
    "label": ("Walk through a block, line by line", "逐行走过一个残差块"),
    "block": ("Block", "残差块"),
    "whole": ("the whole network", "整个网络"),
    "back": ("Back", "上一行"),
    "next": ("Next line", "下一行"),
    "into": ("Step into the call", "进入调用"),
    "out": ("Step out of the call", "跳出调用"),
    "step": ("Line", "代码行"),
    "present": ("Present", "投影"),
    "theme": ("Light / dark", "浅色 / 深色"),
    "listing": ("Source of {name}", "{name} 的源码"),
    "identity": ("identity", "恒等"),
    "sum": ("the sum", "和"),
    "picture": ("the picture", "图片"),
    "map": ("{tensor}, channel {channel}", "{tensor}，通道 {channel}"),
    "token": ("class token {value}", "类别 token {value}"),
    "tokens": ("further tokens {value}", "其他 token {value}"),
    "tokens_beside": (
        "{count} of the tokens have no place in the picture; their values stand under the map.",
        "有 {count} 个 token 在图片里没有位置，其数值写在图的下方。",
    ),
    "channels": ("Channels", "通道"),
    "parameters": ("{count} parameters", "参数 {count}"),
    "number": ("Number of a channel of the output", "输出的通道号"),
    "order": ("Sort channels by", "通道排序依据"),
    "order_energy": ("most contrast", "对比最强"),
    "order_share": ("largest share of F(x)", "F(x) 占比最大"),
    "order_class": ("most for the class", "对类别贡献最大"),
    "several": ("several", "多选"),
    "place": ("row {row}, column {column}", "第 {row} 行第 {column} 列"),
    "others": ("the other {count}", "其余 {count} 个通道"),
    "bias": ("bias", "偏置"),
    "mean": ("mean of {count} values from {low} to {high}", "{count} 个值的平均，从 {low} 到 {high}"),
    "stage": ("A stage of several blocks: choose one of them above.", "一个阶段含若干残差块：在上方选一个块。"),
    "window": ("sum of products {product}", "乘积之和 {product}"),
    "alpha": ("weight of F(x)", "F(x) 的系数"),
    "beta": ("weight of the shortcut", "捷径的系数"),
    "hint": ("Point at a pixel, or tap it: its numbers stand below.", "指向或点按任一像素，下面就是它的算式。"),
    "show": ("Show me", "带我看"),
    "look_add": (
        "What to look for: one of the places where the branch changes x most is row {row}, column {column} of channel {channel}: {first} becomes {value}.",
        "看这里：通道 {channel} 里，分支对 x 改动最大的地方之一是第 {row} 行第 {column} 列：{first} 变成 {value}。",
    ),
    "look_ReLU": (
        "What to look for: the most negative value of channel {channel} was {first}, at row {row}, column {column}. Now it is {value}.",
        "看这里：通道 {channel} 中最小的负值是 {first}，在第 {row} 行第 {column} 列，现在是 {value}。",
    ),
    "look_BatchNorm2d": (
        "What to look for: the value of channel {channel} that is farthest from zero, at row {row}, column {column}, goes from {first} to {value}.",
        "看这里：通道 {channel} 中绝对值最大的数在第 {row} 行第 {column} 列，由 {first} 变为 {value}。",
    ),
    "look_LayerNorm": (
        "What to look for: the value of channel {channel} that is farthest from zero, at row {row}, column {column}, goes from {first} to {value}.",
        "看这里：通道 {channel} 中绝对值最大的数在第 {row} 行第 {column} 列，由 {first} 变为 {value}。",
    ),
    "look_Conv2d": (
        "What to look for: channel {channel} answers most strongly at row {row}, column {column}, with {value}. The windows show what it saw there.",
        "看这里：通道 {channel} 在第 {row} 行第 {column} 列响应最强，为 {value}。下面的窗口就是它在那里看到的。",
    ),
    "look_MaxPool2d": (
        "What to look for: the largest value of channel {channel} is {value}, at row {row}, column {column}.",
        "看这里：通道 {channel} 的最大值是 {value}，在第 {row} 行第 {column} 列。",
    ),
    "histogram": (
        "Histogram of all values of this tensor (in front) and of the tensor before it (behind).",
        "这个张量全部数值的直方图（前），以及上一个张量的直方图（后）。",
    ),
    "facts": ("mean|std|min|max|zeros|norm", "均值|标准差|最小|最大|零的占比|范数"),
    "document": ("{title} · {block}", "{title} · {block}"),
}

WORDS: dict[str, tuple[str, str]] = SCENE | {
    "command": (
        "write a walk through a block as one HTML file, which needs no network",
        "把逐行走过残差块的过程存为一个 HTML 文件，无需网络即可打开",
    ),
    "command_block": (
        "a block such as layer2.0, `network` for the whole, or `all`; the first block by default",
        "残差块，如 layer2.0；network 为整个网络，all 为全部；默认第一个",
    ),
    "command_out": ("the HTML file to write", "要写入的 HTML 文件"),
    "written": ("{file} ({kb:.0f} kB; scenes: {count})", "{file}（{kb:.0f} kB，{count} 个画面）"),
    "save": ("Save this walk", "保存这段讲解"),
    "save_block": ("{block} only", "只存 {block}"),
    "save_all": ("All blocks", "全部残差块"),
    "save_help": (
        "One HTML file with code, drawing and numbers. It opens with a double click, without a network, also on a phone.",
        "一个 HTML 文件，含代码、结构图和数字；双击即可打开，无需网络，手机上也行。",
    ),
    "rounded": (
        "Each number is the network's, rounded on its own; a sum of rounded numbers may differ in the last digit.",
        "每个数都取自网络，各自四舍五入；四舍五入后的数相加，末位可能差一。",
    ),
    "no_frame": (
        "The walk is hidden because this notebook is not trusted. Trust it, or run the cell again.",
        "这个 notebook 未被信任，所以没有显示画面。请信任它，或重新运行这个单元格。",
    ),
    "needs_script": (
        "This walk needs a browser of 2024 or later, with JavaScript.",
        "请用 2024 年以后的浏览器打开，并允许 JavaScript。",
    ),
}
