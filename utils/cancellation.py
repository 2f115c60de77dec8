"""Cancel blocking work from another thread: the caller sets a flag, stores check it at each query.

The flag is held in the context of the working thread, so no function in between passes it on.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from utils.errors import TruetapeError

_CANCELLED: ContextVar[threading.Event | None] = ContextVar("cancelled", default=None)


class WorkCancelled(TruetapeError):
    """The result of this work is no longer needed."""


@contextmanager
def cancelled_by(flag: threading.Event) -> Iterator[None]:
    """Make the block, in this context, cancellable by a flag."""
    token = _CANCELLED.set(flag)
    try:
        yield
    finally:
        _CANCELLED.reset(token)


def check_cancelled() -> None:
    """Raise WorkCancelled if the flag of this context is set."""
    flag = _CANCELLED.get()
    if flag is not None and flag.is_set():
        raise WorkCancelled("cancelled: the client has disconnected")
