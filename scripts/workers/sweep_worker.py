"""The runner in the dashboard's process for sweeps: an engine, and workers on every core."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backtesting.monitor import RunMonitor
from backtesting.sweeps.config import read_sweep
from config import Settings
from dashboard.jobs.run_jobs import Runner, StoredRun
from scripts.composition.process import start_logging
from scripts.composition.stores import Store, open_store
from utils.compiled_cache import use_compiled_cache


@contextmanager
def open_sweeper(settings: Settings) -> Iterator[Runner]:
    """Yield a runner that runs sweeps and stores their trials; each reads users' files again."""
    start_logging(settings, "dashboard-sweeps")
    use_compiled_cache(settings.folders.data_dir / "compiled")
    with open_store(settings) as store:
        yield _sweeper(settings, store)


def _sweeper(settings: Settings, store: Store) -> Runner:
    # These imports load the compiler, so the folder of compiled code is chosen before.
    from backtesting.run.engine import BacktestingEngine
    from backtesting.sweeps.sweep_run import run_sweep
    from scripts.composition.backtests import MAX_ROWS_IN_MEMORY, every_core, market_store_of
    from scripts.composition.strategies import open_registry

    def run(values: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        with open_registry(settings.folders.user_strategies_dir, settings) as registry:
            engine = BacktestingEngine(market_store_of(store), registry, MAX_ROWS_IN_MEMORY)
            swept = run_sweep(
                engine, read_sweep(values), store.trials, every_core(), monitor=monitor
            )
        return StoredRun(None, True, swept.prepared.sweep_key.digest, swept.outcome.summary)

    return run
