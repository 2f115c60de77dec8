"""Monitor the platform: sample its metrics, evaluate the alert rules, send notifications."""

import logging
import signal
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import timedelta
from threading import Event

from bot_manager.runtime.status_samples import BotStats
from config import Settings
from data.collectors.status_samples import CollectorStats, HoleStats
from database import (
    Database,
    SqlCandleRepository,
    SqlCollectorStatusRepository,
    SqlHoleRepository,
    open_bus,
    open_database,
)
from database.repositories.alerts import SqlAlertRepository
from database.repositories.bots import SqlBotRepository
from database.repositories.signals import SqlSignalRepository
from database.repositories.strategies import SqlStrategyRepository
from database.repositories.telemetry import SqlTelemetryRepository
from database.stats import PostgresStats, RedisStats
from scripts.composition.alerts import channel_policies_of, channels_of, rules_of
from scripts.composition.process import reporting, start_logging
from scripts.composition.servers import database_url, redis_url
from strategies.engine.status_samples import SignalStats
from utils.alerts.notify.outbox import AlertOutbox
from utils.alerts.notify.sender import NotificationSender
from utils.alerts.retention import TelemetryPruner, TelemetryRetention
from utils.alerts.rules.evaluator import AlertEvaluator
from utils.alerts.rules.transitions import NotificationPolicy
from utils.alerts.service import HealthService
from utils.clock import Clock, SystemClock
from utils.isolation import Isolation
from utils.telemetry.heartbeat import Heartbeat
from utils.telemetry.host import HostStats
from utils.telemetry.meters import Meters
from utils.telemetry.reporter import Vitals
from utils.telemetry.source import Sampler, SampleSource

_THOROUGH_EVERY = timedelta(minutes=5)
_COUNT_EVERY = timedelta(minutes=1)

log = logging.getLogger("truetape.health")


def serve(settings: Settings) -> None:
    """Monitor until SIGTERM. Meant for a child process, too. Raises ConfigError."""
    start_logging(settings, "health")
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: stop.set())
    clock, meters, every_s = SystemClock(), Meters(), settings.telemetry.every_s
    vitals = Vitals(process="health", meters=meters, heartbeat=Heartbeat(clock, every_s))
    with (
        open_health_database(settings) as database,
        open_health(settings, vitals, database) as service,
        reporting(settings, vitals, database),
    ):
        log.info("health service starts")
        service.run(stop, every_s)


@contextmanager
def open_health_database(settings: Settings) -> Iterator[Database]:
    """Open the database: for samples, deliveries and reports. Raises ConfigError."""
    # It polls repeatedly: a ping before each use is not needed.
    opened = open_database(
        database_url(settings), pool_size=2, pool_timeout_s=2.0, ping_first=False
    )
    with closing(opened) as database:
        yield database


@contextmanager
def open_health(settings: Settings, vitals: Vitals, database: Database) -> Iterator[HealthService]:
    """Compose the service; its connections close with the block. Raises ConfigError."""
    clock = SystemClock()
    with ExitStack() as stack:
        bus = open_bus(redis_url(settings), prefix=settings.redis.prefix)
        stack.callback(bus.close)
        redis = RedisStats(redis_url(settings))
        stack.callback(redis.close)
        telemetry, alerts = SqlTelemetryRepository(database), SqlAlertRepository(database)
        outbox = AlertOutbox(alerts)
        isolation = Isolation("health", clock, vitals.failures)
        vitals.meters.watch("queue_outbox", lambda: len(outbox.waiting()))
        vitals.meters.watch("deliveries_failed", lambda: outbox.failed)
        yield HealthService(
            Sampler(sources_of(settings, database, redis, clock), isolation),
            AlertEvaluator(
                rules_of(settings),
                telemetry,
                alerts,
                outbox,
                channel_policies_of(settings),
                _policy(settings),
                clock,
            ),
            NotificationSender(outbox, channels_of(settings, bus), clock, vitals.failures),
            TelemetryPruner(telemetry, alerts, _retention(settings)),
            clock,
            vitals.heartbeat or Heartbeat(clock, settings.telemetry.every_s),
            isolation,
        )


def sources_of(
    settings: Settings, database: Database, redis: RedisStats, clock: Clock
) -> Sequence[SampleSource]:
    """Return all sources of samples: servers, machine, and the stores of other services."""
    postgres = PostgresStats(database)
    candles = SqlCandleRepository(database)
    collectors = CollectorStats(SqlCollectorStatusRepository(database))
    holes = HoleStats(SqlHoleRepository(database))
    signals = SignalStats(SqlSignalRepository(database), candles, SqlStrategyRepository(database))
    return (
        SampleSource(name="host", read=HostStats(settings.folders.data_dir, clock).read),
        SampleSource(name="postgresql", read=postgres.read_quickly),
        SampleSource(name="tables", read=postgres.read_thoroughly, every=_THOROUGH_EVERY),
        SampleSource(name="redis", read=redis.read),
        SampleSource(name="collectors", read=collectors.read),
        SampleSource(name="holes", read=holes.read, every=_COUNT_EVERY),
        SampleSource(name="signals", read=signals.read),
        SampleSource(name="bots", read=BotStats(SqlBotRepository(database)).read),
    )


def _policy(settings: Settings) -> NotificationPolicy:
    minutes = settings.alerts.repeat_minutes
    return NotificationPolicy(repeat_after=timedelta(minutes=minutes) if minutes else None)


def _retention(settings: Settings) -> TelemetryRetention:
    return TelemetryRetention(
        samples=timedelta(hours=settings.telemetry.keep_hours),
        history=timedelta(days=settings.telemetry.keep_days),
        alerts=timedelta(days=settings.alerts.keep_days),
    )
