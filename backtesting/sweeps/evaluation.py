"""What a worker does: run one prepared backtest for any parameters, metrics only."""

from dataclasses import dataclass

from backtesting.errors import BacktestError
from backtesting.prepared import Prepared
from backtesting.sweeps.trial import Evaluated
from backtesting.sweeps.workforce import Parameters
from strategies import Strategy
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True, eq=False)
class Evaluator:
    """Evaluates parameter sets on a prepared backtest.

    What a strategy does wrong with some parameters is a problem of that trial, not of the sweep.
    `warmup`: how many candles before the span were read; a strategy that needs more is refused.
    """

    prepared: Prepared
    metrics: tuple[str, ...]
    warmup: int

    def __call__(self, parameters: Parameters) -> Evaluated:
        """Evaluate one parameter set."""
        try:
            strategy = self.prepared.strategy(parameters)
            self._require_warmup(strategy)
            return Evaluated(self.prepared.run(strategy).metrics(self.metrics))
        except (BacktestError, ConfigError) as error:
            return Evaluated({}, str(error))

    def _require_warmup(self, strategy: Strategy) -> None:
        needed = strategy.warmup(self.prepared.config.timeframe)
        if needed > self.warmup:
            problem = f"needs {needed:,} candles to warm up, {self.warmup:,} were read"
            raise ConfigError(f"strategy {type(strategy).__name__}", problem=problem)
