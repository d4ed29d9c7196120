"""A file of the user's own to fine-tune: its head, its start, what cannot be trained, and a run's weights opened."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional as F

from explorer.analysis.trace import trace
from explorer.core import local_networks
from explorer.core.errors import RecipeError, WeightsError
from explorer.models import loading, own_file, own_network, own_training, registry, trial
from tests.models.test_own_file import STUDENTS, _put_back, opened

put_back = _put_back  # what the user's code changes in this process


@pytest.fixture(autouse=True)
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EXPLORER_LOCAL_NETWORKS", "")
    yield
    for found in own_file._OPENED.values():
        if isinstance(found, own_file.OwnFile):
            found.close()


@pytest.mark.parametrize(
    ("file", "head"),
    [
        ("modified_basicblock.py", "linear"),
        ("control_flow.py", "head"),  # called at each early exit
        ("preact_dict.py", "out"),
        ("transformer.py", "head"),
        ("mnist.py", "fc2"),  # log_softmax follows
        ("encoder_layers.py", "fc"),
    ],
)
def test_the_head_is_the_linear_layer_that_makes_the_logits(file: str, head: str) -> None:
    told, module = opened(STUDENTS / file)
    assert own_training.path_of_head(told["tape"], module, file) == head


CONV = "nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())"
SOFTMAX = "nn.Sequential(nn.Flatten(), nn.LazyLinear(4), nn.Softmax(1))"


@pytest.mark.parametrize(("code", "last"), [(CONV, "adaptive_avg_pool2d"), (SOFTMAX, "softmax")])
def test_without_a_linear_head_the_sentence_says_what_is_last(code: str, last: str, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(f"from torch import nn\nnet = {code}\n", encoding="utf-8")
    told, module = opened(tmp_path / "net.py")
    with pytest.raises(RecipeError, match=rf"nn\.Linear that gives the logits, and here that is {last}"):
        own_training.path_of_head(told["tape"], module, "net.py")


def test_a_head_that_shares_its_weights_cannot_be_replaced(tmp_path: Path) -> None:
    source = (STUDENTS / "shared_and_normed.py").read_text(encoding="utf-8").replace(" + self.seen\n", "\n")
    (tmp_path / "students_shared.py").write_text(source, encoding="utf-8")
    told, module = opened(tmp_path / "students_shared.py")
    with pytest.raises(RecipeError, match="used in another place as well"):
        own_training.path_of_head(told["tape"], module, "shared.py")


def offered(tmp_path: Path, lines: list[str]) -> str:
    (tmp_path / "my_net.py").write_text("\n".join(lines), encoding="utf-8")
    return local_networks.offer(str(tmp_path / "my_net.py"))


NET = [
    "import torch",
    "from torch import nn",
    "class Net(nn.Module):",
    "    def __init__(self, num_classes=4):",
    "        super().__init__()",
    "        self.conv, self.norm = nn.Conv2d(3, 6, 3, padding=1), nn.BatchNorm2d(6)",
    "        self.drop, self.fc = nn.Dropout(0.5), nn.Linear(6, num_classes)",
    "    def forward(self, x):",
    "        x = x.repeat(1, 2, 1, 1) + self.norm(self.conv(x))",
    "        return self.fc(self.drop(x.mean((2, 3))))",
]


def by_hand(w: dict[str, torch.Tensor], x: torch.Tensor, training: bool) -> torch.Tensor:
    """Features of NET, without Dropout, in train or eval mode."""
    y = F.conv2d(x, w["conv.weight"], w["conv.bias"], padding=1)
    mean, var = w["norm.running_mean"], w["norm.running_var"]
    if training:
        mean, var = y.mean((0, 2, 3)), y.var((0, 2, 3), correction=0)
    y = (y - mean[:, None, None]) / (var[:, None, None] + 1e-5).sqrt()
    y = y * w["norm.weight"][:, None, None] + w["norm.bias"][:, None, None]
    return (x.repeat(1, 2, 1, 1) + y).mean((2, 3))


def test_to_fine_tune_is_the_users_code_in_train_mode_with_the_weights_that_pages_show(tmp_path: Path) -> None:
    name = offered(tmp_path, NET)
    sys.modules.pop("my_net", None)  # of another test
    shown = loading.load(name)
    labels = ["a", "b", "c", "d", "e", "f", "g"]
    assert trial.cost(name, 40, 7).parameters == 6 * 27 + 6 + 12 + 6 * 7 + 7
    assert trial.cost(name, 40, 7).multiply_adds == 40 * 40 * 6 * 27 + 6 * 7
    assert (registry.head_paths(name), registry.has_map_head(name), trial.takes_all(name)) == (("fc",), False, True)
    measured = loading.to_measure(name, labels, 32, 48)
    assert measured.module(torch.zeros(2, 3, 48, 48)).shape == (2, 7)
    assert measured.module.get_parameter("conv.weight").requires_grad
    assert "my_net" not in sys.modules, "estimates run no code of the user's"

    learner = loading.to_fine_tune(name, own_network.CODE, labels, 32, 48, seed=3)
    assert "my_net" in sys.modules
    module, before = learner.module, shown.module.state_dict()
    assert (learner.head, learner.labels, learner.parts) == ("fc", tuple(labels), ("conv", "norm"))
    assert all(each.training for each in module.modules())
    assert (learner.preprocess.crop_px, learner.preprocess.input_px) == (32, 48)
    state = module.state_dict()
    assert all(torch.equal(state[key], before[key]) for key in state if not key.startswith("fc."))
    torch.manual_seed(3)
    assert torch.equal(state["fc.weight"], nn.Linear(6, 7).weight)
    reached: list[torch.Tensor] = []
    module.drop.register_forward_pre_hook(lambda _, given: reached.append(given[0]))  # type: ignore[operator, union-attr]
    x = torch.randn(5, 3, 48, 48)
    expected = {training: by_hand(dict(module.state_dict()), x, training) for training in (True, False)}
    module(x).sum().backward()
    torch.testing.assert_close(reached[0], expected[True])
    module.load_state_dict(state)
    assert module.get_parameter("conv.weight").grad is not None

    # what the run wrote opens with its classes and its size
    module.eval()
    trained = {key: value + 0.1 if key == "fc.bias" else value for key, value in module.state_dict().items()}
    preprocess = {"picture_px": 32, "input_px": 48, "mean": learner.preprocess.mean, "std": learner.preprocess.std}
    notes = {"classes": json.dumps(labels), "preprocess": json.dumps(preprocess)}
    save_file({key: value.contiguous() for key, value in trained.items()}, tmp_path / "best.safetensors", notes)
    found = loading.load(name, str(tmp_path / "best.safetensors"))
    assert (found.labels, found.preprocess.shape, found.weights) == (tuple(labels), (1, 3, 48, 48), "code")
    features = by_hand(load_file(tmp_path / "best.safetensors"), x[:1], training=False)
    expected_logits = features @ trained["fc.weight"].T + trained["fc.bias"]
    torch.testing.assert_close(trace(found, x[:1]).logits, expected_logits)
    again = loading.load(name)
    assert (again.labels, again.name) == (tuple(f"class {k}" for k in range(4)), found.name)

    # the code has changed since
    offered(tmp_path, [line.replace("3, padding=1", "5, padding=2") for line in NET])
    with pytest.raises(WeightsError, match=r"conv\.weight is 6×3×3×3 in the file and 6×3×5×5"):
        loading.load(name, str(tmp_path / "best.safetensors"))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("x.mean((2, 3))", "x.mean((2, 3)).view(-1, 6)", ""),
        ("return self.fc(self.drop(x.mean((2, 3))))", "return self.fc(x.mean((2, 3))).view(-1, 4)", "Does it reshape"),
        ("return self.fc(", "return {'logits': 0} if self.training else self.fc(", "returns a dict"),
        ("self.drop(x", "self.drop(x if not self.training else x.nothing", "my_net.py, line 10"),
    ],
)
def test_what_cannot_be_trained_is_a_sentence(old: str, new: str, words: str, tmp_path: Path) -> None:
    name = offered(tmp_path, [line.replace(old, new) for line in NET])
    if not words:
        loading.to_fine_tune(name, own_network.CODE, ["a", "b"], 32, 32)
        return
    with pytest.raises((RecipeError, WeightsError), match=words):
        loading.to_fine_tune(name, own_network.CODE, ["a", "b"], 32, 32)


def test_channels_and_sizes_that_a_data_set_does_not_have() -> None:
    grey = local_networks.offer(str(STUDENTS / "mnist.py"))
    with pytest.raises(RecipeError, match="its input has 1 channels"):
        trial.check(grey, 32)
    wide = local_networks.offer(str(STUDENTS / "transformer.py"))
    with pytest.raises(RecipeError, match=r"does not accept images of 32 × 32. Its own input is 24 × 40"):
        trial.check(wide, 32)
    assert trial.sizes(wide, range(32, 65, 16)) == []


def test_a_run_of_a_file_that_is_not_offered_says_so() -> None:
    with pytest.raises(RecipeError, match=r"own:Net-12345678 is a Python file .* residual-explorer my_net\.py:Net"):
        trial.check("own:Net-12345678", 32)
