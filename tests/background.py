"""A step that repeats in the background while a test observes its effects."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeating(step: Callable[[], object], every_s: float) -> Iterator[None]:
    """Call `step` every `every_s` seconds, first after `every_s`, until the block ends."""
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
