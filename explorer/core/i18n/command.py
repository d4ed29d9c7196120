"""What is said in a terminal where the app is started."""

WORDS: dict[str, tuple[str, str]] = {
    "about": (
        "Start Residual Explorer on this machine and open it in the browser. All other options go to Streamlit, --server.address 0.0.0.0 for instance (and EXPLORER_HOSTS says by which other names the app is reached then).",
        "在本机启动 Residual Explorer 并在浏览器中打开。其他选项都会传给 Streamlit，例如 --server.address 0.0.0.0（此时用环境变量 EXPLORER_HOSTS 列出其他可用的访问名称）。",
    ),
    "port": ("port (default: 8501, or the next free one)", "端口（默认 8501，被占用时用下一个空闲端口）"),
    "no_browser": ("open no browser", "不打开浏览器"),
    "no_streamlit": (
        "Streamlit is not installed for {python}; install it: pip install streamlit",
        "{python} 没有安装 Streamlit，请先安装：pip install streamlit",
    ),
    "folders": (
        "Runs are kept in {runs}; CIFAR-10 is looked for in {data}.",
        "训练保存在 {runs}；CIFAR-10 在 {data} 中查找。",
    ),
    "loading": (
        "Loading PyTorch: about 5 seconds, the first time on this machine up to half a minute …",
        "正在载入 PyTorch：约 5 秒，在这台机器上第一次可能要半分钟……",
    ),
    "loaded": ("PyTorch is loaded ({seconds:.1f} s).", "PyTorch 已载入（{seconds:.1f} 秒）。"),
}
