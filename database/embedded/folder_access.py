"""Paths of folders as the servers can access them.

Root may keep its data where an unprivileged account cannot pass, such as below /root. Permissions
of such parents must not be changed, so the server inherits the open folder instead of its path.
"""

import os
import sys
from pathlib import Path

from database.embedded.account import ServerAccount, can_reach
from database.embedded.errors import DataDirUnusable


class FolderAccess:
    """Provides paths that the servers can use; holds folders open until closed."""

    def __init__(self, account: ServerAccount | None) -> None:
        self._account = account
        self._open: dict[Path, int] = {}

    @property
    def descriptors(self) -> tuple[int, ...]:
        """Return the descriptors that a server must inherit to use the paths provided so far."""
        return tuple(self._open.values())

    def of(self, folder: Path) -> str:
        """Return a path to an existing folder that the account can use. Raises DataDirUnusable."""
        if can_reach(self._account, folder):
            return str(folder)
        if sys.platform != "linux":
            raise DataDirUnusable(
                folder,
                problem="the servers cannot run as root, and their account cannot access it",
                remedy="run as an ordinary user, or choose another data directory",
            )
        if folder not in self._open:
            self._open[folder] = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        return f"/proc/self/fd/{self._open[folder]}"

    def release(self, folder: Path) -> None:
        """Close a folder that is about to be moved or removed."""
        if folder in self._open:
            os.close(self._open.pop(folder))

    def close(self) -> None:
        """Close all folders."""
        for folder in list(self._open):
            self.release(folder)
