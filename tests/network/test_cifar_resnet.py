"""The paper's CIFAR networks: its parameter counts, its shapes, and the plain twin without an addition."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from explorer.network.anatomy import Anatomy
from explorer.network.cifar_resnet import CifarBlock, CifarResNet


@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)]
)  # He et al. 2015, table 6
def test_parameters_are_the_papers(depth: int, millions: float) -> None:
    with torch.device("meta"):
        count = sum(p.numel() for p in CifarResNet(depth).parameters())
        plain = sum(p.numel() for p in CifarResNet(depth, residual=False).parameters())
    assert round(count / 1e6, 1 if depth == 110 else 2) == millions
    assert plain == count, "an option A shortcut has no parameters"


@pytest.mark.parametrize("residual", [True, False])
def test_blocks_and_shapes(residual: bool) -> None:
    network = CifarResNet(20, residual=residual).eval()
    shapes = []
    for stage in (network.layer1, network.layer2, network.layer3):
        stage.register_forward_hook(lambda _, given, out: shapes.append(tuple(out.shape[1:])))
    assert network(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert shapes == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]
    assert sum(isinstance(module, nn.Conv2d) for module in network.modules()) == 19, "and one linear layer"
    blocks = Anatomy(CifarResNet(20, residual=residual)).blocks
    assert len(blocks) == (9 if residual else 0)
    if residual:
        assert [path for path, block in blocks.items() if block.downsample] == ["layer2.0", "layer3.0"]


def test_a_block_adds_what_option_a_says() -> None:
    torch.manual_seed(0)
    block = CifarBlock(4, 8, 2, residual=True, norm=nn.BatchNorm2d).eval()
    plain = CifarBlock(4, 8, 2, residual=False, norm=nn.BatchNorm2d).eval()
    plain.load_state_dict(block.state_dict())
    x = torch.randn(2, 4, 6, 6)
    branch = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))
    shortcut = torch.zeros_like(branch)
    for channel in range(4):
        shortcut[:, channel] = x[:, channel, ::2, ::2]
    assert torch.equal(block(x), torch.relu(branch + shortcut))
    assert torch.equal(plain(x), torch.relu(branch))


def test_zero_init_makes_a_block_its_shortcut() -> None:
    block = CifarResNet(8, zero_init=True).layer1[0]
    x = torch.rand(2, 16, 5, 5)
    assert torch.equal(block(x), x), "x has no negative value, so the ReLU leaves it"
    assert not torch.equal(CifarResNet(8).layer1[0](x), x)


def test_without_batchnorm_there_is_none() -> None:
    assert not any(isinstance(module, nn.BatchNorm2d) for module in CifarResNet(8, norm=False).modules())


@pytest.mark.parametrize("depth", [2, 18, 21])
def test_another_depth_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match="6n"):
        CifarResNet(depth)
