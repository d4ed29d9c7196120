"""What went wrong, and what to do: one sentence each."""

WORDS: dict[str, tuple[str, str]] = {
    # pictures
    "picture_empty": (
        "{file} is empty: it has 0 bytes. Choose another file.",
        "{file} 是空文件（0 字节）。请换一个文件。",
    ),
    "picture_too_large": (
        "{file} is larger than {limit_mb} MB, the most that is read. Save it smaller.",
        "{file} 超过 {limit_mb} MB 的上限。请缩小后再试。",
    ),
    "picture_too_many_pixels": (
        "{file} declares more than {limit} million pixels, the most that is decoded. Save it smaller.",
        "{file} 的像素数超过 {limit} 百万（解码上限）。请缩小后再试。",
    ),
    "picture_damaged": (
        "{file} is damaged or cut off: its picture cannot be decoded. Save or copy it anew.",
        "{file} 已损坏或不完整，无法解码。请重新保存或重新复制。",
    ),
    "picture_unknown_format": (
        "{file} is not a picture that is read here. Save it as one of: {formats}.",
        "{file} 不是这里能读取的图片。请保存为以下格式之一：{formats}。",
    ),
    "picture_svg": (
        "{file} is an SVG drawing: drawing commands, not pixels. Export it as PNG.",
        "{file} 是 SVG 矢量图，由绘图指令而不是像素组成。请导出为 PNG。",
    ),
    "picture_html": (
        "{file} is a web page, not a picture. Open it and save the picture itself.",
        "{file} 是网页，不是图片。请打开网页，保存其中的图片。",
    ),
    "picture_unreadable": (
        "{file} cannot be read. Check that it is a file, that it exists, and that you may read it.",
        "无法读取 {file}。请确认它是文件、确实存在，并且有读取权限。",
    ),
    "picture_unknown_sample": (
        "The gallery has no picture called “{sample}”.",
        "图库里没有名为“{sample}”的图片。",
    ),
    # data and downloads
    "data_no_class": (
        "The data has no class “{name}”. It has: {allowed}.",
        "数据里没有类别“{name}”。现有：{allowed}。",
    ),
    "data_unreadable": (
        "The pictures of “{name}” in {folder} cannot be read any more.",
        "无法再读取 {folder} 中“{name}”的图片。",
    ),
    "data_damaged": (
        "The CIFAR-10 files in {folder} are damaged or incomplete. Remove that folder and download them again.",
        "{folder} 中的 CIFAR-10 文件已损坏或不完整。请删除该文件夹后重新下载。",
    ),
    "download_unreachable": (
        "The server of {file} cannot be reached. Check the internet connection, or put the file into {folder} by hand.",
        "连不上 {file} 的服务器。请检查网络连接，或自行把该文件放到 {folder}。",
    ),
    "download_refused": (
        "The server does not hand out {file} (HTTP {status}). Try later, or put the file into {folder} by hand.",
        "服务器拒绝提供 {file}（HTTP {status}）。请稍后再试，或自行把该文件放到 {folder}。",
    ),
    "download_short": (
        "The download of {file} broke off and was discarded. Try again, or put the file into {folder} by hand.",
        "{file} 的下载中断，不完整的部分已丢弃。请重试，或自行把该文件放到 {folder}。",
    ),
    "download_checksum": (
        "{file} arrived damaged (wrong checksum) and was discarded. Try again, or put the file into {folder} by hand.",
        "{file} 下载后校验和不符，已丢弃。请重试，或自行把该文件放到 {folder}。",
    ),
    "download_unwritable": (
        "{file} cannot be written to {folder}. Check that there is room and that you may write there.",
        "无法把 {file} 写入 {folder}。请确认磁盘有空间，并且有写入权限。",
    ),
    # networks and weights
    "network_unknown": (
        "There is no network called “{network}”. Choose one of: {allowed}.",
        "没有名为“{network}”的网络。可选：{allowed}。",
    ),
    "weights_unknown": (
        "“{weights}” is neither a name of weights nor a file. Choose one of: {allowed}, or give the path of a checkpoint.",
        "“{weights}”既不是权重名，也不是文件。可选：{allowed}，或给出检查点文件的路径。",
    ),
    "weights_not_for_network": (
        "There are no “{weights}” weights for {network}. Choose one of: {allowed}.",
        "{network} 没有“{weights}”权重。可选：{allowed}。",
    ),
    "checkpoint_too_large": (
        "{file} is larger than {limit_mb} MB, the most that is read as a checkpoint.",
        "{file} 超过 {limit_mb} MB，这是读取检查点的上限。",
    ),
    "checkpoint_unreadable": (
        "{file} cannot be read. Check that the file exists and that you may read it.",
        "无法读取 {file}。请确认文件存在，并且有读取权限。",
    ),
    "checkpoint_broken": (
        "{file} is not a checkpoint that can be read safely. Save the weights as .safetensors, or with "
        "torch.save(model.state_dict(), …).",
        "{file} 不是可以安全读取的检查点。请保存为 .safetensors，或用 torch.save(model.state_dict(), …) 保存。",
    ),
    "checkpoint_no_state_dict": (
        "{file} holds no state dict (names with tensors). Save it with torch.save(model.state_dict(), …).",
        "{file} 里没有 state dict（名字到张量的字典）。请用 torch.save(model.state_dict(), …) 保存。",
    ),
    "checkpoint_lacks": (
        "{file} does not fit {network}: it lacks {name} ({count} tensors in all). Is it for another network?",
        "{file} 与 {network} 不符：缺少 {name}（共缺 {count} 个张量）。它是否属于另一个网络？",
    ),
    "checkpoint_extra": (
        "{file} does not fit {network}: {network} has no {name} ({count} such tensors in all). "
        "Is it for another network?",
        "{file} 与 {network} 不符：{network} 没有 {name}（共多出 {count} 个张量）。它是否属于另一个网络？",
    ),
    "checkpoint_shape": (
        "{file} does not fit {network}: {name} is {got} in the file and {needed} in the network.",
        "{file} 与 {network} 不符：{name} 在文件中是 {got}，在网络中是 {needed}。",
    ),
    "checkpoint_not_finite": (
        "{file} has values in {name} that are not finite (NaN or infinity). Use a checkpoint from before training diverged.",
        "{file} 的 {name} 中含有 NaN 或无穷大。请改用训练发散之前的检查点。",
    ),
    "checkpoint_negative_variance": (
        "{file} has negative variances in {name}: BatchNorm would take their square root. Use another checkpoint.",
        "{file} 的 {name} 中有负的方差，而 BatchNorm 要对它开平方。请换一个检查点。",
    ),
    "logits_not_finite": (
        "The network's answer is not a number: its weights let values grow without bound. Choose other weights.",
        "网络的输出不是有限的数：这份权重使数值无限增大。请换一份权重。",
    ),
    # traces
    "trace_unknown_name": (
        "This network has no tensor called “{name}”. Names look like layer1.0.bn2 or layer1.0.shortcut.",
        "这个网络没有名为“{name}”的张量。名字形如 layer1.0.bn2 或 layer1.0.shortcut。",
    ),
    "trace_edit_shape": (
        "The edit of {name} returned the shape {got}; it must keep {needed}.",
        "对 {name} 的修改得到形状 {got}，必须保持 {needed}。",
    ),
    # recipes and runs
    "recipe_field": (
        "{field} = {value} is out of range. Allowed: {allowed}.",
        "{field} = {value} 超出范围。允许的取值：{allowed}。",
    ),
    "recipe_no_json": (
        "This is not a recipe: it must be a JSON object with the fields of recipe.json.",
        "这不是训练配方：应当是一个 JSON 对象，字段与 recipe.json 相同。",
    ),
    "recipe_newer": (
        "This recipe has version {version}; this Residual Explorer reads up to {known}. Update it.",
        "这份配方的版本是 {version}，当前程序最高只能读取版本 {known}。请升级本程序。",
    ),
    "recipe_unknown_field": (
        "A recipe has no field “{field}”. It has: {allowed}.",
        "配方里没有字段“{field}”。现有字段：{allowed}。",
    ),
    # the command line
    "image_size": (
        "The image size {size} is not between {smallest} and {largest} pixels.",
        "图像尺寸 {size} 不在 {smallest} 到 {largest} 像素之间。",
    ),
    "seed": (
        "The seed {seed} is not between 0 and 2^63 - 1.",
        "种子 {seed} 不在 0 到 2^63 - 1 之间。",
    ),
    "trace_over_input": (
        "{file} is read by this command and would be overwritten. Give --out another name.",
        "{file} 是这条命令要读取的文件，会被覆盖。请给 --out 另取一个名字。",
    ),
    "trace_unwritable": (
        "{file} cannot be written to {folder}. Check that the folder exists, has room, and that you may write there.",
        "无法把 {file} 写入 {folder}。请确认文件夹存在、有空间，并且有写入权限。",
    ),
}
