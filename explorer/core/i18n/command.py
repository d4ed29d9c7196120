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
    "app_network": (
        "Open your own network: residual-explorer my_net.py, my_net.py:Net, 'my_net.py:Net(num_blocks=3)', or hf:FOLDER with a model of transformers. Its page follows the file whenever you save it.",
        "打开自己的网络：residual-explorer my_net.py、my_net.py:Net、'my_net.py:Net(num_blocks=3)'，或 hf:文件夹（transformers 的模型）。每次保存文件，页面都会跟着更新。",
    ),
    "resume_network": (
        "the Python file of a run that trains a network of your own, as it was given to train",
        "训练自己的网络时所用的 Python 文件，写法与 train 命令相同",
    ),
    "app_weights": ("a checkpoint for your own network", "自己的网络的检查点"),
    "json": ("write JSON to stdout", "把 JSON 写到标准输出"),
    "network": (
        "resnet18 (default), vit_b_16 or any other classifier of torchvision, cifar-resnet20, timm:<model>, hf:<folder> with a model of transformers, or your own Python file: my_net.py, my_net.py:Net, 'my_net.py:Net(num_blocks=3)'; for a checkpoint of your own, by default the network that it fits",
        "resnet18（默认）、vit_b_16 等 torchvision 的任一分类网络、cifar-resnet20、timm:<模型名>、hf:<文件夹>（transformers 的模型），或自己的 Python 文件：my_net.py、my_net.py:Net、'my_net.py:Net(num_blocks=3)'；自己的检查点默认用与它相符的网络",
    ),
    "weights": (
        "cifar10, upstream, twin (bundled, for some networks), imagenet, imagenet-v2, random, or the path of a checkpoint; default: the first of these that the network has",
        "cifar10、upstream、twin（自带，部分网络有）、imagenet、imagenet-v2、random，或检查点文件的路径；默认取其中该网络有的第一个",
    ),
    "residuals": (
        "list the residual connections of a network: source line, what lies on the shortcut, what scales the branch",
        "列出网络的残差连接：源代码行、捷径上有什么、分支乘了什么",
    ),
    "residuals_count": (
        "{network}: {count} residual connections, {others} other additions",
        "{network}：{count} 个残差连接，{others} 个其他加法",
    ),
    "residuals_others": ("Other additions:", "其他加法："),
    "own_group": ("what your own checkpoint does not say", "你的检查点里没有写明的内容"),
    "own_part": (
        "which state dict of the file, by its path, such as state_dict_ema (default: the first that is no average)",
        "用文件里的哪个 state dict，给出它的路径，例如 state_dict_ema（默认取第一个不是滑动平均的）",
    ),
    "own_padding": (
        "where shortcuts of the networks for CIFAR put their zero channels: end as here, both as akamaster's networks; nothing in a file tells (default: measured if labelled images are at hand, else end)",
        "CIFAR 网络的捷径把零通道补在哪里：end 为末尾（与这里相同），both 为两侧（akamaster 的网络）；文件里看不出来（默认：有带标签的图片时由测量决定，否则为 end）",
    ),
    "own_preprocess": (
        "imagenet (resize 256, crop 224), cifar (32 px), imagenet32 (32 px, ImageNet's mean and std), cifar64 (32 px enlarged to 64)",
        "imagenet（缩放到 256，裁剪 224）、cifar（32 像素）、imagenet32（32 像素，ImageNet 的均值和标准差）、cifar64（32 像素放大到 64）",
    ),
    "own_mean": ("mean of red, green and blue, of 0 to 1 or of 0 to 255", "红、绿、蓝的均值，取 0 到 1 或 0 到 255"),
    "own_std": ("standard deviation of red, green and blue", "红、绿、蓝的标准差"),
    "own_classes": (
        "class names: a text file with one per line, or a folder with one folder per class",
        "类名：每行一个的文本文件，或每类一个子文件夹的文件夹",
    ),
    "own_data": (
        "labelled images to measure preprocessing and padding on: a folder or zip with one folder per class (default: CIFAR-10 if found, for ten classes)",
        "用来测量预处理和补零方式的带标签图片：每类一个子文件夹的文件夹或 zip（默认：十个类别且找到 CIFAR-10 时用它）",
    ),
    "own_network": ("{file} fits {network}; this network is used.", "{file} 与 {network} 相符，就用这个网络。"),
    "own_measured": (
        "Measured on {count} labelled images: {shares}. The first is used.",
        "用 {count} 张带标签的图片测量：{shares}。这里用第一种。",
    ),
    "seed": ("seed of random weights (default: 0)", "随机权重的随机种子（默认 0）"),
    "info": ("show versions, device, and the available networks and data", "显示版本、设备、可用的网络和数据"),
    "predict": ("predict the five most probable classes of images", "预测图片概率最高的五个类别"),
    "trace": ("write all tensors of one forward pass to a file", "把一次前向传播的全部张量写入一个文件"),
    "image_size": ("side of the network's input in pixels, 16 to 1024", "网络输入的边长（像素），16 到 1024"),
}
