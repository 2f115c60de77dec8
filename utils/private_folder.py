"""Folders that only their owner may enter."""

from pathlib import Path

_OWNER_ONLY = 0o700


def private_folder(path: Path) -> Path:
    """Make a folder where it is missing, close it to other users, and return it.

    A folder of another user stays as it is. Raises OSError.
    """
    path.mkdir(mode=_OWNER_ONLY, parents=True, exist_ok=True)
    try:
        path.chmod(_OWNER_ONLY)
    except PermissionError:
        # Whoever owns it decides who may enter.
        return path
    return path
