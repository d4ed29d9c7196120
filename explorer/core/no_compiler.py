"""torch without its compiler: importing `torch._dynamo` takes as long as torch itself, and nothing here compiles.

Three modules import it only to tell it what not to compile, or to ask what it can. Here they do so only if something
else has imported it. `explorer/__init__.py` calls `install`, which has no effect on modules that are imported already.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial, wraps
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, Final

COMPILER: Final = "torch._dynamo"


def install() -> None:
    """Change the modules of CHANGED as they are imported from now on."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())


@contextmanager
def _marks(module: ModuleType) -> Iterator[None]:
    """`torch._compile`: the functions that it marks as not to be compiled import the compiler when they are called."""
    yield
    original = module._disable_dynamo

    def disable(function: Callable[..., Any] | None = None, recursive: bool = True) -> Callable[..., Any]:
        if function is None:
            return partial(disable, recursive=recursive)
        return _either(function, original(function, recursive))

    module.__dict__["_disable_dynamo"] = disable


@contextmanager
def _optimizers(module: ModuleType) -> Iterator[None]:
    """`torch.optim.optimizer`: each step marks where a compiled graph must end."""
    yield
    original = module._use_grad_for_differentiable

    def decorate(step: Callable[..., Any]) -> Callable[..., Any]:
        def plain(optimizer: Any, *args: Any, **more: Any) -> Any:
            with module.torch.set_grad_enabled(optimizer.defaults["differentiable"]):
                return step(optimizer, *args, **more)

        return _either(wraps(step)(plain), original(step))

    module.__dict__["_use_grad_for_differentiable"] = decorate


@contextmanager
def _region_of_interest(module: ModuleType) -> Iterator[None]:
    """`torchvision.ops.roi_align` imports a function that it rarely calls; here a stand-in, which imports it then."""
    asked = f"{COMPILER}.utils"

    def is_compile_supported(device_type: str) -> bool:
        from torch._dynamo.utils import is_compile_supported as original

        return bool(original(device_type))

    stand_in = ModuleType(asked)
    stand_in.__dict__["is_compile_supported"] = is_compile_supported
    is_new = sys.modules.setdefault(asked, stand_in) is stand_in
    try:
        yield
    finally:
        if is_new:
            del sys.modules[asked]


CHANGED: Final[dict[str, Callable[[ModuleType], AbstractContextManager[None]]]] = {
    "torch._compile": _marks,
    "torch.optim.optimizer": _optimizers,
    "torchvision.ops.roi_align": _region_of_interest,
}
"""Module -> what surrounds its execution."""


def _either(plain: Callable[..., Any], marked: Callable[..., Any]) -> Callable[..., Any]:
    """`plain`, or `marked` as soon as the compiler is imported."""

    @wraps(marked)
    def call(*args: Any, **more: Any) -> Any:
        return (marked if COMPILER in sys.modules else plain)(*args, **more)

    return call


class _Finder(MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in CHANGED:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec and spec.loader:
            spec.loader = _Loader(spec.loader)
        return spec


class _Loader(Loader):
    """Executes a module of CHANGED, then leaves it to its own loader."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        with CHANGED[module.__name__](module):
            self.loader.exec_module(module)
        assert module.__spec__
        module.__loader__ = module.__spec__.loader = self.loader
