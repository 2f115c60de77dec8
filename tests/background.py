"""Something that goes on in the background while a test looks at what comes of it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeating(step: Callable[[], object], every_s: float) -> Iterator[None]:
    """Take a step every so many seconds, the first after as long, until the block ends."""
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(every_s):
            step()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
