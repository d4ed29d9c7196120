"""How long one step of the scene takes in Chromium: the key, all three panes, layout.

    python -m benchmarks.scene [--runs 5]

Times are of JavaScript and forced layout. A frame at 60 Hz has 16.7 ms. The baseline, in the same run: the browser
puts a copy of the same elements in the place of the scene and lays it out, the least that a page from a server costs.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks import report
from explorer.analysis import source
from explorer.analysis.trace import trace
from explorer.data import images
from explorer.models import loading
from explorer.scene import document, payload
from tests.browser.app import chromium

CASES = (("resnet18", "cifar10", "layer2.0"), ("resnet50", "random", "layer1.0"))
FRAME_MS = 1000 / 60
MEASURE = """async (runs) => {
  const scene = document.querySelector(".scene");
  const numbers = scene.querySelector(".numbers"), slider = scene.querySelector(".slider");
  const frame = () => new Promise(requestAnimationFrame);
  const timed = (act) => {
    const start = performance.now();
    act();
    numbers.getBoundingClientRect();
    return performance.now() - start;
  };
  const taken = { first: [], step: [], pixel: [], copy: [], frames: [] };
  const canvas = () => numbers.querySelector(".map canvas");
  for (let run = 0; run <= runs; run++) {
    for (let at = 0; at <= Number(slider.max); at++) {
      const before = await frame();
      const step = timed(() => { slider.value = at; slider.dispatchEvent(new Event("input")); });
      taken[run ? "step" : "first"].push(step);
      if (run) taken.frames.push(await frame() - before);
    }
    await frame();
    const right = new KeyboardEvent("keydown", { key: "ArrowRight" });
    taken.pixel.push(timed(() => canvas().dispatchEvent(right)));
    await frame();
    const copy = scene.cloneNode(true);
    taken.copy.push(timed(() => {
      scene.after(copy);
      scene.style.display = "none";
      copy.getBoundingClientRect();
    }));
    copy.remove();
    scene.style.display = "";
  }
  return taken;
}"""


def measure(file: Path, runs: int) -> dict[str, list[float]]:
    """Milliseconds by what was done, in a window of 1280 x 720."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(file.as_uri())
        page.wait_for_selector(".scene .maps canvas")
        taken: dict[str, list[float]] = page.evaluate(MEASURE, runs)
        browser.close()
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scene", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5, help="walks through all lines")
    options = parser.parse_args()
    report.hardware()
    for name, weights, block in CASES:
        network = loading.load(name, weights)
        x = network.preprocess(images.open_sample("china").image)
        traced = trace(network, x, keep=source.tensors(network, block))
        html = document.html([payload.build(network, block, x, traced)], name, {"en": "", "zh": ""}, "en")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "walk.html"
            file.write_text(html, encoding="utf-8")
            taken = measure(file, options.runs)
        what = f"{name} {block} at {x.shape[-1]} px"
        report.line(f"{what}: baseline, a copy laid out", taken["copy"], "ms")
        report.line(f"{what}: a step, the first time", taken["first"], "ms")
        report.line(f"{what}: a step", taken["step"], "ms", slow(taken["step"]))
        report.line(f"{what}: another pixel", taken["pixel"], "ms")
        report.line(f"{what}: from frame to frame around a step", taken["frames"], "ms")
    return 0


def slow(steps: list[float]) -> str:
    return f"{sum(step > FRAME_MS for step in steps)} of {len(steps)} above a frame"


if __name__ == "__main__":
    sys.exit(main())
