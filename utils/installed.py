"""Where installed code is: Python, its packages, and our own."""

import sys
from functools import cache
from pathlib import Path


@cache
def installed_folders() -> tuple[Path, ...]:
    """Return the folders of Python, of its packages and of our packages, resolved or not."""
    root = Path(__file__).parents[1]
    ours = [folder for folder in root.iterdir() if (folder / "__init__.py").exists()]
    folders = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.exec_prefix), *ours]
    return tuple(dict.fromkeys(each for folder in folders for each in (folder, folder.resolve())))


def is_installed(file: Path) -> bool:
    """Tell whether a file belongs to installed code; `file` must be absolute."""
    return any(file.is_relative_to(folder) for folder in installed_folders())
