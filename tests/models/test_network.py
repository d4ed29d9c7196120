"""The most probable classes of a network's logits."""

import numpy as np
import pytest
import torch

from explorer.models import loading
from explorer.models.network import Network, top_guesses


@pytest.mark.parametrize("count", [1, 5, 10, 99])
def test_guesses_are_sorted_probabilities(count: int) -> None:
    network = loading.load("resnet18", "cifar10")
    logits = torch.randn(10, generator=torch.Generator().manual_seed(15)).double()
    odds = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum()
    order = np.argsort(-odds)[:count]
    found = top_guesses(network, logits, count)
    assert [guess.label for guess in found] == [network.labels[k] for k in order]
    assert [guess.probability for guess in found] == pytest.approx(odds[order].tolist())


def test_top_guesses_are_the_softmax(resnet18: Network) -> None:
    logits = torch.zeros(1000)
    logits[[3, 5]] = torch.tensor([2.0, 3.0])
    first, second, *_ = top_guesses(resnet18, logits)
    assert (first.label, second.label) == (resnet18.labels[5], resnet18.labels[3])
    assert first.probability == pytest.approx(float(logits.softmax(0)[5]))
