"""A comparison with made-up numbers, for tests: charts and page can be checked by hand."""

import numpy as np

from explorer.experiments.comparison.results import Comparison, Result

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


def result(network: str, weights: str = "random", seed: int = 0, *, accuracy: tuple[float, ...] = (0.4, 0.6, 0.7),
           seconds: tuple[float, ...] = (10, 20, 30), state: str = "finished", image_px: int = 32,
           device: str = "cpu AMD EPYC, 2 cores", parameters: int = 11_000_000) -> Result:  # fmt: skip
    """A run of 200 test pictures, with predictions of its last accuracy."""
    labels, generator = np.arange(200) % 10, np.random.default_rng([len(network), len(weights), seed])
    wrong = generator.random(200) > (accuracy[-1] if accuracy else 0)
    predicted = np.where(wrong, (labels + generator.integers(1, 10, 200)) % 10, labels).astype(np.uint8)
    return Result(f"{network}-{weights}-{seed}", network, weights, image_px, seed, state, device, parameters,
                  40 * parameters, accuracy, seconds, 3.2, 0.9, predicted if accuracy else None)  # fmt: skip


def comparison(*results: Result, name: str = "made up") -> Comparison:
    return Comparison(name, results, {"data": "cifar10", "epochs": 3, "image_size": 32, "lr": 0.05},
                      CLASSES, (np.arange(200) % 10).astype(np.uint8), "AMD EPYC, 2 cores", {"torch": "2.9.1"},
                      "python -m explorer compare --backbones a,b --out runs", "2026-11-25T09:00:00")  # fmt: skip


def many(count: int) -> Comparison:
    """`count` backbones, every fifth from our upstream weights, the second with three seeds."""
    listed = ("resnet18", "resnet34", "resnet50", "vgg11_bn", "googlenet", "densenet121", "mobilenet_v2",
              "mobilenet_v3_small", "mobilenet_v3_large", "efficientnet_b0", "shufflenet_v2_x1_0", "squeezenet1_1",
              "regnet_y_400mf", "convnext_tiny", "vit_b_16", "swin_t", "resnet101")  # fmt: skip
    found = []
    for k, network in enumerate(listed[:count]):
        for seed in range(3 if k == 1 else 1):
            end = 0.45 + 0.4 * abs(np.sin(1.3 * k)) + 0.01 * seed
            course = tuple(float(end * (1 - 0.6 * 0.5**epoch)) for epoch in range(1, 7))
            pace = 4.0 * 1.4 ** (7 * k % 10)
            found.append(result(network, "upstream" if k % 5 == 0 else "random", seed, accuracy=course,
                                seconds=tuple(pace * epoch for epoch in range(1, 7)),
                                parameters=(11 + 5 * k) * 1_000_000))  # fmt: skip
    return comparison(*found)
