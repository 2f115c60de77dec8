"""Stored backtests: the same configuration on the same data is run once."""

from dataclasses import dataclass

from backtesting.archive.ports import BacktestRepository
from backtesting.archive.record_builder import record_of
from backtesting.config import BacktestConfig
from backtesting.monitor import UNMONITORED, RunMonitor
from backtesting.record import BacktestRecord
from backtesting.run.engine import BacktestingEngine
from data.errors import RepositoryError
from utils.clock import Clock


@dataclass(frozen=True, slots=True)
class StoredBacktest:
    """The id of a stored backtest; `is_new` unless it was stored before."""

    id: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class BacktestService:
    """Runs backtests that are not stored yet."""

    engine: BacktestingEngine
    kept: BacktestRepository
    clock: Clock

    def run(self, config: BacktestConfig, monitor: RunMonitor = UNMONITORED) -> StoredBacktest:
        """Find the stored backtest of a configuration on today's data and code, or run it."""
        prepared = self.engine.prepare(config, monitor=monitor.between(0.0, 0.7))
        # A model or a helper may have been replaced while the history was read.
        prepared.strategy_type.require_unchanged()
        found = self.kept.find(*self.engine.digests(prepared))
        if found is not None:
            return StoredBacktest(found.id, is_new=False)
        result = self.engine.finish(prepared, monitor.between(0.7, 1.0))
        prepared.strategy_type.require_unchanged()
        backtest_id = self.kept.save(record_of(result, self.clock.now()))
        return StoredBacktest(backtest_id, is_new=True)

    def read(self, backtest_id: int) -> BacktestRecord:
        """Return a stored backtest. Raises RepositoryError if it was deleted."""
        record = self.kept.get(backtest_id)
        if record is None:
            raise RepositoryError(f"backtest {backtest_id} was deleted while it was being read")
        return record
