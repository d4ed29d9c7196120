"""Each question's numbers against plain torch and torchvision; which option they support; the file to hand in."""

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models.resnet import BasicBlock, ResNet

from explorer.analysis.gradients import Gradients
from explorer.analysis.residual import Sum, measure_sum
from explorer.analysis.trace import trace
from explorer.core import i18n
from explorer.core.assets import ASSETS
from explorer.core.errors import WeightsError
from explorer.core.i18n import LANGUAGES, Language, t
from explorer.experiments.homework import sentences
from explorer.experiments.homework.measures import (
    MEASURES,
    Answer,
    Arrival,
    Branch,
    Change,
    Cut,
    Identity,
    Removal,
    between,
    terms,
)
from explorer.experiments.homework.questions import QUESTIONS, left_out, number
from explorer.models import loading
from explorer.models.network import Network
from explorer.plots import homework as drawing
from explorer.plots import homework_report as report
from explorer.plots.homework_report import Cover, Entry
from explorer.scene.walk import walk
from tests.models.small import two_steps

OPENING = ("layer2.0", "layer3.0", "layer4.0")


@pytest.fixture(scope="module")
def x() -> Tensor:
    return torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(5))


def measured(question: str, network: Network, x: Tensor, label: str | None = None) -> Answer:
    steps = MEASURES[question](network, x, label)
    while True:
        try:
            done, total = next(steps)
            assert 0 <= done <= total
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


# Oracle: torchvision's own modules, called one by one


def blocks_of(module: nn.Module) -> dict[str, BasicBlock]:
    return {name: inner for name, inner in module.named_modules() if isinstance(inner, BasicBlock)}


def branch_of(block: BasicBlock, x: Tensor) -> Tensor:
    out: Tensor = block.bn2(block.conv2(F.relu(block.bn1(block.conv1(x)))))
    return out


def shortcut_of(block: BasicBlock, x: Tensor) -> Tensor:
    return x if block.downsample is None else block.downsample(x)


Join = Callable[[str, Tensor, Tensor], Tensor]


def forward(module: nn.Module, x: Tensor, join: Join = lambda _, shortcut, branch: shortcut + branch) -> Tensor:
    """Logits, with the two terms of each block combined by `join(path, shortcut, branch)`."""
    assert isinstance(module, ResNet)
    value = module.maxpool(F.relu(module.bn1(module.conv1(x))))
    for path, block in blocks_of(module).items():
        value = F.relu(join(path, shortcut_of(block, value), branch_of(block, value)))
    logits: Tensor = module.fc(torch.flatten(module.avgpool(value), 1))
    return logits


def operands(network: Network, x: Tensor) -> dict[str, tuple[Tensor, Tensor]]:
    found = {}

    def join(path: str, shortcut: Tensor, branch: Tensor) -> Tensor:
        found[path] = shortcut, branch
        return shortcut + branch

    forward(network.module, x, join)
    return found


def test_identity_is_x(resnet18: Network, x: Tensor) -> None:
    answer = measured("identity", resnet18, x)
    assert isinstance(answer, Identity)
    shortcut, branch = operands(resnet18, x)["layer1.0"]  # the identity of this block is x
    assert (answer.block, answer.exact, answer.blocks) == ("layer1.0", 5, 8)
    assert answer.distances["same"] == 0
    assert answer.distances["branch"] == pytest.approx(float((shortcut - branch).norm() / shortcut.norm()), rel=1e-4)
    assert answer.distances["rest"] == pytest.approx(float(branch.norm() / shortcut.norm()), rel=1e-4)
    assert answer.supports == ("same",)


def test_a_shortcut_that_is_projected_everywhere_is_not_x() -> None:
    network = loading.load("cifar-resnet20-conv", "random")
    answer = measured("identity", network, torch.randn(1, 3, 32, 32))
    assert isinstance(answer, Identity)
    assert (answer.exact, answer.supports) == (0, ("changed",))


def test_the_branch_relative_to_x(resnet18: Network, x: Tensor) -> None:
    answer = measured("branch", resnet18, x)
    assert isinstance(answer, Branch)
    expected = {
        path: float(branch.norm() / shortcut.norm()) for path, (shortcut, branch) in operands(resnet18, x).items()
    }
    assert answer.ratios == pytest.approx(expected, rel=1e-4)
    assert answer.sum.ratio == answer.ratios[answer.block]
    shortcut, branch = (term.flatten() for term in operands(resnet18, x)[answer.block])
    angle = math.degrees(math.acos(float(shortcut @ branch / (shortcut.norm() * branch.norm()))))
    assert sentences.angle(answer) == pytest.approx(angle, abs=0.1)


@pytest.mark.parametrize("question", ["cut", "picture"])
def test_each_block_without_its_shortcut_or_its_branch(question: str, resnet18: Network, x: Tensor) -> None:
    answer = measured(question, resnet18, x)
    assert isinstance(answer, Cut | Removal)
    before = forward(resnet18.module, x).softmax(1)
    assert [change.block for change in answer.changes] == list(blocks_of(resnet18.module))
    for change in answer.changes:

        def join(path: str, shortcut: Tensor, branch: Tensor, changed: str = change.block) -> Tensor:
            return shortcut + branch if path != changed else branch if question == "cut" else shortcut

        after = forward(resnet18.module, x, join).softmax(1)
        assert change.moved == pytest.approx(float((before - after).abs().sum() / 2), abs=1e-4)
        assert change.goes == (int(before.argmax()) != int(after.argmax()))
        assert change.answer == int(after.argmax())
        assert change.resizes == (change.block in OPENING)
    if isinstance(answer, Removal):
        assert (answer.answer, answer.probability) == (
            int(before.argmax()),
            pytest.approx(float(before.max()), abs=1e-4),
        )


def test_the_gradient_at_the_first_block_with_and_without_shortcuts(resnet18: Network, x: Tensor) -> None:
    label = resnet18.labels[7]
    answer = measured("gradient", resnet18, x, label)
    assert isinstance(answer, Arrival)
    assert (answer.wanted, answer.is_true) == (7, True)
    ratios = []
    for keep in (1, 0):
        found: list[Tensor] = []

        def join(path: str, shortcut: Tensor, branch: Tensor, keep: int = keep) -> Tensor:
            return keep * shortcut + branch

        def note(module: nn.Module, args: tuple[Tensor, ...], found: list[Tensor] = found) -> None:
            args[0].requires_grad_()
            args[0].retain_grad()
            found.append(args[0])

        # each block's conv1 reads the block's input; a shortcut reads the same tensor
        handles = [block.conv1.register_forward_pre_hook(note) for block in blocks_of(resnet18.module).values()]
        F.cross_entropy(forward(resnet18.module, x, join), torch.tensor([7])).backward()  # type: ignore[no-untyped-call]
        for handle in handles:
            handle.remove()
        norms = [float(value.grad.norm()) for value in found if value.grad is not None]
        assert len(norms) == 8
        ratios.append(norms[0] / norms[-1])
        shown = answer.kept if keep else answer.cut
        assert list(shown.norms.values()) == pytest.approx(norms, rel=1e-3)
    assert answer.factor == pytest.approx(ratios[0] / ratios[1], rel=1e-3)
    assert sentences.reached(answer) == pytest.approx(ratios, rel=1e-3)


def test_the_two_terms_of_a_gradient(resnet18: Network, x: Tensor) -> None:
    """Of out = x + F(x): along the shortcut comes the gradient of the sum itself, the rest is F's."""
    blocks = blocks_of(resnet18.module)
    kept: dict[str, Tensor] = {}

    def join(path: str, shortcut: Tensor, branch: Tensor) -> Tensor:
        total = shortcut + branch
        if path == "layer1.0":
            total.requires_grad_()
            total.retain_grad()
            kept["sum"], kept["x"] = total, shortcut.detach()
        return total

    F.cross_entropy(forward(resnet18.module, x, join), torch.tensor([3])).backward()  # type: ignore[no-untyped-call]
    gradient = kept["sum"].grad
    assert gradient is not None
    entered = kept["x"].clone().requires_grad_()
    (through,) = torch.autograd.grad(branch_of(blocks["layer1.0"], entered), entered, gradient)
    total, shortcut, branch = terms(resnet18, x, 3, "layer1.0")
    assert shortcut == pytest.approx(float(gradient.norm()), rel=1e-3)
    assert branch == pytest.approx(float(through.norm()), rel=1e-3)
    assert total == pytest.approx(float((gradient + through).norm()), rel=1e-3)


def test_the_plain_network_is_that_of_the_stored_file() -> None:
    stored = json.loads((ASSETS / "degradation.json").read_text(encoding="utf-8"))["cifar10"]
    answer = measured("plain", two_steps(), torch.zeros(1, 3, 8, 8))
    last = {row["network"]: row for row in stored["results"]}
    for depth in (20, 56):
        for kind, name in (("plain", f"cifar-plain{depth}-w8"), ("residual", f"cifar-resnet{depth}-w8")):
            assert answer.train[depth, kind] == pytest.approx(1 - last[name]["train_accuracy"][-1])  # type: ignore[union-attr]
            assert answer.test[depth, kind] == pytest.approx(1 - last[name]["accuracy"][-1])  # type: ignore[union-attr]
    worse = last["cifar-plain56-w8"]["train_accuracy"][-1] < last["cifar-resnet56-w8"]["train_accuracy"][-1] - 0.01
    assert (answer.supports == ("worse",)) == worse
    assert stored["made"] in sentences.origin(answer, t)


# Options


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.3, "a"), (0.47, "a"), (0.48, "ab"), (0.52, "ab"), (0.6, "b"), (1.89, "b"), (1.91, "bc"), (2.2, "c"), (9, "c")],
)
def test_a_value_near_a_limit_supports_both_options(value: float, expected: str) -> None:
    assert between(value, (0.5, 2), "abc") == tuple(expected)


def change(moved: float, *, resizes: bool = False, goes: bool = False) -> Change:
    return Change("b", resizes, moved, goes, 0)


@pytest.mark.parametrize(
    ("keeps", "opens", "expected"),
    [(0.8, 0.2, "keeps"), (0.2, 0.8, "opens"), (0.5, 0.52, "alike"), (0.04, 0.01, "hardly"), (0.06, 0.001, "keeps")],
)
def test_which_kind_of_block_needs_its_shortcut_more(keeps: float, opens: float, expected: str) -> None:
    assert Cut((change(keeps), change(opens, resizes=True))).supports == (expected,)


@pytest.mark.parametrize(("gone", "expected"), [(0, "none"), (1, "some"), (2, "most"), (4, "most")])
def test_how_many_blocks_the_answer_needs(gone: int, expected: str) -> None:
    assert Removal(tuple(change(0.1, goes=k < gone) for k in range(4)), 0, 0.5).supports == (expected,)


@pytest.mark.parametrize(
    ("cut", "factor", "expected"),
    [((1, 2), 1.0, "alike"), ((0.1, 1), 5.0, "less"), ((0.001, 1), 500, "hardly"), ((2, 1), 0.25, "more"),
     ((0, 1), math.inf, "hardly")],
)  # fmt: skip
def test_how_much_of_the_gradient_arrives(cut: tuple[float, float], factor: float, expected: str) -> None:
    kept = Gradients(1, {"a": 1, "b": 2})
    answer = Arrival("a", 1, 1, 1, kept, Gradients(1, dict(zip("ab", cut, strict=True))), 0, False)
    assert (answer.factor, answer.supports) == (pytest.approx(factor), (expected,))


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_that_decide_nothing_say_so(language: Language) -> None:
    translate = i18n.translator(language)
    none = Gradients(0, {"a": 0.0, "b": 0.0})
    for question, answer in (
        ("gradient", Arrival("a", 0, 0, 0, none, none, 0, False)),
        ("branch", Branch("a", Sum(0, 1, 1, 0, 0), {"a": 0.0})),
    ):
        for guess in QUESTIONS[question]:
            said = sentences.verdict(question, answer, guess, translate)
            assert t(f"homework.none_{question}", language) in said


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_verdict_names_the_other_option(language: Language) -> None:
    translate = i18n.translator(language)
    answer = Cut((change(0.8), change(0.2, resizes=True)))
    assert sentences.verdict("cut", answer, "keeps", translate) == t("homework.agrees", language)
    assert t("homework.cut_keeps", language) in sentences.verdict("cut", answer, "opens", translate)
    both = Cut((change(0.551), change(0.5, resizes=True)))
    for guess in ("alike", "keeps"):
        said = sentences.verdict("cut", both, guess, translate)
        assert all(t(f"homework.cut_{each}", language) in said for each in ("alike", "keeps"))


def test_networks_without_shortcuts_leave_questions_out() -> None:
    plain, residual = (loading.load(name, "random") for name in ("cifar-plain20", "cifar-resnet20"))
    assert [question for question in QUESTIONS if not left_out(question, plain)] == ["plain"]
    assert not any(left_out(question, residual) for question in QUESTIONS)
    assert left_out("cut", two_steps()) == "homework.one_kind", "its two blocks keep the shape"
    assert residual.graph.main_block == "layer1.0"
    assert loading.load("resnet50", "random").graph.main_block == "layer1.1", "layer1.0 has a projection"
    assert [number(question) for question in QUESTIONS] == [1, 2, 3, 4, 5, 6]


# The file


class Parsed(HTMLParser):
    """Tags with their attributes, and the text of the elements with the class `words`."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words, self._inside = "", False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside = dict(attrs).get("class") == "words"

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        self.words += data if self._inside else ""

    def addresses(self) -> Iterator[str]:
        for _, attributes in self.tags:
            yield from (value or "" for name, value in attributes.items() if name in ("src", "href", "xlink:href"))


HOSTILE = "</div><script>alert(1)</script><img src=x onerror=alert(2)> & `code` \"'"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_whole_and_escaped(language: Language, resnet18: Network, x: Tensor) -> None:
    translate = i18n.translator(language)
    entries = []
    for question, options in QUESTIONS.items():
        answer = measured(question, resnet18, x)
        drawn = drawing.drawing(answer, lambda k: HOSTILE, translate)
        entries.append(
            Entry(
                question, sentences.setup(question, resnet18, translate), guess=options[0], supports=answer.supports,
                verdict=sentences.verdict(question, answer, options[0], translate),
                lines=sentences.said(answer, translate, lambda k: HOSTILE), facts=sentences.facts(answer, translate),
                figures=[report.figure(drawn, question, language)] if drawn else [], words=HOSTILE,
            )
        )  # fmt: skip
    html = report.html(Cover([(HOSTILE, HOSTILE)]), entries, language)
    parsed = Parsed(html)
    assert parsed.words == HOSTILE * 6
    assert not {tag for tag, _ in parsed.tags} & {"script", "img", "iframe", "link", "object"}
    assert not [name for _, attributes in parsed.tags for name in attributes if name.startswith("on")]
    assert all(address.startswith(("#", "data:")) for address in parsed.addresses())
    assert html.count("<svg") == 10  # each chart for a page and for a phone
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert t("homework.file_done", language, done=6, count=6) in html


def test_what_is_open_says_so() -> None:
    entries = [
        Entry("identity", "about", guess="same", verdict="right"),
        Entry("branch", "about", words="only words"),
        Entry("cut", "left out", is_left_out=True),
    ]
    html = report.html(Cover([]), entries, "en")
    assert t("homework.file_done", done=0, count=2) in html
    assert html.count(t("homework.file_no_guess")) == 1
    assert html.count(t("homework.file_no_words")) == 1
    assert html.count("☒") == 1
    blank = report.worksheet([(question, "about") for question in QUESTIONS], "zh")
    assert blank.count("☐") == sum(map(len, QUESTIONS.values()))
    assert "☒" not in blank
    assert 'lang="zh-CN"' in blank


def test_only_the_scenes_own_scripts_may_run(resnet18: Network, x: Tensor) -> None:
    scene = walk(resnet18, x, ["layer1.0"], HOSTILE).html()
    html = report.html(Cover([]), [], "en", scene)
    (frame,) = [attributes for tag, attributes in Parsed(html).tags if tag == "iframe"]
    assert frame["srcdoc"] == scene
    assert frame["sandbox"] == "allow-scripts"
    (loader,) = re.findall(r"<script>(.*?)</script>", scene, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(loader.encode()).digest()).decode()
    (allowed,) = re.findall(r"script-src ([^;]*);", report.policy(scene))
    assert f"'sha256-{digest}'" in allowed.split()
    assert all(source.startswith("'sha256-") for source in allowed.split())
    for nothing in ("", "<p>no policy: script-src 'sha256-AAAA'</p>"):
        assert "script-src 'none';" in report.policy(nothing)


@pytest.mark.parametrize("factor", [1e30, 1e-30])
def test_values_whose_squares_are_no_float32(factor: float, resnet18: Network, x: Tensor) -> None:
    """The input is scaled, so the stem's values are, too; each answer has numbers and sentences, or a WeightsError."""
    for name in QUESTIONS:
        try:
            answer = measured(name, resnet18, x * factor)
        except WeightsError:
            continue
        numbers = " ".join(value for _, value in sentences.facts(answer, t))
        assert sentences.said(answer, t, str)
        assert "inf" not in numbers, name
        assert "nan" not in numbers, name
    kept = trace(resnet18, x * factor, keep=["layer1.0.shortcut", "layer1.0.branch"])
    shortcut, branch = kept["layer1.0.shortcut"], kept["layer1.0.branch"]
    found = measure_sum(shortcut, branch)
    assert found.shortcut_norm == pytest.approx(float(shortcut.double().square().sum().sqrt()))
    assert found.cosine == pytest.approx(cosine(shortcut, branch), rel=1e-6)


def cosine(first: Tensor, second: Tensor) -> float:
    a, b = first.double().flatten(), second.double().flatten()
    return float(a @ b / (a @ a).sqrt() / (b @ b).sqrt())
