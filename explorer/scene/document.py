"""A walk as one HTML file: it needs no server and no network, and holds both languages and both themes."""

import base64
import hashlib
import json
import tomllib
from collections.abc import Sequence

from markupsafe import Markup

from explorer.core import i18n
from explorer.core.assets import ROOT
from explorer.core.i18n import LANGUAGES, Language
from explorer.core.palette import FOCUS, ROLE_COLOURS
from explorer.scene import bundle
from explorer.scene.payload import Payload, deflated

_THEMED = {
    "page": "backgroundColor", "shade": "secondaryBackgroundColor", "ink": "textColor", "quiet": "borderColor",
}  # fmt: skip
"""Custom property -> key of the app's theme in .streamlit/config.toml."""


def html(
    payloads: Sequence[Payload], title: str, notes: dict[Language, str], language: Language, step: str = ""
) -> str:
    """The file. `title` and `notes` (by language) stand above the scene; `step` is the id of the step to begin with."""
    loader = bundle.loader()
    # as a function: what it names stays within it
    program = f"(() => {{\n{bundle.script('page')}}})();"
    content = {
        "packed": {payload.block: payload.packed() for payload in payloads},
        "words": deflated(json.dumps(bundle.words(), ensure_ascii=False)), "style": deflated(_style()),
        "program": deflated(program), "title": title, "notes": notes, "language": language, "step": step,
    }  # fmt: skip
    # "<" would end the element
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    policy = (
        f"default-src 'none'; script-src {_digest(loader)} {_digest(program)}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    languages = both(language)
    page, script = Markup(bundle.template()), Markup(loader)  # noqa: S704 -- our own files
    made = page.format(
        language=language, policy=policy, title=title, loader=script,
        content=Markup(text),  # noqa: S704 -- JSON without "<"
        footer=" ".join(i18n.t("scene.rounded", each) for each in languages),
        plain=" ".join(i18n.t("scene.needs_script", each) for each in languages),
    )  # fmt: skip
    return made.encode(errors="replace").decode()  # a file name of another encoding has lone surrogates


def both(first: Language) -> list[Language]:
    """The languages, `first` first."""
    return sorted(LANGUAGES, key=lambda each: each != first)


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _style() -> str:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    themed = {name: (config["light"][key], config["dark"][key]) for name, key in _THEMED.items()}
    colours = (*themed.items(), *ROLE_COLOURS.items(), ("focus", FOCUS))
    light_only = " ".join(f"--{name}: {light};" for name, (light, _) in colours)  # for a browser before 2024
    both = " ".join(f"--{name}: light-dark({light}, {dark});" for name, (light, dark) in colours)
    root = f":root {{ {light_only} }} @supports (color: light-dark(#000, #000)) {{ :root {{ {both} }} }}"
    return f"{root}{bundle.style('page')}{bundle.style('scene')}"
