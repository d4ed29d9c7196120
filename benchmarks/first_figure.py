"""Store the figure that Home shows while torch loads: `python -m benchmarks.first_figure`."""

import json

from explorer.ui.home import first_figure


def main() -> None:
    text = json.dumps(first_figure.live(), separators=(",", ":"))
    first_figure.FILE.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
