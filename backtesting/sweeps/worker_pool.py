"""Worker pools that evaluate parameter sets, and the factories that open them.

The workers are in this process, other processes or other machines. They start once and receive the
payload of each sweep.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.trial import Parameters, TrialResult

Evaluate = Callable[[Parameters], TrialResult]


class WorkerPool(ABC):
    """Evaluates parameter sets of one sweep."""

    @abstractmethod
    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, TrialResult]]]:
        """Yield results as soon as they are finished, with indexes of `sets`, in any order.

        Closing the iterator cancels the rest. Raises WorkersLost.
        """


class SerialWorkerPool(WorkerPool):
    """Evaluates one set after the other, in this process."""

    def __init__(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate

    def evaluate(self, sets: Sequence[Parameters]) -> Iterator[Sequence[tuple[int, TrialResult]]]:
        for number, parameters in enumerate(sets):
            yield [(number, self._evaluate(parameters))]


class WorkerFactory(ABC):
    """Opens worker pools."""

    @abstractmethod
    def open_pool(self, evaluator: Evaluator) -> AbstractContextManager[WorkerPool]:
        """Open a pool whose workers can evaluate parameters with `evaluator`."""


class SerialWorkerFactory(WorkerFactory):
    """Evaluates in this process."""

    @contextmanager
    def open_pool(self, evaluator: Evaluator) -> Iterator[WorkerPool]:
        yield SerialWorkerPool(evaluator)
