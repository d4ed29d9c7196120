"""A network in a Python file of the user's: import the file, find and build the network. Runs the user's code.

Only for the process that own_file starts. What the code raises becomes a WeightsError that names file and line.
"""

import ast
import importlib.util
import inspect
import re
import sys
import tokenize
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import torch
from torch import nn

from explorer.core.errors import ExplorerError, WeightsError

MOST_PX: Final = 4096  # a side of the input
_NO_SUPER = re.compile(r"before Module\.__init__\(\) call|object has no attribute '_(modules|parameters|buffers)'")
_OBJECT = re.compile(r"'(\w+)' object has no attribute")
_FULL = re.compile(r"(can't allocate|not enough) memory|bad_alloc")  # DefaultCPUAllocator, on Linux and Windows


class _NoNotebook:
    """Stands in for IPython's shell in a script that was exported from a notebook: magics do nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


class Code:
    """The user's file `path`, imported. `module` is what it defines.

    Files in its folder can be imported as when it runs as a script (`import layers`) or is part of a package
    (`from .layers import Block`).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folder = path.parent
        self._before = frozenset(sys.modules)
        parts = [path.stem]
        while (self.folder / "__init__.py").is_file() and self.folder.parent != self.folder:
            parts.insert(0, self.folder.name)
            self.folder = self.folder.parent
        sys.path[:0] = dict.fromkeys((str(self.folder), str(path.parent)))
        sys.argv = [str(path)]
        name = ".".join(parts)
        package = name.rpartition(".")[0]
        if not package:  # a script: its folder is the package of `from .layers import Block`
            package = "_own_folder"
            sys.modules[package] = ModuleType(package)
            sys.modules[package].__path__ = [str(self.folder)]
        self.module = ModuleType(f"_own_{name}" if name in sys.modules else name)
        vars(self.module).update(__file__=str(path), __package__=package, get_ipython=_NoNotebook)
        with self.blamed("errors.own_import"):
            source = path.read_bytes()
            self.tree = ast.parse(source, str(path))
            if "." in name:
                importlib.import_module(package)
            sys.modules[self.module.__name__] = self.module
            exec(compile(source, str(path), "exec", dont_inherit=True), vars(self.module))

    def files(self) -> dict[str, str]:
        """The text of this file and of those in its folder that it has imported, by path."""
        paths = [str(self.path)]
        for name in set(sys.modules) - self._before:
            file = getattr(sys.modules[name], "__file__", None)
            if isinstance(file, str) and file.endswith(".py") and self.has(file):
                paths.append(file)
        return {path: _text(Path(path)) for path in dict.fromkeys(paths)}

    def has(self, file: str) -> bool:
        """Whether `file` is one of the user's: in the folder, and not of an environment in it."""
        return "site-packages" not in file and Path(file).is_relative_to(self.folder)

    # Errors

    @contextmanager
    def blamed(self, key: str, name: str = "", **values: object) -> Iterator[None]:
        """What the code raises becomes a WeightsError: `key` unless the error has a sentence of its own."""
        try:
            yield
        except ExplorerError:
            raise
        except BaseException as error:
            raise self._error(error, key, name, values) from error

    def _error(self, error: BaseException, key: str, name: str, values: Mapping[str, object]) -> WeightsError:
        text = " ".join(str(error).split())[:300]
        file, line, owner = self._place(error, name)
        where = {"file": file, "line": line}
        if isinstance(error, SystemExit):
            return WeightsError("errors.own_exits", **where)
        if isinstance(error, SyntaxError):
            return WeightsError("errors.own_syntax", **where, reason=error.msg)
        if isinstance(error, MemoryError) or _FULL.search(text):
            return WeightsError("errors.own_memory_line", **where, reason=text[:120])
        if isinstance(error, AttributeError) and _NO_SUPER.search(text):
            found = _OBJECT.search(text)
            kind = owner or (found[1] if found else name)
            return WeightsError("errors.own_no_super", **{**where, "line": self.line_of(kind) or line}, name=kind)
        if isinstance(error, ModuleNotFoundError) and error.name:
            return WeightsError("errors.own_no_package", **where, name=error.name.partition(".")[0])
        return WeightsError(key, **where, reason=f"{type(error).__name__}: {text}".rstrip(": "), name=name, **values)

    def _place(self, error: BaseException, name: str) -> tuple[str, int, str]:
        """File and line of the innermost frame of the user's code, and the class whose method it is."""
        frames = [(f.f_code.co_filename, line, f) for f, line in traceback.walk_tb(error.__traceback__)]
        for file, line, frame in reversed(frames):
            if self.has(file) and not isinstance(error, SyntaxError):
                owner = frame.f_locals.get("self")
                return Path(file).name, line, type(owner).__name__ if isinstance(owner, nn.Module) else ""
        if isinstance(error, SyntaxError) and error.filename and self.has(error.filename):
            return Path(error.filename).name, error.lineno or 1, ""
        return self.path.name, self.line_of(name.partition("(")[0]) or 1, ""

    def line_of(self, name: str) -> int:
        """The line of this file that defines `name`; 0 if none does."""
        return next((node.lineno for node in self.tree.body if name in _defined(node)), 0)

    # The network

    def network(self, wanted: str) -> tuple[str, nn.Module]:
        """The network that `wanted` names, such as "Net" or "Net(num_blocks=3)", or else the file's only one.

        Returns its name and the module, without wrappers for several GPUs or compilation. Random numbers are seeded.
        """
        with self.blamed("errors.own_build", name=wanted):
            name = wanted or self._only()
        with self.blamed("errors.own_build", name=name):
            torch.manual_seed(0)
            module = self._made(name)
            if any(isinstance(part, torch.jit.ScriptModule) for part in module.modules()):
                raise WeightsError("errors.own_scripted", file=self.path.name, name=name)
            for wrapper in ("module", "_orig_mod"):  # DataParallel, torch.compile
                if type(module).__module__.startswith("torch.") and isinstance(
                    inner := module._modules.get(wrapper), nn.Module
                ):
                    module = inner
            return name, module.cpu().float().eval()

    def _made(self, name: str) -> nn.Module:
        thing = self._value(name)
        if not isinstance(thing, nn.Module) and callable(thing):
            self._check_needs_nothing(name, thing)
            thing = thing()
        if not isinstance(thing, nn.Module):
            kind = type(thing).__name__
            raise WeightsError("errors.own_not_module", file=self.path.name, name=name, kind=kind)
        if "_modules" not in vars(thing):
            kind = type(thing).__name__
            line = self.line_of(kind) or 1
            raise WeightsError("errors.own_no_super", file=self.path.name, line=line, name=kind)
        return thing

    def _check_needs_nothing(self, name: str, thing: Callable[..., Any]) -> None:
        if needed := _needed(thing):
            example = f"{self.path.name}:{name}({', '.join(f'{each}=…' for each in needed)})"
            line, arguments = self.line_of(name) or 1, ", ".join(needed)
            raise WeightsError("errors.own_needs", file=self.path.name, line=line, name=name, arguments=arguments,
                               example=example)  # fmt: skip

    def _value(self, text: str) -> Any:
        """The value of names, literals and calls of names; nothing else is evaluated."""
        try:
            tree = ast.parse(text, mode="eval")
        except SyntaxError as error:
            raise WeightsError("errors.own_arguments", spec=text, file=self.path.name) from error
        return self._evaluated(tree.body)

    def _evaluated(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Name):
            if node.id in vars(self.module):
                return vars(self.module)[node.id]
            raise WeightsError("errors.own_no_name", file=self.path.name, name=node.id, names=", ".join(self._names()))
        if isinstance(node, ast.Attribute):
            owner = self._evaluated(node.value)
            if hasattr(owner, node.attr):
                return getattr(owner, node.attr)
            names = ", ".join(self._names())
            raise WeightsError("errors.own_no_name", file=self.path.name, name=ast.unparse(node), names=names)
        if isinstance(node, ast.Call):
            return self._evaluated(node.func)(
                *map(self._evaluated, node.args),
                **{each.arg: self._evaluated(each.value) for each in node.keywords if each.arg},
            )
        if isinstance(node, ast.List | ast.Tuple):
            values = map(self._evaluated, node.elts)
            return list(values) if isinstance(node, ast.List) else tuple(values)
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError) as error:
            raise WeightsError("errors.own_arguments", spec=ast.unparse(node), file=self.path.name) from error

    def _names(self) -> list[str]:
        return [*self._objects(), *self._classes(), *self._functions()]

    def _only(self) -> str:
        """The name of the file's network: an object, else the outermost class, else a function that returns one."""
        outermost, functions = self._outermost(), self._functions()
        ready = [name for name in outermost if not _needed(vars(self.module)[name])]
        alone = len(ready) + len(functions) == 1
        found = self._objects() or self._with_weights(ready, alone) or self._with_weights(functions, alone)
        found = found or outermost  # that need arguments: the error says which
        if len(found) == 1:
            return found[0]
        if not found:
            raise WeightsError("errors.own_none", file=self.path.name)
        names, example = ", ".join(found), f"{self.path.name}:{found[-1]}"
        raise WeightsError("errors.own_which", file=self.path.name, names=names, example=example)

    def _with_weights(self, names: list[str], alone: bool) -> list[str]:
        """Those whose modules have weights; unless it is `alone`, each is called to find out."""
        if alone:
            return names
        kept = []
        for name in names:
            try:
                made = vars(self.module)[name]()
            except Exception:  # building it alone says what is wrong
                kept += [name] if isinstance(vars(self.module)[name], type) else []
                continue
            if isinstance(made, nn.Module) and any(True for _ in made.parameters()):
                kept.append(name)
        return kept

    def _objects(self) -> list[str]:
        """Names of networks that are objects; without losses, layers without weights and parts of others."""
        found = {
            id(value): name
            for name, value in reversed(vars(self.module).items())  # of two names, the first
            if isinstance(value, nn.Module) and "_modules" in vars(value)
            and any(True for _ in value.parameters()) and _takes_one(type(value))
        }  # fmt: skip
        values = [vars(self.module)[name] for name in found.values()]
        parts = {id(part) for value in values for part in value.modules() if part is not value}
        return [name for number, name in reversed(found.items()) if number not in parts]

    def _classes(self) -> list[str]:
        own = self.module.__name__
        found = {
            name: value for name, value in vars(self.module).items()
            if isinstance(value, type) and issubclass(value, nn.Module) and _takes_one(value)
        }  # fmt: skip
        here = [name for name, value in found.items() if value.__module__ == own]
        return here or [name for name, value in found.items() if self.has(_file(value))]

    def _outermost(self) -> list[str]:
        """Classes that no other class of the file uses or extends."""
        bodies = {node.name: _used(node) for node in self.tree.body if isinstance(node, ast.ClassDef)}
        return [
            name for name in self._classes() if not any(name in used for other, used in bodies.items() if other != name)
        ]

    def _functions(self) -> list[str]:
        """Functions without arguments that may return a network: they return something and do not train."""
        found = []
        for node in self.tree.body:
            if isinstance(node, ast.FunctionDef) and inspect.isfunction(vars(self.module).get(node.name)):
                words = {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
                returns = any(isinstance(each, ast.Return) and each.value is not None for each in ast.walk(node))
                builds = any(_builds(vars(self.module).get(name)) for name in _used(node))
                if returns and builds and not words & {"backward", "parse_args", "DataLoader"}:
                    found.append(node.name)
        return [name for name in found if not _needed(vars(self.module)[name])]

    # The input

    def said_size(self) -> tuple[int, ...]:
        """What the file says of its input: `INPUT = (channels, height, width)` or `SIZE = (height, width)`; else ()."""
        for name, count in (("INPUT", 3), ("SIZE", 2)):
            value = vars(self.module).get(name)
            sides = tuple(value) if isinstance(value, list | tuple) else ()
            if len(sides) == count and all(type(side) is int and 0 < side <= MOST_PX for side in sides):
                return sides
        return ()


def input_shapes(module: nn.Module, said: tuple[int, ...]) -> list[tuple[int, int, int]]:
    """Input shapes (C, H, W) to try, the most probable first.

    The first layer tells: its channels, and by kernel and stride whether it is for large pictures.
    """
    if len(said) == 3:
        return [(said[0], said[1], said[2])]
    layers = [each for each in module.modules() if isinstance(each, nn.Conv2d | nn.Linear)]
    first = next((each for each in layers if isinstance(each, nn.Conv2d)), None)
    channels = (first.in_channels,) if first is not None and first.in_channels > 0 else (3, 1)
    if said:
        return [(count, said[0], said[1]) for count in channels]
    sides = [32, 64, 224, 28, 96, 128, 48, 256, 299, 384]
    if first is not None:
        classes = next((each.out_features for each in reversed(layers) if isinstance(each, nn.Linear)), 0)
        kernel, stride = first.kernel_size[0], first.stride[0]
        if kernel >= 7 or stride > 4 or (kernel, stride) == (3, 2) or classes == 1000:
            sides = [224, 64, 32, 96, 128, 256, 299, 384, 28]
        elif first.in_channels == 1:
            sides = [28, 32, 64, 224, 48, 96, 128]
    shapes = [(count, side, side) for side in sides for count in channels]
    if first is None and layers:  # fully connected: the number of inputs tells
        width = next(each.in_features for each in layers if isinstance(each, nn.Linear))
        shapes.sort(key=lambda shape: shape[0] * shape[1] * shape[2] != width)
    return shapes


def _text(path: Path) -> str:
    try:
        with tokenize.open(path) as file:
            return file.read()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return ""


def _file(kind: type) -> str:
    return getattr(sys.modules.get(kind.__module__), "__file__", None) or ""


def _defined(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Assign):
        return {each.id for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    return {getattr(node, "name", "")}


def _used(node: ast.AST) -> set[str]:
    """Names in the code of `node`: without annotations."""
    names: set[str] = set()
    waiting = [node]
    while waiting:
        each = waiting.pop()
        if isinstance(each, ast.Name):
            names.add(each.id)
        hidden = {id(getattr(each, field, None)) for field in ("annotation", "returns")}
        waiting += (child for child in ast.iter_child_nodes(each) if id(child) not in hidden)
    return names


def _builds(value: Any) -> bool:
    """Whether code that uses `value` may build a network."""
    package = value.__name__.partition(".")[0] if isinstance(value, ModuleType) else ""
    return package in ("torch", "torchvision", "timm") or inspect.isfunction(value) or (
        isinstance(value, type) and issubclass(value, nn.Module)
    )  # fmt: skip


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return []


def _needed(function: Callable[..., Any]) -> list[str]:
    """Arguments without which `function` cannot be called."""
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [each.name for each in _parameters(function) if each.default is each.empty and each.kind not in variable]


def _takes_one(kind: type[nn.Module]) -> bool:
    """Whether `forward` can be called with one tensor, as that of a loss cannot."""
    forward = getattr(kind, "forward", None)  # scripted modules have none
    return forward is None or (len(_needed(forward)) <= 2 <= len(_parameters(forward)))
