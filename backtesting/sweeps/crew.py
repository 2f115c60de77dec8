"""Workers for one sweep after the other: started once, given what each sweep needs."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from backtesting.sweeps.evaluation import Evaluator
from backtesting.sweeps.workforce import Serial, Workforce
from strategies.user_files import StrategySource


class Crew(ABC):
    """Whoever is there to work."""

    @abstractmethod
    def working_on(
        self, evaluator: Evaluator, source: StrategySource
    ) -> AbstractContextManager[Workforce]:
        """Give all workers what they need to evaluate parameters of the strategy from `source`."""


class OneProcess(Crew):
    """This process alone."""

    @contextmanager
    def working_on(self, evaluator: Evaluator, source: StrategySource) -> Iterator[Workforce]:
        del source  # nothing travels
        yield Serial(evaluator)
