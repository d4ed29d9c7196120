"""Functions and classes found in the text of source files: nothing is imported, so any file's text will do."""

import ast
import importlib.util
import linecache
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import torchvision

from explorer.core.assets import PACKAGE

REPOSITORIES = {
    "torchvision": "pytorch/vision",
    "timm": "huggingface/pytorch-image-models",
    "transformers": "huggingface/transformers",
}
"""Package -> its repository on GitHub, which has a tag v<version> for each release."""
NESTED = ("<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>")  # frames of their own, of a line of the function around
MOST_IMPORTS = 4  # followed from file to file


def version(package: str = "torchvision") -> str:
    """Version of an installed package, without the local build suffix."""
    found = str(torchvision.__version__) if package == "torchvision" else metadata.version(package)
    return found.partition("+")[0]


@dataclass(frozen=True)
class Listing:
    """Source lines of a function or class. `first` is the number of its first line in `file`, which may be ""."""

    name: str
    file: str
    first: int
    lines: tuple[str, ...]

    @property
    def ours(self) -> str | None:
        """Path relative to the app's root; None if the file is not the app's."""
        file = Path(self.file)
        return file.relative_to(PACKAGE.parent).as_posix() if file.is_relative_to(PACKAGE) else None

    @property
    def package(self) -> str | None:
        """The package in REPOSITORIES that the file is installed with."""
        parts = Path(self.file).parts
        return next((name for name in REPOSITORIES if name in parts[:-1] and is_installed(self.file, name)), None)

    @property
    def short_path(self) -> str:
        """The file from its package on, as `torchvision/models/resnet.py`, else its name alone."""
        parts = self.file.replace("\\", "/").split("/")
        top = "explorer" if self.ours else self.package
        if not top:
            return parts[-1]
        return "/".join(parts[len(parts) - 1 - parts[::-1].index(top) :])

    @property
    def link(self) -> str | None:
        """GitHub URL of the same lines of the same version; None for a file of no package in REPOSITORIES."""
        if not (package := self.package):
            return None
        where = f"https://github.com/{REPOSITORIES[package]}/blob/v{version(package)}"
        inside = f"src/{self.short_path}" if package == "transformers" else self.short_path
        return f"{where}/{inside}#L{self.first}-L{self.last}"

    @property
    def last(self) -> int:
        return self.first + len(self.lines) - 1


@lru_cache(maxsize=256)
def is_installed(file: str, package: str) -> bool:
    """Whether a file belongs to the installed package."""
    root: str | None = getattr(sys.modules.get(package), "__file__", None)
    return root is not None and Path(file).is_relative_to(Path(root).parent)


@dataclass(frozen=True)
class Function:
    """A function in a file. `owner` is the class that it is a method of, or "". `node` has the file's line numbers."""

    listing: Listing
    arguments: tuple[str, ...]
    body: tuple[ast.stmt, ...]
    owner: str
    node: ast.FunctionDef | ast.Lambda


@dataclass(frozen=True)
class Class:
    """A class in a file, with the classes that it inherits from, nearest first, as far as their text is found."""

    name: str
    file: str
    node: ast.ClassDef


class Texts:
    """The texts of files: those given by name, else what Python's `linecache` reads."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given

    def of(self, file: str) -> str:
        return self.given[file] if file in self.given else "".join(linecache.getlines(file))

    def function(self, file: str, line: int, name: str) -> Function | None:
        """The function `name` around a line, for a lambda its expression; None if it is not found."""
        text = self.of(file)
        around = [found for found in _functions(text) if found[1].lineno <= line <= (found[1].end_lineno or 0)]
        if name == "<lambda>":
            return _lambda(text, file, line)
        named = [found for found in around if found[1].name == name or name in NESTED]
        return self._made(file, *named[-1]) if named else None

    def method(self, owner: Class, name: str) -> Function | None:
        """A method of a class, or of the first class that it inherits it from."""
        return next((made for each in self.bases(owner) if (made := self.own_method(each, name))), None)

    def own_method(self, owner: Class, name: str) -> Function | None:
        """A method that the class itself defines."""
        for node in owner.node.body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return self._made(owner.file, f"{owner.name}.{name}", node, owner.name)
        return None

    def plain_function(self, file: str, name: str) -> Function | None:
        """A function at the top of a file, or one that the file imports."""
        for where, node in self._resolved(file, name):
            if isinstance(node, ast.FunctionDef):
                return self._made(where, node.name, node, "")
        return None

    def class_named(self, file: str, name: str) -> Class | None:
        for where, node in self._resolved(file, name):
            if isinstance(node, ast.ClassDef):
                return Class(node.name, where, node)
        return None

    def bases(self, owner: Class) -> Iterator[Class]:
        """The class, then those that it inherits from, nearest first."""
        seen, waiting = set(), [owner]
        while waiting:
            each = waiting.pop(0)
            if (each.file, each.name) in seen:
                continue
            seen.add((each.file, each.name))
            yield each
            names = [ast.unparse(base).rpartition(".")[2] for base in each.node.bases]
            waiting.extend(found for name in names if (found := self.class_named(each.file, name)))

    def _made(self, file: str, name: str, node: ast.FunctionDef, owner: str) -> Function:
        lines = self.of(file).splitlines()
        first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
        listing = Listing(name, file, first, tuple(lines[first - 1 : node.end_lineno]))
        arguments = tuple(each.arg for each in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs))
        return Function(listing, arguments, tuple(node.body), owner, node)

    def _resolved(self, file: str, name: str) -> Iterator[tuple[str, ast.stmt]]:
        """The definition of a name at the top of a file, also of an imported one: its file and its syntax tree."""
        for _ in range(MOST_IMPORTS):
            imported: ast.ImportFrom | None = None
            for node in _tree(self.of(file)).body:
                if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
                    yield file, node
                    return
                if isinstance(node, ast.ImportFrom):
                    for alias in node.names:
                        if (alias.asname or alias.name) == name:
                            imported, original = node, alias.name
            if imported is None or not (found := _file_of(imported, file)):
                return
            file, name = found, original


@lru_cache(maxsize=256)
def _tree(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


@lru_cache(maxsize=64)
def _functions(text: str) -> tuple[tuple[str, ast.FunctionDef, str], ...]:
    """(qualified name, syntax tree, class) of all functions of a text; an inner one comes after the one around it."""

    def inside(node: ast.AST, prefix: str, owner: str) -> Iterator[tuple[str, ast.FunctionDef, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef):
                yield f"{prefix}{child.name}", child, owner
                yield from inside(child, f"{prefix}{child.name}.<locals>.", "")
            elif isinstance(child, ast.ClassDef):
                yield from inside(child, f"{prefix}{child.name}.", child.name)
            else:
                yield from inside(child, prefix, owner)

    return tuple(inside(_tree(text), "", ""))


def _lambda(text: str, file: str, line: int) -> Function | None:
    found = [
        node
        for node in ast.walk(_tree(text))
        if isinstance(node, ast.Lambda) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    if not found:
        return None
    node = found[-1]
    last = node.end_lineno or node.lineno
    listing = Listing("<lambda>", file, node.lineno, tuple(text.splitlines()[node.lineno - 1 : last]))
    value = ast.copy_location(ast.Return(node.body), node.body)
    return Function(listing, tuple(each.arg for each in node.args.args), (value,), "", node)


def _file_of(node: ast.ImportFrom, file: str) -> str | None:
    """The file of the module that is imported from, if Python has it."""
    name = node.module or ""
    if node.level:
        own = next((each for each in list(sys.modules.values()) if vars(each).get("__file__") == file), None)
        package = getattr(own, "__package__", None)
        if not package:
            beside = Path(file).parent / f"{name.replace('.', '/')}.py"
            return str(beside) if beside.is_file() else None
        name = importlib.util.resolve_name("." * node.level + name, package)
    found: str | None = getattr(sys.modules.get(name), "__file__", None)
    return found
