"""A guard against files outside a strategy's version: it prevents mistakes, and is no sandbox.

Files that native code opens are not checked. The hook stays for the life of its process, so only a
worker installs it; it acts only inside `guarded`.
"""

import os
import re
import sys
import tempfile
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from strategies.user_code.file_parts import FileParts
from utils.installed import installed_folders, is_installed

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CACHED_CODE = re.compile(r"\.(pyc|nbi|nbc)(\.|$)")
_MACHINE = ("/proc", "/sys", "/dev/null", "/dev/random", "/dev/urandom", "/dev/zero")
_TIME_ZONES = ("/etc/localtime", "/etc/timezone", *zoneinfo.TZPATH)


class UndeclaredFile(PermissionError):
    """A strategy opened a file that is no part of it."""


@dataclass(frozen=True, slots=True)
class _Allowed:
    """What may be opened. `modules`: the folder whose Python files may be read to load it."""

    active: bool = False
    files: frozenset[Path] = frozenset()
    folders: tuple[Path, ...] = ()
    modules: Path | None = None
    compiled: tuple[Path, ...] = field(default=())


_allowed = _Allowed()


def install_file_guard(compiled: Path | None) -> None:
    """Check every file that this process opens from now on, for its whole life.

    `compiled` is where compiled code is kept.
    """
    tempfile.gettempdir()  # finds it by writing to it
    installed_folders()  # before a user's code can change where modules are searched
    folders = [] if compiled is None else [compiled, compiled.resolve()]
    _allow(compiled=tuple(folders))
    sys.addaudithook(_check)


@contextmanager
def guarded() -> Iterator[None]:
    """Refuse files that are not allowed, inside the block."""
    _allow(active=True)
    try:
        yield
    finally:
        _allow(active=False)


@contextmanager
def unguarded() -> Iterator[None]:
    """Allow all files inside the block: for platform code that runs among a user's."""
    before = _allowed.active
    _allow(active=False)
    try:
        yield
    finally:
        _allow(active=before)


def allow_parts(parts: FileParts, modules: Path | None = None) -> None:
    """Allow from now on only one strategy's files, and Python files below `modules`."""
    with unguarded():
        places = [parts.path, *parts.others]
        resolved = {*places, *(place.resolve() for place in places)}
        _allow(
            files=frozenset(place for place in resolved if not place.is_dir()),
            folders=tuple(place for place in resolved if place.is_dir()),
            modules=None if modules is None else modules.resolve(),
        )


def _allow(**changes: object) -> None:
    global _allowed
    _allowed = replace(_allowed, **changes)  # type: ignore[arg-type]  # by name, as above


def _check(event: str, args: tuple[object, ...]) -> None:
    """Raise UndeclaredFile for a file that may not be opened. The audit hook."""
    if not _allowed.active or event not in ("open", "sqlite3.connect"):
        return
    if not isinstance(args[0], str | bytes | os.PathLike) or args[0] == ":memory:":
        return
    path = Path(os.path.abspath(os.fsdecode(args[0])))  # noqa: PTH100 resolve() follows links
    if event == "open" and _writes(args[1], args[2]):
        if not _may_write(path):
            raise UndeclaredFile(f"writes {path}: a strategy must not write files")
    elif not _may_read(path):
        raise UndeclaredFile(
            f"reads {path}, which is not part of the strategy: import it at the top of the file if "
            "it is a module of the same folder, else declare its path, as in "
            f"resources = ({path.name!r},)"
        )


def _writes(mode: object, flags: object) -> bool:
    by_mode = isinstance(mode, str) and any(char in mode for char in "wax+")
    return by_mode or (isinstance(flags, int) and bool(flags & _WRITING))


def _may_write(path: Path) -> bool:
    return (
        path == Path(os.devnull)
        or any(path.is_relative_to(folder) for folder in _allowed.compiled)
        or "__pycache__" in path.parts
    )


def _may_read(path: Path) -> bool:
    real = path.resolve()
    modules = _allowed.modules
    return (
        is_installed(path)
        or is_installed(real)
        or bool({path, real} & _allowed.files)
        or any(real.is_relative_to(folder) for folder in (*_allowed.folders, *_allowed.compiled))
        or (modules is not None and real.suffix == ".py" and real.is_relative_to(modules))
        or any(path.is_relative_to(place) for place in (*_MACHINE, *_TIME_ZONES))
        or ("__pycache__" in path.parts and _CACHED_CODE.search(path.name) is not None)
    )
