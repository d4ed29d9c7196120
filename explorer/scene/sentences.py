"""Sentences about a step: what it does, how its output shape follows, what it changed. They are inline Markdown."""

from collections.abc import Sequence

from torch import Tensor, nn

from explorer.analysis import residual, source
from explorer.analysis.source import ROUNDS, Step, output_size
from explorer.analysis.trace import Trace, statistics
from explorer.core.i18n import Language, joined, translator
from explorer.core.i18n.source import explanation
from explorer.core.numbers import fixed, number
from explorer.models.graph import Block, Node
from explorer.models.network import Network
from explorer.models.recorder import Weight
from explorer.scene.written import LAYOUT

ADDED = {"projection": "source.explain_add_projected", "padding": "source.explain_add_padded"}
MIXED = {"attention": "source.explain_add_attention", "mlp": "source.explain_add_mlp"}
DOWNSAMPLE = "if self.downsample is not None:"
BY_KIND = {"setting": "setting", "test": "condition", "alias": "other_name", "add": "add"}
KINDS = {  # function of torch -> the story of a line that calls it
    "linear": "linear", "layer_norm": "layer_norm", "group_norm": "group_norm", "batch_norm": "batch_norm",
    "rms_norm": "rms_norm", "relu": "relu", "relu6": "relu", "gelu": "gelu", "silu": "silu", "hardswish": "silu",
    "mish": "silu", "leaky_relu": "leaky_relu", "elu": "leaky_relu", "tanh": "tanh", "sigmoid": "sigmoid",
    "hardsigmoid": "sigmoid", "softmax": "softmax", "multi_head_attention_forward": "attention",
    "scaled_dot_product_attention": "attention", "matmul": "matmul", "bmm": "matmul", "einsum": "matmul",
    "roll": "roll", "cat": "cat", "concat": "cat", "dropout": "dropout", "stochastic_depth": "dropout",
    "mean": "mean", "adaptive_avg_pool2d": "mean", "avg_pool2d": "pool", "max_pool2d": "pool", "mul": "mul",
    "sub": "arithmetic", "div": "arithmetic", "truediv": "arithmetic", "pad": "pad", "expand": "expand",
    "interpolate": "interpolate",
}  # fmt: skip
OURS = ("CifarBlock.forward", "PreactBlock.forward")
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
    added = _added(network, step) if step.kind == "add" else None
    more = [ADDED.get(added.brings, ""), MIXED.get(added.mixer, "")] if added else []
    if added and own and added.path != own.path:
        more = ["source.explain_add_other"]
    keys = [word_key, *more] if word_key != "source.explain_unknown" else [*_general(network, step), *more]
    if step is steps[0] and not source.has_source(network, block):
        keys.insert(0, "source.calls_only")
    words = [t(key) for key in keys if key]
    if step.round and step.round[0]:
        words.append(t("source.round", round=step.round[0], count=step.round[1]))
    return joined(language, *words)


def _general(network: Network, step: Step) -> list[str]:
    """What a line does by what it calls, for code that nobody has written a story for."""
    graph = network.graph
    if step.kind == "loop":
        return ["source.explain_loop" if step.round and step.round[1] else "source.explain_loop_empty"]
    by_kind = {
        "setting": "explain_setting",
        "test": "explain_condition",
        "alias": "explain_other_name",
        "add": "explain_add",
    }
    if step.kind in by_kind:
        return [f"source.{by_kind[step.kind]}"]
    nodes = [graph.nodes[name] for name in step.nodes]
    if not nodes:
        return ["source.explain_return_general"]
    stages = {block.add for block in graph.blocks.values()}
    if len(nodes) > 1 and not stages.isdisjoint(step.nodes):
        return ["source.explain_several_blocks"]
    if all(node.constant for node in nodes):
        return ["source.explain_constant"]
    told = [story for node in nodes if (story := _kind(network, node)) not in ("layout", "dropout", "identity")]
    if not told:
        return [f"source.kind_{_kind(network, nodes[-1])}"]
    if "attention" in told or ("softmax" in told and told.count("matmul") > 1):
        return ["source.kind_attention"]
    if len(set(told)) == 1:
        return [f"source.kind_{told[0]}"]
    return ["source.explain_several_calls"] if step.depth == 0 else ["source.explain_several_inside"]


def _kind(network: Network, node: Node) -> str:
    """The story of one call: `source.kind_<this>`."""
    call = node.call
    name = call.name if call else ""
    weights = [leaf.name for leaf in call.arguments if isinstance(leaf, Weight)] if call else []
    if name == "mul" and (weights or not node.inputs[1:]):
        return "scale"
    if name == "mul" and any(network.graph.nodes[each].kind.lower().endswith("sigmoid") for each in node.inputs):
        return "gate"
    if name == "add":
        return "position" if any("pos" in weight for weight in weights) else "add"
    if name.startswith("conv") and call is not None:
        module = network.modules.get(node.module or "")
        if isinstance(module, nn.Conv2d):
            if module.groups == module.in_channels > 1:
                return "depthwise"
            if module.kernel_size == module.stride and module.kernel_size[0] > 1 and not module.padding[0]:
                return "patches"
            if module.kernel_size == (1, 1):
                return "pointwise"
        return "conv"
    if name == "getitem" and node.inputs and len(node.shape) + 1 == len(network.graph.nodes[node.inputs[0]].shape) == 3:
        return "one_token"
    if name in KINDS:
        return KINDS[name]
    return "layout" if name in LAYOUT or node.kind in LAYOUT else "other"


def _added(network: Network, step: Step) -> Block | None:
    """The residual block whose addition a step makes."""
    adds = {block.add: block for block in network.graph.blocks.values()}
    return next((adds[name] for name in reversed(step.nodes) if name in adds), None)


def sizes(tensor: Tensor) -> str:
    """The shape of one picture's tensor: `64 × 16 × 16`; of its windows with their number."""
    return " × ".join(map(str, tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape)) or "1"


def shape(network: Network, step: Step, traced: Trace, language: Language) -> str:
    """How the shape of the step's tensor follows from its input and settings."""
    t = translator(language)
    after = traced[step.tensor]
    if step.before is None or step.node is None:
        if step.kind == "alias":
            return t("source.shape_alias", variable=step.variable)
        return t("source.shape_constant", shape=sizes(after)) if step.node else ""
    before = traced[step.before]
    node = network.graph.nodes[step.node]
    if len(step.nodes) > 1:
        return t("source.shape_parts", count=len(step.nodes), before=sizes(before), after=sizes(after))
    module = network.modules[node.module] if node.module else None
    square = before.ndim == 4 and before.shape[-1] == before.shape[-2]
    if square and isinstance(module, nn.Conv2d | nn.MaxPool2d) and _is_square(module):
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
        general = ("source.condition_true", "source.condition_false")
        true, false = TESTS.get(step.statement, general)
        if step.statement == DOWNSAMPLE and step.listing in ("BasicBlock.forward", "Bottleneck.forward", *OURS):
            true, false = "source.test_true", "source.test_false"
        return t("source.condition_unknown" if step.truth is None else true if step.truth else false)
    if step.kind == "loop":
        count = step.round[1] if step.round else 0
        shown = t("source.rounds_shown", shown=ROUNDS) if count > ROUNDS else ""
        return joined(language, t("source.rounds", count=count), shown)
    if step.before is None or step.node is None:
        return t("source.changed_constant" if step.node else "source.changed_nothing")
    if step.kind == "add" and (block := _added(network, step)):
        found = residual.measure_sum(traced[block.shortcut], traced[block.branch])
        return t(
            "source.changed_add",
            ratio=found.ratio,
            cosine=fixed(found.cosine, 2),
            branch=number(found.branch_norm),
            shortcut=number(found.shortcut_norm),
        )
    before = traced[step.before]
    if len(step.nodes) == 1 and network.graph.nodes[step.node].kind in ("ReLU", "relu"):
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
