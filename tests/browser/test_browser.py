"""The main user journeys, in a real browser."""

import base64
import re
from decimal import Decimal
from pathlib import Path

import pytest
import torch
import torchvision
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from explorer.analysis.trace import trace
from explorer.core.i18n import Language, t
from explorer.data import images
from explorer.models import loading
from tests.browser.app import go_to
from tests.browser.conftest import Open, at_rest

pytestmark = pytest.mark.browser


def expect_link(page: Page, within_ms: float = 60_000, /, **choices: str) -> None:
    for name, value in choices.items():
        expect(page).to_have_url(re.compile(rf"[?&]{name}={re.escape(value)}(&|$)"), timeout=within_ms)


def lit(page: Page) -> Locator:
    return page.locator('button.line[aria-current="step"]').first


def expect_one_line(page: Page, elements: list[Locator]) -> None:
    """Wait until their upper edges agree to a pixel: fonts and columns may still move them."""
    page.wait_for_function(
        """(all) => {
          const tops = all.map((each) => each.getBoundingClientRect().top);
          return Math.max(...tops) - Math.min(...tops) <= 1;
        }""",
        arg=[element.element_handle() for element in elements],
        timeout=10_000,
    )


def test_stepping_by_button_key_click_and_arrow(open_page: Open) -> None:
    page = open_page("source?block=layer2.0&picture=china")
    line = lit(page)
    expect(line).to_contain_text("identity = x")
    page.get_by_role("button", name="Next").click()
    expect(line).to_contain_text("out = self.conv1(x)")
    page.get_by_role("button", name="Step into the call").click()
    expect(page.locator('[aria-label="Source of conv3x3"] [aria-current="step"]').first).to_contain_text("nn.Conv2d(")
    expect(page.locator(".drawing .box.lit")).to_have_text("conv1 3×3 /2")
    page.keyboard.press("n")
    expect(line).to_contain_text("out = self.bn1(out)")
    page.locator("button.line", has_text="out += identity").click()
    expect(line).to_contain_text("out += identity")
    expect(page.locator(".maps canvas")).to_have_count(3)
    page.locator("button.line", has_text="out += identity").press("ArrowDown")
    expect(line).to_contain_text("out = self.relu(out)")
    expect(page.locator(".maps canvas")).to_have_count(2)
    expect_link(page, step="relu_1", block="layer2.0")
    page.locator(".drawing .box", has_text="bn1").click()
    expect(line).to_contain_text("out = self.bn1(out)")
    page.get_by_role("slider", name=t("scene.step")).fill("0")
    expect(line).to_contain_text("identity = x")
    page.get_by_role("combobox", name=t("scene.block"), exact=True).select_option("layer3.1")
    expect_link(page, step="identity", block="layer3.1")


def test_a_pixel_shows_its_arithmetic(open_page: Open) -> None:
    page = open_page("source?block=layer1.0&step=add&picture=china")
    status = page.locator(".arithmetic")
    expect(status).to_have_attribute("role", "status")
    network = loading.load("resnet18", "cifar10")
    traced = trace(network, network.preprocess(images.open_sample("china").image))
    channel = int(page.locator(".pick[aria-pressed=true]").inner_text().removeprefix("#"))
    first = page.locator(".maps canvas").first
    box = first.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 9.5 / 16, box["y"] + box["height"] * 12.5 / 16)
    for row, column, key in ((12, 9, ""), (12, 10, "ArrowRight"), (11, 10, "ArrowUp")):
        if key:
            first.press(key)
        terms = [traced[f"layer1.0.{role}"][0, channel, row, column].item() for role in ("shortcut", "branch", "add")]
        x, f, total = (f"{value:.2f}".replace("-", "−") for value in terms)
        printed = [Decimal(each.replace("−", "-")) for each in (x, f, total)]
        sign = "=" if printed[0] + printed[1] == printed[2] else "≈"
        expect(status).to_contain_text(f"{x} + {f'({f})' if f[0] == '−' else f} {sign} {total}")
    page.keyboard.press("n")
    expect(status).to_contain_text(f"max(0, {total}) = ")


def test_a_link_opens_the_same_view(open_page: Open) -> None:
    first = open_page("source?lang=zh&network=resnet50&weights=random&seed=3&block=layer2.0&step=add&picture=digit-3")
    expect(first.locator(".maps canvas")).to_have_count(3)
    second = open_page(first.url.split("/", 3)[3])
    expect(second.locator(".maps canvas")).to_have_count(3)
    sources = [
        page.locator(".maps canvas").evaluate_all("all => all.map(each => each.toDataURL())")
        for page in (first, second)
    ]
    assert sources[0] == sources[1] != []
    expect(second.get_by_role("heading", level=1)).to_have_text(t("source.title", "zh"))


def test_a_bad_link_says_so_and_shows_the_usual(open_page: Open) -> None:
    page = open_page("source?block=layer9.9&step=none&network=alexnet9")
    expect(page.get_by_test_id("stToast").first).to_be_visible()
    expect(page.get_by_text("alexnet").first).to_be_visible()
    expect(lit(page)).to_contain_text("identity = x")


def test_an_address_that_leads_nowhere_says_so_in_the_readers_language(open_page: Open) -> None:
    page = open_page("nowhere", locale="zh-CN")
    title = page.get_by_role("heading", level=1)
    expect(title).to_have_text(t("bar.no_page", "zh"))
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_text("English", exact=True).click()
    expect(title).to_have_text(t("bar.no_page"))
    page.get_by_test_id("stPageLink").click()
    expect(title).to_have_text(t("home.title"))


def test_labels_side_by_side_stand_on_one_line(open_page: Open) -> None:
    page = open_page("features?features_part=compare")
    labels = [page.locator(f".st-key-compare_{name} label p").first for name in ("network", "weights", "order")]
    expect_one_line(page, labels)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "my flower.jpg"
    images.open_sample("flower").image.save(path)
    return path


def upload(page: Page, file: Path) -> None:
    page.get_by_test_id("stPopoverButton").first.click()
    page.locator('.st-key-uploaded input[type="file"]').set_input_files(file)


def test_a_bad_picture_is_one_sentence_and_my_own_photograph_leads_to_the_sum(
    open_page: Open, tmp_path: Path, photo: Path
) -> None:
    broken = tmp_path / "<img src=x onerror=alert(1)>.png"
    broken.write_bytes(photo.read_bytes()[:5000])
    page = open_page("predict?picture=digit-3")
    upload(page, broken)
    expect(page.get_by_text("is damaged or truncated").first).to_be_visible()
    expect(page.get_by_text("8 × 8 pixels")).to_be_visible()
    expect(page.locator("img[src='x']")).to_have_count(0)
    at_rest(page)
    page.locator('.st-key-uploaded input[type="file"]').set_input_files(photo)
    expect(page.get_by_text("640 × 427 pixels")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=t("predict.look_inside")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("source.title"))
    page.locator("button.line", has_text="out += identity").click()
    expect(page.locator(".maps canvas")).to_have_count(3)
    expect_link(page, picture="upload")
    page.get_by_test_id("stPopoverButton").first.click()
    page.get_by_role("button", name="7", exact=True).click()
    expect_link(page, picture="digit-7")
    expect(page.get_by_test_id("stPopoverButton").first).to_contain_text("7")


def test_a_line_and_a_picture_chosen_at_once_are_both_kept(open_page: Open) -> None:
    page = open_page("source?block=layer1.0&picture=digit-3")
    expect(page.locator(".maps canvas").first).to_be_visible()
    page.get_by_test_id("stPopoverButton").first.click()
    picture = page.get_by_role("button", name="7", exact=True)
    expect(picture).to_be_visible()
    at_rest(page)
    line = page.locator("button.line", has_text="out += identity").element_handle()
    picture.evaluate("(picture, line) => { line.click(); setTimeout(() => picture.click(), 320); }", line)
    expect_link(page, picture="digit-7", step="add")
    expect(lit(page)).to_contain_text("out += identity")
    at_rest(page)
    expect_link(page, picture="digit-7", step="add")


def test_a_pasted_picture_and_one_from_the_camera(open_page: Open, photo: Path) -> None:
    page = open_page("predict?picture=digit-3")
    page.get_by_test_id("stPopoverButton").first.click()
    expect(page.get_by_role("button", name="7", exact=True)).to_be_visible()
    expect(page.locator('.st-key-uploaded input[type="file"]')).to_be_attached()  # rendered later than the gallery
    at_rest(page)
    page.evaluate(
        """(content) => {
          const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], "pasted.jpg", { type: "image/jpeg" }));
          document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
        }""",
        base64.b64encode(photo.read_bytes()).decode(),
    )
    expect(page.get_by_text("640 × 427 pixels")).to_be_visible()
    expect_link(page, picture="upload")
    page.get_by_text(t("bar.camera")).click()
    page.wait_for_function("document.querySelector('video')?.readyState >= 2")
    page.get_by_test_id("stCameraInputButton").click()
    expect_link(page, picture="camera")
    expect(page.get_by_text("640 × 427 pixels")).to_have_count(0)


def test_several_pictures_become_a_table(open_page: Open, tmp_path: Path, photo: Path) -> None:
    Image.new("RGB", (9, 9), "red").save(tmp_path / "red.png")
    (tmp_path / "text.png").write_text("hello", encoding="utf-8")
    page = open_page("predict")
    page.locator('.st-key-many input[type="file"]').set_input_files(
        [photo, tmp_path / "red.png", tmp_path / "text.png"]
    )
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").get_by_role("button").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("my flower.jpg,cat,")
    assert "text.png is not in a supported image format" in lines[3]
    table = page.get_by_test_id("stDataFrame")
    at_rest(page)
    cell = table.locator('td[aria-selected="true"]')
    table.hover(position={"x": 300, "y": 60})
    table.click(position={"x": 300, "y": 60})  # a cell of the first row; opens nothing
    expect(cell).to_have_attribute("id", re.compile("-0$"))
    page.keyboard.press("ArrowDown")
    expect(cell).to_have_attribute("id", re.compile("-1$"))
    page.keyboard.press("Shift+Space")
    expect(page.locator(".st-key-many_opened").get_by_role("heading", name="red.png")).to_be_visible()
    expect_link(page, row="2")
    page.locator(".st-key-many_links").get_by_role("button", name=t("features.part_attribution")).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(t("features.title"))
    expect(page.get_by_test_id("stPopoverButton").first).to_contain_text("red.png")
    expect_link(page, features_part="attribution")


def test_the_code_on_the_page_computes_what_the_page_shows(
    open_page: Open, as_checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = open_page("source?block=layer2.0&step=bn1&picture=digit-3")
    page.get_by_text(t("bar.code"), exact=True).click()
    code = page.get_by_test_id("stCode")
    expect(code).to_contain_text("out = block.bn1(out)")
    with page.expect_download() as download:
        page.get_by_role("button", name=t("bar.code_picture", file="picture.png")).click()
    download.value.save_as(as_checkout / "picture.png")
    capsys.readouterr()
    exec(compile(code.inner_text(), "script", "exec"), {})
    printed = capsys.readouterr().out
    shape, mean, spread = re.fullmatch(r"\((.*)\) (\S+) (\S+)\n", printed).groups()  # type: ignore[union-attr]
    assert shape == "1, 128, 8, 8"
    facts = page.locator(".numbers dl dd")
    for k, value in enumerate((mean, spread)):
        expect(facts.nth(k)).to_have_text(f"{float(value):.3g}".replace("-", "−"))


def test_a_checkpoint_of_ones_own_and_one_that_does_not_fit(open_page: Open, tmp_path: Path) -> None:
    torch.manual_seed(1)
    state = torchvision.models.resnet18(num_classes=7).state_dict()
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in state.items()}}, tmp_path / "mine.pt")
    torch.save({**state, "fc.weight": torch.zeros(7, 9)}, tmp_path / "odd.pt")
    page = open_page("predict?weights=own&picture=china")
    expect(page.get_by_text(t("bar.own_missing"))).to_be_visible()
    page.get_by_role("button", name=t("bar.own")).click()
    page.locator('.st-key-checkpoint_widget input[type="file"]').set_input_files(tmp_path / "mine.pt")
    expect(page.get_by_text("Your file mine.pt (outputs: 7)")).to_be_visible()
    page.locator('.st-key-checkpoint_widget input[type="file"]').set_input_files(tmp_path / "odd.pt")
    expect(page.get_by_text("fc.weight is 7×9 in the file and 7×512 in the network")).to_be_visible()


def test_the_language_can_be_switched_and_stays(open_page: Open) -> None:
    page = open_page("predict")
    page.get_by_text("中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(t("predict.title", "zh"))
    expect_link(page, lang="zh")
    go_to(page, "source", language="zh")
    expect(page.get_by_role("heading", level=1)).to_have_text(t("source.title", "zh"))
    at_rest(page)


def test_home_leads_to_the_sum_and_its_cards_buttons_stand_in_rows(open_page: Open) -> None:
    page = open_page("?picture=flower")
    names = ("shortcut", "why", "features")
    expect_one_line(page, [page.get_by_role("button", name=t(f"home.{name}")) for name in names])
    page.get_by_role("button", name=t("home.source")).click()
    expect(page.locator(".maps canvas")).to_have_count(3)
    expect_link(page, block="layer1.0", step="add", picture="flower")


def test_the_tour_by_keyboard_and_never_again(open_page: Open) -> None:
    language: Language = "zh"
    page = open_page(size="phone", locale="zh-CN")
    page.get_by_role("button", name=t("tour.take", language)).press("Enter")
    expect(page.locator(".maps canvas")).to_have_count(3)  # the line `out += identity` is open
    page.get_by_role("button", name=t("tour.next", language)).press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(t("diagrams.title", language))
    expect_link(page, tour="2")
    expect(page.locator(".st-key-tour_bar")).to_be_in_viewport(ratio=1)
    page.get_by_role("button", name=t("tour.leave", language)).press("Enter")
    expect(page.locator(".st-key-tour_bar")).to_have_count(0)
    page.wait_for_function("document.cookie.includes('tour_over=1')")
    at_rest(page)
    again = page.context.new_page()
    again.goto(page.url.partition("/diagrams")[0])
    at_rest(again)
    expect(again.locator(".st-key-tour_bar")).to_have_count(0)


def test_what_is_on_screen_is_shared_as_a_link_and_as_a_figure(open_page: Open, tmp_path: Path) -> None:
    page = open_page("shortcut?shortcut_part=block&picture=china")
    page.get_by_label(t("shortcut.view")).get_by_text(t("shortcut.view_energy")).click()
    expect_link(page, block_view="energy")
    page.locator(".st-key-share").get_by_role("button").click()
    link = page.get_by_label(t("share.link"))
    expect(link).to_have_value(page.url)
    page.evaluate("() => { navigator.clipboard.writeText = async text => { window.copied = text; }; }")
    page.get_by_role("button", name=t("share.copy")).click()
    expect(page.get_by_role("button", name=t("share.copied"))).to_be_visible()
    assert page.evaluate("window.copied") == page.url
    page.keyboard.press("Escape")
    page.locator(".st-key-save_block").get_by_role("button").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG", exact=True).click()
    download.value.save_as(tmp_path / "block.svg")
    saved = (tmp_path / "block.svg").read_text(encoding="utf-8")
    assert re.sub("<[^>]*>", "", saved).count(page.url.replace("&", "&amp;").partition("?")[0]) == 1
    assert "block_view=energy" in re.sub("<[^>]*>", "", saved)
    assert t("bar.sample_china") in saved
