"""The folder of the servers' sockets: private, with a path short enough for a socket."""

import hashlib
import os
import tempfile
from pathlib import Path

from database.embedded.account import ServerAccount, make_private_folder
from database.embedded.errors import DataDirUnusable

# The kernel allows 107 (macOS 103) bytes for the whole path, with the socket's own name.
_MAX_FOLDER_BYTES = 90


def socket_folder(data_dir: Path, account: ServerAccount | None) -> Path:
    """Return `<data_dir>/run`, or a private folder elsewhere if that is not suitable.

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
