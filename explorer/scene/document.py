"""A walk as one HTML file: it needs no server and no network, and holds both languages and both themes."""

import base64
import hashlib
import json
from collections.abc import Sequence

from markupsafe import Markup

from explorer.core import i18n
from explorer.core.i18n import LANGUAGES, Language
from explorer.core.i18n.scene import WORDS
from explorer.core.palette import ROLE_COLOURS
from explorer.scene import bundle
from explorer.scene.payload import Payload, deflated

# (light, dark), as in .streamlit/config.toml and explorer.ui.layout.style
THEME = {
    "page": ("#ffffff", "#0e1117"), "shade": ("#f1f4f4", "#1c2229"), "ink": ("#16211f", "#eef2f2"),
    "quiet": ("#c3cdcc", "#46505a"), "focus": ("#0b6e6e", "#5fd0c8"),
}  # fmt: skip

_PAGE = Markup(
    '<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta http-equiv="Content-Security-Policy" content="{policy}">'
    "<title>{title}</title></head><body><header></header><main>{plain}</main><footer>{footer}</footer>"
    '<script type="application/json" id="content">{content}</script><script>{loader}</script></body></html>'
)
# The program is deflated, which keeps the file small. The policy allows this text, and the program by its digest.
_LOADER = """
(async () => {
const inflate = async (text) => { const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text(); };
window.content = JSON.parse(document.getElementById("content").textContent);
const add = (tag, text) => { const made = document.createElement(tag); made.textContent = text; document.head.append(made); };
add("style", await inflate(content.style)); document.querySelector("main").replaceChildren();
content.words = JSON.parse(await inflate(content.words)); add("script", await inflate(content.program)); })();
"""
_STYLE = """
body { margin: 0; padding: .8rem clamp(.6rem, 2vw, 2rem); background: var(--page); color: var(--ink);
  font-family: system-ui, "Segoe UI", "Microsoft YaHei", "PingFang SC", "Noto Sans CJK SC", sans-serif;
  --scene-height: min(calc(100vh - 8rem), 56rem); }
header { display: flex; gap: .7rem; align-items: center; margin-bottom: .5rem; }
header img { width: 3.2rem; height: 3.2rem; object-fit: cover; border-radius: .4rem; }
header div { flex: 1; min-width: 0; } header h1 { font-size: 1.1rem; margin: 0; }
header p, footer { font-size: .76rem; margin: 0; opacity: .85; overflow-wrap: anywhere; }
header button { font: inherit; font-size: .8rem; padding: .3rem .6rem; border: 1px solid var(--quiet); border-radius: .4rem;
  background: var(--page); color: var(--ink); cursor: pointer; }
footer { margin-top: .6rem; }
@media print { header button { display: none; } }
"""


def html(
    payloads: Sequence[Payload], title: str, notes: dict[Language, str], language: Language, step: str = ""
) -> str:
    """The file. `title` and `notes` (by language) stand above the scene; `step` is the id of the step to begin with."""
    # as a function: what it names stays within it
    program = f"(() => {{\n{bundle.script('page')}}})();"
    content = {
        "packed": {payload.block: payload.packed() for payload in payloads},
        "words": deflated(json.dumps(words(), ensure_ascii=False)), "style": deflated(_style()),
        "program": deflated(program), "title": title, "notes": notes, "language": language, "step": step,
    }  # fmt: skip
    # "<" would end the element
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    policy = (
        f"default-src 'none'; script-src {_digest(_LOADER)} {_digest(program)}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    both = sorted(LANGUAGES, key=lambda each: each != language)
    return _PAGE.format(
        language=language, policy=policy, title=title, content=Markup(text), loader=Markup(_LOADER),
        footer=" ".join(i18n.t("scene.rounded", each) for each in both),
        plain=" ".join(i18n.t("scene.needs_script", each) for each in both),
    )  # fmt: skip


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def words() -> dict[str, dict[str, str]]:
    """Every word of the scene by language."""
    return {language: {key: pair[k] for key, pair in WORDS.items()} for k, language in enumerate(LANGUAGES)}


def _style() -> str:
    light, dark = (
        " ".join(f"--{name}: {pair[k]};" for name, pair in (*THEME.items(), *ROLE_COLOURS.items())) for k in (0, 1)
    )
    return (
        f":root {{ color-scheme: light dark; {light} }}"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
        f':root[data-theme="light"] {{ color-scheme: light; {light} }} :root[data-theme="dark"] {{ color-scheme: dark; {dark} }}'
        f"@media print {{ :root {{ {light} }} }}{_STYLE}{bundle.style()}"
    )
