"""Workers for one sweep after the other: started once, given what each sweep needs."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.workforce import Serial, Workforce


class Crew(ABC):
    """Whoever is there to work."""

    @abstractmethod
    def working_on(self, evaluator: Evaluator) -> AbstractContextManager[Workforce]:
        """Give all workers what they need to evaluate parameters of a strategy."""


class OneProcess(Crew):
    """This process alone."""

    @contextmanager
    def working_on(self, evaluator: Evaluator) -> Iterator[Workforce]:
        yield Serial(evaluator)
