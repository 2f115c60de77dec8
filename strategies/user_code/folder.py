"""A folder of users' strategies: which files are run, and which data no strategy declares."""

import logging
from pathlib import Path

from strategies.user_code.file_parts import undeclared_data
from strategies.user_code.file_syntax import resource_names

log = logging.getLogger("truetape.strategies")


def strategy_files(folder: Path | None) -> list[Path]:
    """Return the files that may hold strategies, by path: not those that begin with `_`."""
    return sorted(folder.glob("[!_]*.py")) if folder is not None else []


def text_of(path: Path) -> bytes:
    """Return the text of a file, empty if it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def declared_resources(path: Path, text: bytes) -> tuple[Path, ...]:
    """Return the resources that the text of a strategy file declares."""
    return tuple(path.parent / name for name in resource_names(text))


def warn_of_undeclared_data(folder: Path) -> None:
    """Log each data file below a folder that no strategy file in it declares."""
    declared = [
        resource
        for path in strategy_files(folder)
        for resource in declared_resources(path, text_of(path))
    ]
    for file in undeclared_data(folder, declared):
        log.warning(
            "data file not declared as a resource of any strategy", extra={"path": str(file)}
        )
