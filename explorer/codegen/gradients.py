"""Programs for gradients: of a picture's loss, of twins at initialization, and over a line of inputs."""

from explorer.analysis.at_init import GRID, INPUT_PX, KEEP_BETA, RUNS, UNITS, Twin
from explorer.codegen.views import image, images, is_written_out, loaded, model, program, stages
from explorer.models.network import Network
from explorer.models.preprocessing import CIFAR_PREPROCESSING

_HOOKS = """\
class Zeros(nn.Module):
    def forward(self, x):
        return torch.zeros_like(x)
def note(block, given):
    given[0].retain_grad()
    inputs.append(given[0])
def gradients(wanted):
    inputs.clear()
    loss = F.cross_entropy(model(image), torch.tensor([wanted]))
    loss.backward()
    return loss.item(), [x.grad.norm().item() for x in inputs]"""

_NUDGED = """\
blocks = network.graph.blocks
def gradients(edits, wanted):
    nudges = {}  # zeros added to a block's input: their gradient is that of the input
    def nudge(name):
        def edit(value):
            nudges[name] = torch.zeros_like(value, requires_grad=True)
            return value + nudges[name]
        return edit
    inputs = {block.input: nudge(block.input) for block in blocks.values()}
    logits = trace(network, image, keep=(), edits={**inputs, **edits}, gradients=True).logits
    loss = F.cross_entropy(logits, torch.tensor([wanted]))
    grads = torch.autograd.grad(loss, list(nudges.values()), materialize_grads=True)
    norms = {name: grad.norm().item() for name, grad in zip(nudges, grads)}
    return loss.item(), [norms[block.input] for block in blocks.values()]"""

_BLOCK = """\
class Block(nn.Module):
    def __init__(self, inplanes, planes, residual, norm):
        super().__init__()
        self.residual, self.stride, self.added = residual, planes // inplanes, planes - inplanes
        conv1 = nn.Conv2d(inplanes, planes, 3, self.stride, padding=1, bias=False)
        conv2 = nn.Conv2d(planes, planes, 3, padding=1, bias=False)
        self.branch = nn.Sequential(conv1, norm(planes), nn.ReLU(), conv2, norm(planes))
    def forward(self, x):
        self.x, branch = x, self.branch(x)
        x.retain_grad()
        x = self.residual * F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))
        self.share = (branch.square().mean() / (branch.square().mean() + x.square().mean())).item()
        return F.relu(branch + x)"""


def picture(network: Network, wanted: int, file: str) -> str:
    """A program that prints the loss of class `wanted` and the norms of its gradient at each block's input.

    First with all shortcuts (`kept`), then without any (`cut`).
    """
    if not is_written_out(network):
        return program(
            loaded(network),
            image(network.preprocess, file),
            _NUDGED,
            f"kept = gradients({{}}, {wanted})\n"
            f"cut = gradients({{f'{{path}}.shortcut': drop() for path in blocks}}, {wanted})\n"
            "print(kept, cut)",
        )
    return program(
        model(network),
        image(network.preprocess, file),
        _HOOKS,
        f"inputs, blocks = [], [*{', *'.join(stages(network))}]\n"
        "for block in blocks:\n"
        "    block.register_forward_pre_hook(note)\n"
        f"kept = gradients({wanted})\n"
        "for block in blocks:\n"
        "    block.downsample = nn.Sequential(block.downsample or nn.Identity(), Zeros())\n"
        f"cut = gradients({wanted})\n"
        "print(kept, cut)",
    )


def twins(pair: tuple[Twin, Twin], folder: str) -> str:
    """A program that measures two networks of one depth and seed at initialization, on the pictures of `folder`.

    `found` holds for each the norms of the loss gradient at the blocks' inputs, and the branch's shares.
    """
    blocks = (pair[0].depth - 2) // 6
    lines = [
        "def measured(residual, norm, zero_init):",
        f"    torch.manual_seed({pair[0].seed})",
        f"    widths = [16] + {blocks} * [16] + {blocks} * [32] + {blocks} * [64]",
        "    stem = nn.Conv2d(3, 16, 3, padding=1, bias=False), norm(16), nn.ReLU()",
        "    blocks = [Block(*sizes, residual, norm) for sizes in zip(widths, widths[1:])]",
        "    model = nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))",
        "    for conv in (module for module in model.modules() if isinstance(module, nn.Conv2d)):",
        "        nn.init.kaiming_normal_(conv.weight, mode='fan_out', nonlinearity='relu')",
        "    for block in blocks if zero_init else ():",
        "        nn.init.zeros_(block.branch[4].weight)",
        "    F.cross_entropy(model(images), labels % 10).backward()",
        "    return [block.x.grad.norm().item() for block in blocks], [block.share for block in blocks]",
    ]
    calls = (
        f"measured({twin.residual}, nn.{'BatchNorm2d' if twin.norm else 'Identity'}, {twin.zero_init})" for twin in pair
    )
    read = images(CIFAR_PREPROCESSING.sized(INPUT_PX), folder).replace("\n\n", "\n")
    return program(read, "\n".join([_BLOCK, *lines, f"found = [{', '.join(calls)}]", "print(found)"]))


def shattered(depth: int, seed: int) -> str:
    """A program that prints the mean autocorrelation of each kind of network over the grid. It needs no picture.

    `curves` and `correlations` are in the order of KEEP_BETA.
    """
    keep, beta = zip(*KEEP_BETA.values(), strict=True)
    return program(
        f"generators = [torch.Generator().manual_seed(seed) for seed in range({seed}, {seed + RUNS})]\n"
        "def drawn(*shape):\n"
        "    return torch.stack([torch.randn(shape, generator=generator) for generator in generators])",
        f"keep, beta = torch.tensor([{keep}, {beta}]).reshape(2, {len(keep)}, 1, 1, 1)\n"
        f"slope = drawn(1, {UNITS}).expand({len(keep)}, {RUNS}, {GRID}, {UNITS})\n"
        f"h = torch.linspace(-2, 2, {GRID})[:, None] * slope\n"
        f"for _ in range({depth - 2}):\n"
        f"    weight = drawn({UNITS}, {UNITS}) * (2 / {UNITS}) ** 0.5\n"
        "    var, mean = torch.var_mean(h, -2, correction=0, keepdim=True)\n"
        "    spread = (var + 1e-5).sqrt()\n"
        "    normed = (h - mean) / spread\n"
        "    h = keep * h + beta * (normed.relu() @ weight)\n"
        "    slope = keep * slope + beta * ((slope / spread * (normed > 0)) @ weight)\n"
        f"gradients = (slope @ drawn({UNITS}, 1)).squeeze(-1)",
        "curves = gradients[:, 0]\n"
        "centred = (gradients - gradients.mean(-1, keepdim=True)).double()\n"
        f"sums = [(centred[..., : {GRID} - lag] * centred[..., lag:]).sum(-1) for lag in range({GRID // 4})]\n"
        "correlations = (torch.stack(sums, -1) / sums[0][..., None]).mean(1)\n"
        "print(correlations.tolist())",
    )
