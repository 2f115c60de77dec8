"""Worker factories: workers start once and receive the payload of each sweep."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.worker_pool import SerialWorkerPool, WorkerPool


class WorkerFactory(ABC):
    """Creates worker pools."""

    @abstractmethod
    def open_pool(self, evaluator: Evaluator) -> AbstractContextManager[WorkerPool]:
        """Open a pool whose workers can evaluate parameters with `evaluator`."""


class SerialWorkerFactory(WorkerFactory):
    """Evaluates in this process."""

    @contextmanager
    def open_pool(self, evaluator: Evaluator) -> Iterator[WorkerPool]:
        yield SerialWorkerPool(evaluator)
