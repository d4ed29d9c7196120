"""A trace equals the network's own run bit for bit, whatever is kept and while other threads trace."""

import copy
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.analysis.trace import drop, replace, scale, statistics, trace
from explorer.core.errors import TraceError
from explorer.models import loading, registry
from explorer.models.graph import Graph
from explorer.models.network import Network


def pictures(count: int, seed: int = 0, side: int = 64) -> Tensor:
    return torch.randn(count, 3, side, side, generator=torch.Generator().manual_seed(seed))


def plain(network: Network, x: Tensor) -> Tensor:
    with torch.no_grad():
        return network.module(x)


def hooked(network: Network, x: Tensor) -> dict[str, Tensor]:
    """Oracle: clones from forward hooks on a copy; repeated calls of a module are numbered."""
    module = copy.deepcopy(network.module)
    seen: dict[str, Tensor] = {}
    calls: Counter[str] = Counter()

    def keep(path: str) -> None:
        def hook(_: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
            again = calls[path]
            calls[path] += 1
            seen[f"{path}_{again}" if again else path] = output.clone()

        module.get_submodule(path).register_forward_hook(hook)

    for path, inner in module.named_modules():
        if not list(inner.children()):
            keep(path)
    with torch.no_grad():
        module(x)
    return seen


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("network", registry.NETWORKS, indirect=True)
def test_logits_and_blocks_are_exact(network: Network, count: int) -> None:
    x = pictures(count, side=48)
    traced = trace(network, x, keep=network.graph.role_names())
    assert torch.equal(traced.logits, plain(network, x))
    for path in network.graph.blocks:
        shortcut, branch, add, out = (traced[f"{path}.{role}"] for role in ("shortcut", "branch", "add", "out"))
        assert torch.equal(shortcut + branch, add), path
        assert torch.equal(torch.relu(add), out), path
        assert (add < 0).any(), "an add that ReLU has overwritten has no negative value"


def test_every_node_equals_what_hooks_see(network: Network) -> None:
    x = pictures(2, side=32)
    seen = hooked(network, x)
    traced = trace(network, x)
    modules = {name for name, node in network.graph.nodes.items() if node.module is not None}
    assert modules == set(seen)
    assert [name for name in modules if not torch.equal(traced[name], seen[name])] == []


def test_keep_bounds_what_is_copied(resnet18: Network) -> None:
    traced = trace(resnet18, pictures(1), keep=["layer2.0.bn2", "layer2.0.shortcut"])
    assert set(traced.tensors) == {"layer2.0.bn2", "layer2.0.shortcut"}
    assert trace(resnet18, pictures(1), keep=()).tensors == {}
    beside = trace(resnet18, pictures(1), keep=["layer2.0.conv2"], until="layer2.0.downsample.1")  # needs no conv2
    assert beside["layer2.0.conv2"].shape == (1, 128, 8, 8)


def test_kept_tensors_are_copies(resnet18: Network) -> None:
    x = pictures(1)
    before = x.clone()
    names = ["input", "layer1.0.add", "layer1.0.out", "layer1.1.shortcut"]
    first, second = trace(resnet18, x, keep=names), trace(resnet18, x, keep=names)
    for name in names:
        first[name].zero_()
    assert torch.equal(x, before)
    assert torch.equal(second["layer1.0.out"], second["layer1.1.shortcut"])
    assert second["layer1.0.out"].any()


def state(network: Network) -> tuple[dict[str, Tensor], int, bool]:
    hooks = sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.module.modules())
    tensors = {name: value.clone() for name, value in network.module.state_dict().items()}
    return tensors, hooks, network.module.training


def test_the_shared_network_is_untouched_also_after_a_failure(resnet18: Network) -> None:
    def fail(_: Tensor) -> Tensor:
        raise RuntimeError("an edit that fails")

    before = state(resnet18)
    trace(resnet18, pictures(1), edits={"layer3.0.branch": drop()})
    with pytest.raises(RuntimeError, match="an edit that fails"):
        trace(resnet18, pictures(1), edits={"layer3.0.branch": fail})
    after = state(resnet18)
    assert before[1:] == after[1:] == (0, False)
    assert all(torch.equal(value, after[0][name]) for name, value in before[0].items())


def by_hand(network: Network, x: Tensor, alpha: dict[str, float], beta: dict[str, float]) -> Tensor:
    """ResNet's forward written out, with branch times alpha and shortcut times beta in the given blocks."""
    m = network.module
    x = m.maxpool(torch.relu(m.bn1(m.conv1(x))))
    for stage in range(1, 5):
        for k, block in enumerate(m.get_submodule(f"layer{stage}")):
            path = f"layer{stage}.{k}"
            out = torch.relu(block.bn1(block.conv1(x)))
            out = block.bn2(block.conv2(out))
            if hasattr(block, "conv3"):
                out = block.bn3(block.conv3(torch.relu(out)))
            identity = block.downsample(x) if block.downsample is not None else x
            x = torch.relu(alpha.get(path, 1.0) * out + beta.get(path, 1.0) * identity)
    return m.fc(torch.flatten(m.avgpool(x), 1))


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_scaled_branches_and_shortcuts_equal_a_forward_by_hand(name: str) -> None:
    network = loading.load(name, "random", seed=3)
    x = pictures(2)
    alpha, beta = {"layer1.1": 0.5, "layer2.0": 0.0}, {"layer3.1": -2.0, "layer4.0": 0.25}
    edits = {f"{path}.branch": scale(factor) for path, factor in alpha.items()}
    edits |= {f"{path}.shortcut": scale(factor) for path, factor in beta.items()}
    with torch.no_grad():
        expected = by_hand(network, x, alpha, beta)
    assert torch.equal(trace(network, x, keep=(), edits=edits).logits, expected)


def test_a_dropped_branch_leaves_the_shortcut(network: Network) -> None:
    path = list(network.graph.blocks)[1]
    traced = trace(network, pictures(1, side=32), edits={f"{path}.branch": drop()})
    assert torch.equal(traced[f"{path}.out"], torch.relu(traced[f"{path}.shortcut"]))


def test_an_edited_shortcut_does_not_reach_its_own_branch(resnet18: Network) -> None:
    x = pictures(1)
    usual, edited = trace(resnet18, x), trace(resnet18, x, edits={"layer1.1.shortcut": drop()})
    assert torch.equal(edited["layer1.1.branch"], usual["layer1.1.branch"])
    assert torch.equal(edited["layer1.1.add"], usual["layer1.1.branch"])
    assert not torch.equal(edited["layer2.0.branch"], usual["layer2.0.branch"])


def test_an_edited_node_reaches_all_its_readers(resnet18: Network) -> None:
    traced = trace(resnet18, pictures(1), edits={"layer1.0.out": drop()})
    assert not traced["layer1.1.shortcut"].any()
    assert torch.equal(traced["layer1.1.conv1"], torch.zeros_like(traced["layer1.1.conv1"]))


def test_replacing_a_tensor_by_itself_changes_nothing(resnet18: Network) -> None:
    x = pictures(1)
    usual = trace(resnet18, x)
    own = usual["layer2.1.add"].clone()
    edited = trace(resnet18, x, edits={"layer2.1.add": replace(own)})
    assert torch.equal(edited.logits, usual.logits)
    assert torch.equal(own, usual["layer2.1.add"]), "the ReLU in place must not reach the caller's tensor"


def test_unknown_names_and_wrong_shapes_are_said(resnet18: Network) -> None:
    with pytest.raises(TraceError, match=r"no tensor called “layer9\.0\.add”"):
        trace(resnet18, pictures(1), keep=["layer9.0.add"])
    with pytest.raises(TraceError, match=r"no tensor called “layer1\.0\.head”"):
        trace(resnet18, pictures(1), edits={"layer1.0.head": drop()})
    with pytest.raises(TraceError, match=r"returned the shape \(1, 3\); it must be \(1, 64, 16, 16\)"):
        trace(resnet18, pictures(1), edits={"layer1.0.add": replace(torch.zeros(1, 3))})


def test_thirty_threads_get_what_one_gets(resnet18: Network) -> None:
    """Also while other threads run fx, which replaces nn.Module.__call__ for the whole process."""
    inputs = [pictures(1, seed) for seed in range(30)]
    alone = [trace(resnet18, x) for x in inputs]

    def run(k: int) -> bool:
        if k % 6 == 5:
            with torch.device("meta"):
                Graph.of(registry.build("resnet18"))
        together = trace(resnet18, inputs[k])
        return torch.equal(together.logits, alone[k].logits) and all(
            torch.equal(tensor, alone[k][name]) for name, tensor in together.tensors.items()
        )

    with ThreadPoolExecutor(30) as pool:
        assert all(pool.map(run, range(30)))


def test_statistics_are_numpys() -> None:
    values = torch.tensor([[-2.0, 0.0], [0.0, 6.0]])
    found, array = statistics(values), values.numpy()
    assert (found.mean, found.min, found.max, found.zeros) == (1.0, -2.0, 6.0, 0.5)
    assert found.std == pytest.approx(array.std())
    assert found.norm == pytest.approx(np.linalg.norm(array))


def test_one_value_has_no_spread() -> None:
    assert statistics(torch.tensor([3.0])).std == 0.0


def test_a_trace_goes_on_from_the_middle(network: Network) -> None:
    x = pictures(2, side=48)
    whole = trace(network, x)
    blocks = list(network.graph.blocks.items())
    end = blocks[-1][0]
    for path, block in blocks[:: max(len(blocks) // 8, 1)]:
        rest = trace(network, whole[block.out], keep=[f"{end}.out"], after=f"{path}.out")
        assert torch.equal(rest.logits, whole.logits), path
        assert torch.equal(rest[f"{end}.out"], whole[f"{end}.out"])
        assert torch.equal(
            trace(network, whole[block.input], (), after=block.input, until=block.out).logits, whole[block.out]
        )


def test_a_trace_leaves_the_tensor_that_it_starts_from(resnet18: Network) -> None:
    x = pictures(1)
    add = trace(resnet18, x, keep=["layer2.0.add"])["layer2.0.add"]
    before = add.clone()
    trace(resnet18, add, keep=(), after="layer2.0.add")  # an in-place ReLU follows
    assert torch.equal(add, before)
    assert (add < 0).any()


def test_gradients_reach_what_an_edit_brought(resnet18: Network) -> None:
    x = pictures(1)
    delta = torch.zeros(1, 64, 16, 16, requires_grad=True)
    block = resnet18.graph.blocks["layer1.1"]
    logits = trace(resnet18, x, (), {block.input: lambda value: value + delta}, gradients=True).logits
    (gradient,) = torch.autograd.grad(logits[0, 3], delta)

    module = copy.deepcopy(resnet18.module)
    for inner in module.modules():
        if isinstance(inner, nn.ReLU):
            inner.inplace = False
    entered: list[Tensor] = []

    def note(_: nn.Module, inputs: tuple[Tensor]) -> None:
        entered.append(inputs[0])

    module.layer1[1].register_forward_pre_hook(note)  # type: ignore[index, operator, union-attr]
    picture = x.clone().requires_grad_()
    (expected,) = torch.autograd.grad(module(picture)[0, 3], entered)
    torch.testing.assert_close(gradient, expected)
    assert not trace(resnet18, x, (), {block.input: lambda value: value + delta}).logits.requires_grad
