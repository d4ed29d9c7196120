"""In a process of its own: here torch has long been imported."""

import subprocess
import sys

PROGRAM = """
import sys
import explorer
import torch
from explorer.models import loading, registry
from explorer.training import steps

def is_imported():
    return "torch._dynamo" in sys.modules

for name in ("resnet18", "vit_b_16", "densenet121", "regnet_y_400mf"):
    registry.outline(name)
loading.load("resnet18", "cifar10")
assert not is_imported(), "opening a network"

def trained():
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = steps.make_optimizer("adam", [{"params": [weight]}], 0.5, 0.0, torch.device("cpu"))
    for _ in range(3):
        optimizer.zero_grad()
        (weight * torch.arange(3.0)).sum().backward()
        optimizer.step()
    assert torch.is_grad_enabled() and weight.requires_grad
    return weight.detach()

plain = trained()
assert not is_imported(), "training"

from torchvision.ops import roi_align
pictures, boxes = torch.rand(1, 3, 8, 8), torch.tensor([[0.0, 0, 0, 4, 4]])
native = roi_align(pictures, boxes, 2, sampling_ratio=2)
assert not is_imported(), "RoIAlign"

asked = sys.modules["torchvision.ops.roi_align"]
asked._has_ops = lambda: False
asked._assert_has_ops = lambda: sys.exit("the native operator was called")
torch.compile = lambda function, **options: function  # compiling takes seconds
assert torch.allclose(roi_align(pictures, boxes, 2, sampling_ratio=2), native, atol=1e-6)
assert is_imported() and callable(torch._dynamo.utils.is_compile_supported)

breaks = []
torch._dynamo.graph_break = lambda: breaks.append(1)
assert torch.equal(trained(), plain)
assert len(breaks) == 6, "an optimiser's step marks its begin and its end"
"""


def test_the_compiler_is_imported_only_by_what_compiles() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
