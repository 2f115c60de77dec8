"""A process per data job: its memory is freed with it."""

from collections.abc import Callable
from multiprocessing.connection import Connection

from dashboard.system.data_jobs import DataJobCancelled, DataJobFailed, DataJobRunner, DataJobSpec
from utils.errors import TruetapeError
from utils.supervision import RunningProcess, launch_piped

NAME = "dashboard-data-jobs"
POLL_S = 0.2
_PROCESS_ENDED = "its process ended before it was done; what was stored until then is kept"

Perform = Callable[[DataJobSpec, Callable[[float], None]], str]
"""Runs a data job in its own process. Raises TruetapeError."""


class ProcessDataJobRunner(DataJobRunner):
    """Launches `perform`, which is a function of a module, or a partial of one."""

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def do(
        self,
        spec: DataJobSpec,
        progress: Callable[[float], None],
        is_cancelled: Callable[[], bool],
    ) -> str:
        process, pipe = launch_piped(NAME, serve_data_job, (self._perform, spec))
        try:
            return _follow(process, pipe, progress, is_cancelled)
        except (OSError, EOFError) as error:
            raise DataJobFailed(_PROCESS_ENDED) from error
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
            raise DataJobCancelled("ended by hand; what was stored until then is kept")
        if not pipe.poll(POLL_S):
            continue
        message: float | tuple[bool, str] = pipe.recv()
        if isinstance(message, float):
            progress(message)
        elif message[0]:
            return message[1]
        else:
            raise DataJobFailed(message[1])


def serve_data_job(perform: Perform, spec: DataJobSpec, pipe: Connection) -> None:
    """Run a data job in this process: send its progress, then success or failure with a summary."""
    try:
        summary = perform(spec, lambda part: pipe.send(float(part)))
    except TruetapeError as error:
        pipe.send((False, str(error)))
    else:
        pipe.send((True, summary))
