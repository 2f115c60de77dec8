"""Collect trades and candles: one process per collector, supervised by a manager."""

import asyncio
import signal
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from config import Settings, load_models
from data.collectors.base import BaseDataCollector
from data.collectors.config import CollectorConfig, Endpoint
from data.collectors.factory import create_collector
from data.collectors.manager import CollectorManager
from data.collectors.store import CollectorStore
from database import Database, SqlCollectorStatusRepository, open_bus
from scripts.composition.database import open_process_database, work_connections
from scripts.composition.exchange import endpoint_of
from scripts.composition.process import reporting, restart_requests, start_logging
from scripts.composition.servers import redis_url
from scripts.composition.stores import store_of
from utils.clock import SystemClock
from utils.errors import ConfigError
from utils.isolation import ItemFailures
from utils.supervision import ProcessSpec, RestartPolicy
from utils.telemetry.heartbeat import Heartbeat, start_beating
from utils.telemetry.process import snapshots_of
from utils.telemetry.reporter import Vitals

_MANAGER = "collectors"
_BEAT_S = 0.5


def serve(settings: Settings, only: str | None = None) -> None:
    """Run the collectors of COLLECTORS_DIR, or one, until SIGTERM, or SIGINT unless ignored.

    Meant for a child process, too. Raises ConfigError.
    """
    _serve(settings, _chosen(load_models(settings.folders.collectors_dir, CollectorConfig), only))


def collect(settings: Settings, config: CollectorConfig, endpoint: Endpoint) -> None:
    """Run one collector process: everything is opened here, after the spawn."""
    start_logging(settings, config.name)
    bus = open_bus(redis_url(settings), prefix=settings.redis.prefix)
    try:
        with open_process_database(settings) as database:
            store = store_of(database)
            collector_store = CollectorStore(
                instruments=store.instruments,
                trades=store.trades,
                holes=store.holes,
                candles=store.candles,
                history_requests=store.history_requests,
                statuses=store.collectors,
                bus=bus,
            )
            collector = create_collector(config, endpoint, collector_store, SystemClock())
            asyncio.run(_collect(settings, collector, database))
    finally:
        bus.close()


async def _collect(settings: Settings, collector: BaseDataCollector, database: Database) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    # No more threads than connections for work, so that reports never wait for one.
    loop.set_default_executor(ThreadPoolExecutor(work_connections(settings)))
    clock = collector.clock
    heartbeat = Heartbeat(clock, _BEAT_S)
    beating = start_beating(heartbeat, clock)
    meters = collector.status_tracker.stopwatch.meters
    meters.watch("pool_in_use", lambda: database.connections_in_use)
    vitals = Vitals(
        process=collector.config.name,
        meters=meters,
        heartbeat=heartbeat,
        failures=collector.status_tracker.failures,
    )
    with reporting(settings, vitals, database):
        await collector.run(stop)
    beating.cancel()


def _serve(settings: Settings, configs: list[CollectorConfig]) -> None:
    start_logging(settings, "collectors")
    limits = settings.supervisor

    def service_of(config: CollectorConfig) -> ProcessSpec:
        return ProcessSpec(
            name=config.name,
            target=collect,
            args=(settings, config, endpoint_of(config.exchange, settings)),
            restart=RestartPolicy(
                cap_s=limits.longest_delay_s,
                max_crashes=limits.max_crashes,
                within_s=limits.window_s,
                retry_s=limits.retry_s,
            ),
            # Less than the manager's own grace period, so that it can stop its children.
            grace_s=limits.stop_grace_s / 2,
        )

    with open_process_database(settings) as database:
        clock, changed, failures = SystemClock(), Event(), ItemFailures()
        manager = CollectorManager(
            configs,
            service_of,
            SqlCollectorStatusRepository(database),
            clock,
            on_change=lambda _: changed.set(),
            restart_requests=restart_requests(settings).take,
            failures=failures,
        )
        vitals = Vitals(
            process=_MANAGER,
            failures=failures,
            snapshots=lambda: snapshots_of(_MANAGER, manager.processes(), clock.now()),
            changed=changed,
        )
        with reporting(settings, vitals, database):
            manager.run(*_stop_signals())


def _stop_signals() -> list[signal.Signals]:
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    return [signal.SIGTERM] if ignored else [signal.SIGTERM, signal.SIGINT]


def _chosen(configs: list[CollectorConfig], only: str | None) -> list[CollectorConfig]:
    if only is None:
        return configs
    chosen = [config for config in configs if config.name == only]
    if not chosen:
        names = ", ".join(config.name for config in configs)
        raise ConfigError("--only", problem=f"must be one of {names}, was {only!r}")
    return chosen
