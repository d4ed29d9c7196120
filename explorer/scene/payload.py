"""What the scene shows of one block, or of the whole network in stages: code, drawing, tensors and words, as JSON.

Tensors are integers (`fixed_point`) of some channels, the leading ones of each order: what is printed is exact, and a
block at 64 px takes less than 100 kB. Words are in both languages, so that a file needs no server to change them.
"""

import base64
import io
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from explorer.analysis import maps, residual, source
from explorer.analysis.source import WHOLE, Step
from explorer.analysis.trace import Trace, statistics, trace
from explorer.core.class_names import in_language
from explorer.core.i18n import LANGUAGES
from explorer.core.numbers import number
from explorer.core.palette import BROWN_TEAL
from explorer.models.graph import Block, Graph
from explorer.models.network import Network, check_finite
from explorer.models.recorder import Weight
from explorer.plots import pictures
from explorer.plots.pictures import common_scale
from explorer.scene import contributions, drawn, fixed_point, listing, sentences, written
from explorer.scene.contributions import Kernel
from explorer.scene.fixed_point import Binary
from explorer.scene.written import CANONICAL, LAYOUT, Writer

VERSION = 1
SOFTMAX = "softmax"  # name of a tensor: the probabilities in percent
PICTURE_PX = 112  # side of the picture in the scene
# Pixels of a map, at most -> (channels with numbers, input channels of each whose weights are there, which are all that
# are among the largest three at some pixel, unless the layer is very wide)
CARRIED = ((64, 10, 192), (256, 7, 64), (1024, 5, 64), (4096, 5, 48), (16384, 4, 3))
FEWEST = (3, 3)
CLASS_PIXELS = 384**2  # larger inputs are not sorted by class: at 1024 px, resnet152's gradients take 5 GB
MOST_SHOWN = 4  # operations of one line whose maps stand side by side
LONGEST = 30  # letters of an expression in place of a variable
BARS = 41  # of a histogram; odd, so that zero has its own
SAME_VALUES = LAYOUT | {"ReLU", "MaxPool2d"}  # keep or drop, change nothing


@dataclass(frozen=True)
class Payload:
    """`content` is JSON, with the places of arrays in `arrays`; assets/scene/payload.js says what it holds."""

    content: dict[str, Any]
    arrays: bytes

    @property
    def block(self) -> str:
        return str(self.content["block"])

    def packed(self) -> str:
        """Both as text: base64 of a deflated stream of the JSON's length (4 bytes), the JSON and the arrays."""
        content = json.dumps(self.content, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
        return deflated(len(content).to_bytes(4, "little") + content + self.arrays)


@dataclass(frozen=True)
class Channels:
    """The channels of one width that the scene has: `orders` sorts them, best first; `scores` says by what."""

    chosen: tuple[int, ...]
    orders: Mapping[str, tuple[int, ...]]
    scores: Mapping[str, tuple[float, ...]]


def build(network: Network, block: str, x: Tensor, traced: Trace, channels: Sequence[int] = ()) -> Payload:
    """The payload of `block` (or WHOLE) for the picture `x` (1, C, H, W).

    `traced` holds `source.tensors(network, block)`. `channels` are channels of the block's output that are wanted
    besides the leading ones. Raises WeightsError if a value is not finite.
    """
    return _Builder(network, block, x, traced, channels).build()


class _Builder:
    def __init__(self, network: Network, block: str, x: Tensor, traced: Trace, channels: Sequence[int]) -> None:
        network = replace(network, graph=network.graph.at(x))
        self.network, self.block, self.x, self.traced = network, block, x, traced
        self.graph: Graph = network.graph
        self.steps = source.walk(network, block)
        self.operations = drawn.in_boxes(self.graph, block, _operations(network, block, self.steps))
        self.shown = {step.id: self._shown(self._made(step)) for step in self.steps}
        seen = {name for made in self.shown.values() for name in made}
        self.operations = {  # without what is neither drawn nor on a line, as within attention
            name: how for name, how in self.operations.items() if name in seen or not (how.keys() & {"into", "apart"})
        }
        names = dict.fromkeys(
            name for made, how in self.operations.items() for name in (*how["inputs"], made)
        ) | dict.fromkeys(step.tensor for step in self.steps)
        self.values = {name: written.maps(self.graph, name, traced[name]) for name in names}
        self.extras = {name: self._extra_tokens(name) for name in names}
        self.labels: dict[str, str] = {}  # of tensors that no operation makes
        self.writer = Writer(network, self.graph, self.values, traced.tensors)
        if (logits := network.graph.logits) in self.values:  # softmax is the caller's: it follows the last line
            self.operations[SOFTMAX] = {
                "kind": "softmax", "module": None, "inputs": [logits], "label": "softmax", "role": "",
            }  # fmt: skip
            self.values[SOFTMAX] = self.values[logits].softmax(0) * 100
        for name, value in self.values.items():
            check_finite(value if name == SOFTMAX or not self.graph.nodes[name].constant else value.nan_to_num())
        own = self.graph.blocks.get(block)  # its code may go on after the sum, to the logits perhaps
        self.output = self.values[own.out if own and own.out in self.values else self.steps[-1].tensor]
        self.decimals, self.limits = self._scales()
        self.channels = self._choose_channels(channels)
        self.binary = Binary()

    def build(self) -> Payload:
        network, block = self.network, self.block
        listings = source.listings(network, block)
        used = dict.fromkeys([next(iter(listings)), *(step.listing for step in self.steps)])
        operations = {name: how | self._arithmetic(name, how) for name, how in self.operations.items()}
        wanted: dict[str, set[int]] = {
            name: set(self.channels[len(value)].chosen) if len(value) in self.channels else set(range(len(value)))
            for name, value in self.values.items()
        }
        for name, how in operations.items():
            for shares in how.get("shares", {}).values():
                wanted[how["inputs"][0]].update(shares["inputs"])
            if how["kind"] == "pad":
                wanted[how["inputs"][0]].update(c for c in wanted[name] if c < len(self.values[how["inputs"][0]]))
        content = {
            "version": VERSION,
            "network": network.name,
            "block": block,
            "blocks": [*network.graph.parts, WHOLE],
            "picture": _picture_uri(network, self.x),
            "colours": list(BROWN_TEAL),
            "listings": [
                {"name": name, "file": listings[name].short_path, "rows": self._rows(listings[name])}
                for name in used
                if name in listings
            ],
            "steps": [self._step(step) for step in self.steps],
            "operations": operations,
            "order": list(operations),  # JavaScript sorts keys that are numbers
            "tensors": {name: self._tensor(name, sorted(wanted[name])) for name in self.values},
            "channels": {
                str(width): {"orders": dict(found.orders), "scores": dict(found.scores), "of": width}
                for width, found in self.channels.items()
            },
            "classes": self._classes(),
        }
        content |= {"logits": self.graph.logits} if self.graph.logits in self.values else {}
        own = self.graph.blocks.get(block)
        first = next((step.before for step in self.steps if step.before), None)
        entering = own.input if own and own.input in self.values else first
        content |= {"input": entering} if entering else {}
        known = {*operations, *self.labels, entering, "input"}
        if own:
            owner = _adder(self.graph, own)
            self.labels |= {name: name.removeprefix(f"{owner}.") for name in self.values if name not in known}
        content |= {"labels": self.labels} if self.labels else {}
        return Payload(content, self.binary.content)

    def _rows(self, shown: source.Listing) -> list[dict[str, Any]]:
        found = self.graph.blocks.get(self.block)
        return listing.rows(shown, self.steps, (lambda tensor: _role(found, tensor)) if found else None)

    def _extra_tokens(self, name: str) -> Tensor:
        """Tokens without a place in the picture, such as the class token: (K, C)."""
        value = self.traced[name]
        if self.graph.nodes[name].constant or value.ndim != 3:
            return value.new_empty(0, 0)
        return maps.extra_tokens(self.graph, name, value)[0]

    # Which numbers

    def _scales(self) -> tuple[dict[str, int], dict[str, float]]:
        """Decimals and the limit of the colours by tensor: the same for tensors that share values, or are added."""
        groups: dict[str, list[str]] = {name: [name] for name in self.values}
        for made, how in self.operations.items():
            if how["kind"] == "add" or how["kind"] in SAME_VALUES:
                for name in how["inputs"]:
                    if groups[name] is not groups[made]:
                        groups[made].extend(groups[name])
                        for other in groups[name]:
                            groups[other] = groups[made]
        decimals, limits = {}, {}
        for name, group in groups.items():
            first = group[0]
            if first not in decimals:
                members = [self.values[other] for other in group]
                decimals[first], limits[first] = fixed_point.decimals_of(members), common_scale(members).limit
            decimals[name], limits[name] = decimals[first], limits[first]
        return decimals, limits

    def _choose_channels(self, wanted: Sequence[int]) -> dict[int, Channels]:
        by_width: dict[int, list[str]] = {}
        for name, value in self.values.items():
            by_width.setdefault(len(value), []).append(name)
        found = {}
        for width, names in by_width.items():
            pixels = max(self.values[name][0].numel() for name in names)
            count = _carried(pixels)[0]
            scores = self._scores(width, names)
            ranked = {order: score.argsort(descending=True, stable=True).tolist() for order, score in scores.items()}
            extra = [c for c in wanted if 0 <= c < width] if width == len(self.output) else []
            chosen = tuple(_round_robin(ranked.values(), min(count, width), extra))
            found[width] = Channels(
                chosen,
                {order: tuple(c for c in rank if c in chosen) for order, rank in ranked.items()},
                {
                    order: tuple(float(f"{score[c]:.3g}") for c in ranked[order] if c in chosen)
                    for order, score in scores.items()
                },
            )
        return found

    def _scores(self, width: int, names: Sequence[str]) -> dict[str, Tensor]:
        """What channels are sorted by: contrast; the share of F(x) in the sum; what they add to the predicted class."""
        block = self.network.graph.blocks.get(self.block)
        terms = [self.values[name] for name in names if len(self.values[name]) == width]
        if block and width == len(self.output):
            terms = [self.values[block.shortcut], self.values[block.branch]]
        scores = {"energy": pictures.relative_contrast(terms)}
        if block and width == len(self.output):
            x, f = (self.values[name].flatten(1).norm(dim=1) for name in (block.shortcut, block.branch))
            scores["share"] = f / (x + f).clamp(min=1e-30)
        if self.x[0, 0].numel() <= CLASS_PIXELS and (last := self._end(names)) is not None:
            score = self._for_class(last)
            if score is not None and len(score) == width:
                scores["class"] = score
        return scores

    def _end(self, names: Sequence[str]) -> str | None:
        """The last of `names` through which all that follows depends on the picture, before the logits."""
        graph = self.network.graph
        through = [step.tensor for step in self.steps if step.depth == 0] if self.block == WHOLE else []
        through.append(self.steps[-1].tensor)
        names = [name for name in names if name in through and name in graph.passages]
        names = [name for name in names if name not in ("input", graph.logits)]
        return names[-1] if names else None

    def _for_class(self, name: str) -> Tensor | None:
        """What each channel of `name` adds to the predicted class's logit: gradient times activation (1st order).

        None if the network's code leaves autograd, as with `detach`.
        """
        value = self.traced[name].detach().clone().requires_grad_()
        logits = trace(self.network, value, keep=(), after=name, gradients=True).logits
        if not logits.requires_grad:
            return None
        gradient: Tensor | None = torch.autograd.grad(logits[0].max(), value, allow_unused=True)[0]
        if gradient is None:
            return None
        return written.maps(self.graph, name, gradient * value.detach()).flatten(1).sum(1)

    # Operations

    def _arithmetic(self, name: str, how: dict[str, Any]) -> dict[str, Any]:
        module = self.network.modules.get(how["module"] or "")
        return {"parameters": self._parameters(name, module)} | self._numbers(name, how, module)

    def _parameters(self, name: str, module: nn.Module | None) -> int:
        """The weights that a call reads."""
        if module is not None:
            return sum(each.numel() for each in module.parameters())
        node = self.graph.nodes.get(name)
        names = {leaf.name for leaf in node.call.arguments if isinstance(leaf, Weight)} if node and node.call else ()
        parameters = dict(self.network.module.named_parameters(remove_duplicate=False)) if names else {}
        return sum(parameters[each].numel() for each in names if each in parameters)

    def _numbers(self, name: str, how: dict[str, Any], module: nn.Module | None) -> dict[str, Any]:
        """What the scene needs to write out the operation's arithmetic."""
        if isinstance(module, nn.BatchNorm2d):
            return self._normalisation(name, module)
        if name not in self.graph.nodes or how["kind"] == "stage":
            return {}
        if (kernel := self.writer.kernel(name)) is not None:
            return self._convolution(name, how["inputs"][0], kernel)
        if isinstance(module, nn.MaxPool2d):
            names = {
                "size": module.kernel_size, "stride": module.stride, "padding": module.padding,
                "dilation": module.dilation,
            }  # fmt: skip
            return {name: [value, value] if isinstance(value, int) else list(value) for name, value in names.items()}
        found = self.writer.other(name)
        self.values |= found.tensors
        self.labels |= found.labels
        for own, value in found.tensors.items():
            self.decimals[own] = fixed_point.decimals_of([value])
            self.limits[own] = common_scale([value]).limit
            self.extras[own] = value.new_empty(0, 0)
        content = dict(found.content)
        if parts := content.pop("channels", None):
            chosen = self.channels[len(self.values[name])].chosen
            content["channels"] = {str(c): [number(float(part[c])) for part in parts] for c in chosen}
        return content

    def _normalisation(self, name: str, module: nn.BatchNorm2d) -> dict[str, Any]:
        """Mean, variance, eps, gamma and beta of each channel, as text; the same numbers that the network uses."""
        mean, variance = module.running_mean, module.running_var
        if mean is None or variance is None:
            return {}
        ones = torch.ones_like(mean)
        gamma, beta = (module.weight, module.bias) if module.affine else (ones, torch.zeros_like(mean))
        return {
            "eps": number(module.eps),
            "channels": {
                str(c): [number(float(part[c])) for part in (mean, variance, gamma, beta)]
                for c in self.channels[len(self.values[name])].chosen
            },
        }

    def _convolution(self, name: str, before: str, kernel: Kernel) -> dict[str, Any]:
        """For each channel with numbers: the inputs that contribute most, their weights, and what rounding changed."""
        x, out = self.values[before], self.values[name]
        most = _carried(max(out[0].numel(), x[0].numel()))[1]
        chosen = self.channels[len(out)].chosen
        weight_decimals = fixed_point.decimals_of([kernel.weight[list(chosen)]])
        used = (self.decimals[before], weight_decimals)
        decimals = self.decimals[name]
        shares = {}
        for channel in chosen:
            found = contributions.shares(kernel, channel, x, used, most)
            largest = contributions.largest(found.products)
            products = np.take_along_axis(found.products, largest, 0)
            true = torch.from_numpy(np.take_along_axis(found.true.numpy(), largest, 0))
            printed = fixed_point.to_integers(true, decimals)
            bias = kernel.bias[channel].double() if kernel.bias is not None else torch.zeros((), dtype=torch.float64)
            total = out[channel].double().flatten()
            rest = fixed_point.to_integers(total - true.sum(0) - bias, decimals)
            told = fixed_point.to_integers(total, decimals) - printed.sum(0) - fixed_point.to_integers(bias, decimals)
            approximate = contributions.scaled(products, decimals - sum(used))
            shares[str(channel)] = {
                "inputs": list(found.inputs),
                "first": kernel.first_input(channel),
                "weights": self.binary.add(found.weights),
                "corrections": self.binary.add(np.concatenate([printed - approximate, (rest - told)[None]])),
                "bias": int(fixed_point.to_integers(bias, decimals)) if kernel.bias is not None else None,
            }
        return {
            "size": list(kernel.size), "stride": list(kernel.stride), "padding": list(kernel.padding),
            "dilation": list(kernel.dilation), "reads": kernel.weight.shape[1], "weight_decimals": weight_decimals,
            "shares": shares,
        }  # fmt: skip

    # Tensors, steps, words

    def _tensor(self, name: str, carried: Sequence[int]) -> dict[str, Any]:
        value, decimals = self.values[name], self.decimals[name]
        integers = fixed_point.to_integers(value[list(carried)], decimals)
        whole = self.traced.tensors.get(name, value).float()  # with class token and all windows
        extra = self.extras.get(name, value.new_empty(0, 0))
        tokens: dict[str, Any] = {}
        if len(extra):
            given = fixed_point.to_integers(extra.T[list(carried)], decimals)
            tokens = {"extra": [len(extra), self.binary.add(given)]}
        return tokens | {
            "shape": list(value.shape),
            "decimals": decimals,
            "limit": self.limits[name] * 10.0**decimals,
            "carried": list(carried),
            "bars": self._bars(whole, self.limits[name]),
            "facts": [f"{fact:.0%}" if k == "zeros" else number(fact) for k, fact in vars(statistics(whole)).items()],
            "values": self.binary.add(integers),
        }

    def _bars(self, value: Tensor, limit: float) -> list[str | int]:
        """Histogram of all values from -limit to limit, the outer bars with what lies beyond: 0..127 each."""
        counts = torch.histc(value.float().clamp(-limit, limit), BARS, -limit, limit)
        return self.binary.add((counts / counts.max().clamp(min=1) * 127).round().long().numpy())

    def _step(self, step: Step) -> dict[str, Any]:
        made, shown = self._made(step), self.shown[step.id]
        if step is self.steps[-1] and SOFTMAX in self.values:
            made.append(SOFTMAX)
            shown = [*shown, SOFTMAX]
        return {
            "id": step.id, "kind": step.kind, "listing": step.listing, "lines": [step.line, step.end],
            "depth": step.depth, "variable": _variable(step, self.block), "tensor": step.tensor,
            "role": role_of(self.network, self.block, step),
            "operations": made, "shown": shown,
            "words": [self._words(step, k) for k in range(len(LANGUAGES))],
            "before": step.before if step.before in self.values and step.before != step.tensor else None,
            "look": self._look(step),
        }  # fmt: skip

    def _made(self, step: Step) -> list[str]:
        """The operations of a line."""
        return [name for name in self.operations if name in step.nodes or (name == step.tensor and step.nodes)]

    def _shown(self, made: Sequence[str]) -> list[str]:
        """The operations whose maps and arithmetic stand for the line: of a sum the sum, of many calls the last."""
        own = self.graph.blocks.get(self.block)
        if own and own.add in made:
            return [own.add]
        return list(made[-1:] if len(made) > MOST_SHOWN else made)

    def _words(self, step: Step, k: int) -> dict[str, str]:
        language = LANGUAGES[k]
        return {
            "story": sentences.story(self.network, self.block, self.steps, step, language),
            "shape": sentences.shape(self.network, step, self.traced, language),
            "change": sentences.change(self.network, step, self.traced, language),
            "code": step.statement,
        }

    def _look(self, step: Step) -> dict[str, Any] | None:
        """Where to look: a channel and pixel in which the step does much; its kind says which sentence is shown."""
        made = next((name for name in self.operations if name in step.nodes and name == step.tensor), None)
        if made is None or step.tensor == self.network.graph.logits:
            return None
        how, value = self.operations[made], self.values[made]
        if how["kind"] == "stage" or value[0].numel() == 1:
            return None
        chosen = self.channels[len(value)].orders["energy"]
        channel, place, pixel = chosen[0], value[chosen[0]], None
        own = self.graph.blocks.get(self.block)
        before = self.values[how["inputs"][0]] if how["inputs"] else value
        if how["kind"] == "add":
            if own is None or own.add != made:
                return None
            pixel = residual.clearest_pixel(self.values[own.shortcut][channel], self.values[own.branch][channel])
        elif before.shape != value.shape and how["kind"] in ("ReLU", "BatchNorm2d", "LayerNorm"):
            return None
        elif how["kind"] == "ReLU":
            channel = min(chosen, key=lambda each: float(before[each].min()))
            place = -before[channel]
        elif how["kind"] in ("BatchNorm2d", "LayerNorm"):
            place = before[channel].abs()
        row, column = divmod(int(place.argmax()) if pixel is None else pixel, value.shape[2])
        return {"channel": channel, "row": row, "column": column, "kind": how["kind"]}

    def _classes(self) -> list[list[str]] | None:
        """Class names in both languages, of the logits' channels, if the scene shows them."""
        logits = self.network.graph.logits
        if logits not in self.values:
            return None
        names = [in_language(tuple(self.network.labels), language) for language in LANGUAGES]
        return [[own[c] for c in sorted(self.channels[len(self.network.labels)].chosen)] for own in names]


def _adder(graph: Graph, block: Block) -> str:
    """The module that makes a block's addition."""
    call = graph.nodes[block.add].call
    return call.module if call else block.path


def deflated(content: str | bytes) -> str:
    """`content` deflated, in base64."""
    packer = zlib.compressobj(9, wbits=-15)
    data = content.encode() if isinstance(content, str) else content
    return base64.b64encode(packer.compress(data) + packer.flush()).decode()


def role_of(network: Network, block: str, step: Step) -> str:
    """`shortcut`, `branch` or `sum`; empty in a network without shortcuts."""
    found = network.graph.blocks.get(block)
    return _role(found, step.tensor) if found else ""


def _operations(network: Network, block: str, steps: Sequence[Step]) -> dict[str, dict[str, Any]]:
    """What computes each tensor, in order: kind, module, inputs, label and role. A stage is one operation.

    Operations of the function that are outside of the block are `apart`: they are stepped, but not drawn.
    """
    graph = network.graph
    own = graph.blocks.get(block)
    owner = _adder(graph, own) if own else block
    kept = set(source.tensors(network, block))
    found: dict[str, dict[str, Any]] = {}
    for step in steps:
        if step.nodes and not kept.issuperset(step.nodes):
            inputs = [step.before] if step.before else []
            found[step.tensor] = {"kind": "stage", "module": None, "inputs": inputs, "label": step.id, "role": ""}
            if own and step.tensor not in own.nodes:
                found[step.tensor]["apart"] = True
            continue
        for name in step.nodes:
            node = graph.nodes[name]
            label = (node.module or name).removeprefix(f"{owner}.")
            role = _role(own, name) if own else ""
            found[name] = {
                "kind": CANONICAL.get(node.kind, node.kind), "module": node.module, "inputs": list(node.inputs),
                "label": label, "role": role,
            }  # fmt: skip
            if own and name not in own.nodes:
                found[name]["apart"] = True
    order = {name: k for k, name in enumerate(graph.nodes)}
    return dict(sorted(found.items(), key=lambda each: order[each[0]]))


def _role(block: Block, tensor: str) -> str:
    if tensor in (block.add, block.out):
        return "sum"
    if tensor in (block.input, *block.carried):
        return "shortcut"
    return "branch" if tensor in block.nodes else ""


def _variable(step: Step, block: str) -> str:
    """The variable that holds the step's tensor."""
    if step.statement.startswith("return ") and step.depth == 0:
        return _shortened(step.statement.removeprefix("return "))
    return step.variable or ("x" if block == WHOLE else "out")


def _shortened(expression: str) -> str:
    return expression if len(expression) <= LONGEST else f"{expression[:LONGEST]}…"


def _carried(pixels: int) -> tuple[int, int]:
    return next(((channels, inputs) for most, channels, inputs in CARRIED if pixels <= most), FEWEST)


def _round_robin(ranked: Iterable[Sequence[int]], count: int, extra: Sequence[int]) -> Iterator[int]:
    """`extra`, then `count` channels, taken from each ranking in turn."""
    ranked = list(ranked)
    seen = dict.fromkeys(extra)
    yield from seen
    most = count + len(seen)
    for row in zip(*ranked, strict=True):
        for channel in row:
            if channel not in seen and len(seen) < most:
                seen[channel] = None
                yield channel


def _picture_uri(network: Network, x: Tensor) -> str:
    shown = x if x.shape[1] == network.preprocess.channels else x.mean(1, keepdim=True)  # of many channels
    pixels = network.preprocess.pixels(shown)[0].clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    picture.thumbnail((PICTURE_PX, PICTURE_PX))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode()}"
