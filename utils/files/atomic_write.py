"""Write files atomically: a new file appears as a whole or not at all."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

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
