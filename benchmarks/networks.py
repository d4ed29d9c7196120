"""Memory of the app while each of several readers uses a different network.

    python -m benchmarks.networks [--readers 30] [--network resnet152]

Prints one JSON object: resident memory in MB before, at the peak, and twelve seconds after they have left; and the
slowest page in seconds.
"""

import argparse
import asyncio
import json
import os
import tempfile
import threading
import time
from pathlib import Path

import psutil

from benchmarks.visitor import Visitor
from tests.browser.app import served


async def look(address: str, network: str, seed: int) -> float:
    async with Visitor(address) as reader:
        return await reader.open("source", f"lang=en&network={network}&weights=random&seed={seed}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, default=30)
    parser.add_argument("--network", default="resnet152")
    arguments = parser.parse_args()
    os.environ["EXPLORER_PUBLIC"] = "1"
    with tempfile.TemporaryDirectory() as runs, served(runs=Path(runs)) as (address, pid):
        app, seen, ended = psutil.Process(pid), list[int](), threading.Event()

        def watch() -> None:
            while not ended.wait(0.05):
                seen.append(app.memory_info().rss >> 20)

        async def crowd() -> list[float]:
            looks = (look(address, arguments.network, seed) for seed in range(arguments.readers))
            return await asyncio.gather(*looks)

        asyncio.run(look(address, "resnet18", 0))
        before = app.memory_info().rss >> 20
        watching = threading.Thread(target=watch)
        watching.start()
        waited = asyncio.run(crowd())
        time.sleep(12)
        asyncio.run(look(address, "resnet18", 0))  # the app collects garbage after a script, once in 10 s
        time.sleep(1)
        ended.set()
        watching.join()
        after = app.memory_info().rss >> 20
    print(json.dumps({"before": before, "most": max(seen), "after": after, "slowest_s": round(max(waited))}))


if __name__ == "__main__":
    main()
