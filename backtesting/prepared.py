"""A backtest ready to be run for any parameters: everything that does not depend on them, once."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from backtesting.accounting import Accounting, open_account
from backtesting.benchmark import Benchmark
from backtesting.config import BacktestConfig
from backtesting.decided import Decided, without_repeats
from backtesting.deciding import Decider, decide
from backtesting.finer import FinerData
from backtesting.history import History
from backtesting.loading import Loaded
from backtesting.measuring import run_of
from backtesting.metrics.card import Value
from backtesting.outcome import Outcome
from backtesting.watching import UNWATCHED, Watch
from bot_manager.trading.rows import RowArray
from strategies.configured import ConfiguredStrategy, StrategyType


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Prepared:
    """One configuration over one loaded history; read-only, so threads and forks may share it.

    Without `finer` it can be pickled, and ambiguous candles stay as they are.
    """

    config: BacktestConfig
    strategy_type: StrategyType
    loaded: Loaded
    benchmark: Benchmark
    finer: FinerData | None = None
    decider: Decider = decide

    @property
    def history(self) -> History:
        """Return what happened."""
        return self.loaded.history

    def strategy(self, parameters: Mapping[str, Any]) -> ConfiguredStrategy:
        """Return the strategy with these parameters, others as configured. Raises ConfigError."""
        return self.strategy_type.configure({**self.config.parameters, **parameters})

    def evaluate(
        self,
        parameters: Mapping[str, Any],
        metrics: Iterable[str] | None = None,
        watch: Watch = UNWATCHED,
    ) -> Mapping[str, Value]:
        """Run once and return metrics only, all or those named. Raises BacktestError, ConfigError.

        Not for parameters that need a longer warm-up than those it was prepared for.
        """
        return self.run(self.strategy(parameters), watch).metrics(metrics)

    def run(self, strategy: ConfiguredStrategy, watch: Watch = UNWATCHED) -> Outcome:
        """Run one strategy to the end. Raises BacktestError, ConfigError."""
        scene = self.history.scene
        accounting = open_account(
            self.config.account(strategy), scene.instrument, self.history.scales,
            scene.timeframe, scene.start_us, self.finer,
        )  # fmt: skip
        decided = self.decider(strategy, self.history, watch)
        told = fold_history(
            accounting, decided, self.history, enter_on_start=self.config.enter_on_start
        )
        books = accounting.close(scene.end_us)
        run = run_of(
            books,
            self.history,
            benchmark=self.benchmark.curve,
            gap_candles=self.loaded.quality.missing_candles,
            risk_free=self.config.risk_free,
        )
        return Outcome(books=books, told=told, run=run, benchmark=self.benchmark)


def fold_history(
    accounting: Accounting,
    decisions: Iterable[Decided],
    history: History,
    *,
    enter_on_start: bool,
) -> RowArray:
    """Take an account through a history by a strategy's decisions; return all it was told."""
    at, told = history.scene.start_us, [accounting.told]
    for decided in history.batches(decisions):
        told.append(accounting.begin_with(decided.in_force, enter_on_start=enter_on_start))
        told.append(decided.targets)
        accounting.tell(decided.targets)
        for prints in history.prints(at, decided.end_us):
            accounting.fold(prints)
        at = max(at, decided.end_us)
    for prints in history.prints(at, history.scene.end_us):
        accounting.fold(prints)
    return without_repeats(told)
