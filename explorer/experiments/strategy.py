"""The usual steps of fine-tuning, each with its lines of torchvision code."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

STEPS: Final[Mapping[str, str]] = MappingProxyType({
    "load": """\
weights = models.ResNet18_Weights.IMAGENET1K_V1
model = models.resnet18(weights=weights)""",
    "resize": """\
mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
prepare = T.Compose([T.Resize(224), T.ToTensor(), T.Normalize(mean, std)])
train = datasets.CIFAR10("data", transform=prepare, download=True)
loader = DataLoader(train, batch_size=64, shuffle=True)""",
    "head": """\
model.fc = nn.Linear(model.fc.in_features, len(train.classes))""",
    "freeze": """\
model.requires_grad_(False)
model.fc.requires_grad_(True)
fit(epochs=5, lr=1e-3)""",
    "unfreeze": """\
model.requires_grad_(True)
fit(epochs=35, lr=1e-4)""",
})  # fmt: skip
"""In order; each continues the previous ones. Numbers are the published run's, except 224 px."""

HEADER: Final = '''\
"""An ImageNet ResNet18 learns CIFAR-10: load, resize, new head, freeze, unfreeze."""
import torch
from torch import nn
from torch.utils.data import DataLoader
from torchvision import datasets, models, transforms as T


def fit(epochs, lr):
    learning = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(learning, lr=lr, weight_decay=1e-4)
    for epoch in range(epochs):
        model.train()
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch + 1}, last loss {loss:.3f}")


'''


def program() -> str:
    """All steps as one program."""
    return HEADER + "\n\n".join(STEPS.values()) + "\n"
