"""A process per chore: what it loads and holds goes with it."""

from collections.abc import Callable
from multiprocessing.connection import Connection

from dashboard.system.chores import Chore, ChoreCancelled, ChoreFailed, ChoreWork
from utils.errors import TruetapeError
from utils.supervision import RunningProcess, launch_piped

NAME = "dashboard-chores"
POLL_S = 0.2
_ENDED = "its process ended before it was done; what was stored until then is kept"

Perform = Callable[[Chore, Callable[[float], None]], str]
"""Does a chore in its own process. Raises TruetapeError."""


class ProcessChores(ChoreWork):
    """Launches `perform`, which is a function of a module, or a partial of one."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def do(
        self, chore: Chore, progress: Callable[[float], None], is_cancelled: Callable[[], bool]
    ) -> str:
        process, pipe = launch_piped(NAME, serve_chore, (self._perform, chore))
        try:
            return _follow(process, pipe, progress, is_cancelled)
        except (OSError, EOFError) as error:
            raise ChoreFailed(_ENDED) from error
        finally:
            process.kill()
            pipe.close()


def _follow(
    process: RunningProcess,
    pipe: Connection,
    progress: Callable[[float], None],
    is_cancelled: Callable[[], bool],
) -> str:
    while True:
        if is_cancelled():
            process.stop()
            raise ChoreCancelled("ended by hand; what was stored until then is kept")
        if not pipe.poll(POLL_S):
            continue
        told: float | tuple[bool, str] = pipe.recv()
        if isinstance(told, float):
            progress(told)
        elif told[0]:
            return told[1]
        else:
            raise ChoreFailed(told[1])


def serve_chore(perform: Perform, chore: Chore, pipe: Connection) -> None:
    """Be the process: send how far it is, then whether it went well and what is to be said."""
    try:
        words = perform(chore, lambda part: pipe.send(float(part)))
    except TruetapeError as error:
        pipe.send((False, str(error)))
    else:
        pipe.send((True, words))
