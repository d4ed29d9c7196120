"""The Runs page in a real browser: selecting rows, actions on them, and downloads."""

import contextlib
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from explorer.core.i18n import t
from explorer.runs import checkpoints, store
from explorer.runs.events import Writer
from explorer.runs.store import Parent, Run
from explorer.training.recipe import Recipe
from tests.browser.conftest import Open, at_rest, no_runs, until

pytestmark = pytest.mark.browser

RECIPE = Recipe(data="digits", weights="random", epochs=3, freeze_epochs=1)
OPENING: dict[str, Any] = {
    "classes": ["0", "1"], "strip": [], "batches": 5, "train": 10, "test": 4, "data": "gone", "device_name": "CPU",
}  # fmt: skip
EPOCH: dict[str, Any] = {
    "train_loss": 1.5, "train_accuracy": 0.5, "test_loss": 1.5, "lr": 0.1, "seconds": 1.5, "frozen": False,
    "best": True, "strip": [],
}  # fmt: skip


def trained(root: Path, name: str, parent: Parent | None = None, **changes: Any) -> Run:
    run = store.create(RECIPE.changed(**changes), name, parent=parent, root=root)
    checkpoints.save_checkpoint(run, {"model": torch.zeros(1)})
    with contextlib.closing(Writer(run.path)) as writer:
        writer.add("start", OPENING)
        for epoch in range(parent.epoch + 1 if parent else 1, 4):
            writer.add("epoch", {"epoch": epoch, "test_accuracy": epoch / 5, **EPOCH})
            checkpoints.keep_checkpoint(run, epoch)
        writer.add("end", {"reason": "finished"})
    return run


@pytest.fixture(scope="module", autouse=True)
def _three_runs(runs: Path) -> Iterator[None]:
    """Three runs, one a fork, and a folder that is not a run. Runs of the same second sort by name."""
    no_runs(runs)
    first = trained(runs, "1 first")
    trained(runs, "2 <b>second</b>", lr=0.1)
    trained(runs, "3 branch", Parent(first.id, 1), unfreeze_lr=0.01)
    (runs / "holiday").mkdir()
    yield
    no_runs(runs)


def tick(page: Page, row: int) -> None:
    """Tick the row (0-based) by position, since the table is drawn on a canvas; its copy for screen readers tells."""
    table = page.locator(".stDataFrameGlideDataEditor").first
    line = table.locator(f'tr[aria-rowindex="{row + 2}"]')
    expect(line).to_have_attribute("aria-selected", "false")
    until(
        lambda: table.click(position={"x": 16, "y": 35 + 35 * row + 17}),
        lambda ms: expect(line).to_have_attribute("aria-selected", "true", timeout=ms),
    )
    at_rest(page)


def name_box(page: Page) -> Locator:
    return page.get_by_role("textbox", name=t("runs.name"), exact=True)


def check_downloads(page: Page) -> None:
    """Of the run `branch`, which is chosen."""
    page.get_by_text(t("runs.downloads"), exact=True).click()
    found = {}
    for name in ("zip", "epochs", "tensorboard"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=t(f"runs.download_{name}")).click()
        found[waiting.value.suggested_filename.rpartition("branch")[2]] = Path(waiting.value.path()).read_bytes()
    assert set(found) == {".zip", "-epochs.csv", "-tensorboard.zip"}
    assert "recipe.json" in zipfile.ZipFile(io.BytesIO(found[".zip"])).namelist()[0]
    assert found["-epochs.csv"].decode("utf-8-sig").startswith("epoch,")


def test_the_page_opens_on_a_phone_in_the_dark(open_page: Open) -> None:
    page = open_page("runs", size="phone", locale="zh-CN", theme="dark")
    expect(page.get_by_role("heading", level=1)).to_have_text(t("runs.title", "zh"))
    page.get_by_text(t("runs.family_help", "zh")).scroll_into_view_if_needed()
    expect(page.get_by_test_id("stVegaLiteChart").locator("canvas, svg")).to_have_count(2)
    expect(page.get_by_text("holiday")).to_be_visible()


def test_ticked_runs_are_compared_and_the_link_keeps_them(open_page: Open) -> None:
    page = open_page("runs")
    expect(page.get_by_text("holiday")).to_be_visible()
    tick(page, 0)
    expect(name_box(page)).to_have_value("3 branch")
    check_downloads(page)
    tick(page, 1)
    expect(page.get_by_text(t("runs.diff"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"[?&]runs=.+branch(%2C|,).+second"))
    page.reload()
    at_rest(page)
    expect(page.get_by_text(t("runs.diff"))).to_be_visible()


def test_a_renamed_and_deleted_run_comes_back(open_page: Open) -> None:
    page = open_page("runs")
    tick(page, 2)
    name = name_box(page)
    expect(name).to_have_value("1 first")
    name.fill("1 the very first")
    name.press("Enter")
    page.get_by_role("button", name=t("runs.delete")).click()
    expect(page.get_by_text(t("runs.deleted", names="1 the very first"))).to_be_visible()
    expect(name_box(page)).to_have_count(0)
    page.get_by_role("button", name=t("runs.undo")).click()
    expect(name_box(page)).to_have_value("1 the very first")
