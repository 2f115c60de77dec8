"""Evaluation in a worker: run one prepared backtest for any parameters, metrics only."""

from dataclasses import dataclass, field

from backtesting.errors import BacktestError
from backtesting.run.prepared import PreparedBacktest
from backtesting.run.warmup import describe_missing_warmup, is_warm_at_start
from backtesting.sweeps.trial import NOT_TRADED, Parameters, TrialResult
from strategies.strategy_handle import ConfiguredStrategy
from strategies.warmup import WarmupRequirement, warmup_requirement
from utils.errors import ConfigError


@dataclass(frozen=True, slots=True, eq=False)
class Evaluator:
    """Evaluates parameter sets on a prepared backtest.

    An error of the strategy with some parameters fails that trial, not the sweep. A strategy that
    cannot decide at the common start is not run: its span would differ from the others'.
    """

    prepared: PreparedBacktest
    metrics: tuple[str, ...]
    _warm: dict[WarmupRequirement, bool] = field(default_factory=dict, repr=False)

    def __call__(self, parameters: Parameters) -> TrialResult:
        """Evaluate one parameter set. Raises ConfigError if a file of the strategy has changed."""
        evaluated = self._evaluated(parameters)
        self.prepared.strategy_type.require_unchanged()
        return evaluated

    def _evaluated(self, parameters: Parameters) -> TrialResult:
        try:
            strategy = self.prepared.strategy(parameters)
            if not self._is_warm(strategy):
                return TrialResult({}, self._not_traded(strategy))
            return TrialResult(self.prepared.run(strategy).metrics(self.metrics))
        except (BacktestError, ConfigError) as error:
            return TrialResult({}, str(error))

    def _not_traded(self, strategy: ConfiguredStrategy) -> str:
        start = self.prepared.history.scope.span.start
        missing = describe_missing_warmup(strategy, self.prepared.history, start)
        return (
            f"{NOT_TRADED}{missing} at the common start of all trials, {start:%Y-%m-%d %H:%M} UTC"
        )

    def _is_warm(self, strategy: ConfiguredStrategy) -> bool:
        requirement = warmup_requirement(strategy, self.prepared.config.timeframe)
        if requirement not in self._warm:
            self._warm[requirement] = is_warm_at_start(strategy, self.prepared.history)
        return self._warm[requirement]
