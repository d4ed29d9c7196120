"""Tokens and channels-last tensors as maps: the same numbers in the right place."""

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import VisionTransformer, get_model

from explorer.analysis.maps import Layout, as_maps, extra_tokens, layout
from explorer.models.graph import Graph
from explorer.models.meta import build_on_meta


class Tokens(nn.Module):
    """Patches of 2 px become tokens behind `extra` others; a linear layer mixes their channels."""

    def __init__(self, extra: int) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 6, 2, stride=2)
        self.extra = nn.Parameter(torch.zeros(1, extra, 6))
        self.linear = nn.Linear(6, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.extra.expand(len(x), -1, -1), x], dim=1)
        return self.linear(x).mean(1)


@pytest.mark.parametrize("extra", [0, 1, 5])
@pytest.mark.parametrize("size", [(8, 8), (4, 12), (12, 6)])
def test_tokens_stand_where_their_patches_are(extra: int, size: tuple[int, int]) -> None:
    module = Tokens(extra).eval()
    graph = Graph.of(module, (1, 3, *size))
    rows, columns = size[0] // 2, size[1] // 2
    assert layout(graph, "cat") == Layout(2, extra, rows, columns)
    x = torch.randn(2, 3, *size)
    maps = module.patches(x)
    tokens = torch.cat([torch.ones(2, extra, 6), maps.flatten(2).transpose(1, 2)], 1)
    assert torch.equal(as_maps(graph, "cat", tokens), maps)
    assert extra_tokens(graph, "cat", tokens).shape == (2, extra, 6)


def test_channels_last() -> None:
    class Last(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 5, 1)
            self.norm = nn.LayerNorm(5)

        def forward(self, x: Tensor) -> Tensor:
            x = self.norm(self.conv(x).permute(0, 2, 3, 1))
            return x.permute(0, 3, 1, 2).mean((2, 3))

    module = Last().eval()
    graph = Graph.of(module, (1, 3, 4, 6))
    maps = module.conv(torch.randn(2, 3, 4, 6))
    assert layout(graph, "norm") == Layout(3, 0, 4, 6)
    assert torch.equal(as_maps(graph, "norm", maps.permute(0, 2, 3, 1)), maps)
    assert layout(graph, "permute_1") == Layout(1, 0, 4, 6)
    assert not layout(graph, "mean").is_map


@pytest.mark.parametrize(
    ("name", "expected"),
    [("swin_t", Layout(3, 0, 14, 14)), ("convnext_tiny", Layout(1, 0, 14, 14)), ("resnet18", Layout(1, 0, 14, 14))],
)
def test_the_third_stages_sums(name: str, expected: Layout) -> None:
    graph = Graph.of(build_on_meta(lambda: get_model(name, weights=None)), (1, 3, 224, 224))
    stage = list(graph.stages.values())[2]
    assert {layout(graph, f"{path}.{role}") for path in stage for role in ("add", "branch")} == {expected}


def test_a_vision_transformers_sums() -> None:
    graph = Graph.of(VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=10), (1, 3, 32, 32))
    assert {layout(graph, block.add) for block in graph.blocks.values()} == {Layout(2, 1, 4, 4)}
    assert len(graph.blocks) == 4
