"""What the servers of one data directory share: folders, account, programs."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from database.embedded.account import ServerAccount, account_for, make_private_folder
from database.embedded.binaries import Binaries, find_binaries
from database.embedded.errors import DataDirUnusable, UnsupportedPlatform
from database.embedded.folder_access import FolderAccess
from database.embedded.process import Launcher
from utils.files import private_folder

# The kernel allows 107 (macOS 103) bytes for a socket's whole path, with its own name.
_MAX_FOLDER_BYTES = 90


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


def socket_folder(data_dir: Path, account: ServerAccount | None) -> Path:
    """Return the private folder of the sockets: `<data_dir>/run`, or a shorter path elsewhere.

    Raises DataDirUnusable.
    """
    inside = data_dir / "run"
    if suits(inside):
        make_private_folder(inside, account)
        return inside
    digest = hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    elsewhere = _runtime_folder() / f"truetape-{os.geteuid()}-{digest}"
    _refuse_foreign(elsewhere, account)
    make_private_folder(elsewhere, account)
    return elsewhere


def suits(folder: Path) -> bool:
    """Return whether a folder can hold sockets; a comma would look like a list of hosts."""
    return len(os.fsencode(folder)) <= _MAX_FOLDER_BYTES and "," not in str(folder)


def _runtime_folder() -> Path:
    own = Path(f"/run/user/{os.geteuid()}")
    return own if os.geteuid() != 0 and os.access(own, os.W_OK) else Path(tempfile.gettempdir())


def _refuse_foreign(folder: Path, account: ServerAccount | None) -> None:
    """Raise if another user made this folder, to intercept connections."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    ours = {os.geteuid(), account.uid if account else os.geteuid()}
    if not folder.is_dir() or folder.is_symlink() or found.st_uid not in ours:
        raise DataDirUnusable(
            folder,
            problem="exists and belongs to another program",
            remedy="remove it, or shorten --data-dir",
        )
