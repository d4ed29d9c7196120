"""Sentences about a step: what it does, how its output shape follows, what it changed. They are inline Markdown."""

from collections.abc import Sequence

from torch import Tensor, nn

from explorer.analysis import residual
from explorer.analysis.source import Step, output_size
from explorer.analysis.trace import Trace, statistics
from explorer.core.i18n import Language, joined, translator
from explorer.core.i18n.source import explanation
from explorer.core.numbers import fixed, number
from explorer.models.network import Network

ADDED = {"projection": "source.explain_add_projected", "padding": "source.explain_add_padded"}
TESTS = {  # if-statement -> words for (true, false); others test for a downsample
    "if self.residual:": ("source.test_residual", "source.test_plain"),
    "if self.variant is not None:": ("source.test_variant", "source.test_variant_none"),
    "if self.last is not None:": ("source.test_last", "source.test_last_none"),
}


def story(network: Network, block: str, steps: Sequence[Step], step: Step, language: Language) -> str:
    """What the line does, and why it is there."""
    t = translator(language)
    alike = [other.id for other in steps if (other.listing, other.statement) == (step.listing, step.statement)]
    plain = not network.graph.blocks
    word_key = explanation(step.listing, step.statement, 0 if step.depth else alike.index(step.id), plain=plain)
    own = network.graph.blocks.get(block)
    if word_key == "source.explain_bn" and network.weights == "random":
        word_key = "source.explain_bn_untrained"
    elif own and word_key == "source.explain_downsample" and not (own.resizes and own.brings == "projection"):
        word_key = "source.explain_subsample" if own.brings == "padding" else "source.explain_conv_shortcut"
    elif own and word_key == "source.explain_variant_line" and step.depth == 0:
        word_key = f"source.explain_variant_{own.variant}"
    more = ADDED.get(own.brings, "") if own and step.kind == "add" else ""
    return joined(language, t(word_key), t(more) if more else "")


def sizes(tensor: Tensor) -> str:
    """The shape of one picture's tensor: `64 × 16 × 16`."""
    return " × ".join(map(str, tensor.shape[1:]))


def shape(network: Network, step: Step, traced: Trace, language: Language) -> str:
    """How the shape of the step's tensor follows from its input and settings."""
    t = translator(language)
    after = traced[step.tensor]
    if step.before is None or step.node is None:
        return t("source.shape_alias", variable=step.variable) if step.kind == "alias" else ""
    before = traced[step.before]
    node = network.graph.nodes[step.node]
    if len(step.nodes) > 1:
        return t("source.shape_parts", count=len(step.nodes), before=sizes(before), after=sizes(after))
    module = network.modules[node.module] if node.module else None
    if isinstance(module, nn.Conv2d | nn.MaxPool2d) and _is_square(module):
        kernel, stride, padding = (_first(value) for value in (module.kernel_size, module.stride, module.padding))
        size = output_size(before.shape[-1], module)
        words = "source.shape_conv" if isinstance(module, nn.Conv2d) else "source.shape_pool"
        words = t(
            words,
            channels=after.shape[1],
            kernel=f"{kernel}×{kernel}",
            before=sizes(before),
            size=before.shape[-1],
            padding=padding,
            reach=_first(module.dilation) * (kernel - 1) + 1,
            stride=stride,
            after=size if words.endswith("conv") else sizes(after),
        )
        groups = getattr(module, "groups", 1)
        width = before.shape[1] // groups
        return joined(language, words, t("source.shape_groups", groups=groups, width=width) if groups > 1 else "")
    if before.shape == after.shape:
        return t("source.shape_same", shape=sizes(after))
    return t("source.shape_other", before=sizes(before), after=sizes(after))


def change(network: Network, step: Step, traced: Trace, language: Language) -> str:
    """How the step's output differs from its input."""
    t = translator(language)
    if step.kind == "test":
        true, false = TESTS.get(step.statement, ("source.test_true", "source.test_false"))
        return t(true if step.truth else false)
    if step.before is None or step.node is None:
        return t("source.changed_nothing")
    if step.kind == "add":
        path = step.tensor.rpartition(".")[0]
        found = residual.measure_sum(traced[f"{path}.shortcut"], traced[f"{path}.branch"])
        return t(
            "source.changed_add",
            ratio=found.ratio,
            cosine=fixed(found.cosine, 2),
            branch=number(found.branch_norm),
            shortcut=number(found.shortcut_norm),
        )
    before = traced[step.before]
    if network.graph.nodes[step.node].kind == "ReLU":
        return t("source.changed_relu", share=residual.negative_share(before))
    was, now = statistics(before), statistics(traced[step.tensor])
    return t(
        "source.changed_norm",
        before=number(was.std),
        after=number(now.std),
        mean_before=number(was.mean),
        mean_after=number(now.mean),
    )


def _is_square(module: nn.Conv2d | nn.MaxPool2d) -> bool:
    """Whether one formula, in numbers, holds for both sides."""
    settings = (module.kernel_size, module.stride, module.padding, module.dilation)
    return all(isinstance(each, int) or (not isinstance(each, str) and len(set(each)) == 1) for each in settings)


def _first(value: int | str | tuple[int, ...]) -> int:
    return value[0] if isinstance(value, tuple) else int(value)
