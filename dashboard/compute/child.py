"""The worker's side of the pipe."""

import gc
from collections.abc import Callable
from multiprocessing.connection import Connection


def serve_calls(prepare: Callable[[], None], pipe: Connection) -> None:
    """Run calls, one after the other, until the pipe is closed."""
    prepare()
    gc.freeze()
    while True:
        try:
            function, args, kwargs = pipe.recv()
        except EOFError:
            return
        try:
            answer = True, function(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 the outermost loop of this process
            answer = False, f"{type(error).__name__}: {error}"
        pipe.send(answer)
