"""A dashboard world that runs backtests in the test's own process."""

from datetime import UTC, datetime, timedelta
from typing import Any

from backtesting.archive.backtest_service import BacktestService
from backtesting.config import read_config
from backtesting.data.stored import MarketStore
from backtesting.monitor import RunMonitor
from backtesting.run.engine import BacktestingEngine
from backtesting.sweeps.config import read_sweep
from backtesting.sweeps.sweep_run import run_sweep
from backtesting.sweeps.worker_pool import SerialWorkerFactory
from dashboard.jobs.run_jobs import StoredRun
from data import Timeframe
from strategies.hosts.registry import StrategyRegistry
from tests.dashboard_signals import library_files
from tests.dashboard_world import BTC, World
from tests.fakes import InMemoryHoleRepository
from tests.fakes.worker import InlineWorker
from utils.clock import SystemClock

InlineRuns = InlineWorker[dict[str, Any], StoredRun]


def a_backtest_world(minutes: int) -> tuple[World, InlineRuns]:
    """Return a world with history and the built-in strategies, and its backtest services."""
    world = World()
    world.fill(minutes=minutes)
    world.strategies.save_files(library_files())
    market = MarketStore(
        instruments=world.instruments,
        candles=world.candles,
        trades=world.trades,
        holes=InMemoryHoleRepository(world.store),
    )
    engine = BacktestingEngine(market, StrategyRegistry())
    service = BacktestService(engine, world.backtests, SystemClock())

    def work(config: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        stored = service.run(read_config(config), monitor)
        return StoredRun(stored.id, stored.is_new)

    def sweep(config: dict[str, Any], monitor: RunMonitor) -> StoredRun:
        swept = run_sweep(
            engine, read_sweep(config), world.trials, SerialWorkerFactory(), monitor=monitor
        )
        return StoredRun(None, True, swept.prepared.sweep_key.digest, swept.outcome.summary)

    runs = InlineWorker(work)
    world.runs, world.sweeps = runs, InlineWorker(sweep)
    return world, runs


def a_form(world: World, *, hours: int = 8, **more: str) -> dict[str, str]:
    """Return a filled-in form: EMA crossover on the last stored hours of minutes."""
    newest = world.candles.latest(BTC, Timeframe.M1, 1)[-1].close_time
    start = (newest - timedelta(hours=hours)).astimezone(UTC)
    values = {
        "instrument": str(BTC),
        "timeframe": "1m",
        "start": _local(start),
        "end": _local(newest),
        "strategy": "EmaCrossover",
        "parameters.fast": "5",
        "parameters.slow": "13",
    }
    return values | {name.replace("__", "."): value for name, value in more.items()}


def _local(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M")
