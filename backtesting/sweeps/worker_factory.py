"""Workers for one sweep after the other: started once, given what each sweep needs."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.worker_pool import SerialWorkerPool, WorkerPool


class WorkerFactory(ABC):
    """Whoever is there to work."""

    @abstractmethod
    def open_pool(self, evaluator: Evaluator) -> AbstractContextManager[WorkerPool]:
        """Give all workers what they need to evaluate parameters of a strategy."""


class SerialWorkerFactory(WorkerFactory):
    """This process alone."""

    @contextmanager
    def open_pool(self, evaluator: Evaluator) -> Iterator[WorkerPool]:
        yield SerialWorkerPool(evaluator)
