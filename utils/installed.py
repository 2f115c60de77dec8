"""The folders of installed code: Python, its packages, and this platform's own."""

import os
import sys
from functools import cache
from pathlib import Path

_PACKAGE_FOLDERS = ("site-packages", "dist-packages")


@cache
def installed_folders() -> tuple[str, ...]:
    """Return the folders of Python, of its packages and of our packages, resolved or not.

    Each ends with a separator. Packages may also be elsewhere: `uv run --with` lays an environment
    of its own over the first.
    """
    root = Path(__file__).parents[1]
    ours = [folder for folder in root.iterdir() if (folder / "__init__.py").exists()]
    packages = [Path(place) for place in sys.path if Path(place).name in _PACKAGE_FOLDERS]
    folders = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), *packages, *ours]
    both = dict.fromkeys(each for folder in folders for each in (folder, folder.resolve()))
    return tuple(f"{folder}{os.sep}" for folder in both)


def is_installed(file: Path | str) -> bool:
    """Return whether a file belongs to installed code; `file` must be absolute."""
    # Each load of a strategy checks some thousand modules: paths would take far longer.
    return f"{file}{os.sep}".startswith(installed_folders())
