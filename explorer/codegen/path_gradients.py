"""Programs for gradients along paths: by the number of branches, and through the shortcuts alone."""

from explorer.analysis.path_gradients import most_per_length
from explorer.codegen.views import branch_end, has_variant, image, is_written_out, loaded, model, program, stages
from explorer.models.network import Network

_GATES = """\
class Gate(nn.Module):  # lets every value pass, and the gradient only if open
    open = True
    def forward(self, x):
        return x if self.open else x.detach()
inputs, blocks = [], [*{stages}]
for block in blocks:
    block.register_forward_pre_hook(lambda block, given: inputs.append(given[0]))
    block.downsample = nn.Sequential(block.downsample or nn.Identity(), Gate())
    block.{end} = nn.Sequential(block.{end}, Gate())
def gradients(branches, shortcuts):  # at each block's input, through the numbered branches and shortcuts only
    for k, block in enumerate(blocks):
        block.{end}[1].open, block.downsample[1].open = k in branches, k in shortcuts
    inputs.clear()
    loss = F.cross_entropy(model(image), torch.tensor([{wanted}]))
    return torch.autograd.grad(loss, inputs, materialize_grads=True)"""

_EDITS = """\
blocks = list(network.graph.blocks.values())
def gradients(branches, shortcuts):  # at each block's input, through the numbered branches and shortcuts only
    edits, nudges = {}, {}
    def nudge(name):  # zeros added to a block's input: their gradient is that of the input
        def edit(value):
            nudges[name] = torch.zeros_like(value, requires_grad=True)
            return value + nudges[name]
        return edit
    for k, block in enumerate(blocks):
        edits[block.input] = nudge(block.input)
        closed = [role for role, open in (('branch', branches), ('shortcut', shortcuts)) if k not in open]
        edits |= {f'{block.path}.{role}': lambda value: value.detach().clone() for role in closed}
    logits = trace(network, image, keep=(), edits=edits, gradients=True).logits
    loss = F.cross_entropy(logits, torch.tensor([WANTED]))
    found = dict(zip(nudges, torch.autograd.grad(loss, list(nudges.values()), materialize_grads=True)))
    return [found[block.input] for block in blocks]"""

_LENGTHS = """\
n, most, generator, norms = len(blocks), {most}, Random({seed}), []
for length in range(n + 1):
    paths = list(combinations(range(n), length)) if comb(n, length) <= most else [
        tuple(sorted(generator.sample(range(n), length))) for _ in range(most)]
    norms.append([gradients(path, set(range(n)) - set(path))[0].norm().item() for path in paths])
totals = [comb(n, length) * sum(same) / len(same) for length, same in enumerate(norms)]
print([total / sum(totals) for total in totals])"""

_ALONE = """\
alone, whole = gradients([], range(len(blocks))), gradients(range(len(blocks)), range(len(blocks)))
ratios = [(a.norm() / g.norm()).item() for a, g in zip(alone, whole)]
cosines = [F.cosine_similarity(a.flatten(), g.flatten(), dim=0).item() for a, g in zip(alone, whole)]
print(ratios, cosines)"""


def lengths(network: Network, wanted: int, file: str, seed: int = 0) -> str:
    """A program that prints the share of each path length in the gradient, count times mean norm, for class `wanted`.

    `norms` holds, by length, the norm at the first block's input along each path. One path is one forward pass.
    """
    drawn = _LENGTHS.format(most=most_per_length(len(network.graph.blocks)), seed=seed)
    return program(*_start(network, wanted, file), drawn)


def alone(network: Network, wanted: int, file: str) -> str:
    """A program that prints, at each block's input, the ratio of norms and the cosine of two gradients of the loss.

    One passes the shortcuts alone, the other is the whole gradient.
    """
    return program(*_start(network, wanted, file), _ALONE)


def _start(network: Network, wanted: int, file: str) -> tuple[str, str, str]:
    picture = image(network.preprocess, file)
    if not is_written_out(network) or has_variant(network):  # a variant changes what the last modules return
        return loaded(network), picture, _EDITS.replace("WANTED", str(wanted))
    gates = _GATES.format(stages=", *".join(stages(network)), end=branch_end(network), wanted=wanted)
    return model(network), picture, gates
