"""The folders of installed code: Python, its packages, and this platform's own."""

import sys
from functools import cache
from pathlib import Path

_PACKAGE_FOLDERS = ("site-packages", "dist-packages")


@cache
def installed_folders() -> tuple[Path, ...]:
    """Return the folders of Python, of its packages and of our packages, resolved or not.

    Packages may also be elsewhere: `uv run --with` lays an environment of its own over the first.
    """
    root = Path(__file__).parents[1]
    ours = [folder for folder in root.iterdir() if (folder / "__init__.py").exists()]
    packages = [Path(place) for place in sys.path if Path(place).name in _PACKAGE_FOLDERS]
    folders = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), *packages, *ours]
    return tuple(dict.fromkeys(each for folder in folders for each in (folder, folder.resolve())))


def is_installed(file: Path) -> bool:
    """Return whether a file belongs to installed code; `file` must be absolute."""
    return any(file.is_relative_to(folder) for folder in installed_folders())
