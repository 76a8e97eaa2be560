"""Which module a Python file is, and which file an import means: packages, src layouts, relative imports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from posixpath import basename, dirname

SOURCE_ROOTS = ("src", "lib", "python", "source")


@dataclass(frozen=True)
class ModuleNames:
    """The Python files of a workspace, by the names under which they can be imported."""

    files: frozenset[str]
    known: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, files: Iterable[str]) -> ModuleNames:
        return cls(frozenset(file for file in files if file.endswith((".py", ".pyi"))))

    @cached_property
    def packages(self) -> frozenset[str]:
        """The folders with an `__init__.py`."""
        return frozenset(dirname(file) for file in self.files if basename(file) == "__init__.py")

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Files by module name; several when two trees hold a module of one name."""
        found: dict[str, list[str]] = {}
        for file in sorted(self.files):
            found.setdefault(self.name(file), []).append(file)
        return found

    @cached_property
    def tops(self) -> frozenset[str]:
        """First words that somewhere in the workspace could be meant: modules, packages, folders that hold Python."""
        words = {name.split(".")[0] for name in self.by_name}
        for file in self.files:
            folder = dirname(file)
            words.add(basename(file).rsplit(".", 1)[0])
            while folder:
                words.add(basename(folder))
                folder = dirname(folder)
        return frozenset(words)

    def root(self, file: str) -> str:
        """The folder from which the file's module name counts: the first one up that is no package."""
        folder = dirname(file)
        if folder not in self.packages:
            # A folder without `__init__.py` below a source root is a namespace package of it.
            first = folder.split("/")[0]
            return first if first in SOURCE_ROOTS else ""
        while folder in self.packages:
            folder = dirname(folder)
        return folder

    def name(self, file: str) -> str:
        """The dotted name of the file's module.

        >>> ModuleNames.of(["src/shop/__init__.py", "src/shop/api.py"]).name("src/shop/api.py")
        'shop.api'
        """
        root = self.root(file)
        inner = file[len(root) + 1 :] if root else file
        inner = inner.rsplit(".", 1)[0]
        if basename(file) == "__init__.py":
            inner = dirname(inner) or basename(root)
        return inner.replace("/", ".")

    def resolve(self, name: str, importer: str) -> str | None:
        """The workspace's file that `import name` means in `importer`, or None when it is somebody else's module."""
        key = (name, dirname(importer))
        if key not in self.known:
            self.known[key] = self._find(name, importer) or ""
        return self.known[key] or None

    def _find(self, name: str, importer: str) -> str | None:
        beside, path = dirname(importer), name.replace(".", "/")
        # First as Python does for a script or a test: its own folder, then the root of its own tree.
        for folder in dict.fromkeys((self.root(importer), beside if beside not in self.packages else "", "")):
            base = f"{folder}/{path}" if folder else path
            for file in (f"{base}/__init__.py", f"{base}.py"):
                if file in self.files:
                    return file
        same = self.by_name.get(name, [])
        return max(same, key=lambda file: (_shared(file, importer), file), default=None)

    def base(self, module: str, level: int, importer: str) -> str:
        """The absolute name that a relative import counts from: `from ..x import y` is level 2, module "x"."""
        if level == 0:
            return module
        parts = self.name(importer).split(".")
        if basename(importer) != "__init__.py":
            parts = parts[:-1]
        kept = parts[: len(parts) - (level - 1)] if level > 1 else parts
        return ".".join([*kept, module] if module else kept)


def _shared(one: str, two: str) -> int:
    """How many leading folders two paths share."""
    count = 0
    for left, right in zip(one.split("/")[:-1], two.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count
