"""Residual Explorer: see what a residual block does. The library; it knows nothing of screens.

In a notebook, `explorer.look("resnet18", "photo.jpg", "layer2.0")` walks through a block.
"""

from typing import TYPE_CHECKING, Any

from explorer.core import no_compiler

__version__ = "0.1.0"

no_compiler.install()

if TYPE_CHECKING:
    from explorer.scene.walk import look as look


def __getattr__(name: str) -> Any:
    """`look`, imported when it is used: importing torch takes seconds."""
    if name == "look":
        from explorer.scene.walk import look

        return look
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
