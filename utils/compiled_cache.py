"""The cache folder of compiled code, named after a digest of the sources it was compiled from.

numba detects a change of a compiled function's own file, but not of a compiled function that it
calls from another file. So the folder's name holds a digest of every such file; numba itself
separates CPUs and signatures inside it.
"""

import hashlib
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from utils.files import private_folder

PACKAGES = ("utils", "strategies", "bot_manager", "backtesting")
_MARKS = (b"from utils.compiled import", b"# Compiled into ")
"""Files with compiled functions, and files whose constants and layouts are compiled into them."""
_chosen: "CompiledCache | None" = None


@dataclass(frozen=True, slots=True)
class CompiledCache:
    """A writable folder. `temporary`: compiled code is lost, as the requested one is read-only."""

    folder: Path
    temporary: bool = False


def use_compiled_cache(parent: Path) -> CompiledCache:
    """Keep this process's compiled code below `parent`, or in a private temporary folder.

    Call it in composition roots, before compiled code is imported; raises RuntimeError after that.
    """
    if "numba" in sys.modules:
        raise RuntimeError("the folder of compiled code must be set before numba is imported")
    global _chosen
    _chosen = _open_folder(parent / sources_digest())
    return _chosen


def compiled_cache() -> CompiledCache:
    """Return the folder that the root chose, else one in the user's own cache."""
    return _chosen or _open_folder(Path.home() / ".cache" / "truetape" / sources_digest())


def sources_digest(root: Path = Path(__file__).parents[1]) -> str:
    """Return a digest of every file with compiled functions, of numba and of Python."""
    digest = hashlib.sha256(f"{version('numba')} {sys.version}".encode())
    for path in _sources(root):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            source = path.read_bytes()
            ours = path.name in ("compiled.py", "compiled_cache.py")
            if ours or any(mark in source for mark in _MARKS):
                yield path


def _open_folder(folder: Path) -> CompiledCache:
    try:
        # The folder above is private, so the mode of numba's own files does not matter.
        private_folder(folder.parent)
        private_folder(folder)
        with tempfile.TemporaryFile(dir=folder):
            return CompiledCache(folder)
    except OSError:
        return CompiledCache(Path(tempfile.mkdtemp(prefix="truetape-compiled-")), temporary=True)
