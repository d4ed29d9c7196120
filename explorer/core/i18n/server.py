"""What the pages of a public server say."""

WORDS: dict[str, tuple[str, str]] = {
    "limits": (
        "This server is public: a run may have {epochs:g} epochs and take {hours:g} h, and you may have {per_visitor:g} at a time.",
        "这是公共服务器：每个训练最多 {epochs:g} 轮、{hours:g} 小时，每人同时最多 {per_visitor:g} 个。",
    ),
    "link": (
        "Only the address of this page shows this run. Keep it. Whoever has it can watch the run, stop it and go on with it.",
        "只有通过本页的网址才能看到这个训练，请保存好。拿到网址的人都可以查看、停止或继续这个训练。",
    ),
    "listed": (
        "This server is public: listed are the runs that you started since you opened this page, and those that a link named.",
        "这是公共服务器：这里只列出打开本页以来你启动的训练，以及链接里指定的训练。",
    ),
    "hosts": (
        "The app answers to these names: {names}. For others set {variable}, for instance {variable}=lab.example.org.",
        "应用只回应这些主机名：{names}。要用其他名称访问，请设置 {variable}，例如 {variable}=lab.example.org。",
    ),
    "refused_host": (
        "This server does not answer to the name {host}. Whoever runs it can allow the name: start it with {variable}={host} in the environment.",
        "这个服务器不回应名称 {host}。管理员可以允许它：启动应用时设置环境变量 {variable}={host}。",
    ),
    "refused_origin": (
        "This request comes from a page of another site, or of another port of this machine, and is refused. Open the app by its own address.",
        "这个请求来自其他网站，或本机其他端口的网页，已被拒绝。请用应用自己的网址打开。",
    ),
}
