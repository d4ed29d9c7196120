"""Traces return copies and do not modify the network; edits against hooks on a copy, odd inputs, many threads."""

import copy
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.analysis.trace import Edit, Trace, drop, replace, scale, statistics, trace
from explorer.core.errors import TraceError
from explorer.core.i18n import LANGUAGES, t
from explorer.models import registry
from explorer.models.graph import Graph
from explorer.models.network import Network
from tests.conftest import random_network


def pictures(count: int = 1, seed: int = 0, side: int = 32) -> Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


@torch.no_grad()
def seen_by_hooks(network: Network, x: Tensor, edits: Mapping[str, Edit] | None = None) -> dict[str, Tensor]:
    """Oracle: hooks on a deep copy that clone at once. A hook that returns a tensor replaces the output; `edits` (of
    module calls) are made that way. Roles are the block's own input and output."""
    module = copy.deepcopy(network.module)
    seen: dict[str, Tensor] = {"input": x.clone()}
    calls: Counter[str] = Counter()

    def on_output(path: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
            name = f"{path}_{calls[path]}" if calls[path] else path
            calls[path] += 1
            changed = edits[name](output) if edits and name in edits else None
            seen[name] = (output if changed is None else changed).clone()
            return changed

        return hook

    def on_input(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_: nn.Module, inputs: tuple[Tensor, ...]) -> None:
            seen[name] = inputs[0].clone()

        return hook

    for path, inner in module.named_modules():
        if not list(inner.children()):
            inner.register_forward_hook(on_output(path))
        if hasattr(inner, "downsample"):
            inner.register_forward_pre_hook(on_input(f"{path}.shortcut"))
            inner.register_forward_hook(on_output(f"{path}.out"))
            if inner.downsample is not None:
                inner.downsample.register_forward_hook(on_output(f"{path}.shortcut"))
    module.fc.register_forward_pre_hook(on_input("flatten"))
    seen["logits"] = module(x)
    for path, inner in module.named_modules():
        if hasattr(inner, "downsample"):
            seen[f"{path}.branch"] = seen[f"{path}.{'bn3' if hasattr(inner, 'bn3') else 'bn2'}"]
            seen[f"{path}.add"] = seen[f"{path}.branch"] + seen[f"{path}.shortcut"]
    return seen


def different(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> list[str]:
    return [name for name, value in found.items() if not torch.equal(value, expected[name])]


@pytest.mark.parametrize(
    ("name", "count"), list(zip(registry.NETWORKS, cycle((1, 3))))
)  # one picture, a batch of three
def test_every_name_holds_what_hooks_on_a_twin_see(name: str, count: int) -> None:
    network, x = random_network(name), pictures(count)
    seen = seen_by_hooks(network, x)
    traced = trace(network, x)
    assert set(traced.tensors) == set(network.graph.names())
    assert different(traced.tensors, seen) == []
    assert torch.equal(traced.logits, seen["logits"])


def test_every_node_follows_from_the_nodes_it_names_as_inputs(network: Network) -> None:
    kept = trace(network, pictures(2)).tensors
    for name, node in network.graph.nodes.items():
        taken = [kept[source].clone() for source in node.inputs]  # cloned: the ReLU is in place
        if node.module is not None:
            with torch.no_grad():
                expected = network.module.get_submodule(node.module)(*taken)
        elif node.kind == "add":
            expected = taken[0] + taken[1]
        else:
            expected = taken[0].flatten(1) if taken else kept["input"]
        assert torch.equal(kept[name], expected), name


def test_names_come_in_the_order_asked_for_and_once(resnet18: Network) -> None:
    names = ["layer4.1.out", "input", "fc", "layer1.0.relu_1", "layer1.0.out", "input"]
    assert list(trace(resnet18, pictures(), keep=names).tensors) == names[:-1]


def memory(tensors: Iterable[Tensor]) -> list[int]:
    return [tensor.untyped_storage().data_ptr() for tensor in tensors]


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_no_two_tensors_of_a_trace_share_memory_with_anything(name: str) -> None:
    network, x = random_network(name), pictures()
    traced = trace(network, x)
    handed_out = memory([*traced.tensors.values(), traced.logits])
    assert len(set(handed_out)) == len(handed_out)
    assert not set(handed_out) & set(memory([x, *network.module.state_dict().values()]))


def test_scribbling_over_a_trace_changes_nothing_else(resnet18: Network) -> None:
    x = pictures()
    before, expected = x.clone(), seen_by_hooks(resnet18, pictures())
    for name in resnet18.graph.names():
        traced = trace(resnet18, x)
        traced.tensors.pop(name).fill_(math.nan)
        assert different(traced.tensors, expected) == [], name
    assert torch.equal(x, before)


HOOKS = [
    "_forward_hooks", "_forward_pre_hooks", "_forward_hooks_with_kwargs", "_forward_hooks_always_called",
    "_backward_hooks", "_backward_pre_hooks", "_state_dict_hooks",
]  # fmt: skip


def condition(module: nn.Module) -> list[object]:
    """All state that a run could change: data pointers, version counters, hooks, modes, methods."""
    tensors = [*module.named_parameters(), *module.named_buffers()]
    return [
        [(name, t.data_ptr(), t._version, t.stride(), t.requires_grad, t.grad is None) for name, t in tensors],
        [(path, inner.training, sorted(vars(inner))) for path, inner in module.named_modules()],
        [len(getattr(inner, kind)) for inner in module.modules() for kind in HOOKS],
        [nn.Module.__call__, nn.Module.__getattr__, torch.is_grad_enabled(), torch.get_rng_state().tolist()],
    ]


def failing(_: Tensor) -> Tensor:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    ("edits", "keep", "error"),
    [
        ({}, None, None),
        ({"layer1.0.bn1": scale(0.5), "layer3.0.shortcut": drop(), "input": scale(2)}, None, None),
        ({"layer4.1.relu": failing}, None, ZeroDivisionError),
        ({"layer4.1.branch": lambda value: value[:, :1]}, (), TraceError),
        ({"layer5": drop()}, (), TraceError),
        ({}, ["layer1.0.bn1", "fc.weight"], TraceError),
    ],
    ids=["plain", "edited", "an edit that fails", "a wrong shape", "an unknown edit", "an unknown name"],
)
def test_the_network_is_as_it_was(
    resnet18: Network, edits: dict[str, Edit], keep: list[str] | None, error: type[Exception] | None
) -> None:
    before, values = condition(resnet18.module), copy.deepcopy(resnet18.module.state_dict())
    if error is None:
        trace(resnet18, pictures(), keep, edits)
    else:
        with pytest.raises(error):
            trace(resnet18, pictures(), keep, edits)
    assert condition(resnet18.module) == before
    assert different(resnet18.module.state_dict(), values) == []


# Edits


EDITED = (
    "conv1", "relu", "maxpool", "layer1.0.conv1", "layer1.0.relu", "layer1.0.relu_1", "layer1.1.bn2",
    "layer2.0.downsample.0", "layer2.0.downsample.1", "layer3.1.relu_1", "layer4.1.conv2", "avgpool", "fc",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "edited"), [*(("resnet18", each) for each in EDITED), *(("resnet50", each) for each in EDITED[::3])]
)
def test_an_edited_node_is_a_hook_that_changes_the_output(name: str, edited: str) -> None:
    network, x = random_network(name), pictures(2)
    edits = {edited: scale(-0.75)}
    seen = seen_by_hooks(network, x, edits)
    traced = trace(network, x, edits=edits)
    assert different(traced.tensors, seen) == []
    assert not torch.equal(traced.logits, trace(network, x, keep=()).logits), "the edit changes something"


def test_branches_dropped_everywhere_are_batchnorms_that_give_zero(network: Network) -> None:
    x, blocks = pictures(), network.graph.blocks.values()
    module = copy.deepcopy(network.module)
    for block in blocks:
        last = module.get_submodule(block.branch)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
    edits = {f"{block.path}.branch": drop() for block in blocks}
    assert torch.equal(trace(network, x, (), edits).logits, module(x))


def test_times_one_leaves_every_bit(network: Network) -> None:
    x, names = pictures(), network.graph.role_names()
    once = {name: scale(1) for name in names}
    assert different(trace(network, x, names, once).tensors, trace(network, x, names).tensors) == []


@pytest.mark.parametrize("block", ["layer1.0", "layer1.1", "layer2.0"])
def test_a_shortcut_edit_reaches_the_sum_and_not_the_branch(block: str) -> None:
    for name in ("resnet18", "resnet50"):
        network, x = random_network(name), pictures()
        usual, edited = trace(network, x), trace(network, x, edits={f"{block}.shortcut": scale(3.0)})
        for node in network.graph.blocks[block].nodes:
            after_the_sum = node in (f"{block}.add", network.graph.blocks[block].out)
            assert torch.equal(edited[node], usual[node]) is not after_the_sum, node
        assert torch.equal(edited[f"{block}.branch"], usual[f"{block}.branch"])
        assert torch.equal(edited[f"{block}.add"], usual[f"{block}.branch"] + 3.0 * usual[f"{block}.shortcut"])


@pytest.mark.parametrize("name", ["input", "bn1", "layer1.0.bn1", "layer1.0.add", "layer2.0.branch", "fc"])
def test_replacing_by_the_original_leaves_every_bit_and_the_original(resnet18: Network, name: str) -> None:
    x = pictures()
    usual = trace(resnet18, x)
    own = usual[name].clone()
    edited = trace(resnet18, x, edits={name: replace(own)})
    assert different(edited.tensors, usual.tensors) == []
    assert torch.equal(own, usual[name]), "a ReLU in place reached the caller's tensor"
    assert own.data_ptr() not in memory([*edited.tensors.values(), edited.logits])


def test_an_edit_of_the_input_does_not_modify_the_callers_tensor(resnet18: Network) -> None:
    x = pictures(2)
    before = x.clone()
    edited = trace(resnet18, x, edits={"input": scale(0.5)})
    assert different(edited.tensors, trace(resnet18, before * 0.5).tensors) == []
    assert torch.equal(x, before)


def test_two_names_of_one_tensor_are_edited_one_after_the_other(resnet18: Network) -> None:
    x = pictures()
    both = trace(resnet18, x, edits={"layer1.0.out": scale(2), "layer1.0.relu_1": lambda value: value + 1})
    expected = 2 * trace(resnet18, x, ["layer1.0.out"])["layer1.0.out"] + 1
    assert torch.equal(both["layer1.0.relu_1"], expected)
    assert torch.equal(both["layer1.0.out"], expected)


def test_a_lesion_also_removes_nan() -> None:
    broken = torch.tensor([math.nan, math.inf, 1.0])
    assert drop()(broken).tolist() == [0.0, 0.0, 0.0]
    assert scale(0)(broken).isnan().tolist() == [True, True, False]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("keep", "edits", "words"),
    [
        (["layer9.0.bn1"], {}, ["layer9.0.bn1"]),
        (["layer1.0"], {}, ["layer1.0"]),
        (["layer1.0.head"], {}, ["layer1.0.head"]),
        (["output"], {}, ["output"]),
        ([""], {}, []),
        ((), {"relu_7": drop()}, ["relu_7"]),
        ((), {"layer1.0.out": replace(torch.zeros(2, 2))}, ["layer1.0.out", "(2, 2)", "(1, 64, 8, 8)"]),
        ((), {"layer2.0.shortcut": torch.sum}, ["layer2.0.shortcut", "()", "(1, 128, 4, 4)"]),
    ],
    ids=["no block", "a block", "no role", "fx's output", "empty", "no node", "wrong shape", "one number"],
)
def test_what_cannot_be_traced_is_said_in_both_languages(
    resnet18: Network, keep: list[str], edits: dict[str, Edit], words: list[str], language: str
) -> None:
    with pytest.raises(TraceError) as caught:
        trace(resnet18, pictures(), keep, edits)
    sentence = t(caught.value.key, language, **caught.value.values)  # type: ignore[arg-type]
    assert [word for word in words if word not in sentence] == []
    assert "\n" not in sentence
    assert (str(caught.value) == sentence) is (language == "en")


# Inputs


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.to(memory_format=torch.channels_last),
        lambda x: x.transpose(2, 3).contiguous().transpose(2, 3),
        lambda x: x[:, :, ::2, ::2],
        lambda x: x[:1].expand(3, -1, -1, -1),
        lambda x: x.clone().requires_grad_(),
        lambda x: x[:0],
        lambda x: torch.full_like(x, math.nan),
    ],
    ids=["channels_last", "transposed", "strided", "expanded", "needs a gradient", "no picture", "not a number"],
)
@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_an_odd_input_gives_what_the_network_gives(name: str, make: Callable[[Tensor], Tensor]) -> None:
    network, x = random_network(name), make(pictures(3, side=64))
    before = x.detach().clone()
    with torch.no_grad():
        expected = network.module(x)
    traced = trace(network, x)
    torch.testing.assert_close(traced.logits, expected, rtol=0, atol=0, equal_nan=True)
    assert traced["layer1.0.bn1"].shape[0] == len(x)
    assert not any(tensor.requires_grad for tensor in (*traced.tensors.values(), traced.logits))
    torch.testing.assert_close(x.detach(), before, rtol=0, atol=0, equal_nan=True)
    assert x.grad is None


def test_the_layout_in_memory_does_not_change_the_result(resnet18: Network) -> None:
    x = pictures(2, side=64)
    plain = trace(resnet18, x).tensors
    last = trace(resnet18, x.to(memory_format=torch.channels_last)).tensors
    for name, value in plain.items():
        torch.testing.assert_close(last[name], value, rtol=1e-4, atol=1e-4)


# Threads


def test_thirty_viewers_get_what_one_gets_while_others_load_networks() -> None:
    """While it traces, fx replaces nn.Module.__call__ and __getattr__ for the whole process."""
    networks = [random_network(name) for name in ("resnet18", "resnet50")]
    methods = (nn.Module.__call__, nn.Module.__getattr__)
    stop, built = threading.Event(), Counter[int]()

    def look(k: int) -> Trace:
        network = networks[k % 2]
        keep = [None, (), network.graph.role_names(), ["layer3.0.bn1", "layer3.0.out"]][k % 4]
        edits = {"layer2.0.branch": drop(), "layer3.1.shortcut": scale(0.1 * k)} if k % 3 == 0 else None
        return trace(network, pictures(seed=k), keep, edits)

    def build() -> None:
        while not stop.is_set():
            with torch.device("meta"):
                built[len(Graph.of(registry.build("resnet18")).nodes)] += 1

    alone = [look(k) for k in range(30)]
    with ThreadPoolExecutor(34) as pool:
        builders = [pool.submit(build) for _ in range(4)]
        try:
            together = [viewer.result() for viewer in [pool.submit(look, k % 30) for k in range(90)]]
        finally:
            stop.set()
        for builder in builders:
            builder.result()
    for k, found in enumerate(together):
        expected = alone[k % 30]
        assert list(found.tensors) == list(expected.tensors)
        assert torch.equal(found.logits, expected.logits), k
        assert different(found.tensors, expected.tensors) == [], k
    assert set(built) == {70}
    assert (nn.Module.__call__, nn.Module.__getattr__) == methods, "fx did not restore the methods"


# Statistics


@pytest.mark.parametrize(
    "values",
    [
        torch.randn(2, 5, 7, 3, generator=torch.Generator().manual_seed(1)),
        torch.randn(1, 8, 6, 6, generator=torch.Generator().manual_seed(2)).relu(),
        torch.randn(2, 4, 5, 5).to(memory_format=torch.channels_last),
        1e4 + torch.randn(4000, generator=torch.Generator().manual_seed(3)),
        torch.randn(50).half(),
        torch.randn(50).bfloat16(),
        torch.arange(-5, 20),
        torch.tensor([True, False, True]),
        torch.tensor(-2.5),
        torch.tensor([0.0, -0.0, 1e-38]),
        torch.zeros(3, 3),
    ],
    ids=[
        "normal", "after ReLU", "channels_last", "far from zero", "half", "bfloat16", "integers", "booleans",
        "one number", "both zeros", "all zeros",
    ],
)  # fmt: skip
def test_statistics_are_numpys_in_double_precision(values: Tensor) -> None:
    array, found = values.double().numpy(), statistics(values)
    close = {"rel": 1e-4, "abs": 1e-6}
    assert found.mean == pytest.approx(array.mean(), **close)
    assert found.std == pytest.approx(array.std(), **close)
    assert (found.min, found.max) == (array.min(), array.max())
    assert found.zeros == pytest.approx((array == 0).mean())
    assert found.norm == pytest.approx(np.linalg.norm(array.ravel()), **close)


def test_statistics_of_nan_are_nan() -> None:
    found = statistics(torch.tensor([1.0, math.nan, 0.0, 0.0]))
    assert all(math.isnan(figure) for figure in (found.mean, found.std, found.min, found.max, found.norm))
    assert found.zeros == 0.5
