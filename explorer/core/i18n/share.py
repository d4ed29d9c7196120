"""Words of the header's Share menu: the link, what it does not carry, and what does."""

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Share", "分享"),
    "link": ("Link to what is on screen", "当前画面的链接"),
    "copy": ("Copy link", "复制链接"),
    "copied": ("Copied", "已复制"),
    "restores": (
        "Whoever opens it sees this page with the same choices.",
        "打开链接的人会看到这一页和同样的选择。",
    ),
    "not_carried": ("**The link does not carry**", "**链接带不走的**"),
    "upload": (
        "your own image {name}: send the file along, or choose an image of the gallery",
        "你自己的图片 {name}：请把文件一起发过去，或者改选图库里的图片",
    ),
    "checkpoint": (
        "your own checkpoint {name}: send the file along",
        "你自己的检查点 {name}：请把文件一起发过去",
    ),
    "localhost": (
        "the app: an address with {host} opens only on this computer. For others, open the app under this computer's address in the network (docs/serving.md)",
        "应用本身：带 {host} 的地址只能在这台电脑上打开。要给别人看，请用本机在网络里的地址打开应用（见 docs/serving.md）",
    ),
    "on_server": (
        "**The link works only on this server, for**",
        "**下列内容只有在这台服务器上链接才有效**",
    ),
    "run": ("the run “{name}”", "训练“{name}”"),
    "run_public": (
        "the run “{name}”: whoever has the link can watch, stop and resume it",
        "训练“{name}”：拿到链接的人可以查看、停止、继续它",
    ),
    "own_file": ("your own Python file, {name}", "你自己的 Python 文件 {name}"),
    "folder": ("the images of “{name}”, a folder or zip", "“{name}”里的图片（文件夹或 zip）"),
    "carries": ("**What needs no server**", "**不需要服务器也能看的**"),
    "file_source": (
        "“{button}” below the walk: one HTML file with code, drawing and numbers",
        "讲解下方的“{button}”：一个 HTML 文件，代码、图示和数值都在里面",
    ),
    "file_compare": (
        "“{button}” below the table: tables, charts and test images in one file",
        "表格下方的“{button}”：表格、图表和测试图片都在一个文件里",
    ),
    "file_homework": (
        "“{button}” at the end: your guesses, words and figures in one file",
        "页面末尾的“{button}”：你的猜测、文字和图都在一个文件里",
    ),
    "file_runs": (
        "“{button}” of a run, on the page “{page}”: settings, curves and weights as a zip",
        "“{page}”页上某次训练的“{button}”：设置、曲线和权重，打包为 zip",
    ),
    "figures": (
        "“{button}” at a figure: an image with caption, legend and this link in it",
        "图旁的“{button}”：一张图片，图中带说明、图例和这个链接",
    ),
}
