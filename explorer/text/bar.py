"""Words of the navigation and of the bar on every page."""

WORDS: dict[str, tuple[str, str]] = {
    "page_home": ("Home", "首页"),
    "page_source": ("Step inside the source", "走进源码"),
    "page_diagrams": ("Diagrams", "结构图"),
    "page_shortcut": ("Shortcut lab", "捷径实验室"),
    "page_features": ("Feature maps", "特征图"),
    "page_predict": ("Predict", "预测"),
    "page_finetune": ("Fine-tune", "微调"),
    "page_runs": ("Runs", "训练记录"),
    "page_compare": ("Compare backbones", "模型对比"),
    "page_pretraining": ("Pretraining", "预训练"),
    "page_history": ("History", "模型历史"),
    "room_look": ("Explore", "探索"),
    "room_train": ("Fine-tune", "微调"),
    "room_learn": ("Background", "背景知识"),
    "loading_torch": ("Loading PyTorch. This takes a few seconds, once.", "正在载入 PyTorch，只在启动时需要几秒。"),
    "loading_network": ("Loading the network …", "正在载入网络……"),
    "language": ("Language", "语言"),
    "network": ("Network", "网络"),
    "weights": ("Weights", "权重"),
    "weights_cifar10": ("CIFAR-10 (bundled)", "CIFAR-10（自带）"),
    "weights_upstream": ("Tiny-ImageNet (bundled)", "Tiny-ImageNet（自带）"),
    "weights_imagenet": ("ImageNet V1", "ImageNet V1"),
    "weights_imagenet_v2": ("ImageNet V2", "ImageNet V2"),
    "weights_random": ("Untrained (random)", "未训练（随机）"),
    "weights_own": (
        "My own checkpoint …",
        "我自己的检查点……",
    ),
    "seed": ("Seed", "种子"),
    "seed_help": (
        "The network is torchvision's constructor right after torch.manual_seed(seed).",
        "网络由 torchvision 的构造函数在 torch.manual_seed(seed) 之后立即创建。",
    ),
    "own": ("Choose a file", "选择文件"),
    "own_help": (
        "A state dict as .safetensors, .pt or .pth. Nothing in the file is executed.",
        "state dict，格式为 .safetensors、.pt 或 .pth。文件中的任何代码都不会被执行。",
    ),
    "own_missing": (
        "Choose your checkpoint with the button above. It is read on this server and not kept.",
        "请用上方的按钮选择检查点。文件只在本服务器上读取，不会保存。",
    ),
    "imagenet_missing": (
        "These weights are not on this machine yet. {file} can be downloaded from PyTorch's server.",
        "本机还没有这份权重。可以从 PyTorch 的服务器下载 {file}。",
    ),
    "imagenet_get": ("Download {file}", "下载 {file}"),
    "connecting": ("Connecting …", "正在连接……"),
    "downloaded": ("{done:.0f} of {total:.0f} MB", "已下载 {done:.0f} / {total:.0f} MB"),
    "upload": ("Your own picture", "你自己的图片"),
    "upload_help": (
        "JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF, up to 20 MB. Choose it, drop it here, or paste it (Ctrl+V). It stays on "
        "this server and is not kept.",
        "JPEG、PNG、WebP、GIF、BMP、TIFF 或 AVIF，最大 20 MB。可以选择文件、拖放到这里，或直接粘贴（Ctrl+V）。"
        "图片只在本服务器上处理，不会保存。",
    ),
    "camera": ("Use the camera", "使用摄像头"),
    "get_cifar10": ("Download CIFAR-10 (170 MB)", "下载 CIFAR-10（170 MB）"),
    "get_cifar10_help": (
        "Puts real CIFAR-10 test pictures into the gallery. They are kept in the folder data.",
        "把真正的 CIFAR-10 测试图放进图库，保存在 data 文件夹里。",
    ),
    "sample_china": ("Temple", "寺庙"),
    "sample_flower": ("Flower", "花"),
    "job": ("{done} of {total}, about {seconds:.0f} s left", "{done} / {total}，还需约 {seconds:.0f} 秒"),
    "paper": ("The paper:", "论文："),
    "here": ("Here:", "本页："),
    "code": ("Show the code", "显示代码"),
    "code_help": (
        "This view without the app's code. Save the picture as `{file}` in the app's folder and run the script there: it computes the very same numbers.",
        "不依赖本应用代码重现这个画面：把图片存为 `{file}` 放进本应用的文件夹，在那里运行，得到的数值完全相同。",
    ),
    "code_help_alone": (
        "This view without the app's code. Run the script in the app's folder: it computes the very same numbers.",
        "不依赖本应用代码重现这个画面：在本应用的文件夹里运行这个脚本，得到的数值完全相同。",
    ),
    "code_help_set": (
        "This view without the app's code. Unpack `{file}` in the app's folder, so that `{folder}` lies there, and run the script: it computes the very same numbers.",
        "不依赖本应用代码重现这个画面：把 `{file}` 解压到本应用的文件夹（得到 `{folder}`），在那里运行，得到的数值完全相同。",
    ),
    "code_picture": ("Save {file}", "保存 {file}"),
    "bad_link": (
        "The link asks for {name} = “{value}”, which does not exist here. The usual choice is shown instead.",
        "链接中的 {name} =“{value}”在这里不存在，已改用默认选项。",
    ),
}
