"""What the app asks of its process, so that a reader does not wait for it."""

import gc
import sys

_frozen_with = 0  # modules


def spare_collector() -> None:
    """After a run: Streamlit collects garbage then, and 200 ms went by among the objects of torch and its kin.

    What is there after an import is there to stay, and is looked at no more.
    """
    global _frozen_with
    if len(sys.modules) != _frozen_with:
        _frozen_with = len(sys.modules)
        gc.freeze()
