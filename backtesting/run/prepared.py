"""A prepared backtest, computed once for all parameters, and the outcome of a run of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backtesting.config import BacktestConfig
from backtesting.data.decisions import DecisionBatch
from backtesting.data.history import History
from backtesting.data.intrabar import IntrabarData
from backtesting.data.loader import LoadedHistory
from backtesting.data.print_buffer import new_digest
from backtesting.metrics import METRICS, MetricInput
from backtesting.metrics.definition import Value
from backtesting.monitor import UNMONITORED, RunMonitor
from backtesting.run.account_fold import AccountFold, AccountLedger, open_account
from backtesting.run.benchmark import Benchmark
from backtesting.run.decider import Decider, decide
from backtesting.run.metric_input import metric_input
from strategies.strategy_handle import ConfiguredStrategy, StrategyType


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RunOutcome:
    """One run. `benchmark`: buy and hold."""

    ledger: AccountLedger
    run: MetricInput
    benchmark: Benchmark

    def metrics(self, names: Iterable[str] | None = None) -> Mapping[str, Value]:
        """Compute these metrics, or all. Raises KeyError for an unknown name."""
        return {name: METRICS[name](self.run) for name in (names or METRICS)}

    def digest(self) -> str:
        """Return a digest of targets, orders, marks and the last state."""
        digest = new_digest()
        ledger = self.ledger
        for rows in (ledger.parameters, ledger.targets, ledger.orders, ledger.marks, ledger.state):
            digest.update(rows.tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PreparedBacktest:
    """One configuration over one loaded history; read-only, so threads and forks may share it.

    Without `intrabar` it can be pickled, and ambiguous candles stay as they are.
    """

    config: BacktestConfig
    strategy_type: StrategyType
    loaded: LoadedHistory
    benchmark: Benchmark
    intrabar: IntrabarData | None = None
    decider: Decider = decide

    @property
    def history(self) -> History:
        """Return the loaded history."""
        return self.loaded.history

    def strategy(self, parameters: Mapping[str, Any]) -> ConfiguredStrategy:
        """Configure the strategy: these parameters, others as in `config`. Raises ConfigError."""
        return self.strategy_type.configure({**self.config.parameters, **parameters})

    def evaluate(
        self,
        parameters: Mapping[str, Any],
        metrics: Iterable[str] | None = None,
        monitor: RunMonitor = UNMONITORED,
    ) -> Mapping[str, Value]:
        """Run once and return metrics only, all or those named. Raises BacktestError, ConfigError.

        The parameters must not need a longer warm-up than those it was prepared for.
        """
        return self.run(self.strategy(parameters), monitor).metrics(metrics)

    def run(self, strategy: ConfiguredStrategy, monitor: RunMonitor = UNMONITORED) -> RunOutcome:
        """Run one strategy to the end. Raises BacktestError, ConfigError."""
        scope = self.history.scope
        accounting = open_account(
            self.config.account(strategy), scope.instrument, self.history.scales,
            scope.timeframe, scope.start_us, self.intrabar,
        )  # fmt: skip
        decided = self.decider(strategy, self.history, monitor)
        fold_history(accounting, decided, self.history, enter_on_start=self.config.enter_on_start)
        ledger = accounting.close(scope.end_us)
        run = metric_input(
            ledger,
            self.history,
            benchmark=self.benchmark.curve,
            gap_candles=self.loaded.quality.missing_candles,
            risk_free=self.config.risk_free,
        )
        return RunOutcome(ledger=ledger, run=run, benchmark=self.benchmark)


def fold_history(
    accounting: AccountFold,
    decisions: Iterable[DecisionBatch],
    history: History,
    *,
    enter_on_start: bool,
) -> None:
    """Fold a history and a strategy's decisions into an account."""
    at = history.scope.start_us
    for decided in history.batches(decisions):
        accounting.apply_target_in_force(decided.in_force, enter_on_start=enter_on_start)
        accounting.add_targets(decided.targets)
        for prints in history.prints(at, decided.end_us):
            accounting.fold(prints)
        at = max(at, decided.end_us)
    for prints in history.prints(at, history.scope.end_us):
        accounting.fold(prints)
