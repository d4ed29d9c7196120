"""All charts go through `chart_view`, and choices are in the link."""

import ast
from collections.abc import Iterator
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
CODE = [*sorted((ROOT / "explorer" / "ui").rglob("*.py")), *sorted((ROOT / "pages").glob("*.py"))]
CHOICES = (
    "segmented_control",
    "pills",
    "selectbox",
    "multiselect",
    "slider",
    "select_slider",
    "number_input",
    "toggle",
)
UNLINKED = {
    "attribution_opacity": "how strongly a map covers the picture", "maps_opacity": "the same",
    "attribution_smooth": "how a map is enlarged",
    **dict.fromkeys(("own_part", "own_padding", "own_preset", "own_size"), "about a file, which no link holds"),
    "camera_on": "opens the camera", "hw4_cut": "to try it; the answer has both",
    "paths_range": "its ends are linked, as paths_low and paths_high",
    "glossary_word": "looks a word up",
    "unfold_all": "which stages of a long diagram are unfolded",
}  # fmt: skip


def calls() -> Iterator[tuple[Path, str, ast.Call]]:
    """Every method call in the app's code: file, name of the method, node."""
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                yield path, node.func.attr, node


def test_every_chart_is_shown_in_one_way() -> None:
    drawn = {path.name for path, name, _ in calls() if name in ("altair_chart", "vega_lite_chart", "line_chart")}
    assert drawn == {"chart_view.py"}


def test_every_choice_is_in_the_link() -> None:
    linked, chosen = set(), set()
    for _, name, call in calls():
        first = call.args[0] if call.args else None
        if name in ("restore", "restore_list") and isinstance(first, ast.Constant):
            linked.add(first.value)
        keys = {keyword.value.value for keyword in call.keywords
                if keyword.arg == "key" and isinstance(keyword.value, ast.Constant)}  # fmt: skip
        assert isinstance(call.func, ast.Attribute)
        if isinstance(call.func.value, ast.Name) and call.func.value.id == "linked":
            linked |= keys
            chosen |= keys
        elif name in CHOICES:
            chosen |= keys
    assert len(chosen) > 40
    assert sorted(chosen - linked) == sorted(UNLINKED)


def page(saved: bool) -> None:
    from explorer.ui.widgets.chart_view import show

    place = {"field": "a", "type": "quantitative", "title": "a, no unit"}
    spec = {"mark": "point", "encoding": {"x": place, "tooltip": place}, "data": {"values": [{"a": 1}]}}
    show("What_is_shown", spec, key="one", alt="A point", saved=saved)


def test_a_chart_has_its_title_and_what_saves_it() -> None:
    app = AppTest.from_function(page, default_timeout=60, kwargs={"saved": True}).run()
    assert app.markdown[0].value == r"**What\_is\_shown**"
    assert [button.proto.label for button in app.get("download_button")] == ["PNG", "SVG", "CSV"]
    assert not AppTest.from_function(page, default_timeout=60, kwargs={"saved": False}).run().get("download_button")
