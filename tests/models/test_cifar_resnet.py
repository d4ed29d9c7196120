"""The paper's CIFAR networks: parameter counts, shapes, and plain networks without additions."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from explorer.models.cifar_resnet import DEPTHS, SHORTCUTS, CifarBlock, CifarResNet, Design, Gate
from explorer.models.graph import Graph


@pytest.mark.parametrize(
    ("depth", "millions"), [(20, 0.27), (32, 0.46), (44, 0.66), (56, 0.85), (110, 1.7)]
)  # He et al. 2015, table 6
def test_parameters_are_the_papers(depth: int, millions: float) -> None:
    with torch.device("meta"):
        count = sum(p.numel() for p in CifarResNet(depth).parameters())
        plain = sum(p.numel() for p in CifarResNet(depth, shortcut="none").parameters())
    assert round(count / 1e6, 1 if depth == 110 else 2) == millions
    assert plain == count, "option A has no parameters"


@pytest.mark.parametrize("shortcut", ["identity", "none"])
def test_blocks_and_shapes(shortcut: str) -> None:
    network = CifarResNet(20, shortcut=shortcut).eval()
    shapes = []
    for stage in (network.layer1, network.layer2, network.layer3):
        stage.register_forward_hook(lambda _, given, out: shapes.append(tuple(out.shape[1:])))
    assert network(torch.randn(2, 3, 32, 32)).shape == (2, 10)
    assert shapes == [(16, 32, 32), (32, 16, 16), (64, 8, 8)]
    assert sum(isinstance(module, nn.Conv2d) for module in network.modules()) == 19, "and one linear layer"
    blocks = Graph.of(CifarResNet(20, shortcut=shortcut)).blocks
    assert len(blocks) == (9 if shortcut == "identity" else 0)
    if shortcut == "identity":
        assert [path for path, block in blocks.items() if not block.identity] == ["layer2.0", "layer3.0"]


def test_a_block_adds_what_option_a_says() -> None:
    torch.manual_seed(0)
    block = CifarBlock(4, 8, 2).eval()
    plain = CifarBlock(4, 8, 2, shortcut="none").eval()
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
    assert torch.equal(block(x), x), "x is not negative, so the ReLU does not change it"
    assert not torch.equal(CifarResNet(8).layer1[0](x), x)


def test_without_batchnorm_there_is_none() -> None:
    assert not any(isinstance(module, nn.BatchNorm2d) for module in CifarResNet(8, norm=False).modules())


@pytest.mark.parametrize("depth", [2, 18, 21])
def test_another_depth_is_refused(depth: int) -> None:
    with pytest.raises(ValueError, match="6n"):
        CifarResNet(depth)


NAMES = {
    "cifar-resnet56": Design(56), "cifar-plain20-w8": Design(20, "none", width=8),
    "cifar-preact110": Design(110, preact=True),
    "cifar-resnet110-exclusive": Design(110, "exclusive"), "cifar-resnet20-b": Design(20, projection=True),
    "cifar-preact44-conv-b-w32": Design(44, "conv", True, True, 32),
}  # fmt: skip


@pytest.mark.parametrize(("name", "design"), NAMES.items())
def test_a_design_has_one_name(name: str, design: Design) -> None:
    assert design.name == name
    assert Design.named(name) == design


@pytest.mark.parametrize(
    "name",
    ["resnet20", "cifar-resnet21", "cifar-resnet2", "cifar-resnet116", "cifar-resnet20-w16", "cifar-resnet20-w2",
     "cifar-plain20-gate", "cifar-plain20-b", "cifar-resnet020", "cifar-resnet20-identity", "cifar-resnet20 "],
)  # fmt: skip
def test_invalid_names_have_no_design(name: str) -> None:
    assert Design.named(name) is None


def test_all_designs_of_the_papers_exist() -> None:
    assert [Design(depth).name for depth in DEPTHS] == [f"cifar-resnet{depth}" for depth in (20, 32, 44, 56, 110)]
    for wrong in ({"depth": 21}, {"shortcut": "long"}, {"width": 3}, {"shortcut": "none", "preact": True}):
        with pytest.raises(ValueError, match=r"depth|shortcut"):
            Design(**wrong)


@pytest.mark.parametrize("preact", [False, True])
@pytest.mark.parametrize("shortcut", [name for name in SHORTCUTS if name != "none"])
def test_each_shortcut_adds_what_the_paper_says(shortcut: str, preact: bool) -> None:
    torch.manual_seed(1)
    network = CifarResNet(14, shortcut=shortcut, preact=preact, width=4)
    network(torch.randn(4, 3, 8, 8))  # for BatchNorm statistics other than 0 and 1
    block = network.eval().layer2[0]
    x = torch.randn(2, 4, 6, 6)
    if preact:
        branch = block.conv2(F.relu(block.bn2(block.conv1(F.relu(block.bn1(x))))))
    else:
        branch = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))
    carried = block.downsample(x)
    if shortcut == "half":
        carried, branch = carried / 2, branch / 2
    if shortcut in ("gate", "exclusive"):
        assert isinstance(block.variant, Gate)
        gate = 1 / (1 + torch.exp(-block.variant.conv(x)))
        assert gate.median() < 0.1, "initially the gate passes the shortcut"
        carried = carried * (1 - gate)
        branch = branch * gate if shortcut == "exclusive" else branch
    torch.testing.assert_close(block(x), branch + carried if preact else F.relu(branch + carried))
    blocks = Graph.of(CifarResNet(14, shortcut=shortcut, preact=preact, width=4)).blocks
    assert len(blocks) == 6
    assert blocks["layer2.0"].add == "layer2.0.add"
    assert blocks["layer1.1"].identity == (shortcut == "identity")


def test_options_b_and_dropout() -> None:
    with torch.device("meta"):
        a, b, conv = (sum(p.numel() for p in Design(20, *rest).build().parameters()) for rest in (
            ("identity",), ("identity", True), ("conv",)))  # fmt: skip
    assert b - a == 16 * 32 + 64 + 32 * 64 + 128, "two projections and their BatchNorm"
    assert conv - a == b - a + 3 * (256 + 32) + 2 * (1024 + 64) + 2 * (4096 + 128)
    block = CifarBlock(8, 8, 1, shortcut="dropout")
    x = torch.ones(1, 8, 64, 64)
    nn.init.zeros_(block.bn2.weight)
    kept = block(x)
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    assert 0.45 < (kept == 0).double().mean() < 0.55
    assert torch.equal(block.eval()(x), x)
