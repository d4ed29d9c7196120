"""What the pages of a public server say."""

WORDS: dict[str, tuple[str, str]] = {
    "limits": (
        "This server is public. Limits: epochs per run {epochs:g}, hours per run {hours:g}, runs at a time {per_visitor:g}.",
        "这是公共服务器：每次训练最多 {epochs:g} 轮、{hours:g} 小时，每人同时最多 {per_visitor:g} 次。",
    ),
    "link": (
        "This run can only be opened with the address of this page, so save it. Anyone with the address can view, stop and resume the run.",
        "只有通过本页的网址才能看到这次训练，请保存好。拿到网址的人都可以查看、停止或继续这次训练。",
    ),
    "listed": (
        "This server is public: only runs started since you opened this page, or opened by a link, are listed.",
        "这是公共服务器：这里只列出打开本页以来你启动的训练，以及链接里指定的训练。",
    ),
    "hosts": (
        "The app can be reached under these host names: {names}. To allow others, set {variable}, for instance {variable}=lab.example.org.",
        "应用只能通过这些主机名访问：{names}。要用其他主机名访问，请设置 {variable}，例如 {variable}=lab.example.org。",
    ),
    "refused_host": (
        "The host name {host} is not allowed on this server. Its administrator can allow it by setting {variable}={host} in the environment.",
        "这个服务器不允许通过主机名 {host} 访问。管理员可以在启动应用时设置环境变量 {variable}={host}。",
    ),
    "refused_origin": (
        "This request was refused because it comes from another site or another port of this machine. Open the app at its own address.",
        "这个请求来自其他网站，或本机其他端口的网页，已被拒绝。请用应用自己的网址打开。",
    ),
}
