"""Modules beside a strategy file: importable while it is run, always from their source.

Bytecode is matched with its source by modification time in seconds and size only: after a quick
edit the old code would run under the new version.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import FileFinder, ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from utils.installed import is_installed


@contextmanager
def importing_from(folder: Path) -> Iterator[None]:
    """Import modules of a folder again, inside the block and after it.

    Helper modules that an earlier file imported are dropped: each file has its own.
    """
    place = folder.resolve()
    for name, module in list(sys.modules.items()):
        if _is_helper(module) or _is_below(module, place):
            del sys.modules[name]
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, _FolderFinder)]
    sys.meta_path.insert(0, _FolderFinder(folder))
    yield


def helpers_below(folder: Path) -> tuple[Path, ...]:
    """Return the files of the modules that were imported from below a folder, in order."""
    files = (Path(str(module.__file__)) for module in _modules_below(folder))
    return tuple(sorted(set(files)))


def _modules_below(folder: Path) -> Iterator[ModuleType]:
    place = folder.resolve()
    for module in list(sys.modules.values()):
        # The strategy file itself was run without being imported.
        if _is_below(module, place) and module.__spec__ is not None:
            yield module


def _is_helper(module: Any) -> bool:
    """Return whether a module was imported from beside a strategy file, in any folder."""
    return isinstance(getattr(getattr(module, "__spec__", None), "loader", None), _SourceLoader)


def _is_below(module: Any, folder: Path) -> bool:
    """Return whether a module was imported from below a resolved folder, and is not installed."""
    file = getattr(module, "__file__", None)
    if not isinstance(file, str) or getattr(module, "__spec__", None) is None:
        return False
    if is_installed(file):  # nearly all are: only the others are looked up on the disk
        return False
    place = Path(file).resolve()
    return place.is_relative_to(folder) and not is_installed(place)


class _SourceLoader(SourceFileLoader):
    def path_stats(self, path: str) -> NoReturn:
        """Raise OSError, so that bytecode is not used."""
        raise OSError(f"{path} must be compiled from its source")


class _FolderFinder(MetaPathFinder):
    """Finds modules that only this folder has, and the modules of its packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        for place in self._places(name, path):
            found = FileFinder(str(place), (_SourceLoader, [".py"])).find_spec(name, target)
            if found is not None and found.loader is not None:
                return found
        return None

    def _places(self, name: str, path: Sequence[str] | None) -> list[Path]:
        if path is not None:
            places = [Path(place).resolve() for place in path]
            return [place for place in places if place.is_relative_to(self._folder)]
        here = (self._folder / f"{name}.py").exists() or (self._folder / name).is_dir()
        installed = here and (name in sys.builtin_module_names or PathFinder.find_spec(name))
        return [self._folder] if here and not installed else []
