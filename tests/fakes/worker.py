"""Work in the calling process, or held until a test releases it."""

import threading
from collections.abc import Callable
from typing import Generic

from backtesting.errors import Cancelled
from backtesting.monitor import RunMonitor
from dashboard.jobs.worker import Request, RequestCancelled, Result, Worker, failure_of
from utils.errors import TruetapeError


class InlineWorker(Worker[Request, Result], Generic[Request, Result]):
    """Runs `work`; while `gate` is closed a request waits halfway, and can be cancelled.

    `ignores_cancel`: it can be cancelled only when the gate opens.
    """

    def __init__(self, work: Callable[[Request, RunMonitor], Result]) -> None:
        self.work = work
        self.ignores_cancel = False
        self.gate = threading.Event()
        self.gate.set()

    def run(self, request: Request, monitor: RunMonitor) -> Result:
        try:
            monitor.at(0.42)
            while not self.gate.wait(0.02):
                if not self.ignores_cancel:
                    monitor.require()
            return self.work(request, monitor)
        except Cancelled as error:
            raise RequestCancelled(str(error)) from error
        except TruetapeError as error:
            raise failure_of(error) from error

    def close(self) -> None:
        self.gate.set()
