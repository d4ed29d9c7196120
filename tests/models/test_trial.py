"""Which picture sizes a network accepts, and its cost."""

import pytest
import torch
import torchvision
from torch import Tensor, nn

from explorer.core.errors import RecipeError
from explorer.models import loading, registry, trial
from explorer.models.registry import BACKBONES

DEEPER = registry.NETWORKS[3:]  # ResNets of the same blocks, which take seconds
with_timm = pytest.mark.skipif(not registry.has_timm(), reason="timm is not installed")


@pytest.mark.parametrize("name", BACKBONES)
def test_multiply_adds_are_torchvisions(name: str) -> None:
    """Equal to the `_ops` of its weights, for a picture of 224 px and 1000 classes."""
    meta = next(iter(torchvision.models.get_model_weights(name))).meta
    cost = trial.cost(name, 224, classes=1000)
    assert cost.multiply_adds / 1e9 == pytest.approx(meta["_ops"], abs=0.00051)
    assert cost.parameters == meta["num_params"]


def test_an_unsupported_size_is_reported_before_the_start() -> None:
    assert trial.sizes("vit_b_16", range(32, 81, 8)) == [32, 48, 64, 80]
    with pytest.raises(RecipeError, match=r"vit_b_16 does not accept images of 40 px. Choose one of: 32, 48, 64.*224"):
        trial.check("vit_b_16", 40)


@with_timm
def test_a_network_with_two_heads_is_refused() -> None:
    with pytest.raises(RecipeError, match="has 2 classification layers"):
        trial.check("timm:deit_tiny_distilled_patch16_224", 224)


@with_timm
def test_a_timm_transformer_of_another_size() -> None:
    learner = loading.to_fine_tune("timm:test_vit", "random", ["a", "b"], 32, 48)
    assert learner.module(torch.rand(2, 3, 48, 48)).shape == (2, 2)
    assert learner.preprocess.mean == (0.5, 0.5, 0.5)
    with pytest.raises(RecipeError, match="Choose one of: 32, 48"):
        trial.check("timm:test_vit", 40)


@pytest.mark.parametrize("name", [*(name for name in BACKBONES if name not in DEEPER), "cifar-resnet20-w8"])
def test_unsupported_sizes_raise_known_exceptions(name: str) -> None:
    """Down to one pixel: no other exception is raised, which would not be recognised as an unsupported size."""
    taken = [trial.takes(name, px) for px in (1, 2, 7, 16, 31, 32)]
    assert taken == sorted(taken) or name.startswith("vit_"), "a network that accepts a size accepts all larger ones"
    trial.check(name, 32)
    assert trial.takes_all(name) == (name != "vit_b_16")


@with_timm
@pytest.mark.parametrize(
    ("name", "takes"), [("timm:test_vit", False), ("timm:test_vit2", False), ("timm:resnet10t", True)]
)
def test_timms_networks_refuse_a_size_too(name: str, takes: bool) -> None:
    assert trial.takes(name, 33) == takes


def test_another_failure_of_a_network_is_no_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> nn.Module:
        raise MemoryError

    monkeypatch.setattr(trial, "outline", broken)
    with pytest.raises(MemoryError):
        trial.takes("resnet18", 77)


def test_a_network_that_answers_with_more_than_logits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Two(nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            return x, x

    monkeypatch.setattr(trial, "outline", lambda *_: Two())
    assert not trial.takes("resnet18", 78)
