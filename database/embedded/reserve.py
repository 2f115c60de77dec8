"""A file that reserves disk space, removed when the database cannot start for lack of space."""

import logging
import os
from pathlib import Path

from utils.files import open_private

log = logging.getLogger("truetape.embedded")

RESERVE_BYTES = 64 * 1024 * 1024
# Two segments of the database's log; with less it cannot start.
_NEEDED_BYTES = 32 * 1024 * 1024
_PLENTY_BYTES = 4 * RESERVE_BYTES
_CHUNK = bytes(1024 * 1024)


def maintain_reserve(path: Path, *, free_bytes: int) -> None:
    """Create the reserve when there is plenty of space; remove it when there is none."""
    if path.exists() and free_bytes < _NEEDED_BYTES:
        path.unlink()
        log.critical(
            "disk full; reserve file deleted: free some space",
            extra={"folder": str(path.parent), "free_bytes": free_bytes},
        )
    elif not path.exists() and free_bytes > _PLENTY_BYTES:
        _fill(path)


def _fill(path: Path) -> None:
    """Write zeros: a sparse file would reserve no space."""
    fresh = path.with_name(f"{path.name}.new")
    with open(fresh, "wb", opener=open_private) as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, RESERVE_BYTES)
        else:
            for _ in range(RESERVE_BYTES // len(_CHUNK)):
                file.write(_CHUNK)
    fresh.replace(path)
