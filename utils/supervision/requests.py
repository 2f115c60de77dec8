"""Restarts that somebody wants, as files of a folder: one per process, taken by who supervises it.

Files, so that a restart can be asked for while the database and the bus are what is broken.
"""

import re
from collections.abc import Collection
from pathlib import Path

from utils.errors import ConfigError
from utils.private_files import private_folder

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


class RestartRequests:
    """Asked by one process, taken by others, over the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ask(self, process: str) -> None:
        """Want a process restarted. Raises ConfigError if that is no name, or cannot be written."""
        if not _NAME.fullmatch(process):
            raise ConfigError("process", problem=f"{process[:80]!r} is no name of a process")
        try:
            private_folder(self._folder)
            (self._folder / process).touch()
        except OSError as error:
            raise ConfigError(str(self._folder), problem=f"cannot be written: {error}") from error

    def take(self, processes: Collection[str]) -> list[str]:
        """Return which of these are to be restarted; each is told once."""
        try:
            requested = [path for path in self._folder.iterdir() if path.name in processes]
        except OSError:
            return []
        for path in requested:
            path.unlink(missing_ok=True)
        return [path.name for path in requested]
