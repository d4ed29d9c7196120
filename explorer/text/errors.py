"""Words of errors."""

WORDS: dict[str, tuple[str, str]] = {
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
        "{file} has values in {name} that are not numbers (NaN or infinity). Use a checkpoint from before training broke.",
        "{file} 的 {name} 中有非数值（NaN 或无穷大）。请改用训练出错之前的检查点。",
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
}
