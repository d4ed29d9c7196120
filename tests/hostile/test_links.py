"""Links: any value of a choice, and every page with hostile values for all query parameters that it reads."""

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.runtime.state.query_params_proxy import QueryParamsProxy
from streamlit.testing.v1 import AppTest

from explorer.runs import store
from explorer.training import probe
from explorer.training.probe import Speed
from explorer.training.recipe import Recipe
from explorer.ui.layout import navigation
from tests.hostile import corpus
from tests.hostile.tried import FUZZ, inputs, watched

ROOT = Path(__file__).parents[2]
MAIN = ROOT / "explorer" / "ui" / "main.py"
ATTACK = "<img src=x onerror=alert(1)>"
VALUES = (
    *corpus.PARTS, ATTACK, f"run:{ATTACK}", "run:../..", "run:/etc", "cifar-resnet110-w4096", "nan", "-1", "1e9",
    "run:../..:1", "run:.queue:0", f"run:{ATTACK}:7",
    "9" * 5000, "٣", "½", "0x1", "%00", "🐈" * 300, "resnet18 resnet50 x", "a,b,../..", "layer9.9", "layer1.0",
)  # fmt: skip
TEXTS = (st.sampled_from(VALUES) | st.text(max_size=30)).map(lambda value: value.encode(errors="replace").decode())
PARTS = {
    "diagrams": ("browse", "compare", "paths"), "features": ("maps", "compare", "attribution", "space"),
    "shortcut": ("block", "depth", "change", "lesion", "gradients", "inference"),
    "why": ("experiment", "landscape", "shortcuts"),
}  # fmt: skip
PAGES = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
OPENED = [(page, part, turn) for turn in range(FUZZ) for page in PAGES for part in (*PARTS.get(page, ()), "")
          if FUZZ > 1 or not part]  # fmt: skip


def restored(values: list[str]) -> None:
    """The choice that results from each of `values` in the address, each under its own key."""
    import streamlit as st

    from explorer.ui.state import url_state

    for k, _ in enumerate(values):
        for kind, allowed, default in (("word", ("a", "b"), "a"), ("number", range(10), 3), ("seed", range(2**31), 0)):
            assert url_state.restore(f"{kind}{k}", allowed, default) in allowed
        assert url_state.restore_list(f"several{k}", (20, 56), (20,)) in ([20], [56], [20, 56])
    st.write("whole")


@settings(max_examples=2 * FUZZ)
@given(st.lists(TEXTS, min_size=60, max_size=60))
def test_any_value_of_a_choice(values: list[str]) -> None:
    app = AppTest.from_function(restored, args=(values,), default_timeout=60)
    query = {f"{kind}{k}": value for k, value in enumerate(values) for kind in ("word", "number", "seed", "several")}
    app.query_params.update(query)
    with watched("links"):
        app.run()
    inputs["links"] += len(query) - 1
    assert not app.exception
    assert app.markdown[-1].value == "whole"
    for toast in app.toast:
        assert toast.value.isprintable()
        assert ATTACK not in toast.value
        assert len(toast.value) < 400


@pytest.mark.parametrize(("page", "part", "turn"), OPENED)
def test_a_page_that_reads_nothing_but_attacks(
    page: str, part: str, turn: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw, asked = random.Random(f"{page} {part} {turn}"), dict[str, str]()

    def get(_: QueryParamsProxy, name: str, default: Any = None) -> str:
        kept = part if name == f"{page}_part" and part else draw.choice(VALUES)
        return asked.setdefault(name, kept)

    run = store.create(Recipe(data="digits"), ATTACK, note=ATTACK)
    (run.path / "events.jsonl").write_text(
        '{"kind": "end", "reason": "failed", "key": "bar.own", "values": {}}', encoding="utf-8"
    )
    monkeypatch.setattr(QueryParamsProxy, "get", get)
    monkeypatch.setattr(probe, "measure", lambda *_: Speed(1000, 3000, 5000))  # otherwise it continues in a thread
    monkeypatch.setattr(probe, "precision", lambda *_: "float32")
    app = AppTest.from_file(str(MAIN), default_timeout=120)
    app.switch_page(navigation.path(page))
    with watched("pages", (tmp_path,), cpu_s=20):  # the first visit of a page fills the caches
        app.run()
    assert not app.exception
    assert len(app.title) == 1
    assert {"lang", "network", "picture", "weights"} <= asked.keys()
    shown = [
        each.value for kind in ("html", "markdown", "caption", "error", "warning", "info") for each in app.get(kind)
    ]
    assert not any(ATTACK in words for words in shown)
