"""The worker process that runs the configurations it receives over a pipe."""

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from backtesting.errors import Cancelled
from backtesting.monitor import RunMonitor
from dashboard.backtests.ports import StoredRun
from utils.errors import ConfigError, TruetapeError
from utils.priority import BACKGROUND, lower_priority

Runner = Callable[[dict[str, Any], RunMonitor], StoredRun]
RunnerOpener = Callable[[], AbstractContextManager[Runner]]

CANCEL = "cancel"
PROGRESS_EVERY_S = 0.1


class Failed(msgspec.Struct, frozen=True):
    """The reason why a run has no result."""

    problem: str
    field: str = ""
    cancelled: bool = False


def serve_runs(open_runner: RunnerOpener, pipe: Connection) -> None:
    """Run configurations, one after the other, until the pipe is closed."""
    # Pages and servers have priority.
    lower_priority(BACKGROUND)
    with open_runner() as runner:
        gc.freeze()
        while True:
            try:
                received = pipe.recv()
            except EOFError:
                return
            # A cancellation that arrived after the end of its run.
            if received != CANCEL:
                pipe.send(_run(runner, received, pipe))


def _run(runner: Runner, values: dict[str, Any], pipe: Connection) -> StoredRun | Failed:
    try:
        return runner(values, RunMonitor(_progress_sender(pipe), pipe.poll))
    except Cancelled as error:
        return Failed(str(error), cancelled=True)
    except ConfigError as error:
        return Failed(error.problem, _form_field(error))
    except TruetapeError as error:
        return Failed(str(error))
    except Exception as error:  # noqa: BLE001 the outermost loop of this process
        return Failed(f"{type(error).__name__}: {error}")


def _form_field(error: ConfigError) -> str:
    is_parameter = error.source == "parameters" or error.source.startswith("strategy ")
    is_exit = error.field.startswith("exits.")
    return (
        f"parameters.{error.field}"
        if is_parameter and error.field and not is_exit
        else (error.field)
    )


def _progress_sender(pipe: Connection) -> Callable[[float], None]:
    sent_at = 0.0

    def send_progress(part: float) -> None:
        nonlocal sent_at
        now = time.monotonic()
        if now - sent_at >= PROGRESS_EVERY_S:
            sent_at = now
            pipe.send(part)

    return send_progress
