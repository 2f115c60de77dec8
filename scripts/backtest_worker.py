"""What runs in the dashboard's process for backtests: an engine over a store of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from backtesting.config import read_config
from backtesting.watching import Watch
from config import Settings
from dashboard.backtests.child import Runner
from dashboard.backtests.ports import Ran
from scripts.wiring import Store, open_store, start_logging
from utils.clock import SystemClock
from utils.compiled_cache import use_compiled_cache


@contextmanager
def open_runner(settings: Settings) -> Iterator[Runner]:
    """Yield what runs and keeps a backtest; users' files are looked at anew for each."""
    start_logging(settings, "dashboard-backtests")
    use_compiled_cache(settings.folders.data_dir / "compiled")
    with open_store(settings) as store:
        yield _runner(settings, store)


def _runner(settings: Settings, store: Store) -> Runner:
    # They load the compiler, so the folder of compiled code is chosen before.
    from backtesting.engine import BacktestingEngine
    from backtesting.serving import BacktestService
    from backtesting.stored import Archive
    from scripts.strategy_book import opened_book

    archive = Archive(
        instruments=store.instruments,
        candles=store.candles,
        trades=store.trades,
        holes=store.holes,
    )

    def run(values: dict[str, Any], watch: Watch) -> Ran:
        with opened_book(settings.folders.user_strategies_dir, settings) as book:
            engine = BacktestingEngine(archive, book)
            service = BacktestService(engine, store.backtests, SystemClock())
            served = service.run(read_config(values), watch)
        return Ran(served.record.summary.id, served.is_new)

    return run
