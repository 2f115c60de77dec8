"""The runner in the dashboard's process for backtests: an engine over its own store."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backtesting.config import read_config
from backtesting.monitor import RunMonitor
from config import Settings
from dashboard.jobs.run_jobs import Runner, StoredRun
from scripts.composition.process import start_logging
from scripts.composition.stores import Store, open_store
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache


@contextmanager
def open_runner(settings: Settings) -> Iterator[Runner]:
    """Yield a runner that runs and stores backtests; each reads users' files again."""
    start_logging(settings, "dashboard-backtests")
    use_compiled_cache(settings.folders.data_dir / "compiled")
    with open_store(settings) as store:
        yield _runner(settings, store)


def _runner(settings: Settings, store: Store) -> Runner:
    # These imports load the compiler, so the folder of compiled code is chosen before.
    from backtesting.archive.backtest_service import BacktestService
    from backtesting.run.engine import BacktestingEngine
    from scripts.composition.backtests import market_store_of
    from scripts.composition.strategies import open_registry

    def run(values: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        with open_registry(settings.folders.user_strategies_dir, settings) as registry:
            engine = BacktestingEngine(market_store_of(store), registry)
            service = BacktestService(engine, store.backtests, SystemClock())
            stored = service.run(read_config(values), monitor)
        return StoredRun(stored.id, stored.is_new)

    return run
