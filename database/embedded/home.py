"""What the servers of one data directory share: folders, account, programs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from database.embedded.account import ServerAccount, account_for, make_private_folder
from database.embedded.binaries import Binaries, find_binaries
from database.embedded.errors import UnsupportedPlatform
from database.embedded.folder_access import FolderAccess
from database.embedded.process import Launcher
from database.embedded.sockets import socket_folder
from utils.files import private_folder


@dataclass(frozen=True, slots=True)
class ServerHome:
    """A data directory prepared for servers; its paths hold no links."""

    data_dir: Path
    sockets: Path
    binaries: Binaries
    launcher: Launcher

    @property
    def account(self) -> ServerAccount | None:
        """Return the account of the servers; None: this process's own."""
        return self.launcher.account

    @property
    def folder_access(self) -> FolderAccess:
        """Return how the servers access the folders."""
        return self.launcher.folder_access

    def private_folder(self, name: str) -> Path:
        """Return a private folder of the servers, created if missing. Raises DataDirUnusable."""
        folder = self.data_dir / name
        make_private_folder(folder, self.account)
        return folder

    def log_file(self, server: str) -> Path:
        """Return the path of a server's own log file, with its folder created."""
        return private_folder(self.data_dir / "log") / f"{server}.log"


@contextmanager
def server_home(data_dir: Path) -> Iterator[ServerHome]:
    """Prepare an owned data directory for servers; leave the block when they have stopped.

    Raises ServersNotInstalled, UnsupportedPlatform, DataDirUnusable.
    """
    if sys.platform == "win32":
        raise UnsupportedPlatform("there are no embedded servers for Windows")
    data_dir = data_dir.expanduser().resolve()
    account = account_for(data_dir)
    folder_access, sockets = FolderAccess(account), socket_folder(data_dir, account)
    try:
        yield ServerHome(
            data_dir=data_dir,
            sockets=sockets,
            binaries=find_binaries(data_dir, account),
            launcher=Launcher(account, folder_access),
        )
    finally:
        folder_access.close()
        # Empty after a clean stop; otherwise it stays for the next start.
        with suppress(OSError):
            sockets.rmdir()
