"""Folders and files that only their owner may enter, read and write."""

import os
from pathlib import Path

OWNER_FOLDER = 0o700
OWNER_FILE = 0o600


def private_folder(path: Path) -> Path:
    """Make a folder where it is missing, close it to other users, and return it.

    A folder of another user stays as it is: whoever owns it decides. Raises OSError.
    """
    path.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    if path.stat().st_uid == os.geteuid():
        path.chmod(OWNER_FOLDER)
    return path


def open_private(path: str, flags: int) -> int:
    """Open a file for `open(opener=...)`, closed to other users when this makes it."""
    return os.open(path, flags, OWNER_FILE)
