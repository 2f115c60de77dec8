"""Files and folders: written atomically, private to their owner, compared for changes."""

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

OWNER_FOLDER = 0o700
PASSABLE_FOLDER = 0o711
OWNER_FILE = 0o600
_MAX_DIGESTED_BYTES = 1_000_000
Opener = Callable[[str, int], int]


@contextmanager
def atomic_write(path: Path, opener: Opener | None = None) -> Iterator[BinaryIO]:
    """Write to a new file that replaces `path` when the block ends without an error.

    `opener` as for `open`: `open_private` for files that only their owner may read.
    Until then, and if the block raises, an existing file stays unchanged. Raises OSError.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb", opener=opener) as raw:
            yield raw
            raw.flush()
            os.fsync(raw.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


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


@dataclass(frozen=True, slots=True)
class FileState:
    """When a file was last written, its size, and a digest of its first million bytes.

    The digest detects changes within one tick of the file system's clock, or under a time that was
    set. The time detects that a file was touched to reload it after its dependencies changed.
    """

    modified_ns: int
    size: int
    digest: str


def file_state(path: Path) -> FileState | None:
    """Return the state of a file, None if it cannot be read."""
    try:
        facts = path.stat()
        with path.open("rb") as file:
            digest = hashlib.sha256(file.read(_MAX_DIGESTED_BYTES)).hexdigest()[:16]
    except OSError:
        return None
    return FileState(facts.st_mtime_ns, facts.st_size, digest)


def folder_state(folder: Path, pattern: str) -> dict[Path, FileState]:
    """Return the state of each readable file of a folder that matches `pattern`, by path."""
    states = ((path, file_state(path)) for path in sorted(folder.glob(pattern)))
    return {path: state for path, state in states if state is not None}
