"""The side of a process that runs what the page asks for, at the other end of a pipe."""

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from backtesting.errors import Cancelled
from backtesting.watching import Watch
from dashboard.backtests.ports import Ran
from utils.errors import ConfigError, TruetapeError
from utils.priority import BACKGROUND, step_back

Runner = Callable[[dict[str, Any], Watch], Ran]
RunnerOpener = Callable[[], AbstractContextManager[Runner]]

CANCEL = "cancel"
TELL_EVERY_S = 0.1


class Failed(msgspec.Struct, frozen=True):
    """Why there is no result."""

    problem: str
    field: str = ""
    cancelled: bool = False


def serve_runs(open_runner: RunnerOpener, pipe: Connection) -> None:
    """Run configurations, one after the other, until the pipe is closed."""
    # Pages and servers come first.
    step_back(BACKGROUND)
    with open_runner() as runner:
        gc.freeze()
        while True:
            try:
                asked = pipe.recv()
            except EOFError:
                return
            # A cancellation that came too late for its run.
            if asked != CANCEL:
                pipe.send(_answer(runner, asked, pipe))


def _answer(runner: Runner, values: dict[str, Any], pipe: Connection) -> Ran | Failed:
    try:
        return runner(values, Watch(_teller(pipe), pipe.poll))
    except Cancelled as error:
        return Failed(str(error), cancelled=True)
    except ConfigError as error:
        return Failed(error.problem, _asked_at(error))
    except TruetapeError as error:
        return Failed(str(error))
    except Exception as error:  # noqa: BLE001 the outermost loop of this process
        return Failed(f"{type(error).__name__}: {error}")


def _asked_at(error: ConfigError) -> str:
    is_parameter = error.source == "parameters" or error.source.startswith("strategy ")
    is_exit = error.field.startswith("exits.")
    return (
        f"parameters.{error.field}"
        if is_parameter and error.field and not is_exit
        else (error.field)
    )


def _teller(pipe: Connection) -> Callable[[float], None]:
    told_at = 0.0

    def tell(part: float) -> None:
        nonlocal told_at
        now = time.monotonic()
        if now - told_at >= TELL_EVERY_S:
            told_at = now
            pipe.send(part)

    return tell
