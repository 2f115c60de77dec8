"""Files that appear whole or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

Opener = Callable[[str, int], int]


@contextmanager
def atomic_write(path: Path, opener: Opener | None = None) -> Iterator[BinaryIO]:
    """Write a new file, which takes its name when the block ends well.

    `opener` as for `open`: `open_private` for files that only their owner may read.
    Until then, and if the block raises, whatever bore the name before stays. Raises OSError.
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
