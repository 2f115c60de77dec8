"""A step that repeats in the background while a test observes its effects."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def repeating(step: Callable[[], object], every_s: float) -> Iterator[None]:
    """Call `step` every `every_s` seconds, first after `every_s`, until the block ends.

    What a step raises ends the repetition, and is raised at the end: what the test waited for in
    vain is its consequence.
    """
    stop = threading.Event()
    failures: list[BaseException] = []

    def run() -> None:
        try:
            while not stop.wait(every_s):
                step()
        except BaseException as failure:  # noqa: BLE001 - handed to the test's own thread
            failures.append(failure)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=10)
        if failures:
            raise failures[0]
