"""The command line, against torchvision itself."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torchvision
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file
from torchvision.transforms import functional as TF

import explorer
from explorer.cli.main import main
from explorer.core.i18n import t
from explorer.data import images
from explorer.models import weight_files

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "assets"
CIFAR10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
CATEGORIES = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.meta["categories"]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    images.open_sample("china").image.save(path)
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    code, out, err = run(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    return json.loads(out)


def plain_resnet(seed: int, name: str = "resnet18") -> Any:
    torch.manual_seed(seed)
    return torchvision.models.get_model(name).eval()


def our_cifar10_resnet() -> Any:
    module = torchvision.models.resnet18(num_classes=10).eval()
    state = load_file(ASSETS / "resnet18_cifar10.safetensors")
    module.load_state_dict({name: t.float() if t.is_floating_point() else t for name, t in state.items()})
    return module


def top_five(logits: torch.Tensor, labels: list[str]) -> list[dict[str, Any]]:
    best = logits.softmax(0).topk(5)
    return [
        {"label": labels[i], "probability": pytest.approx(p, rel=1e-5)}
        for p, i in zip(best.values.tolist(), best.indices.tolist(), strict=True)
    ]


# predict


def test_prediction_needs_no_gpu(
    photo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The GPU was present when torch was imported but is no longer."""

    def gone(*_: object, **__: object) -> None:
        raise torch.AcceleratorError("CUDA error: no CUDA-capable device is detected")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    for where, name in ((torch.cuda, "_lazy_init"), (torch.nn.Module, "cuda"), (torch.Tensor, "cuda")):
        monkeypatch.setattr(where, name, gone)
    assert len(as_json(capsys, "predict", photo)[0]["top"]) == 5


@pytest.mark.parametrize(("seeding", "seed"), [([], 0), (["--seed", 4], 4)])
def test_predict_is_torchvisions_softmax(
    seeding: list[object], seed: int, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (entry,) = as_json(capsys, "predict", photo, "--weights", "random", *seeding)
    transforms = torchvision.models.ResNet18_Weights.IMAGENET1K_V1.transforms()
    with torch.no_grad():
        logits = plain_resnet(seed)(transforms(Image.open(photo))[None])[0]
    assert entry["top"] == top_five(logits, CATEGORIES)
    assert (entry["file"], entry["network"], entry["weights"]) == (str(photo), "resnet18", "random")
    assert 0 < entry["seconds"] < 60


def test_predict_defaults_to_our_cifar10_weights(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (entry,) = as_json(capsys, "predict", photo)
    small = TF.center_crop(TF.resize(Image.open(photo), [32]), [32])
    x = TF.normalize(TF.to_tensor(small), [0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])[None]
    x = torch.nn.functional.interpolate(x, size=(64, 64), mode="bilinear", align_corners=False)
    with torch.no_grad():
        logits = our_cifar10_resnet()(x)[0]
    assert entry["weights"] == "cifar10"
    assert entry["top"] == top_five(logits, CIFAR10)


def test_predict_says_that_a_picture_is_cut(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = io.BytesIO()
    Image.open(photo).convert("RGB").save(whole, "JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole.getvalue()[: len(whole.getvalue()) * 3 // 4])
    assert main(["predict", str(tmp_path / "cut.jpg"), "--json", "--lang", "en"]) == 0
    out, err = capsys.readouterr()
    (entry,) = json.loads(out)
    assert entry["notes"] == ["The file is cut off at its end; a missing part of the image is grey."]
    assert entry["notes"][0] in err


def test_predict_takes_a_checkpoint_of_ones_own(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.pt"
    torch.save(plain_resnet(4).state_dict(), own)
    (entry,) = as_json(capsys, "predict", photo, "--weights", own)
    (same,) = as_json(capsys, "predict", photo, "--weights", "random", "--seed", 4)
    assert entry["weights"] == str(own)
    assert entry["top"] == same["top"]


def test_a_bad_picture_does_not_stop_the_others(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.png").write_text("hello", encoding="utf-8")
    files = [tmp_path / "text.png", photo, tmp_path / "none.png", tmp_path, photo]
    code, out, err = run(capsys, "predict", *files, "--json")
    entries = json.loads(out)
    bad, good = {"file", "error"}, {"file", "network", "weights", "seconds", "top"}
    assert code == 2
    assert [entry["file"] for entry in entries] == [str(file) for file in files]
    assert [set(entry) for entry in entries] == [bad, good, bad, bad, good]
    assert "text.png is not in a supported image format" in entries[0]["error"]
    assert "none.png cannot be read" in entries[2]["error"]
    assert entries[1]["top"] == entries[4]["top"]
    assert err.splitlines() == [f"python -m explorer: {entries[k]['error']}" for k in (0, 2, 3)]


def test_a_table_for_people(photo: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "predict", photo)
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert len(lines) == 6
    assert lines[0].startswith(f"{photo}  (")
    assert lines[1].endswith("%  truck")


def test_a_download_is_shown_in_percent_on_stderr_alone(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(url: str, target: Path, *, sha256_prefix: str, progress: Callable[[int, int | None], None]) -> Path:
        target.parent.mkdir(parents=True)
        torch.save(plain_resnet(4).state_dict(), target)
        for done in range(0, 1001, 5):
            progress(done, 1000)
        return target

    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(weight_files, "fetch", fetch)
    code, out, err = run(capsys, "predict", photo, "--weights", "imagenet", "--json")
    assert code == 0
    assert json.loads(out)[0]["weights"] == "imagenet"
    assert err == "", "no progress of what took no time"
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "again"))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    code, out, err = run(capsys, "predict", photo, "--weights", "imagenet", "--json")
    *shown, last, cleared, end = err.split("\r")
    assert (last, cleared.strip(), end) == ("imagenet: 100%", "", "")
    assert len(shown) == len(set(shown)) == 101  # an empty start, then 0% to 99% once each


# trace


@pytest.mark.parametrize("name", ["resnet18", "resnet50"])
def test_a_trace_is_torchvisions_run(
    name: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "t.safetensors"
    random = ["--network", name, "--weights", "random", "--seed", 3]
    printed = as_json(capsys, "trace", photo, *random, "--image-size", 64, "--out", out)
    tensors = load_file(out)
    module = plain_resnet(3, name)
    assert tensors["input"].shape == (1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(module(tensors["input"]), tensors["logits"])
    blocks = [path for path, part in module.named_modules() if type(part).__name__ in ("BasicBlock", "Bottleneck")]
    assert len(blocks) == (8 if name == "resnet18" else 16)
    for block in blocks:
        assert torch.equal(tensors[f"{block}.shortcut"] + tensors[f"{block}.branch"], tensors[f"{block}.add"])
        assert torch.equal(torch.relu(tensors[f"{block}.add"]), tensors[f"{block}.out"])
    again = [f"{block}.relu_{k}" for block in blocks for k in range(1, 2 if name == "resnet18" else 3)]
    roles = [f"{block}.{role}" for block in blocks for role in ("shortcut", "branch", "add", "out")]
    leaves = [path for path, part in module.named_modules() if not list(part.children())]
    assert set(tensors) == {"input", "flatten", "logits", *leaves, *again, *roles}
    assert printed["tensors"] == {key: list(tensor.shape) for key, tensor in tensors.items()}
    assert printed["top"] == top_five(tensors["logits"][0], CATEGORIES)
    assert {key: printed[key] for key in ("file", "network", "weights", "out")} == {
        "file": str(photo), "network": name, "weights": "random", "out": str(out),
    }  # fmt: skip
    assert metadata(out) == {
        "network": name, "weights": "random", "seed": "3", "image_size": "64",
        "torch": torch.__version__, "torchvision": torchvision.__version__, "explorer": explorer.__version__,
        "labels": json.dumps(CATEGORIES, ensure_ascii=False),
    }  # fmt: skip


def metadata(path: Path) -> dict[str, str]:
    with safe_open(path, "pt") as file:
        found: dict[str, str] = file.metadata()
        return found


@pytest.mark.parametrize(("asked", "size"), [([], 64), (["--image-size", 16], 16), (["--image-size", 100], 100)])
def test_a_trace_of_trained_weights(
    asked: list[object], size: int, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "t.safetensors"
    code, printed, err = run(capsys, "trace", photo, *asked, "--out", out)
    tensors, facts = load_file(out), metadata(out)
    assert tensors["input"].shape == (1, 3, size, size)
    with torch.no_grad():
        assert torch.equal(our_cifar10_resnet()(tensors["input"]), tensors["logits"])
    assert (facts["weights"], facts["image_size"]) == ("cifar10", str(size))
    assert json.loads(facts["labels"]) == CIFAR10
    assert "seed" not in facts
    assert (code, err, len(printed.splitlines())) == (0, "", 1)
    assert printed.startswith(f"{out}: {len(tensors)} tensors, {out.stat().st_size / 1e6:.1f} MB.")


def test_the_file_of_a_trace_replaces_what_a_link_leads_to_and_others_may_read_it(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real, link = tmp_path / "real.safetensors", tmp_path / "link.safetensors"
    real.write_bytes(b"old")
    link.symlink_to(real)
    before = os.umask(0o022)
    try:
        assert run(capsys, "trace", photo, "--out", link)[0] == 0
    finally:
        os.umask(before)
    assert link.is_symlink()
    assert "logits" in load_file(real)
    assert real.stat().st_mode & 0o777 == 0o644
    assert {path.name for path in tmp_path.iterdir()} == {"photo.png", "real.safetensors", "link.safetensors"}


# faults


@pytest.fixture
def folder(photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a picture, a file that is not one, and an older trace."""
    (tmp_path / "text.png").write_text("hello", encoding="utf-8")
    (tmp_path / "t.safetensors").write_bytes(b"old")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_untouched(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == ["photo.png", "t.safetensors", "text.png"]
    assert (folder / "t.safetensors").read_bytes() == b"old"


TO_FILE = ["--out", "t.safetensors"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["trace", "none.png", *TO_FILE], "none.png cannot be read"),
        (["trace", "text.png", *TO_FILE], "text.png is not in a supported image format"),
        (["trace", ".", *TO_FILE], "cannot be read"),
        (["trace", "photo.png", "--network", "resnet19", *TO_FILE], "no network called “resnet19”"),
        (
            ["trace", "photo.png", "--network", "resnet50", "--weights", "cifar10", *TO_FILE],
            "no “cifar10” weights for resnet50",
        ),
        (["trace", "photo.png", "--weights", "none.pt", *TO_FILE], "neither the name of weights nor a file"),
        (["trace", "photo.png", *TO_FILE, "--image-size", "0"], "image size 0 is not between 16 and 1024 pixels"),
        (["trace", "photo.png", *TO_FILE, "--image-size", "-1"], "image size -1 is not"),
        (["trace", "photo.png", *TO_FILE, "--image-size", "15"], "image size 15 is not"),
        (["trace", "photo.png", *TO_FILE, "--image-size", "5000"], "image size 5000 is not"),
        (["trace", "photo.png", *TO_FILE, "--image-size", "abc"], "--image-size: invalid int value: 'abc'"),
        (["trace", "photo.png", "--out", "none/t.safetensors"], "t.safetensors cannot be written to"),
        (["trace", "photo.png", "--out", "text.png/t.safetensors"], "t.safetensors cannot be written to"),
        (["trace", "photo.png", "--out", "."], "cannot be written to"),
        (["trace", "photo.png", "--out", ""], "cannot be written to"),
        (["trace", "photo.png", "--out", "/proc/t.safetensors"], "t.safetensors cannot be written to"),
        (["trace", "photo.png", "--out", "n" * 300], "cannot be written to"),
        (["predict", "none.png"], "none.png cannot be read"),
        (["predict", "text.png"], "text.png is not in a supported image format"),
        (["predict", "."], "cannot be read"),
        (["predict", "photo.png", "--network", "resnet19"], "no network called “resnet19”"),
        (["predict", "photo.png", "--network", "resnet50", "--weights", "cifar10"], "no “cifar10” weights"),
        (["predict", "photo.png", "--weights", "none.pt"], "neither the name of weights nor a file"),
        (["predict", "photo.png", "--weights", "two\nlines.pt"], "“two lines.pt” is neither"),
        (["predict", "photo.png", "--weights", "photo.png"], "photo.png cannot be read safely as a checkpoint"),
        (["predict", "photo.png", "--weights", "random", "--seed", "-1"], "seed -1"),
        (["predict", "photo.png", "--seed", "a"], "--seed: invalid int value: 'a'"),
        (["predict"], "required: IMAGE"),
        (["trace", "photo.png"], "required: --out"),
        (["dance"], "invalid choice: 'dance'"),
        ([], "required: COMMAND"),
        (["--lang", "fr", "info"], "invalid choice: 'fr'"),
    ],
)
def test_a_users_error_is_one_line_and_exit_2(
    arguments: list[str], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert err.startswith("python -m explorer: ")
    assert words in err
    assert_untouched(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_special_files_are_not_replaced(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pipe = tmp_path / "pipe"  # stands for /dev/null: root could replace that, and a failing test must not
    os.mkfifo(pipe)
    code, out, err = run(capsys, "trace", photo, "--out", pipe)
    assert (code, out) == (2, "")
    assert "pipe cannot be written to" in err
    assert pipe.is_fifo()


def test_a_full_disk_leaves_the_older_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))  # as if the disk were full
    try:
        code, out, err = run(capsys, "trace", "photo.png", *TO_FILE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (code, out) == (2, "")
    assert "t.safetensors cannot be written to" in err
    assert len(err.splitlines()) == 1
    assert_untouched(folder)


def test_ctrl_c_while_writing_is_one_line_and_leaves_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    stopped = f"python -m explorer: {t('machine.interrupted')}\n"
    assert run(capsys, "trace", "photo.png", *TO_FILE) == (130, "", stopped)
    assert_untouched(folder)


# languages


@pytest.mark.parametrize(
    "arguments", [["--lang", "zh", "predict", "none.png"], ["predict", "none.png", "--lang", "zh"]]
)
def test_errors_in_chinese(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, *arguments, "--network", "resnet19")
    assert code == 2
    assert "没有名为“resnet19”的网络" in err


@pytest.mark.parametrize(
    ("environment", "word"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "版本"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "版本"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "Versions"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "版本"),
        ({}, "Versions"),
    ],
)
def test_the_environment_chooses_the_language(
    environment: dict[str, str], word: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert run(capsys, "info")[1].startswith(f"{word}: explorer")
    assert run(capsys, "--lang", "en", "info")[1].startswith("Versions: explorer")


# info, and a process of its own


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "info")
    assert found["versions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]
    assert list(found["networks"]["resnet18"]) == ["cifar10", "upstream", "imagenet", "random"]
    assert found["networks"]["resnet18"]["cifar10"] == "bundled"
    assert found["device"]["kind"] in ("cpu", "cuda", "mps")
    code, out, err = run(capsys, "info")
    assert (code, err) == (0, "")
    assert "resnet18: cifar10 (bundled with the app)" in out


def command(*arguments: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **options.pop("env", {})}
    environment.pop("PYTHONUNBUFFERED", None)  # flushing the buffer at exit is a separate case
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run([sys.executable, "-m", "explorer", *arguments], cwd=ROOT, env=environment, **streams)


def test_a_windows_without_the_library_that_torch_needs_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(argv: object) -> int:
        error = OSError("Error loading c10.dll or one of its dependencies.")
        error.winerror = 126  # type: ignore[attr-defined]
        raise error

    monkeypatch.setattr("explorer.cli.main._run", run)
    assert main(["info"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "c10.dll" in line
    assert "Visual C++ runtime, https://aka.ms" in line


def test_no_letter_ends_a_command(tmp_path: Path) -> None:
    """Pipes on a Chinese Windows use GBK; characters that it lacks are escaped."""
    environment = {"PYTHONIOENCODING": "gbk", "EXPLORER_RUNS": str(tmp_path)}
    small = "--network cifar-resnet8 --weights random --data digits --limit 20 --test-limit 9 --epochs 1"
    chosen = ["--freeze-epochs", "0", "--lang", "zh", "--name", "猫 […] −"]
    done = command("train", *small.split(), *chosen, env=environment)
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert "训练" in (done.stdout + done.stderr).decode("gbk")


def test_files_that_are_no_pictures_are_a_line_each_whatever_a_library_writes(tmp_path: Path) -> None:
    """Pillow warns from 89 megapixels on, libtiff writes past Python; JSON is UTF-8 where the terminal is not."""
    Image.new("1", (11_000, 10_000)).save(tmp_path / "vast.png")
    cut = tmp_path / "cut.tif"
    Image.effect_noise((64, 64), 50).save(cut, compression="tiff_lzw")
    content = bytearray(cut.read_bytes())
    content[8:2000] = bytes(1992)
    cut.write_bytes(content)
    files = [str(tmp_path / "vast.png"), str(cut), "无.png"]
    done = command("predict", *files, "--json", env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 2
    assert [entry["file"] for entry in json.loads(done.stdout.decode("utf-8"))] == files
    vast, tiff, absent = done.stderr.splitlines()
    assert b"vast.png has more than" in vast
    assert tiff.startswith(b"python -m explorer: ")
    assert absent.startswith(rb"python -m explorer: \u65e0.png cannot be read")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_stdout_on_a_full_disk_is_one_line_and_exit_2() -> None:
    with open("/dev/full", "wb") as full:
        done = command("--help", stdout=full)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert b"No space left on device" in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["info"]])
def test_a_reader_that_has_gone_is_no_error(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = command(*arguments, stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        ("--help", "predict", 0),
        ("--version", explorer.__version__, 0),
        ("figure --help", "lesions-at-random", 0),
        ("runs --out nowhere --json", "[]", 0),
        ("train --recipe nowhere", "", 2),
        ("train --lr 77", "", 2),
        ("resume nowhere", "", 2),
        ("trace a.png --image-size 3 --out a.safetensors", "", 2),
        ("figure network --out nowhere/a.png", "", 2),
        ("figure network --out a.gif", "", 2),
    ],
)
def test_commands_without_torch_do_not_import_it(arguments: str, words: str, code: int) -> None:
    program = f"""import sys
from explorer.cli.main import main
code = main({arguments.split()})
print({{"torch", "numpy"}} & set(sys.modules), code)"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, encoding="utf-8", capture_output=True)
    assert words in done.stdout
    assert done.stdout.endswith(f"set() {code}\n")
    assert done.stderr.count("\n") == (code == 2)


@pytest.mark.parametrize("which", ["image", "weights"])
def test_a_trace_does_not_overwrite_what_it_reads(
    which: str, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.safetensors"
    own.write_bytes((ASSETS / "resnet18_cifar10.safetensors").read_bytes())
    (tmp_path / "link").symlink_to(photo if which == "image" else own)
    before = photo.read_bytes(), own.read_bytes()
    code, out, err = run(capsys, "trace", photo, "--weights", own, "--out", tmp_path / "link")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "would be overwritten" in err
    assert (photo.read_bytes(), own.read_bytes()) == before


def test_an_answer_that_is_no_number_is_a_sentence_and_no_broken_json(
    photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = plain_resnet(0).state_dict()
    state["fc.weight"] = torch.full_like(state["fc.weight"], 3e38)
    torch.save(state, tmp_path / "own.pt")
    code, out, err = run(capsys, "predict", photo, "--weights", tmp_path / "own.pt", "--json")
    (entry,) = json.loads(out, parse_constant=pytest.fail)
    assert (code, err.count("\n")) == (2, 1)
    assert "is NaN or infinite" in entry["error"]


def test_a_terminal_obeys_no_name(photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "predict", photo, "--weights", "\x1b[31mred")
    assert (code, "\x1b" in err) == (2, False)
    named = tmp_path / "\x1b[31mred.png"
    named.write_bytes(photo.read_bytes())
    code, out, err = run(capsys, "predict", named)
    assert (code, "\x1b" in out) == (0, False)
