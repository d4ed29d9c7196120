"""The command line: residual-explorer, and the help of python -m explorer."""

WORDS: dict[str, tuple[str, str]] = {
    "about": (
        "Start Residual Explorer on this machine and open it in the browser. All other options are passed to Streamlit, for instance --server.address 0.0.0.0 (set EXPLORER_HOSTS to the other host names under which the app is then reached).",
        "在本机启动 Residual Explorer 并在浏览器中打开。其他选项都会传给 Streamlit，例如 --server.address 0.0.0.0（此时用环境变量 EXPLORER_HOSTS 列出允许访问的其他主机名）。",
    ),
    "port": ("port (default: 8501, or the next free one)", "端口（默认 8501，被占用时用下一个空闲端口）"),
    "no_browser": ("do not open a browser", "不打开浏览器"),
    "no_streamlit": (
        "Streamlit is not installed for {python}. Install it: pip install streamlit",
        "{python} 没有安装 Streamlit，请先安装：pip install streamlit",
    ),
    "folders": (
        "Runs are stored in {runs}; CIFAR-10 is read from {data}.",
        "训练保存在 {runs}；CIFAR-10 从 {data} 读取。",
    ),
    "loading": (
        "Loading PyTorch: about 5 seconds, up to half a minute the first time on this machine …",
        "正在载入 PyTorch：约 5 秒；在这台机器上第一次载入可能要半分钟……",
    ),
    "loaded": ("PyTorch is loaded ({seconds:.1f} s).", "PyTorch 已载入（{seconds:.1f} 秒）。"),
    # python -m explorer
    "explorer": ("Show what a residual block does to an image.", "看残差块对图片做了什么。"),
    "lang": ("language of messages (default: that of the terminal)", "消息的语言（默认为终端的语言）"),
    "json": ("write JSON to stdout", "把 JSON 写到标准输出"),
    "network": ("resnet18 (default), resnet50, cifar-resnet20, …", "resnet18（默认）、resnet50、cifar-resnet20 等"),
    "weights": (
        "cifar10 (default), upstream, twin, imagenet, imagenet-v2, random, or the path of a checkpoint",
        "cifar10（默认）、upstream、twin、imagenet、imagenet-v2、random，或检查点文件的路径",
    ),
    "seed": ("seed of random weights (default: 0)", "随机权重的随机种子（默认 0）"),
    "info": ("show versions, device, and the available networks and data", "显示版本、设备、可用的网络和数据"),
    "predict": ("predict the five most probable classes of images", "预测图片概率最高的五个类别"),
    "trace": ("write all tensors of one forward pass to a file", "把一次前向传播的全部张量写入一个文件"),
    "image_size": ("side of the network's input in pixels, 16 to 1024", "网络输入的边长（像素），16 到 1024"),
}
