"""Everything the servers of one data directory share: folders, account, programs."""

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
from utils.private_files import private_folder


@dataclass(frozen=True, slots=True)
class ServerHome:
    """A data directory made ready for servers; its paths hold no links."""

    data_dir: Path
    sockets: Path
    binaries: Binaries
    launcher: Launcher

    @property
    def account(self) -> ServerAccount | None:
        """Return who runs the servers; None: we do."""
        return self.launcher.account

    @property
    def folder_access(self) -> FolderAccess:
        """Return how the servers see our folders."""
        return self.launcher.folder_access

    def private_folder(self, name: str) -> Path:
        """Return a folder of the servers' own, made where missing. Raises DataDirUnusable."""
        folder = self.data_dir / name
        make_private_folder(folder, self.account)
        return folder

    def log_file(self, server: str) -> Path:
        """Return where a server writes its own log, with its folder made."""
        return private_folder(self.data_dir / "log") / f"{server}.log"


@contextmanager
def server_home(data_dir: Path) -> Iterator[ServerHome]:
    """Make an owned data directory ready for servers; leave the block when they have stopped.

    Raises UnsupportedPlatform, DataDirUnusable.
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
        # Empty after a clean stop; after any other the next start finds it again.
        with suppress(OSError):
            sockets.rmdir()
