"""What is said in a terminal where the app is started."""

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
}
