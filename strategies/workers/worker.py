"""A worker process that runs users' code, so that it can be killed."""

import os
from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from utils.compiled_cache import use_compiled_cache
from utils.priority import BACKGROUND
from utils.supervision import SINGLE_THREADED, RunningProcess, launch_piped


def serve(compiled: Path | None, pipe: Connection) -> None:
    """Answer queries until the pipe is closed. The target of a process."""
    if compiled is not None:
        use_compiled_cache(compiled)
    # Imported here, so that the folder of compiled code is chosen before.
    from strategies.built_in import built_in_sources
    from strategies.user_code.file_guard import install_file_guard
    from strategies.workers.process_state import ProcessStateGuard
    from strategies.workers.queries import (
        QueryResult,
        StrategyFileCache,
        WorkerQuery,
        failure,
    )
    from utils.compiled_cache import compiled_cache

    # What native code prints must not mix with what a command writes.
    os.dup2(2, 1)
    file_cache, state_guard = StrategyFileCache(dict(built_in_sources())), ProcessStateGuard()
    install_file_guard(compiled_cache().folder)

    def run(query: WorkerQuery) -> QueryResult:
        try:
            return query.run(file_cache)
        except BaseException as error:  # noqa: BLE001 a user's strategy may raise anything
            return failure(error, file_cache.folders)

    pipe.send(None)
    while True:
        try:
            query = pipe.recv()
        except EOFError:
            return
        with state_guard.applied() as printed:
            result = run(query)
        if lines := printed.lines():
            pipe.send(lines)
        pipe.send(result)


def launcher(name: str, compiled: Path | None) -> Callable[[], tuple[RunningProcess, Connection]]:
    """Return a function that launches a worker, with compiled code below a folder."""

    # Users' code must not keep the engine, the servers or the page waiting.
    return partial(
        launch_piped,
        name,
        serve,
        (compiled,),
        niceness=BACKGROUND,
        environment=SINGLE_THREADED,
    )
