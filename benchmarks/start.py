"""Cost of `--precision auto` in a short run against float32, as whole commands: `python -m benchmarks.start`.

Each run starts with an empty cache, as on a new machine. `--root DIR` runs the code of another checkout.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import report

ROOT = Path(__file__).parents[1]
DIGITS = ["--recipe", "laptop", "--data", "digits", "--limit", "200"]


def seconds(root: Path, precision: str) -> float:
    """Wall-clock seconds of the whole command."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "explorer", "train", *DIGITS, "--precision", precision, "--out", out]
        started = time.perf_counter()
        subprocess.run(command, cwd=root, check=True, capture_output=True)
        return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--root", type=Path, default=ROOT)
    options = parser.parse_args()
    report.hardware()
    took: dict[str, list[float]] = {"float32": [], "auto": []}
    for run in range(options.runs):
        for precision in took if run % 2 else reversed(took):
            took[precision].append(seconds(options.root, precision))
    for precision, found in took.items():
        report.line(f"200 digits, --precision {precision}", found, "s")
    report.line("auto, against float32", [a / b for a, b in zip(took["auto"], took["float32"], strict=True)], "x")


if __name__ == "__main__":
    main()
