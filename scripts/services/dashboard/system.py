"""Composition: the services of the System page, and the channels it may test."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from config import Settings
from dashboard.features.system.channels import ChannelService
from dashboard.features.system.data_jobs import data_job_queue, data_worker
from dashboard.features.system.logs import LogReader, LogTail
from dashboard.features.system.metrics import MonitoringContext
from dashboard.features.system.quality import QualityReads
from dashboard.features.system.runbook import Runbook
from dashboard.features.system.services import SystemServices, SystemStores
from dashboard.thread_pools import ThreadPools
from data import Timeframe
from database import open_bus
from scripts.composition.alerts import rules_of, setups_of
from scripts.composition.process import restart_requests
from scripts.composition.servers import redis_url
from scripts.composition.stores import Store
from scripts.workers.data_job_worker import run_job
from utils.alerts.notify.channel import ChannelSetup
from utils.alerts.notify.formats import RUNBOOK
from utils.clock import SystemClock

_ROOT = Path(__file__).parents[3]


@contextmanager
def open_channels(settings: Settings) -> Iterator[list[ChannelSetup]]:
    """Open every channel's setup; their bus closes with the block. Raises ConfigError."""
    with closing(open_bus(redis_url(settings), prefix=settings.redis.prefix)) as bus:
        yield setups_of(settings, bus)


def system_services(
    settings: Settings,
    store: Store,
    monitoring: MonitoringContext,
    channels: list[ChannelSetup],
    timeframes: tuple[Timeframe, ...],
    thread_pools: ThreadPools,
) -> SystemServices:
    """Compose the services of the System page."""
    logs, clock = settings.folders.data_dir / "log", SystemClock()
    stores = SystemStores(
        telemetry=monitoring.telemetry,
        alerts=monitoring.alerts,
        collectors=store.collectors,
        instruments=store.instruments,
    )
    return SystemServices(
        stores,
        QualityReads(store.instruments, store.candles, store.holes, timeframes),
        data_job_queue(data_worker(partial(run_job, settings)), clock),
        ChannelService(channels, monitoring.alerts, clock, thread_pools),
        Runbook(_ROOT / RUNBOOK),
        LogReader(logs),
        LogTail(logs),
        partial(rules_of, settings),
        restart_requests(settings),
        clock,
        thread_pools,
    )
