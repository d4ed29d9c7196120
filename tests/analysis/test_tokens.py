"""Tokens and maps by the size of the picture."""

import pytest
import torch
from torch.nn import functional as F

from explorer.analysis import tokens


@pytest.mark.parametrize(("side", "stages"), [(32, (8, 4, 2, 1)), (64, (16, 8, 4, 2)), (224, (56, 28, 14, 7))])
def test_tokens_are_the_patches_that_fit(side: int, stages: tuple[int, ...]) -> None:
    found = tokens.size(side)
    patches = F.unfold(torch.zeros(1, 3, side, side), kernel_size=16, stride=16).shape[-1]
    assert found.grid**2 == patches
    assert found.tokens == patches + 1
    assert found.pairs == len(torch.cartesian_prod(torch.arange(found.tokens), torch.arange(found.tokens)))
    assert found.stages == stages
