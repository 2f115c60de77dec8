"""What a worker does: run one prepared backtest for any parameters, metrics only."""

from dataclasses import dataclass

from backtesting.errors import BacktestError
from backtesting.prepared import Prepared
from backtesting.sweeps.trial import Evaluated
from backtesting.sweeps.workforce import Parameters
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True, eq=False)
class Evaluator:
    """Evaluates parameter sets on a prepared backtest.

    What a strategy does wrong with some parameters is a problem of that trial, not of the sweep.
    """

    prepared: Prepared
    metrics: tuple[str, ...]

    def __call__(self, parameters: Parameters) -> Evaluated:
        """Evaluate one parameter set."""
        try:
            return Evaluated(self.prepared.evaluate(parameters, self.metrics))
        except (BacktestError, ConfigError) as error:
            return Evaluated({}, str(error))
