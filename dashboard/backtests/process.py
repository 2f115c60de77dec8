"""A process that runs configurations: started by the first, reused, killed if it does not stop."""

import logging
import time
from multiprocessing.connection import Connection
from typing import Any

from backtesting.errors import Cancelled
from backtesting.monitor import RunMonitor
from dashboard.backtests.child import CANCEL, Failed, RunnerOpener, serve_runs
from dashboard.backtests.ports import BacktestRuns, RunFailed, StoredRun
from utils.supervision import RunningProcess, launch_piped

log = logging.getLogger("truetape.dashboard")

POLL_S = 0.1
# The code of a user's strategy may never reach a check for cancellation.
CANCEL_TIMEOUT_S = 3.0


class ProcessRuns(BacktestRuns):
    """One process; `run` blocks until it is done. `open_runner` is a function of a module."""

    def __init__(self, name: str, open_runner: RunnerOpener) -> None:
        self._name = name
        self._open_runner = open_runner
        self._running: tuple[RunningProcess, Connection] | None = None

    @property
    def pid(self) -> int | None:
        """Return the id of the process, if it runs."""
        return self._running[0].pid if self._running else None

    def run(self, config: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        pipe = self._pipe()
        try:
            pipe.send(config)
            answer = self._follow(pipe, monitor)
        except (OSError, EOFError) as error:
            self.close()
            raise RunFailed(
                "the process of the backtest ended before it was done; it may have been out of "
                "memory: choose a shorter span, or resolution bars"
            ) from error
        if isinstance(answer, StoredRun):
            return answer
        if answer.cancelled:
            raise Cancelled(answer.problem)
        raise RunFailed(answer.problem, answer.field)

    def close(self) -> None:
        if self._running is not None:
            process, pipe = self._running
            self._running = None
            process.kill()
            pipe.close()

    def _follow(self, pipe: Connection, monitor: RunMonitor) -> StoredRun | Failed:
        kill_at = None
        while True:
            if pipe.poll(POLL_S):
                message = pipe.recv()
                if not isinstance(message, float):
                    return message  # type: ignore[no-any-return]
                monitor.progress(message)
            if not monitor.is_cancelled():
                continue
            if kill_at is None:
                kill_at = time.monotonic() + CANCEL_TIMEOUT_S
                pipe.send(CANCEL)
            elif time.monotonic() > kill_at:
                log.warning("a run does not stop: its process is ended", extra={"pid": self.pid})
                self.close()
                return Failed("it did not stop by itself: its process was ended", cancelled=True)

    def _pipe(self) -> Connection:
        if self._running is not None and self._running[0].exit_code() is not None:
            self.close()
        if self._running is None:
            self._running = launch_piped(self._name, serve_runs, (self._open_runner,))
            log.info("worker started", extra={"worker": self._name, "pid": self.pid})
        return self._running[1]
