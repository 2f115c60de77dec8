"""A process that runs users' code, so that whatever it does can be ended."""

from collections.abc import Callable
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

from utils.compiled_cache import use_compiled_cache
from utils.priority import BACKGROUND
from utils.supervision import SINGLE_THREADED, RunningProcess, launch_piped


def serve(compiled: Path | None, channel: Connection) -> None:
    """Answer questions until the engine is gone. The target of a process."""
    if compiled is not None:
        use_compiled_cache(compiled)
    # Imported here, so that the folder of compiled code is chosen before.
    from strategies.engine.questions import Answer, Question, Shelf, failure

    shelf = Shelf()

    def answer(question: Question) -> Answer:
        try:
            return question.answer(shelf)
        except (Exception, SystemExit) as error:  # noqa: BLE001 a user's strategy may raise anything
            return failure(error)

    channel.send(None)
    while True:
        try:
            question = channel.recv()
        except EOFError:
            return
        channel.send(answer(question))


def launcher(name: str, compiled: Path | None) -> Callable[[], tuple[RunningProcess, Connection]]:
    """Return what launches such a process, keeping compiled code below a folder."""

    # Users' code must not keep the engine, the servers or the page waiting.
    return partial(
        launch_piped,
        name,
        serve,
        (compiled,),
        niceness=BACKGROUND,
        environment=SINGLE_THREADED,
    )
