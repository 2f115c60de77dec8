"""Exclusive ownership of a data directory, by a lock that the kernel frees when its owner ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from database.embedded.errors import AlreadyRunning, DataDirUnusable
from database.embedded.info import InstanceInfo, read_info, remove_info, write_info
from utils.files import OWNER_FILE, data_folder

_LOCK = "instance.lock"


class Instance:
    """The ownership of a data directory."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def announce(self, info: InstanceInfo) -> None:
        """Publish where this platform listens, until the ownership ends."""
        write_info(self.data_dir, info)


@contextmanager
def own(data_dir: Path) -> Iterator[Instance]:
    """Own a data directory, created if missing, inside the block.

    Raises AlreadyRunning, DataDirUnusable.
    """
    data_dir = data_dir.expanduser().absolute()
    lock = _lock(data_dir)
    try:
        # An existing announcement was left by an owner that crashed.
        remove_info(data_dir)
        yield Instance(data_dir)
    finally:
        remove_info(data_dir)
        lock.release()


def _lock(data_dir: Path) -> FileLock:
    lock = FileLock(data_dir / _LOCK, timeout=0, mode=OWNER_FILE, thread_local=False)
    try:
        data_folder(data_dir)
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(data_dir, read_info(data_dir)) from None
    except OSError as error:
        raise DataDirUnusable(
            data_dir,
            problem=f"cannot be written ({error.strerror})",
            remedy="choose another with --data-dir or DATA_DIR",
        ) from error
    return lock
