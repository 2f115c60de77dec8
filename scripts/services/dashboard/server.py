"""Serve the dashboard, over a running platform or a store that others fill."""

import asyncio
import gc
import logging
import signal
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from config import Settings, load_models
from dashboard.features.backtests.reads import BacktestReads
from dashboard.features.bots.services import BotServices
from dashboard.features.market.indicator_reads import IndicatorReads
from dashboard.features.market.reads import MarketReads
from dashboard.features.strategies.chart_requests import ChartRequests
from dashboard.features.strategies.reads import SignalReads
from dashboard.features.system.metrics import MonitoringContext
from dashboard.jobs.function_runner import ProcessFunctionRunner
from dashboard.jobs.run_jobs import RunKind, RunQueue, run_queue, run_worker
from dashboard.security.audit_journal import FILE_NAME as AUDIT_JOURNAL_FILE
from dashboard.security.audit_journal import AuditJournal
from dashboard.security.audit_log import AuditLog
from dashboard.security.authenticator import Authenticator
from dashboard.security.instance_key import FILE_NAME as INSTANCE_KEY_FILE
from dashboard.security.instance_key import load_instance_key
from dashboard.security.sessions import FILE_NAME as SESSIONS_FILE
from dashboard.security.sessions import SessionStore
from dashboard.server import create_server
from dashboard.services import DashboardServices
from dashboard.shell import Site
from dashboard.thread_pools import RESERVED_THREADS, ThreadPools
from data import Timeframe, finest_first
from data.collectors.config import CollectorConfig
from database import Database, open_async_bus, open_database
from database.repositories.alerts import SqlAlertRepository
from database.repositories.audit import SqlAuditRepository
from database.repositories.strategies import SqlStrategyRepository
from database.repositories.telemetry import SqlTelemetryRepository
from scripts.composition.authentication import (
    key_file,
    listen_address_of,
    login_grants,
    require_keys,
    warn_if_login_disabled,
)
from scripts.composition.listen_socket import bound_socket
from scripts.composition.process import reporting, start_logging
from scripts.composition.servers import database_url, redis_url
from scripts.composition.stores import signal_stores_of, store_of
from scripts.services.dashboard.bots import open_bot_services
from scripts.services.dashboard.system import open_channels, system_services
from scripts.workers.backtest_worker import open_runner
from scripts.workers.sweep_worker import open_sweeper
from utils.alerts.notify.channel import ChannelSetup
from utils.clock import Clock, SystemClock
from utils.compiled_cache import use_compiled_cache
from utils.telemetry.reporter import Vitals

log = logging.getLogger("truetape.dashboard")

SIMULATED = "simulated"
STOP_GRACE_S = 2
MAX_MESSAGE_BYTES = 65_536
# The first call compiles; a small machine takes its time.
COMPUTE_LIMIT_S = 120.0
# The reports of the process, and the check of the login at the start.
_OTHER_THREADS = 2


def serve(settings: Settings) -> None:
    """Serve until SIGTERM, or SIGINT unless it is ignored. Meant for a child process, too.

    Raises ConfigError.
    """
    start_logging(settings, "dashboard")
    require_keys(settings)
    # Imported objects stay to the end: exclude them from collections, also from the last, at exit.
    gc.freeze()
    with (
        open_dashboard_database(settings) as database,
        open_bot_services(settings, database, SqlStrategyRepository(database)) as bots,
        open_channels(settings) as channels,
    ):
        # In a thread: a database that hangs must not delay the page.
        audit = SqlAuditRepository(database)
        Thread(target=warn_if_login_disabled, args=(settings, audit), daemon=True).start()
        monitoring = monitoring_of(database)
        monitoring.meters.watch("pool_in_use", lambda: database.connections_in_use)
        thread_pools = ThreadPools(settings.database.pool_size)
        site = build(settings, database, monitoring, bots, channels, thread_pools)
        config = _server_config(settings, site)
        vitals = Vitals(
            process="dashboard",
            meters=monitoring.meters,
            heartbeat=monitoring.heartbeat,
            failures=monitoring.failures,
        )
        with (
            reporting(settings, vitals, database),
            asyncio.Runner(loop_factory=config.get_loop_factory()) as runner,
        ):
            runner.run(_serve(config))


def build(
    settings: Settings,
    database: Database,
    monitoring: MonitoringContext,
    bots: BotServices,
    channels: list[ChannelSetup],
    thread_pools: ThreadPools,
) -> ASGIApp:
    """Compose the dashboard's server from settings and a database. Raises ConfigError."""
    store, signal_stores = store_of(database), signal_stores_of(database)
    collected = load_models(settings.folders.collectors_dir, CollectorConfig)
    clock = SystemClock()
    reads = MarketReads(store.instruments, store.trades, store.candles, _timeframes(collected))
    function_runner = ProcessFunctionRunner(
        "dashboard-indicators", partial(_prepare_worker, settings), time_limit_s=COMPUTE_LIMIT_S
    )
    bus = open_async_bus(redis_url(settings), prefix=settings.redis.prefix)
    return create_server(
        DashboardServices(
            thread_pools=thread_pools,
            market=reads,
            collectors=store.collectors,
            indicators=IndicatorReads(reads),
            function_runner=function_runner,
            layouts=signal_stores.layouts,
            signals=SignalReads(
                signal_stores.requests, signal_stores.signals, signal_stores.strategies
            ),
            chart_requests=ChartRequests(signal_stores.requests, bus, thread_pools),
            backtests=BacktestReads(
                kept=store.backtests,
                trials=store.trials,
                instruments=store.instruments,
                candles=store.candles,
                strategies=signal_stores.strategies,
            ),
            runs=_runs(settings),
            bots=bots,
            audit=AuditLog(
                store.audit,
                thread_pools,
                AuditJournal(settings.folders.data_dir / AUDIT_JOURNAL_FILE),
            ),
            system=system_services(
                settings, store, monitoring, channels, reads.timeframes, thread_pools
            ),
        ),
        bus,
        clock,
        site=Site(simulated=any(each.exchange == SIMULATED for each in collected)),
        listen_address=listen_address_of(settings),
        authenticator=_authenticator(settings, clock),
        grants=login_grants(settings),
        monitoring=monitoring,
    )


@contextmanager
def open_dashboard_database(settings: Settings) -> Iterator[Database]:
    """Open the database of the process, with a connection for every thread that uses it.

    `ThreadPools` limits the threads of each purpose, so none of them waits for a connection.
    Raises ConfigError.
    """
    connections = settings.database.pool_size + RESERVED_THREADS + _OTHER_THREADS
    opened = open_database(
        database_url(settings), pool_size=connections, max_connections=connections
    )
    with closing(opened) as database:
        yield database


def monitoring_of(database: Database) -> MonitoringContext:
    """Return the stored telemetry and alerts of the platform."""
    return MonitoringContext(
        telemetry=SqlTelemetryRepository(database), alerts=SqlAlertRepository(database)
    )


def _runs(settings: Settings) -> RunQueue:
    workers = {
        RunKind.BACKTEST: run_worker("dashboard-backtests", partial(open_runner, settings)),
        RunKind.SWEEP: run_worker("dashboard-sweeps", partial(open_sweeper, settings)),
    }
    return run_queue(workers, SystemClock())


def _prepare_worker(settings: Settings) -> None:
    """Prepare a worker's own process."""
    start_logging(settings, "dashboard-worker")
    use_compiled_cache(settings.folders.data_dir / "compiled")


def _authenticator(settings: Settings, clock: Clock) -> Authenticator:
    sessions = SessionStore(clock, settings.folders.data_dir / SESSIONS_FILE)
    return Authenticator(
        key_file(settings).keys,
        sessions,
        load_instance_key(settings.folders.data_dir / INSTANCE_KEY_FILE),
        is_local=listen_address_of(settings).is_local,
    )


def _timeframes(collected: list[CollectorConfig]) -> tuple[Timeframe, ...]:
    return finest_first(frozenset(frame for each in collected for frame in each.timeframes))


def _server_config(settings: Settings, application: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        settings.dashboard.host,
        settings.dashboard.port,
        log_config=None,
        access_log=False,
        server_header=False,
        # Forwarding headers are for ClientAddress, which has the trusted proxies.
        proxy_headers=False,
        timeout_graceful_shutdown=STOP_GRACE_S,
        ws_max_size=MAX_MESSAGE_BYTES,
    )


class _Server(uvicorn.Server):
    """Uvicorn's server without its signal handlers: a child must ignore Ctrl+C."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(config: uvicorn.Config) -> None:
    server = _Server(config)

    def stop() -> None:
        server.should_exit = True

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        loop.add_signal_handler(signal.SIGINT, stop)
    with bound_socket(config.host, config.port) as listener:
        log.info("dashboard listens", extra={"url": f"http://{config.host}:{config.port}"})
        await server.serve(sockets=[listener])
    log.info("dashboard stopped")
