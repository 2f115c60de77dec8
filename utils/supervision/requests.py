"""Restart requests as files in a folder: one per process, taken by its supervisor.

Files, so that a restart can be requested while the database or the bus is down.
"""

import re
from collections.abc import Collection
from pathlib import Path

from utils.errors import ConfigError
from utils.files import private_folder

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


class RestartRequests:
    """Written by one process, taken by others, over the same folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def request_restart(self, process: str) -> None:
        """Request a restart. Raises ConfigError for an invalid name or an unwritable file."""
        if not _NAME.fullmatch(process):
            raise ConfigError("process", problem=f"{process[:80]!r} is not a process name")
        try:
            private_folder(self._folder)
            (self._folder / process).touch()
        except OSError as error:
            raise ConfigError(str(self._folder), problem=f"cannot be written: {error}") from error

    def take(self, processes: Collection[str]) -> list[str]:
        """Return which of these are to be restarted; each request is returned once."""
        try:
            requested = [path for path in self._folder.iterdir() if path.name in processes]
        except OSError:
            return []
        for path in requested:
            path.unlink(missing_ok=True)
        return [path.name for path in requested]
