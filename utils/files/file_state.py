"""Detect whether a file has changed."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

_MAX_BYTES = 1_000_000


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
            digest = hashlib.sha256(file.read(_MAX_BYTES)).hexdigest()[:16]
    except OSError:
        return None
    return FileState(facts.st_mtime_ns, facts.st_size, digest)


def folder_state(folder: Path, pattern: str) -> dict[Path, FileState]:
    """Return the state of each readable file of a folder that matches `pattern`, by path."""
    states = ((path, file_state(path)) for path in sorted(folder.glob(pattern)))
    return {path: state for path, state in states if state is not None}
