"""Observations of the book chapter on its run, each beside the published curve."""

import streamlit as st

from explorer.analysis import source_text
from explorer.experiments import pretraining, published_run
from explorer.plots import pretraining as drawing
from explorer.ui.widgets import chart_view, linked
from explorer.ui.widgets.fragment import fragment
from explorer.ui.words import t


def draw() -> None:
    draw_run()
    draw_code()


@fragment
def draw_run() -> None:
    chosen = linked.segmented(
        t("pretraining.observation"), pretraining.OBSERVATIONS, key="pretraining_seen",
        label_visibility="collapsed", format_func=lambda each: t(f"pretraining.seen_{each}"),
    )  # fmt: skip
    left, right = st.columns([7, 5], gap="large")
    epochs, marked = published_run.epochs(), pretraining.observed(chosen)
    with left:
        claim = pretraining.CLAIM if chosen in ("few", "gap") else None
        spec = chart_view.cached_spec(chosen, drawing.published, epochs, marked, t, claim=claim)
        points = "; ".join(f"{row.series} {row.epoch}: {row.accuracy:.2%}" for row in marked.itertuples())
        alt = t("pretraining.published_alt", points=points)
        chart_view.show(t("charts.published"), spec, key="published_curve", alt=alt)
        st.caption(t("pretraining.published_facts"))
    with right:
        st.markdown(t(f"pretraining.chapter_{chosen}", **template_values(chosen)))
        if chosen in ("few", "gap"):
            st.info(
                t("pretraining.claim_source", ten=accuracy(10), epochs=pretraining.CLAIM_EPOCHS), icon=":material/info:"
            )


def draw_code() -> None:
    """Lines of the tutorial's code that no longer work, beside those that do."""
    st.markdown(f"## {t('pretraining.code_today')}")
    versions = {name: source_text.version(name) for name in ("torch", "torchvision")}
    st.markdown(t("pretraining.code_today_about", **versions))
    for name, (then, now) in pretraining.OUTDATED.items():
        for role, line, column in zip(("then", "now"), (then, now), st.columns(2, gap="medium"), strict=True):
            with column:
                st.caption(t(f"pretraining.code_{role}"))
                st.code(line, language="python", wrap_lines=True)
        st.markdown(t(f"pretraining.code_{name}_said"))


def template_values(observation: str) -> dict[str, object]:
    """Values for the sentence of an observation, from the published table."""
    epochs = published_run.epochs()
    frozen = int(epochs["frozen"].sum())
    marked = pretraining.observed(observation)
    if observation == "below":
        return {"first": int(marked["epoch"].min()), "last": int(marked["epoch"].max()),
                "count": marked["epoch"].nunique(), "train": accuracy(frozen + 1, "train"),
                "test": accuracy(frozen + 1)}  # fmt: skip
    return {
        "frozen": frozen, "before": accuracy(frozen), "after": accuracy(frozen + 1), "later": frozen + 5,
        "ten": accuracy(frozen + 5), "last": len(epochs), "end": accuracy(len(epochs)), "claim": pretraining.CLAIM,
        "epochs": pretraining.CLAIM_EPOCHS,
    }  # fmt: skip


def accuracy(epoch: int, series: str = "test") -> float:
    """Accuracy of the published run after `epoch`, 0..1."""
    return float(published_run.epochs().set_index("epoch")[f"{series}_accuracy"][epoch])
