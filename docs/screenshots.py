"""Takes the screenshots of README.md and README.zh.md: `python -m docs.screenshots` (needs Chromium).

First trains twice on the digits, so that the pages about runs are not empty. Each screenshot is a WebP of about 12 kB.
"""

import argparse
import io
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.app import chromium, served
from tests.browser.conftest import at_rest

OUT = Path(__file__).parent / "screenshots"
SIZE = {"width": 1200, "height": 750}
SHOWN = (700, 438)  # size in the README
LOCALES = {"en": "en-US", "zh": "zh-CN"}
VIEWS = {  # name -> address
    "home": "?picture=china",
    "source": "source?picture=china&block=layer1.0&step=add",
    "diagrams": "diagrams?picture=china&block=layer2.0",
    "shortcut": "shortcut?picture=china&shortcut_part=lesion",
    "why": "why",
    "features": "features?picture=china&block=layer1.0",
    "predict": "predict?picture=china&weights=upstream",
    "finetune": "finetune",
    "runs": "runs",
    "compare": "compare",
    "homework": "homework?picture=china&hw=cut&hw3=keeps&hw3_scale=0",
    "pretraining": "pretraining",
    "history": "history",
    "glossary": "glossary",
}
RUNS = (["--freeze-epochs", "2"], ["--freeze-epochs", "0", "--weights", "random"])
DRAWN_MS = 4000  # charts finish drawing after the script has ended


def train(folder: Path) -> None:
    for flags in RUNS:
        command = [sys.executable, "-m", "explorer", "train", "--recipe", "laptop", "--data", "digits", "--epochs", "6"]
        subprocess.run([*command, *flags, "--out", str(folder)], check=True, stdout=subprocess.DEVNULL)


def shoot(browser: Browser, address: str, language: str) -> bytes:
    """Screenshot of `address` as WebP bytes."""
    context = browser.new_context(viewport=SIZE, locale=LOCALES[language])
    page = context.new_page()
    page.goto(address)
    at_rest(page)
    page.wait_for_timeout(DRAWN_MS)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    context.close()
    webp = io.BytesIO()
    image.resize(SHOWN, Image.Resampling.LANCZOS).save(webp, "WEBP", quality=30, method=6)
    return webp.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("views", nargs="*", choices=[*VIEWS, []], help="default: all")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    executable = chromium()
    if executable is None:
        parser.error("no Chromium on this machine")
    arguments.out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        train(Path(folder))
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        with served(runs=Path(folder)) as (address, _):
            for name in arguments.views or VIEWS:
                for language in LOCALES:
                    file = arguments.out / f"{name}.{language}.webp"
                    file.write_bytes(shoot(browser, f"{address}/{VIEWS[name]}", language))
                    print(f"{file.name}: {file.stat().st_size / 1000:.0f} kB", file=sys.stderr)
        browser.close()


if __name__ == "__main__":
    main()
