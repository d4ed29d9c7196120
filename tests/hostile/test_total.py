"""Limits for untrusted input, and the number of inputs that this folder has tried; its tests run last."""

from types import ModuleType

import pytest

from explorer.core import files
from explorer.data import class_folders, formats, images
from explorer.models import checkpoint, pickle_guard
from explorer.runs import events
from explorer.ui.server import security_middleware
from tests.hostile.tried import FUZZ, inputs

KINDS = {"pictures", "names", "data sets", "galleries", "checkpoints", "events", "runs", "pages of runs", "recipes",
         "links", "pages"}  # fmt: skip


@pytest.mark.parametrize(
    ("module", "bounds"),
    [
        (images, {"MAX_BYTES": 64 << 20, "MAX_PIXELS": 50_331_648, "MAX_JPEG_PIXELS": 220_000_000,
                  "MAX_BUFFERED": 330_000_000, "LARGE_PIXELS": 16_000_000, "MAX_SLOW_PIXELS": 1_000_000,
                  "MAX_EXIF_BYTES": 1 << 20}),
        (formats, {"MAX_SCANS": 200, "MAX_MARKERS": 100_000}),
        (class_folders, {"MAX_FILES": 200_000, "MAX_DEPTH": 12, "MAX_ZIP_BYTES": 2 << 30, "MAX_UNPACKED_BYTES": 4 << 30,
                   "MAX_CENTRAL_DIRECTORY": 32 << 20}),
        (checkpoint, {"MAX_BYTES": 1 << 30, "MAX_HEADER": 4 << 20, "MAX_NAME": 200}),
        (pickle_guard, {"MAX_OPERATIONS": 500_000, "MAX_PARTS": 10_000, "MAX_DIRECTORY": 2 << 20}),
        (events, {"MAX_LINE": 1 << 20, "MAX_BATCHES": 4096, "MAX_WARNINGS": 100, "MAX_EPOCHS": 1000,
                  "MAX_READ": 1 << 16}),
        (files, {"MAX_JSON": 8 << 20}),
        (security_middleware, {"MAX_SESSION_BYTES": 600 << 20, "MAX_FILES": 200, "MAX_PENDING_URLS": 2000}),
    ],
    ids=lambda each: each.__name__ if isinstance(each, ModuleType) else "",
)  # fmt: skip
def test_the_bounds_are_these(module: ModuleType, bounds: dict[str, int]) -> None:
    """The limits written out: other tests read them from the modules, or set smaller ones."""
    assert {name: getattr(module, name) for name in bounds} == bounds


def test_two_thousand_inputs_and_more() -> None:
    if KINDS - inputs.keys():
        pytest.skip("the whole folder has not run")
    assert inputs.total() >= 2000 * FUZZ
