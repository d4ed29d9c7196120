"""A user's checkpoint: loaded if it fits, otherwise a precise error; no code in it runs."""

import io
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from safetensors.torch import save
from torch import Tensor, nn

from explorer.core.errors import WeightsError
from explorer.models import checkpoint, loading

State = dict[str, Tensor]


def saved(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def state() -> State:
    torch.manual_seed(5)
    return torchvision.models.resnet18(num_classes=7).state_dict()


@pytest.mark.parametrize(
    "wrap",
    [
        save,
        saved,
        lambda state: saved({"state_dict": state, "epoch": 3}),
        lambda state: saved({"model": state}),
        lambda state: saved({f"module.{name}": value for name, value in state.items()}),
        lambda state: save({f"module.{name}": value for name, value in state.items()}),
        lambda state: saved({name: value for name, value in state.items() if "num_batches" not in name}),
    ],
    ids=["safetensors", "torch", "state_dict", "model", "module.", "safetensors module.", "no num_batches_tracked"],
)
def test_every_wrapping_gives_the_same_weights(state: State, wrap: Callable[[State], bytes]) -> None:
    network = loading.load_checkpoint("resnet18", wrap(state), "mine")
    found = network.module.state_dict()
    assert all(torch.equal(found[name], value) for name, value in state.items())
    assert network.labels == tuple(f"class {i}" for i in range(7))


def test_the_line_that_a_public_server_names_converts_a_file(
    state: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model.pt").write_bytes(saved(state))
    exec(checkpoint.CONVERSION, {})
    content = Path("model.safetensors").read_bytes()
    assert checkpoint.is_safetensors(content)
    assert not checkpoint.is_safetensors(saved(state))
    found = checkpoint.read_state_dict(content, "mine")
    assert all(torch.equal(found[name], value) for name, value in state.items())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_become_float32(state: State, dtype: torch.dtype) -> None:
    other = {name: value.to(dtype) if value.is_floating_point() else value for name, value in state.items()}
    found = loading.load_checkpoint("resnet18", save(other), "mine").module.state_dict()
    assert found["conv1.weight"].dtype == torch.float32
    assert torch.equal(found["conv1.weight"], other["conv1.weight"].float())


def test_a_cifar_stem_is_built() -> None:
    module: Any = torchvision.models.resnet18(num_classes=10)
    module.conv1 = nn.Conv2d(3, 64, 3, 1, 1, bias=False)
    module.maxpool = nn.Identity()
    network = loading.load_checkpoint("resnet18", save(module.state_dict()), "cifar.safetensors")
    assert network.preprocess.input_px == 32
    x = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(network.module(x), module.eval()(x))


def test_channels_last_weights_are_laid_out_plainly(state: State) -> None:
    other = {n: v.to(memory_format=torch.channels_last) if v.ndim == 4 else v for n, v in state.items()}
    found = loading.load_checkpoint("resnet18", saved(other), "mine").module.state_dict()
    assert all(value.is_contiguous() for value in found.values())


def refused(content: bytes, name: str = "resnet18") -> str:
    with pytest.raises(WeightsError) as caught:
        loading.load_checkpoint(name, content, "mine.pt")
    sentence = str(caught.value)
    assert sentence.startswith("mine.pt ")
    assert "\n" not in sentence
    return sentence


def test_a_wrong_shape_names_the_tensor_and_both_shapes(state: State) -> None:
    wrong = {**state, "layer2.0.conv1.weight": torch.zeros(128, 64, 1, 1)}
    words = "layer2.0.conv1.weight is 128×64×1×1 in the file and 128×64×3×3 in the network"
    assert words in refused(save(wrong))


def test_lacking_and_extra_tensors_are_named(state: State) -> None:
    assert "bn1.weight is missing (missing tensors: 1)" in refused(
        save({n: v for n, v in state.items() if n != "bn1.weight"})
    )
    assert "no head.bias (unexpected tensors: 1)" in refused(save({**state, "head.bias": torch.zeros(1)}))
    assert "does not fit resnet50" in refused(save(state), "resnet50")


def test_values_that_are_not_numbers_are_named(state: State) -> None:
    wrong = {**state, "fc.bias": torch.full((7,), float("nan"))}
    assert "contains NaN or infinity in fc.bias" in refused(save(wrong))


def test_a_negative_variance_is_named(state: State) -> None:
    wrong = {**state, "layer1.0.bn1.running_var": torch.full((64,), -5.0)}
    assert "negative variances in layer1.0.bn1.running_var" in refused(save(wrong))


class Runs:
    """A pickle that writes a file when it is loaded."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.target,)


@pytest.mark.parametrize("dump", [saved, lambda content: pickle.dumps(content)], ids=["torch", "pickle"])
def test_code_in_a_checkpoint_does_not_run(dump: Callable[[Any], bytes], tmp_path: Path) -> None:
    target = tmp_path / "it ran"
    assert "cannot be read safely as a checkpoint" in refused(dump({"state_dict": Runs(target)}))
    assert not target.exists()


def test_cut_files_are_refused_at_every_length(state: State) -> None:
    for content in (save(state), saved(state)):
        for share in (0.0001, 0.01, 0.5, 0.999):
            assert "cannot be read safely as a checkpoint" in refused(content[: int(share * len(content))])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"PK",
        struct.pack("<Q", 1 << 62) + b"{}",
        struct.pack("<Q", 99_000_000) + b"{}",
        struct.pack("<Q", 70) + b'{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4]}}    ',
    ],
    ids=["empty", "text", "PK", "header of 4 EiB", "header of 99 MB", "lying shape"],
)
def test_broken_files_are_refused(content: bytes) -> None:
    assert "cannot be read safely as a checkpoint" in refused(content)


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"lr": 0.1},
        [1, 2],
        {"a": {"b": torch.zeros(1)}},
        torch.zeros(3),
    ],
    ids=["empty", "numbers", "list", "nested", "tensor"],
)
def test_other_contents_are_reported(content: Any) -> None:
    assert "does not contain a state dict" in refused(saved(content))


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data/0", bytes(2_000_000))
    assert "cannot be read safely as a checkpoint" in refused(buffer.getvalue())
