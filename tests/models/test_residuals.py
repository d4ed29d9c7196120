"""Which additions are residual: torchvision's and timm's networks against their papers, others written by hand."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
import torchvision
from torch import Tensor, nn
from torch.nn import functional as F

from explorer.models import meta, registry
from explorer.models.cifar_resnet import SHORTCUTS, CifarResNet
from explorer.models.recorder import Tape, record
from explorer.models.residuals import Addition, Found, find
from tests.models.expected_residuals import TIMM, TORCHVISION, Expected

C = 4  # channels of the small networks


def tape_of(build: Callable[[], nn.Module], size: int = 16) -> tuple[Tape, nn.Module]:
    """The tape on the meta device, and the module."""
    with torch.no_grad():
        module = meta.build_on_meta(build).to("meta").eval()
        return record(module, torch.empty(1, 3, size, size, device="meta"))[0], module


class Small(nn.Module):
    """A stem, `parts` one after another, and a head."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, C, 3, padding=1)
        self.parts = nn.ModuleList(parts)
        self.head = nn.Linear(1, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for part in self.parts:
            x = part(x)
        return self.head(x.flatten(1).mean(1, keepdim=True))


class By(nn.Module):
    """A module whose forward is `rule(self, x)`, with the submodules and parameters `named`."""

    def __init__(self, rule: Callable[[Any, Tensor], Tensor], **named: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.rule = rule
        for name, value in named.items():
            setattr(self, name, value)

    def forward(self, x: Tensor) -> Tensor:
        return self.rule(self, x)


def conv(inputs: int = C, outputs: int = C, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1)


def branch() -> nn.Sequential:
    return nn.Sequential(conv(), nn.BatchNorm2d(C), nn.ReLU(), conv())


def weight(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.zeros(*shape))


def found_in(*parts: Callable[[], nn.Module]) -> Found:
    return find(tape_of(lambda: Small(*(part() for part in parts)))[0])


def only(part: Callable[[], nn.Module]) -> Addition:
    found = found_in(part)
    assert len(found.residuals) == 1
    return found.residuals[0]


# Networks of others


def check(expected: Expected, build: Callable[..., nn.Module]) -> None:
    tape, module = tape_of(lambda: build(**expected.options), expected.size)
    assert len(find(tape).residuals) == expected.count(module)


@pytest.mark.parametrize("name", TORCHVISION)
def test_torchvision(name: str) -> None:
    check(TORCHVISION[name], lambda **options: torchvision.models.get_model(name, weights=None, **options))


@pytest.mark.slow
@pytest.mark.skipif(not registry.has_timm(), reason="timm is not installed")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", TIMM)
def test_timm(name: str) -> None:
    import timm

    check(TIMM[name], lambda **options: timm.create_model(name, **options))


def test_what_lies_on_the_shortcuts_of_torchvisions_networks() -> None:
    def of(name: str) -> tuple[list[str], Tape, tuple[Addition, ...]]:
        tape, _ = tape_of(lambda: torchvision.models.get_model(name), 64)
        found = find(tape).residuals
        return [each.brings for each in found], tape, found

    brings, tape, found = of("resnet18")
    assert [k for k, each in enumerate(brings) if each == "projection"] == [2, 4, 6]
    assert brings.count("identity") == 5
    for each in found:
        path = tape.calls[each.add].module
        assert [tape.calls[k].module for k in each.inside] == [
            f"{path}.{n}" for n in ("conv1", "bn1", "relu", "conv2", "bn2")
        ]
        assert (tape.calls[each.out].name, tape.calls[each.out].module) == ("relu", f"{path}.relu")
    assert [tape.calls[k].module for k in found[2].carried] == ["layer2.0.downsample.0", "layer2.0.downsample.1"]
    brings, _, found = of("convnext_tiny")
    assert set(brings) == {"identity"}
    stages = [(stage, block) for stage, blocks in ((1, 3), (3, 3), (5, 9), (7, 3)) for block in range(blocks)]
    assert [each.scaled for each in found] == [(f"features.{stage}.{block}.layer_scale",) for stage, block in stages]
    brings, _, found = of("swin_t")
    assert [each.mixer for each in found] == ["attention", "mlp"] * 12
    assert all(each.norm_first and each.out == each.add for each in found)
    assert not any(each.norm_first for each in of("swin_v2_t")[2])  # its norms are after the branches


def test_concatenations_and_gates() -> None:
    densenet, _ = tape_of(torchvision.models.densenet121, 64)
    assert find(densenet).concatenations == 6 + 12 + 24 + 16  # one for each layer
    regnet, _ = tape_of(torchvision.models.regnet_y_400mf, 64)
    assert find(regnet).gates == 16  # squeeze-and-excite in each block


# Our CIFAR networks


@pytest.mark.parametrize("norm", [True, False])
@pytest.mark.parametrize("preact", [True, False])
@pytest.mark.parametrize("shortcut", SHORTCUTS[:1] + SHORTCUTS[2:])
def test_cifar(shortcut: str, preact: bool, norm: bool) -> None:
    """Six blocks; the third and the fifth change the shape."""
    stays = {"half": "scaled", "gate": "gate", "exclusive": "gate", "conv": "projection"}.get(shortcut, "identity")
    for projection in (False, True):
        changes = stays if stays in ("gate", "projection") else "projection" if projection else "padding"
        tape, _ = tape_of(
            lambda projection=projection: CifarResNet(
                14, shortcut=shortcut, projection=projection, preact=preact, norm=norm, width=4
            ), 32,
        )  # fmt: skip
        found = find(tape)
        assert not found.others
        assert [each.brings for each in found.residuals] == [stays, stays, changes, stays, changes, stays]
        for each in found.residuals:
            path = tape.calls[each.add].module
            inside = [tape.calls[k].module for k in each.inside]
            assert {f"{path}.conv1", f"{path}.conv2"} <= set(inside)
            assert each.norm_first == (preact and norm)
            assert (each.out == each.add) == preact
            assert each.scaled == (("0.5",) if shortcut == "half" else ())


def test_a_plain_network_has_none() -> None:
    found = find(tape_of(lambda: CifarResNet(14, shortcut="none", width=4), 32)[0])
    assert found == Found((), (), 0, 0)


# One residual connection, in the styles in which people write it


class Residual(nn.Module):
    def __init__(self, fn: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.fn = fn

    def forward(self, x: Tensor, *args: Any) -> Tensor:
        return self.fn(x, *args) + x


def in_place(self: Any, x: Tensor) -> Tensor:
    out = self.f(x)
    out += x
    return out


def onto_x(self: Any, x: Tensor) -> Tensor:
    x += self.f(x)
    return x


STYLES: dict[str, Callable[[Any, Tensor], Tensor]] = {
    "x + f": lambda self, x: x + self.f(x),
    "out += x": in_place,
    "x += f": onto_x,
    "torch.add": lambda self, x: torch.add(x, self.f(x)),
    "add_": lambda self, x: self.f(x).add_(x),
    "sum": lambda self, x: sum([x, self.f(x)]),
    "other order": lambda self, x: sum([self.f(x), x]),
    "a view": lambda self, x: (x.flatten(2).transpose(1, 2) + self.f(x).flatten(2).transpose(1, 2)).mT.reshape(x.shape),
    "dropout": lambda self, x: x + F.dropout(self.f(x), 0.1, self.training),
    "a list of layers": lambda self, x: [h := x, *(h := layer(h) for layer in self.f)][-1] + x,
    "squeeze-and-excite in the branch": lambda self, x: x + (h := self.f(x)) * self.f(h).mean((2, 3), True).sigmoid(),
    "clone": lambda self, x: self.f(x.clone()) + x,
    "a look at x": lambda self, x: (x.detach().to(x.dtype), x.to(x.dtype), x + self.f(x))[-1],
    "written through a view": lambda self, x: (x.flatten(1).add_(self.f(x).flatten(1)), x)[-1],
    "a skipped copy": lambda self, x: self.f(x) + x.clone().detach(),
}


@pytest.mark.parametrize("style", STYLES)
def test_styles(style: str) -> None:
    found = found_in(lambda: By(STYLES[style], f=branch()))
    assert [(each.brings, each.scaled, each.mixer, each.norm_first) for each in found.residuals] == [
        ("identity", (), "conv", False)
    ]
    assert not found.others


def test_wrappers_and_lambdas() -> None:
    assert len(found_in(lambda: Residual(branch()), lambda: Residual(lambda x: x.tanh() @ x)).residuals) == 2


@pytest.mark.parametrize(
    ("act", "follows"),
    [
        (lambda self, y: F.relu(y), True), (lambda self, y: y.relu_(), True), (lambda self, y: self.act(y), True),
        (lambda self, y: F.leaky_relu(y, 0.1), True), (lambda self, y: y, False), (lambda self, y: y * 2, False),
        (lambda self, y: self.f(y), False), (lambda self, y: self.next(y), False),
        (lambda self, y: F.relu(y) + y, False),
    ],
)  # fmt: skip
def test_the_activation_that_follows(act: Callable[[Any, Tensor], Tensor], follows: bool) -> None:
    """One that begins the next function does not belong to the sum, nor one beside another reader."""
    named = {"act": nn.ReLU(inplace=True), "next": nn.Sequential(nn.ReLU(), conv())}
    found = only(lambda: By(lambda self, x: act(self, x + self.f(x)), f=branch(), **named))
    assert (found.out != found.add) == follows
    assert found.out in (found.add, found.add + 1)


@pytest.mark.parametrize(
    ("rule", "scaled"),
    [
        (lambda self, x: x + self.gain * self.f(x), ("parts.0.gain",)),
        (lambda self, x: x + self.f(x) * self.gamma.view(1, -1, 1, 1), ("parts.0.gamma",)),
        (lambda self, x: x + self.gain * (0.1 * self.f(x)), ("parts.0.gain", "0.1")),
        (lambda self, x: torch.add(x, self.f(x), alpha=0.2), ("0.2",)),
        (lambda self, x: torch.addcmul(x, self.gain, self.f(x)), ("parts.0.gain",)),
        (lambda self, x: x + self.f(x) / 4, ("0.25",)),
        (lambda self, x: x + self.f(x).div_(2) * torch.sigmoid(self.gain), ("parts.0.gain", "0.5")),
        (lambda self, x: self.f(x) * self.gain + x + 0, ("parts.0.gain",)),
    ],
)  # fmt: skip
def test_what_scales_the_branch(rule: Callable[[Any, Tensor], Tensor], scaled: tuple[str, ...]) -> None:
    """ReZero, layer scale, a constant; from the addition backwards."""
    found = only(lambda: By(rule, f=branch(), gain=weight(1), gamma=weight(C)))
    assert (found.brings, found.scaled) == ("identity", scaled)


@pytest.mark.parametrize(
    ("rule", "brings"),
    [
        (lambda self, x: self.g(x) + self.f(x), "projection"),
        (lambda self, x: self.g(F.relu(self.norm(x))) + self.f(F.relu(self.norm(x))), "projection"),
        (lambda self, x: F.avg_pool2d(x, 2) + F.max_pool2d(self.f(x), 2), "pooling"),
        (lambda self, x: F.max_pool2d(x, 1, 2) + F.max_pool2d(self.f(x), 2), "pooling"),
        (lambda self, x: F.pad(x, (0, 0, 0, 0, 0, C)) + self.wide(x), "padding"),
        (lambda self, x: torch.cat([x, torch.zeros_like(x)], 1) + self.wide(x), "padding"),
        (lambda self, x: x[:, :, ::2, ::2] + F.max_pool2d(self.f(x), 2), "padding"),
        (lambda self, x: x[:, :1] + self.f(x)[:, :1], "slice"),
        (lambda self, x: self.norm(x) + self.f(x), "norm"),
        (lambda self, x: 0.5 * x + self.f(x), "scaled"),
        (lambda self, x: torch.add(self.f(x), x, alpha=0.5), "scaled"),
        (lambda self, x: (t := self.g(x).sigmoid()) * self.f(x) + (1 - t) * x, "gate"),
    ],
)  # fmt: skip
def test_what_the_shortcut_brings(rule: Callable[[Any, Tensor], Tensor], brings: str) -> None:
    wide = nn.Sequential(conv(), nn.ReLU(), conv(C, 2 * C))
    named = {"f": branch(), "g": nn.Conv2d(C, C, 1), "norm": nn.BatchNorm2d(C), "wide": wide}
    assert only(lambda: By(rule, **named)).brings == brings


@pytest.mark.parametrize(
    ("layers", "norm_first", "mixer"),
    [
        ((nn.GroupNorm(1, C), nn.ReLU(), conv()), True, "conv"),
        ((nn.Flatten(), nn.LayerNorm(C * 256), nn.Linear(C * 256, C * 256), nn.Unflatten(1, (C, 16, 16))), True, "mlp"),
        ((nn.ReLU(), nn.BatchNorm2d(C), conv()), False, "conv"),
        ((nn.BatchNorm2d(C), nn.AvgPool2d(3, 1, 1)), True, "pool"),
    ],
)  # fmt: skip
def test_the_branch(layers: tuple[nn.Module, ...], norm_first: bool, mixer: str) -> None:
    found = only(lambda: Residual(nn.Sequential(*layers)))
    assert (found.norm_first, found.mixer) == (norm_first, mixer)


# Networks that the rule was not told of


class Attention(nn.Module):
    """By hand: softmax(q k) v over the pixels, with a position for each and a class token."""

    def __init__(self) -> None:
        super().__init__()
        self.token, self.position = weight(1, 1, 8), weight(1, 17, 8)
        self.patches = nn.Conv2d(C, 8, 4, 4)
        self.norm1, self.norm2, self.qkv, self.out = nn.LayerNorm(8), nn.LayerNorm(8), nn.Linear(8, 24), nn.Linear(8, 8)
        self.mlp = nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8))

    def forward(self, x: Tensor) -> Tensor:
        tokens = self.patches(x).flatten(2).mT
        tokens = torch.cat([self.token.expand(len(x), -1, -1), tokens], 1) + self.position
        q, k, v = self.qkv(self.norm1(tokens)).chunk(3, -1)
        tokens = tokens + self.out((q @ k.mT / 8**0.5).softmax(-1) @ v)
        return (tokens + self.mlp(self.norm2(tokens)))[:, 0]


class UNet(nn.Module):
    """Two levels, joined by concatenation or by addition."""

    def __init__(self, *, adds: bool) -> None:
        super().__init__()
        self.down1, self.down2, self.middle, self.adds = conv(), conv(), branch(), adds
        self.up1, self.up2 = (nn.ConvTranspose2d(C if adds or not k else 2 * C, C, 2, 2) for k in range(2))

    def forward(self, x: Tensor) -> Tensor:
        one = F.relu(self.down1(x))
        two = F.relu(self.down2(F.max_pool2d(one, 2)))
        y = self._join(two, self.up1(self.middle(F.max_pool2d(two, 2))))
        return self._join(one, self.up2(y))

    def _join(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y if self.adds else torch.cat([x, y], 1)


class Dense(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.ModuleList(conv(C * (k + 1), C) for k in range(3))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = torch.cat([x, layer(F.relu(x))], 1)
        return x


class FixUp(nn.Module):
    """Zhang et al. 2019: scalar biases before each layer, a scalar factor, no norm."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c, self.d, self.scale = (weight(1) for _ in range(5))
        self.conv1, self.conv2 = conv(), conv()

    def forward(self, x: Tensor) -> Tensor:
        out = self.conv1(x + self.a)
        out = self.conv2(F.relu(out + self.b) + self.c)
        out = out * self.scale + self.d
        out += x
        return F.relu(out)


class ResNeXt(nn.Module):
    """Four paths, summed one by one, then x."""

    def __init__(self) -> None:
        super().__init__()
        self.paths = nn.ModuleList(
            nn.Sequential(nn.Conv2d(C, 2, 1), nn.ReLU(), nn.Conv2d(2, C, 3, 1, 1)) for _ in range(4)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(sum(path(x) for path in self.paths) + x)


class StochasticDepth(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.f, self.keeps = branch(), 0.8

    def forward(self, x: Tensor) -> Tensor:
        if self.training and torch.rand(1).item() > self.keeps:
            return x
        return x + (self.f(x) if self.training else self.keeps * self.f(x))


class Add(nn.Module):
    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        return x + y


class AddsByModule(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.f, self.skip_add, self.act = branch(), Add(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.act(self.skip_add(self.f(x), x))


def selected(self: Any, x: Tensor) -> Tensor:
    f, g = self.f(x), self.g(x)
    weights = (f + g).mean((2, 3), keepdim=True).sigmoid()
    return weights * f + (1 - weights) * g


def halves(self: Any, x: Tensor) -> Tensor:
    one, other = x.chunk(2, 1)
    return one + self.f(other)


OTHERS: dict[str, tuple[Callable[[], nn.Module], int, list[str]]] = {  # module, residual additions, other additions
    "a transformer block": (Attention, 2, []),
    "U-Net": (lambda: UNet(adds=False), 0, []),
    "LinkNet": (lambda: UNet(adds=True), 2, []),  # e + decoder(encoder(e)), one within the other
    "dense": (Dense, 0, []),
    "FixUp": (FixUp, 1, []),
    "ResNeXt": (ResNeXt, 1, ["parallel", "merge", "merge"]),
    "stochastic depth": (StochasticDepth, 1, []),
    "a module that adds": (AddsByModule, 1, []),
    "one within another": (lambda: Residual(nn.Sequential(conv(), Residual(branch()), nn.ReLU())), 2, []),
    "three times": (lambda: nn.Sequential(*[Residual(branch())] * 3), 3, []),
    "x + f(x) + g(x)": (lambda: By(lambda self, x: x + self.f(x) + self.g(x), f=branch(), g=branch()), 2, []),
    "f(x) + g(x)": (lambda: By(lambda self, x: self.f(x) + self.g(x), f=branch(), g=branch()), 0, ["parallel"]),
    "selective kernels": (lambda: By(selected, f=branch(), g=branch()), 0, ["parallel", "parallel"]),
    "halves": (lambda: By(halves, f=conv(C // 2, C // 2)), 0, ["slice"]),
    "squeeze-and-excite": (
        lambda: By(lambda self, x: x * self.f(x.mean((2, 3), True)).sigmoid(), f=nn.Conv2d(C, C, 1)), 0, [],
    ),
    "swish and a position": (
        lambda: By(lambda self, x: x * x.sigmoid() + self.position, position=weight(1, C, 16, 16)), 0, [],
    ),
    "a mean of views": (lambda: By(lambda self, x: (x + x.flip(-1)) / 2), 0, ["elementwise"]),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_networks_in_other_styles(name: str) -> None:
    build, residuals, others = OTHERS[name]
    found = found_in(build)
    assert (len(found.residuals), [each.kind for each in found.others]) == (residuals, others)


def test_what_is_joined_otherwise() -> None:
    def joins(name: str) -> tuple[int, int]:
        found = found_in(OTHERS[name][0])
        return found.concatenations, found.gates

    assert joins("dense") == (3, 0)
    assert joins("U-Net") == (2, 0)
    assert joins("squeeze-and-excite") == (0, 1)
    assert joins("swish and a position") == (0, 0)


def test_parts_of_a_transformer_block() -> None:
    attention, mlp = found_in(Attention).residuals
    assert (attention.mixer, mlp.mixer) == ("attention", "mlp")
    assert attention.norm_first
    assert mlp.norm_first
    assert mlp.start == attention.add


def test_a_module_that_adds_leaves_the_activation_to_its_owner() -> None:
    found = only(AddsByModule)
    assert found.out == found.add + 1
