"""Folders and files that only their owner may access."""

import os
from pathlib import Path

OWNER_FOLDER = 0o700
PASSABLE_FOLDER = 0o711
OWNER_FILE = 0o600


def private_folder(path: Path, mode: int = OWNER_FOLDER) -> Path:
    """Create a folder if missing, make it private, and return it.

    A folder of another user is left unchanged. Raises OSError.
    """
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    if path.stat().st_uid == os.geteuid():
        path.chmod(mode)
    return path


def data_folder(path: Path) -> Path:
    """Create a data directory that other users can neither list nor read. Raises OSError.

    Root runs its servers as another user, who must pass through it to folders of its own.
    """
    return private_folder(path, PASSABLE_FOLDER if os.geteuid() == 0 else OWNER_FOLDER)


def open_private(path: str, flags: int) -> int:
    """Open a file for `open(opener=...)`, private to its owner if this creates it."""
    return os.open(path, flags, OWNER_FILE)
