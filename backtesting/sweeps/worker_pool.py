"""Worker pools that evaluate parameter sets: in this process, others, or other machines."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from backtesting.sweeps.trial import TrialResult

Parameters = Mapping[str, Any]
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
