"""One network: its contribution, its data with their sources, its weights, its paper."""

import streamlit as st
from markupsafe import Markup

from explorer.experiments.history import catalog
from explorer.experiments.history.catalog import MODELS, QUANTITIES, Entry, Value
from explorer.models import registry
from explorer.ui.finetune import recipe_form
from explorer.ui.layout import navigation
from explorer.ui.widgets import markup
from explorer.ui.words import sentences, t


def draw() -> None:
    st.selectbox(t("history.model"), list(MODELS), key="model", persist_state="session",
                 format_func=lambda id: f"{MODELS[id].name} ({MODELS[id].year})")  # fmt: skip
    model = MODELS[st.session_state.model]
    family = model.family
    st.markdown(t(f"history.about_{family.id}"))
    st.caption(f"{family.authors}, {family.year}: [{family.title}]({family.link})")
    entries = catalog.entries(model)
    markup.show(table(entries))
    names = ", ".join(f"`{entry.weights}`" for entry in entries if entry.weights)
    published = t("history.in_torchvision", names=names) if names else t("history.not_in_torchvision")
    st.caption(sentences(published, t("history.depth_help")))
    name = model.torchvision
    if name in registry.BACKBONES and st.button(t("history.fine_tune"), key="fine_tune", icon=":material/tune:"):
        fine_tune(name)


def fine_tune(name: str) -> None:
    """Open Fine-tune with this network, keeping all other settings."""
    weights = "imagenet" if "imagenet" in registry.weights(name) else registry.weights(name)[0]
    recipe_form.set_recipe(recipe_form.make_recipe(recipe_form.current()).changed(network=name, weights=weights))
    st.switch_page(navigation.path("finetune"))


def table(entries: tuple[Entry, ...]) -> Markup:
    """Table of values; a value that depends on the weights has one row for each."""
    rows = []
    for name in QUANTITIES:
        found: dict[str, str] = {}
        for entry in entries:
            figure: Value | None = getattr(entry, name)
            if figure or len(entries) == 1:
                side = f", {t('history.px', px=entry.input_px)}" if name == "multiply_adds" and entry.input_px else ""
                found.setdefault(format_value(name, figure), source(figure) + side)
        head = Markup('<th scope="rowgroup" rowspan="{}">{}</th>').format(len(found), t(f"history.{name}"))
        for k, (number, words) in enumerate(found.items()):
            rows.append(Markup("<tr>{}<td>{}</td><td>{}</td></tr>").format("" if k else head, number, words))
    return Markup('<table class="figures">{}</table>').format(markup.join(rows))


def format_value(name: str, figure: Value | None) -> str:
    """A value with its unit: 25.6 M, 4.09 G, 76.1%."""
    if figure is None:
        return "–"
    if name in ("top1", "top5"):
        return f"{figure.value:.1f}%"
    if name == "depth":
        return f"{figure.value:.0f}"
    size, unit = next((s, u) for s, u in ((1e9, "G"), (1e6, "M"), (1e3, "k")) if figure.value >= s or s == 1e3)
    return f"{figure.value / size:.3g} {unit}"


def source(figure: Value | None) -> str:
    if figure is None:
        return t("history.not_said")
    return t(f"history.from_{figure.source}", at=figure.at, version=catalog.version())
