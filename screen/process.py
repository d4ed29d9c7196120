"""What the app asks of its process, so that a reader does not wait for it. Imports no torch."""

import gc
import os
import sys

_frozen_with = 0  # modules


def share_cores() -> None:
    """Before torch is imported: its threads must not spin while they wait for one another.

    They would hold the cores that the browser, or the other viewers, draw on: 20 ms became 200.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def spare_collector() -> None:
    """After a run: Streamlit collects garbage then, and 200 ms went by among the objects of torch and its kin.

    What is there after an import is there to stay, and is looked at no more.
    """
    global _frozen_with
    if len(sys.modules) != _frozen_with:
        _frozen_with = len(sys.modules)
        gc.freeze()
