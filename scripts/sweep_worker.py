"""What runs in the dashboard's process for sweeps: an engine, and workers on every core."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backtesting.sweeps.config import read_sweep
from backtesting.watching import Watch
from config import Settings
from dashboard.backtests.child import Runner
from dashboard.backtests.ports import Ran
from scripts.wiring import Store, open_store, start_logging
from utils.compiled_cache import use_compiled_cache


@contextmanager
def open_sweeper(settings: Settings) -> Iterator[Runner]:
    """Yield what runs sweeps and stores their trials; users' files are looked at anew for each."""
    start_logging(settings, "dashboard-sweeps")
    use_compiled_cache(settings.folders.data_dir / "compiled")
    with open_store(settings) as store:
        yield _sweeper(settings, store)


def _sweeper(settings: Settings, store: Store) -> Runner:
    # They load the compiler, so the folder of compiled code is chosen before.
    from backtesting.engine import BacktestingEngine
    from backtesting.sweeps.sweeping import run_sweep
    from scripts.backtest_options import archive_of
    from scripts.strategy_book import opened_book
    from scripts.sweep_options import HELD_ROWS, every_core

    def run(values: dict[str, Any], watch: Watch) -> Ran:
        with opened_book(settings.folders.user_strategies_dir, settings) as book:
            engine = BacktestingEngine(archive_of(store), book, HELD_ROWS)
            swept = run_sweep(engine, read_sweep(values), store.trials, every_core(), watch=watch)
        return Ran(None, True, swept.prepared.study.digest, swept.outcome.told)

    return run
